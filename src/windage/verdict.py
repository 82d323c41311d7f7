"""From two profiles to a report: measure every check, judge what was measured, say it in one document."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from windage.arrays import Texts
from windage.checks.check import Check, Conclusion, Rows, Verdict, smallest_alerting
from windage.errors import DataError, TransientError, WindageError, listed
from windage.policy import Policy
from windage.profiles.picture import picture
from windage.profiles.window import WindowProfile
from windage.stats.attribution import largest_contributors
from windage.vocabulary import (
    FACTS,
    CheckOutcome,
    CheckResult,
    DriftAlert,
    DriftReport,
    DriftTrigger,
    Measurement,
    Outcome,
    Window,
    of_rows,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_PICTURES = 64
OUT_OF_RANGE = (DriftTrigger.value_range,)
OF_THE_WHOLE = ("shift_sd", "widening", "effect", "usual_median", "median")
"""What the check of the whole feature measured, that a person wants to know of one whose values left their range."""

Profiles = tuple[WindowProfile, WindowProfile]
Settle = Callable[[Sequence[str]], Profiles]
"""Given subjects, their windows (reference, current) profiled at full resolution."""


def measure(
    check: Check, reference: WindowProfile, current: WindowProfile, *, policy: Policy, settle: Settle | None = None
) -> CheckResult:
    """Ask one check; where a limit lies inside a certified interval, ask again with ``settle``'s exact profiles.

    A check that breaks is a result too: its error is logged and carried, and the other checks still answer.

    Raises:
        TransientError: rows could not be read; a retry may help.
    """
    try:
        measured = list(check.measure(reference, current))
        undecided = [each.subject for each in measured if policy.is_undecided(check, each)]
        if undecided and settle is not None:
            exact = {each.subject: each for each in check.measure(*settle(undecided)) if each.subject in undecided}
            measured = [exact.get(each.subject, each) for each in measured]
    except TransientError:
        raise  # a broken read: trying again may help, and the orchestrator does
    except WindageError as error:
        return CheckResult(check=check.name, error=str(error))
    except Exception as error:  # a broken check must not silence the others; it is reported as error
        log.exception("check %s failed", check.name)
        return CheckResult(check=check.name, error=f"{type(error).__name__}: {error}")
    return CheckResult(check=check.name, measurements=tuple(map(_of_numbers, measured)))


def _of_numbers(measurement: Measurement) -> Measurement:
    """The measurement, or an error where a value of it is no number: held against limits it would pass for ordinary, and its
    p-value would be every other's."""
    wrong = [name for name, value in measurement.values.items() if value is not None and not math.isfinite(value)]
    if not wrong or measurement.error is not None:
        return measurement
    said = ", ".join(f"{name} is {measurement.values[name]}" for name in wrong)
    error = f"the measurement of {measurement.subject} is not a number: {said}"
    return Measurement(subject=measurement.subject, rows=measurement.rows, error=error)


def consolidate(
    results: Iterable[CheckResult], checks: Iterable[Check], *, policy: Policy, at: datetime, **identity: Any
) -> DriftReport:
    """The report of one window. A check without a result is an error: silence is not health."""
    by_name = {result.check: result for result in results}
    fields: dict[str, Any] = {}
    alerts: list[DriftAlert] = []
    outcomes: dict[str, CheckOutcome] = {}
    sentences: list[str] = []
    explained: dict[str, Measurement] = {}
    asked: list[tuple[Check, Sequence[Measurement]]] = []
    for check in checks:
        result = by_name.get(check.name, CheckResult(check=check.name, error="the check left no result"))
        if result.error is not None:
            outcomes[check.name] = CheckOutcome(outcome=Outcome.error, reason=result.error)
        else:
            asked.append((check, result.measurements))
    for (check, _), verdicts in zip(asked, policy.judge_all(asked), strict=True):
        try:
            conclusion = check.conclude(verdicts, at) if verdicts else Conclusion(None, [])
        except Exception as error:  # as in measure: the other checks still answer
            log.exception("check %s could not conclude", check.name)
            outcomes[check.name] = CheckOutcome(outcome=Outcome.error, reason=f"{type(error).__name__}: {error}")
            continue
        if check.report_field and conclusion.result is not None:
            fields[check.report_field] = conclusion.result
        alerts += [each.model_copy(update={"check": check.name}) for each in conclusion.alerts]
        sentences.append(conclusion.summary)
        outcomes[check.name] = _outcome(check, verdicts)
        explained |= {
            each.subject: each.measurement
            for each in verdicts
            if each.explained_by in OUT_OF_RANGE and each.measurement.values.get("shift_sd") is not None
        }
    return DriftReport(
        alerts=[_with_the_whole(each, explained) for each in alerts],
        any_critical=any(each.severity == "critical" for each in alerts),
        summary=_summary(alerts, sentences, outcomes),
        outcomes=outcomes,
        policy=policy.name,
        generated_at=at,
        **fields,
        **identity,
    )


