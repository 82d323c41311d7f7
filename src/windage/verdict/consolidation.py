"""From measurements to a report: every check's measurements are judged and concluded in one document."""

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

OF_THE_WHOLE = ("shift_sd", "widening", "effect", "usual_median", "median")
"""Measurements of a feature's shift as a whole, which are added to an alert about its values out of range."""


def consolidate(
    results: Iterable[CheckResult],
    checks: Iterable[Check],
    *,
    policy: Policy,
    at: datetime,
    not_asked: Mapping[str, str] | None = None,
    **about: Any,
) -> DriftReport:
    """The report of one window; a check without a result counts as an error.

    Args:
        not_asked: what the log lacks for each check that was not run.
        about: further fields of the report, such as its monitor and its windows.
    """
    by_name = {result.check: result for result in results}
    conclusions = _Conclusions()
    answered: list[tuple[Check, Sequence[Measurement]]] = []
    lacking = dict(not_asked or {})
    for check in checks:
        result = by_name.get(check.name)
        if result is None:
            conclusions.add_error(check, "the check left no result")
        elif result.error is not None:
            conclusions.add_error(check, result.error)
        elif result.lacking is not None:
            lacking[check.name] = result.lacking
        elif spared := {each.subject: each.lacking for each in result.measurements if each.lacking is not None}:
            conclusions.not_asked[check.name] = spared
            if asked := [each for each in result.measurements if each.lacking is None]:
                answered.append((check, asked))
            else:
                lacking[check.name] = f"feature with {next(iter(spared.values()))}"
        else:
            answered.append((check, result.measurements))
    for check, verdicts in policy.judge_all(answered):
        conclusions.add(check, verdicts, at)
    return DriftReport(
        alerts=[_with_whole_shift(each, conclusions.explained) for each in conclusions.alerts],
        any_critical=any(each.severity == "critical" for each in conclusions.alerts),
        summary=_summary(conclusions.alerts, conclusions.sentences, conclusions.outcomes),
        outcomes=conclusions.outcomes,
        not_asked=lacking,
        policy=policy.name,
        generated_at=at,
        **conclusions.fields,
        **about,
    )


@dataclass(slots=True)
class _Conclusions:
    """What the checks have concluded so far."""

    alerts: list[DriftAlert] = field(default_factory=list)
    outcomes: dict[str, CheckOutcome] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    """The checks' result documents, by field of the report."""
    sentences: list[str] = field(default_factory=list)
    not_asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each subject lacks that a check did not ask about, by check."""
    explained: dict[str, Measurement] = field(default_factory=dict)
    """The measured shift of each feature whose alert is explained by values out of range."""

    def add_error(self, check: Check, reason: str) -> None:
        self.outcomes[check.name] = CheckOutcome(outcome=Outcome.error, reason=reason)

    def add(self, check: Check, verdicts: Sequence[Verdict], at: datetime) -> None:
        try:
            conclusion = check.conclude(verdicts, at) if verdicts else Conclusion(None, [])
        except Exception as error:  # a broken check must not silence the others
            log.exception("check %s could not conclude", check.name)
            self.add_error(check, f"{type(error).__name__}: {error}")
            return
        if check.report_field and conclusion.result is not None:
            self.fields[check.report_field] = conclusion.result
        self.alerts += [each.model_copy(update={"check": check.name}) for each in conclusion.alerts]
        self.sentences.append(conclusion.summary)
        self.outcomes[check.name] = _outcome(check, verdicts, self.not_asked.get(check.name, {}))
        self.explained |= {
            each.subject: each.measurement
            for each in verdicts
            if each.explained_by is DriftTrigger.value_range and each.measurement.values.get("shift_sd") is not None
        }


def _with_whole_shift(alert: DriftAlert, explained: Mapping[str, Measurement]) -> DriftAlert:
    """The alert; one about values out of range with the shift of the whole feature, whose own alert it replaces."""
    values = next((explained[name].values for name in alert.affected_features if name in explained), None)
    if alert.trigger is not DriftTrigger.value_range or values is None:
        return alert
    shift = {name: values[name] for name in OF_THE_WHOLE if values.get(name) is not None}
    return alert.model_copy(update={"details": {**shift, **alert.details}})


def _outcome(check: Check, verdicts: Sequence[Verdict], not_asked: dict[str, str]) -> CheckOutcome:
    """The check's outcome: the first of alert, error, unknown and ok that a verdict has; unknown without verdicts."""
    unknown = {each.subject: each.reason for each in verdicts if each.outcome is Outcome.unknown}
    errors = {each.subject: each.reason for each in verdicts if each.outcome is Outcome.error}
    outcomes = {each.outcome for each in verdicts} or {Outcome.unknown}
    outcome = next(each for each in (Outcome.alert, Outcome.error, Outcome.unknown, Outcome.ok) if each in outcomes)
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
        not_asked=not_asked,
    )


def _summary(alerts: Sequence[DriftAlert], sentences: Iterable[str], outcomes: Mapping[str, CheckOutcome]) -> str:
    summary = [first_words(len(alerts), outcomes), *filter(None, sentences)]
    for word, kind in (("could not be judged", Outcome.unknown), ("failed", Outcome.error)):
        checks: dict[str, list[str]] = {}
        for name, each in outcomes.items():
            subjects = each.unknown if kind is Outcome.unknown else each.errors
            if subjects or each.outcome is kind:
                checks.setdefault(next(iter(subjects.values()), each.reason).removesuffix("."), []).append(name)
        summary += [f"{', '.join(names)} {word}: {reason}." for reason, names in checks.items()]
    return " ".join(summary)


def first_words(alerts: int, outcomes: Mapping[str, CheckOutcome]) -> str:
    """The beginning of a report's summary: the number of alerts, or how completely their absence was established."""
    if alerts:
        return f"{alerts} alert(s) raised."
    if outcomes and not any(each.answered for each in outcomes.values()):
        return "Nothing could be judged."
    asked = of_rows(outcomes).values()
    is_partly = any(each.unknown or each.errors or each.outcome is Outcome.error for each in asked)
    return "No drift detected in what could be judged." if is_partly else "No drift detected."
