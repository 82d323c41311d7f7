"""From measurements to a report: judge what every check measured, and say it in one document."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from windage.checks.check import Check, Conclusion, Verdict, smallest_alerting
from windage.policy import Policy
from windage.vocabulary import (
    CheckOutcome,
    CheckResult,
    DriftAlert,
    DriftReport,
    DriftTrigger,
    Measurement,
    Outcome,
    of_rows,
)

log = logging.getLogger(__name__)

OUT_OF_RANGE = (DriftTrigger.value_range,)
OF_THE_WHOLE = ("shift_sd", "widening", "effect", "usual_median", "median")
"""What the check of the whole feature measured, that a person wants to know of one whose values left their range."""


def consolidate(
    results: Iterable[CheckResult], checks: Iterable[Check], *, policy: Policy, at: datetime, **about: Any
) -> DriftReport:
    """The report of one window. A check without a result is an error: silence is not health.

    Args:
        about: further fields of the report, such as its monitor and its windows.
    """
    by_name = {result.check: result for result in results}
    found = _Conclusions()
    answered: list[tuple[Check, Sequence[Measurement]]] = []
    for check in checks:
        result = by_name.get(check.name)
        if result is None:
            found.breaks(check, "the check left no result")
        elif result.error is not None:
            found.breaks(check, result.error)
        else:
            answered.append((check, result.measurements))
    for (check, _), verdicts in zip(answered, policy.judge_all(answered), strict=True):
        found.add(check, verdicts, at)
    return DriftReport(
        alerts=[_with_the_whole(each, found.explained) for each in found.alerts],
        any_critical=any(each.severity == "critical" for each in found.alerts),
        summary=_summary(found.alerts, found.sentences, found.outcomes),
        outcomes=found.outcomes,
        policy=policy.name,
        generated_at=at,
        **found.fields,
        **about,
    )


@dataclass(slots=True)
class _Conclusions:
    """What the checks conclude, one after the other."""

    alerts: list[DriftAlert] = field(default_factory=list)
    outcomes: dict[str, CheckOutcome] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    """The checks' own fields of the report."""
    sentences: list[str] = field(default_factory=list)
    explained: dict[str, Measurement] = field(default_factory=dict)
    """By feature whose values left their range: how it moved as a whole."""

    def breaks(self, check: Check, reason: str) -> None:
        self.outcomes[check.name] = CheckOutcome(outcome=Outcome.error, reason=reason)

    def add(self, check: Check, verdicts: Sequence[Verdict], at: datetime) -> None:
        try:
            conclusion = check.conclude(verdicts, at) if verdicts else Conclusion(None, [])
        except Exception as error:  # a broken check must not silence the others
            log.exception("check %s could not conclude", check.name)
            self.breaks(check, f"{type(error).__name__}: {error}")
            return
        if check.report_field and conclusion.result is not None:
            self.fields[check.report_field] = conclusion.result
        self.alerts += [each.model_copy(update={"check": check.name}) for each in conclusion.alerts]
        self.sentences.append(conclusion.summary)
        self.outcomes[check.name] = _outcome(check, verdicts)
        self.explained |= {
            each.subject: each.measurement
            for each in verdicts
            if each.explained_by in OUT_OF_RANGE and each.measurement.values.get("shift_sd") is not None
        }


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
    found = [first_words(len(alerts), outcomes), *filter(None, sentences)]
    for word, kind in (("could not be judged", Outcome.unknown), ("failed", Outcome.error)):
        reasons: dict[str, str] = {}
        for name, each in outcomes.items():
            subjects = each.unknown if kind is Outcome.unknown else each.errors
            if subjects or each.outcome is kind:
                reasons[name] = next(iter(subjects.values()), each.reason)
        if reasons:
            found.append(f"{', '.join(reasons)} {word}: {next(iter(reasons.values())).removesuffix('.')}.")
    return " ".join(found)


def first_words(alerts: int, outcomes: Mapping[str, CheckOutcome]) -> str:
    """What a report's summary begins with: how many alerts, or how surely there are none."""
    if alerts:
        return f"{alerts} alert(s) raised."
    if outcomes and not any(each.answered for each in outcomes.values()):
        return "Nothing could be judged."
    asked = of_rows(outcomes).values()
    is_partly = any(each.unknown or each.errors or each.outcome is Outcome.error for each in asked)
    return "No drift detected in what could be judged." if is_partly else "No drift detected."