def _with_the_whole(alert: DriftAlert, explained: Mapping[str, Measurement]) -> DriftAlert:
    """An alert about values out of range with how the whole feature moved, which it tells instead."""
    moved = next((explained[name].values for name in alert.affected_features if name in explained), None)
    if alert.trigger not in OUT_OF_RANGE or moved is None:
        return alert
    whole = {name: moved[name] for name in OF_THE_WHOLE if moved.get(name) is not None}
    return alert.model_copy(update={"details": {**whole, **alert.details}})


def _outcome(check: Check, verdicts: Sequence[Verdict]) -> CheckOutcome:
    """A check ends as its most telling verdict; nothing measured at all is unknown."""
    unknown = {each.subject: each.reason for each in verdicts if each.outcome is Outcome.unknown}
    errors = {each.subject: each.reason for each in verdicts if each.outcome is Outcome.error}
    found = {each.outcome for each in verdicts} or {Outcome.unknown}
    outcome = next(each for each in (Outcome.alert, Outcome.error, Outcome.unknown, Outcome.ok) if each in found)
    reason = next(iter((errors or unknown).values()), "") if verdicts else "there was nothing to measure"
    detectable = {
        each.subject: least
        for each in verdicts
        if each.outcome is Outcome.ok
        and each.explained_by is None
        and (least := smallest_alerting(each, check.calibrated)) is not None
    }
    return CheckOutcome(
        outcome=outcome,
        reason=reason,
        unknown=unknown,
        errors=errors,
        answered=sum(each.outcome in (Outcome.ok, Outcome.alert) for each in verdicts),
        detectable=detectable,
        explained={each.subject: each.explained_by for each in verdicts if each.explained_by is not None},
    )


def _summary(alerts: Sequence[DriftAlert], sentences: Iterable[str], outcomes: Mapping[str, CheckOutcome]) -> str:
    found = [_first_words(len(alerts), outcomes), *filter(None, sentences)]
    for word, kind in (("could not be judged", Outcome.unknown), ("failed", Outcome.error)):
        reasons: dict[str, str] = {}
        for name, each in outcomes.items():
            subjects = each.unknown if kind is Outcome.unknown else each.errors
            if subjects or each.outcome is kind:
                reasons[name] = next(iter(subjects.values()), each.reason)
        if reasons:
            found.append(f"{', '.join(reasons)} {word}: {next(iter(reasons.values())).removesuffix('.')}.")
    return " ".join(found)


def _first_words(alerts: int, outcomes: Mapping[str, CheckOutcome]) -> str:
    if alerts:
        return f"{alerts} alert(s) raised."
    if outcomes and not any(each.answered for each in outcomes.values()):
        return "Nothing could be judged."
    asked = of_rows(outcomes).values()
    is_partly = any(each.unknown or each.errors or each.outcome is Outcome.error for each in asked)
    return "No drift detected in what could be judged." if is_partly else "No drift detected."


