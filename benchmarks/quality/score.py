"""What a run was worth: false alarms of quiet days; detection, delay, severity, cause, features and users of faults.

A fault is *seen* on the first day with an alert that names an affected feature, or that is about one of its topics.
What else was alerted by then is judged with it: outputs that the fault really moved are no false alarm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from fault import Truth
from stream import Finding, JudgedDay, Reaction, Run
from topics import FEATURE_TOPICS, topic

PERIOD = 90
STORM_FROM = 2
"""The day after an outage may still say that it is over or not; alerts from the second day on are a storm."""

MOVED = {"reject": 0.01, "classes": 0.02, "certainty": 0.03}
"""From here an output did move with a fault of the features: about half of a warning gate, or what it takes to be real."""
MOVED_BADLY = {"reject": 0.06, "classes": 0.40, "certainty": 1.0}
"""From here the outputs' own reaction may rightly be called critical."""


# ── Quiet days ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """False alarms of runs in which nothing was wrong."""

    runs: int
    days: int
    alerts: int
    criticals: int
    alert_days: int
    runs_alerting: int
    runs_paging: int
    unknown: int
    errors: int
    triggers: Counter[str]

    def per_period(self, count: int) -> float:
        return PERIOD * count / self.days if self.days else float("nan")

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Quiet:
        days = [day for run in runs for day in run.days]
        found = [each for day in days for each in day.findings]
        return cls(
            runs=len(runs),
            days=len(days),
            alerts=len(found),
            criticals=sum(each.severity == "critical" for each in found),
            alert_days=sum(bool(day.findings) for day in days),
            runs_alerting=sum(any(day.findings for day in run.days) for run in runs),
            runs_paging=sum(any(day.severity == "critical" for day in run.days) for run in runs),
            unknown=sum(len(day.unknown) for day in days),
            errors=sum(len(day.errors) for day in days),
            triggers=Counter(each.trigger for each in found),
        )


# ── One fault ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one fault's run ended. ``None`` where a question does not arise: not seen, or no users to name."""

    seen_after: int | None
    is_seen_in_time: bool
    is_opened: bool | None
    severity_right: bool | None
    cause_right: bool | None
    features_right: int
    features_named: int
    features_true: int
    users_right: int
    users_named: int
    users_true: int
    unrelated: int
    storm_days: int
    silence_kept: bool | None


def outcome(run: Run) -> Outcome:
    truth, reaction = run.truth, run.reaction
    if truth is None or reaction is None:
        raise ValueError("a quiet run has no fault to see")
    seen = next((day for day in run.days if any(hits(each, truth) for each in day.findings)), None)
    in_time = seen is not None and seen.since < truth.by
    settled = [day for day in run.days if seen is not None and seen.since <= day.since < max(seen.since + 1, truth.by)]
    features = {name for day in settled for each in day.findings for name in features_of(each, run)}
    users = {name for each in (seen.findings if seen else ()) if hits(each, truth) for name in each.users}
    tolerated = truth.features | truth.also_touched
    return Outcome(
        seen_after=None if seen is None else seen.since + 1,
        is_seen_in_time=in_time,
        is_opened=None if seen is None or truth.by == 1 else opens(run, seen.since, truth),
        severity_right=None if seen is None else seen.severity in right_severities(truth, reaction),
        cause_right=None if seen is None else names_cause(seen, truth),
        features_right=len(features & truth.features),
        features_named=len(features - (tolerated - truth.features)),
        features_true=len(truth.features) if seen else 0,
        users_right=len(users & truth.users),
        users_named=len(users) if truth.users and seen else 0,
        users_true=len(truth.users) if seen else 0,
        unrelated=sum(is_unrelated(each, run) for day in run.days if day.since < truth.by for each in day.findings),
        storm_days=sum(bool(day.findings) for day in run.days if day.since >= STORM_FROM) if truth.by == 1 else 0,
        silence_kept=None if truth.must_alert else all(day.severity in truth.severities for day in run.days),
    )


