"""The outcome of every check that answered, as a table; the features' numbers have their own table, and what was not
judged its own list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from windage.checks import discovered
from windage.cli.screen import mark, words
from windage.errors import listed
from windage.reports.alert_facts import said
from windage.reports.alert_sentences import alert_sentence
from windage.reports.formats import number, percent, plural, points, shortened
from windage.reports.page_parts import beside_days
from windage.reports.sentences import alerts_by_severity
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
        made.add_row(
            _sign(outcome, alerts), Text(shortened(check), style="bold"), _finding(report, check, outcome, alerts)
        )
    return made


def _sign(outcome: CheckOutcome, alerts: Sequence[DriftAlert]) -> Text:
    return mark(alerts[0].severity if alerts else outcome.outcome.value)


def _finding(report: DriftReport, check: str, outcome: CheckOutcome, alerts: Sequence[DriftAlert]) -> Text:
    shift = report.class_shift if check == "class_shift" else None
    numbers = _classes(shift) + _rejected(report) if shift else None
    if alerts:
        said = [words(alert_sentence(each)) for each in alerts[:_MOST_ALERTS]]
        if len(alerts) > _MOST_ALERTS:
            said.append(Text(f"and {plural(len(alerts) - _MOST_ALERTS, 'more alert')}"))
        return Text("\n").join([*said, *([Text(numbers, style="dim")] if numbers else [])])
    return Text(numbers or _explained(outcome) or next(_numbers(report, check), "nothing beyond its limit"))


def _explained(outcome: CheckOutcome) -> str:
    """The subjects beyond this check's limit that another finding explains, and that finding."""
    by: dict[str, list[str]] = {}
    for name, trigger in outcome.explained.items():
        by.setdefault(trigger, []).append(shortened(name, 30))
    return "; ".join(f"{listed(names)} beyond its limit, reported as {said(trigger)}" for trigger, names in by.items())


def _numbers(report: DriftReport, check: str) -> Iterator[str]:
    """The measurements of a check without alerts."""
    reject, entropy = report.reject_rate_drift, report.entropy_drift
    if check == "reject_rate" and reject is not None:
        yield f"{percent(reject.ref_rate)} → {percent(reject.cur_rate)} ({points(reject.increase)})"
    least = report.outcomes[check].detectable
    if check == "missingness" and least and max(least.values()) < 1:
        yield f"nothing beyond its limit; a change of {points(max(least.values())).removeprefix('+')} would have been detected in every feature"
    if check == "entropy" and entropy is not None:
        before, now = number(entropy.ref_mean_entropy), number(entropy.cur_mean_entropy)
        yield f"{before} → {now} nats (×{number(entropy.ratio)})"


def _rejected(report: DriftReport) -> str:
    """A note that reject_rate judges rejected rows, if it alerts: the shares of the other classes may not have changed."""
    is_told_apart = beside_days(report) and any(each.trigger.startswith("reject_rate") for each in report.alerts)
    return "; rejected rows are judged by reject_rate" if is_told_apart else ""


def _classes(shift: ClassShiftResult) -> str:
    """The classes whose shares changed most."""
    pairs = {
        name: (shift.ref_dist.get(name, 0.0), shift.cur_dist.get(name, 0.0))
        for name in sorted({*shift.ref_dist, *shift.cur_dist})
    }
    most = sorted(pairs, key=lambda name: -abs(pairs[name][1] - pairs[name][0]))[:_MOST_CLASSES]
    told = [f"{shortened(name, 30)} {percent(pairs[name][0])} → {percent(pairs[name][1])}" for name in most]
    left = len(pairs) - len(most)
    return ", ".join(told) + (f" and {left} more" if left else "")