def slow_drift(against: DriftReport, report: DriftReport, *, baseline: Window | None) -> DriftReport:
    """The report against a frozen baseline with those alerts alone that the other report does not tell, as warnings."""
    told = {(str(each.trigger), *each.affected_features) for each in report.alerts}
    named = {name for each in report.alerts for name in each.affected_features}
    slow = [
        each.model_copy(update={"severity": "warning", "details": {**each.details, "against": str(baseline)}})
        for each in against.alerts
        if FACTS[each.trigger].may_be_slow
        and (str(each.trigger), *each.affected_features) not in told
        and not named & set(each.affected_features)
    ]
    return against.model_copy(update={"alerts": slow})


def with_slow_drift(report: DriftReport, slow: DriftReport) -> DriftReport:
    """The report with what ``slow_drift`` left of the one against the baseline."""
    alerts = [*report.alerts, *slow.alerts]
    known = _first_words(len(report.alerts), report.outcomes)
    summary = report.summary.replace(known, f"{len(alerts)} alert(s) raised.", 1)
    whom = listed(dict.fromkeys(name for each in slow.alerts for name in each.affected_features or [str(each.trigger)]))
    return report.model_copy(
        update={
            "alerts": alerts,
            "summary": f"{summary} Away from the baseline: {whom}.",
            "pictures": {**slow.pictures, **report.pictures},
        }
    )


def with_units(report: DriftReport, units: Mapping[str, str]) -> DriftReport:
    """The report whose alerts on a feature name the unit that it is measured in, where the log says it."""
    alerts = [
        each.model_copy(update={"details": {**each.details, "unit": units[each.affected_features[0]]}})
        if each.affected_features and each.affected_features[0] in units
        else each
        for each in report.alerts
    ]
    return report.model_copy(update={"alerts": alerts})


def illustrate(report: DriftReport, reference: WindowProfile, current: WindowProfile) -> DriftReport:
    """The report with a picture of every numeric feature that an alert names; of more than 64, of the worst by severity
    and PSI. A feature without a finite value in one of the windows has none.
    """
    psi = {each.feature: each.psi or 0.0 for each in report.feature_report.results} if report.feature_report else {}
    told = [each for each in report.alerts if FACTS[each.trigger].of_numbers]
    told.sort(
        key=lambda each: (
            each.severity != "critical",
            -max((psi.get(name, 0.0) for name in each.affected_features), default=0.0),
        )
    )
    worst = list(dict.fromkeys(name for each in told for name in each.affected_features))[:MOST_PICTURES]
    pictures = {}
    for name in sorted(worst):
        if name in reference.numeric and name in current.numeric:
            before, now = reference.numeric[name], current.numeric[name]
            if before.finite and now.finite:
                pictures[name] = picture(before, now)
    return report.model_copy(update={"pictures": pictures}) if pictures else report


def attribute(
    report: DriftReport,
    checks: Iterable[Check],
    profiles: Profiles,
    *,
    rows: Rows,
    users: Texts,
) -> DriftReport:
    """The report with the users whose rows carry each alert's change."""
    by_name = {check.name: check for check in checks}

    def whose(alert: DriftAlert) -> list[str]:
        excess = by_name[alert.check].row_excess(rows, *profiles, alert)
        return largest_contributors(excess, users)

    alerts = []
    for alert in report.alerts:
        # Some checks are about users themselves.
        found = alert.affected_user_ids or if_it_can_be_told(whose, alert) or []
        alerts.append(alert.model_copy(update={"affected_user_ids": found}))
    return report.model_copy(update={"alerts": alerts})


def if_it_can_be_told(tell: Callable[[DriftAlert], T], alert: DriftAlert) -> T | None:
    """What days or rows say of an alert; where they cannot be asked, the alert stands all the same.

    Raises:
        TransientError: rows could not be read; a retry may help.
    """
    try:
        return tell(alert)
    except TransientError:
        raise
    except DataError:  # some partition's rows have no such column
        log.warning("cannot attribute alert %s to rows", alert.trigger, exc_info=True)
    except Exception:  # as in measure: whose and since when must not cost that it is
        log.exception("details of alert %s could not be added", alert.trigger)
    return None