def opens(run: Run, first: int, truth: Truth) -> bool | None:
    """Whether somebody is told of a fault that stays: a page, or two of three windows from its first alert on; None where
    the run ends too early to say."""
    days = [day for day in run.days if first <= day.since < first + 3]
    seen = [day for day in days if any(hits(each, truth) for each in day.findings)]
    if len(seen) > 1 or any(day.severity == "critical" for day in seen):
        return True
    return False if len(days) == 3 else None


def hits(finding: Finding, truth: Truth) -> bool:
    about = topic(finding.trigger)
    if about in FEATURE_TOPICS:
        return bool(truth.features & set(finding.named)) or (about in truth.topics and not truth.features)
    return about in truth.topics


def names_cause(day: JudgedDay, truth: Truth) -> bool:
    """Every alert on an affected feature (or output) names a right cause, and there is one."""
    return {topic(each.trigger) for each in day.findings if hits(each, truth)} <= truth.topics


def features_of(finding: Finding, run: Run) -> set[str]:
    return set(finding.named) & set(run.world.features) if topic(finding.trigger) in FEATURE_TOPICS else set()


def right_severities(truth: Truth, reaction: Reaction) -> frozenset[str | None]:
    """The fault's own, and critical too where the outputs really went badly wrong with it."""
    badly = any(amount >= MOVED_BADLY[name] for name, amount in moved(reaction).items())
    return truth.severities | {"critical"} if badly and truth.must_alert else truth.severities


def moved(reaction: Reaction) -> dict[str, float]:
    return {
        "reject": reaction.reject,
        "classes": reaction.classes,
        "certainty": max(reaction.entropy_ratio, 1 / max(reaction.entropy_ratio, 1e-9)) - 1,
    }


def is_unrelated(finding: Finding, run: Run) -> bool:
    """Whether the alert is about something that the fault left alone."""
    if run.truth is None or run.reaction is None:
        return True
    about = topic(finding.trigger)
    if about in FEATURE_TOPICS:
        touched = run.truth.features | run.truth.also_touched
        return not touched & set(finding.named) and (bool(finding.named) or about not in run.truth.topics)
    return about not in run.truth.topics and moved(run.reaction).get(about, 0.0) < MOVED.get(about, 1.0)


# ── Many faults ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Runs of a kind put together. Shares are None when nothing was there to take a share of."""

    runs: int
    seen: float | None
    opened: float | None
    delay: float | None
    slowest: float | None
    severity: float | None
    cause: float | None
    precision: float | None
    recall: float | None
    user_precision: float | None
    user_recall: float | None
    unrelated: float | None
    storm: float | None
    silence: float | None

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Score:
        delays = [each.seen_after for each in outcomes if each.seen_after is not None]

        def pooled(part: str, whole: str) -> float | None:
            total = sum(getattr(each, whole) for each in outcomes)
            return sum(getattr(each, part) for each in outcomes) / total if total else None

        must = [each for each in outcomes if each.silence_kept is None]
        return cls(
            runs=len(outcomes),
            seen=share(each.is_seen_in_time for each in must),
            opened=share(each.is_opened for each in must),
            delay=float(np.median(delays)) if delays else None,
            slowest=float(max(delays)) if delays else None,
            severity=share(each.severity_right for each in must),
            cause=share(each.cause_right for each in must),
            precision=pooled("features_right", "features_named"),
            recall=pooled("features_right", "features_true"),
            user_precision=pooled("users_right", "users_named"),
            user_recall=pooled("users_right", "users_true"),
            unrelated=sum(each.unrelated for each in outcomes) / len(outcomes) if outcomes else None,
            storm=sum(each.storm_days for each in outcomes) / len(outcomes) if outcomes else None,
            silence=share(each.silence_kept for each in outcomes),
        )


def share(answers: Iterable[bool | None]) -> float | None:
    known = [each for each in answers if each is not None]
    return sum(known) / len(known) if known else None
