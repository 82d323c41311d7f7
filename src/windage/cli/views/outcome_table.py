"""The outcome of every check that answered, as a table; the features' numbers have their own table, and what was not
judged its own list."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from windage.checks import discovered
from windage.cli.views.screen import mark, words
from windage.errors import listed
from windage.policy import CalibratedPolicy
from windage.reports.formats import number, percent, plural, points, shortened, times, unsigned_points
from windage.reports.sentences.alert import alert_sentence
from windage.reports.sentences.report import alerts_by_severity
from windage.reports.sentences.triggers import wording
from windage.reports.tables import beside_days, share_rows
from windage.vocabulary import CheckOutcome, ClassShiftResult, DriftAlert, DriftReport, Outcome

_MOST_CLASSES = 3
_MOST_ALERTS = 5


def outcome_table(report: DriftReport) -> Table:
    """A row for each check: its mark, its name, and what it found."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for check, outcome in report.outcomes.items():
        kind = discovered().get(check)
        alerts = [each for each in alerts_by_severity(report) if each.check == check]
        if outcome.outcome in (Outcome.unknown, Outcome.error) and not alerts:
            continue
        has_table = kind is not None and kind.report_field == "feature_report" and report.feature_report is not None
        if has_table and not alerts and not outcome.explained:
            continue
        sign = mark(alerts[0].severity if alerts else outcome.outcome.value)
        made.add_row(sign, Text(shortened(check), style="bold"), _finding(report, check, outcome, alerts))
    return made


def _finding(report: DriftReport, check: str, outcome: CheckOutcome, alerts: Sequence[DriftAlert]) -> Text:
    shift = report.class_shift if check == "class_shift" else None
    numbers = _classes(shift) + _rejected(report) if shift else None
    if alerts:
        said = [words(alert_sentence(each)) for each in alerts[:_MOST_ALERTS]]
        if len(alerts) > _MOST_ALERTS:
            said.append(Text(f"and {plural(len(alerts) - _MOST_ALERTS, 'more alert')}"))
        return Text("\n").join([*said, *([Text(numbers, style="dim")] if numbers else [])])
    return Text(numbers or _explained(outcome) or _numbers(report, check))


def _explained(outcome: CheckOutcome) -> str:
    """The subjects beyond this check's limit that another finding explains, and that finding."""
    by: dict[str, list[str]] = {}
    for name, trigger in outcome.explained.items():
        by.setdefault(trigger, []).append(shortened(name, 30))
    return "; ".join(
        f"{listed(names)} beyond its limit, reported as {wording(trigger).about}" for trigger, names in by.items()
    )


def _numbers(report: DriftReport, check: str) -> str:
    """The measurements of a check without alerts, or that there was nothing."""
    reject, entropy, estimate = report.reject_rate_drift, report.entropy_drift, report.estimated_accuracy
    if check == "reject_rate" and reject is not None:
        return f"{percent(reject.ref_rate)} → {percent(reject.cur_rate)} ({points(reject.increase)})"
    if check == "entropy" and entropy is not None:
        before, now = number(entropy.ref_mean_entropy), number(entropy.cur_mean_entropy)
        return f"{before} → {now} nats ({times(entropy.ratio)})"
    if check == "estimated_accuracy" and estimate and estimate.current is not None:
        before = "" if estimate.reference is None else f"{percent(estimate.reference)} → "
        return f"{before}{percent(estimate.current)}, by the confidence alone"
    kind = discovered().get(check)
    if kind is not None and not (kind.calibrated if report.policy == CalibratedPolicy.name else kind.gates):
        return f"measured, but the policy {report.policy} has no limit for it"
    least = max(report.outcomes[check].detectable.values(), default=1.0)
    if check == "missingness" and least < 1:
        return (
            f"nothing beyond its limit; a change of {unsigned_points(least)} would have been detected in every feature"
        )
    return "nothing beyond its limit"


def _rejected(report: DriftReport) -> str:
    """A note that reject_rate judges rejected rows, if it alerts: the shares of the other classes may not have changed."""
    is_told_apart = beside_days(report) and any(each.trigger.startswith("reject_rate") for each in report.alerts)
    return "; rejected rows are judged by reject_rate" if is_told_apart else ""


def _classes(shift: ClassShiftResult) -> str:
    """The classes whose shares changed most."""
    rows = share_rows(shift.ref_dist, shift.cur_dist)
    told = [
        f"{shortened(row.name, 30)} {percent(row.reference)} → {percent(row.current)}" for row in rows[:_MOST_CLASSES]
    ]
    left = len(rows) - len(told)
    return ", ".join(told) + (f" and {left} more" if left else "")
