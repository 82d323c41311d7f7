"""A policy run over a stream of days, as production runs it: each day is profiled once and judged against the past."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from fault import Fault, Truth
from judge import REFERENCE, Judge, Past, Today
from judges import profile

from faults import FAULTS
from world import REJECT, Day, World

QUIET_BEFORE_FAULT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One alert, as scoring and reading need it."""

    trigger: str
    severity: str
    named: tuple[str, ...]
    users: tuple[str, ...]
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDay:
    """``since`` counts from the fault's first day, or from the first judged day of a quiet run."""

    since: int
    rows: int
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    errors: tuple[str, ...]
    seconds: float
    profile_seconds: float

    @property
    def severity(self) -> str | None:
        """The severity of the worst alert."""
        found = {each.severity for each in self.findings}
        return next((each for each in ("critical", "warning") if each in found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """How far the outputs really moved with the fault: the same day with it less the same day without."""

    reject: float
    classes: float
    entropy_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One judged stretch of days: quiet, or with one fault from its first day on."""

    policy: str
    world: World
    seed: int
    days: tuple[JudgedDay, ...]
    fault: Fault | None = None
    truth: Truth | None = None
    reaction: Reaction | None = None
    is_due: bool = True


class Life:
    """One seed of one world under one policy: the quiet days first, then as many faults as wanted."""

    def __init__(self, world: World, seed: int, name: str, judge: Judge, *, days: int) -> None:
        self.world, self.seed, self.policy, self.judge = world, seed, name, judge
        self.days = days
        self.first = REFERENCE // world.width
        # A fault begins a week after the first judged day, at another hour for another seed.
        self.fault_starts = self.first + QUIET_BEFORE_FAULT + seed % world.windows_a_day
        longest = max(fault.days for fault in FAULTS.values())
        self.timeline = world.begin(seed, days=max(self.first + days, self.fault_starts + longest))
        self._clean: dict[int, Day] = {}
        self._past: list[Past] = []
        for index in range(self.first):
            day = self.timeline.day(index)
            if world.outage_before is not None and index == self.first - world.outage_before:
                outage = FAULTS["outage and recovery"]
                day = outage.applied(self.timeline, day, outage.target(self.timeline), since=0, index=index)
            self._past.append(Past(start=day.start, profile=profile(day), rows=day))

    def clean(self, index: int) -> Day:
        """A day without the fault; kept, because every fault begins from it."""
        if index not in self._clean:
            self._clean[index] = self.timeline.day(index)
        return self._clean[index]

    def quiet(self) -> Run:
        """Days with nothing wrong, each joining the past."""
        days = []
        for index in range(len(self._past), self.first + self.days):
            found, past = self._judged(self._past, self.timeline.day(index), since=index - self.first)
            self._past.append(past)
            days.append(found)
        return Run(policy=self.policy, world=self.world, seed=self.seed, days=tuple(days))

    def with_fault(self, fault: Fault) -> Run:
        """A week of quiet days, then the fault. Call ``quiet`` before."""
        past = self._past[: self.fault_starts]
        target = fault.target(self.timeline)
        truth = fault.truth(self.timeline, target)
        days, reactions = [], []
        for since in range(fault.days):
            index = self.fault_starts + since
            clean = self.clean(index)
            day = fault.applied(self.timeline, clean, target, since=since, index=index)
            found, gone = self._judged(past, day, since=since)
            past.append(gone)
            days.append(found)
            if since < truth.by:
                reactions.append(reaction(clean, day))
        rows = float(np.median([each.rows for each in days[: truth.by]]))
        day_sd = max((self.timeline.day_sd(name, rows) for name in target.features), default=0.0)
        return Run(
            policy=self.policy,
            world=self.world,
            seed=self.seed,
            days=tuple(days),
            fault=fault,
            truth=truth,
            reaction=max(reactions, key=lambda each: each.reject + each.classes),
            is_due=truth.is_due(rows, day_sd),
        )

    def _remembered(self, past: Sequence[Past]) -> Sequence[Past]:
        days = self.world.remembered_days
        return past if days is None else past[-days * self.world.windows_a_day :]

    def _judged(self, past: Sequence[Past], day: Day, *, since: int) -> tuple[JudgedDay, Past]:
        return judged(self.judge, self._remembered(past), day, since=since)


def judged(judge: Judge, past: Sequence[Past], day: Day, *, since: int) -> tuple[JudgedDay, Past]:
    """A day judged against the past, and the day as it joins the past."""
    started = time.perf_counter()
    made = profile(day)
    profiled = time.perf_counter()
    report = judge(past, Today(start=day.start, profile=made, rows=day))
    ended = time.perf_counter()
    found = JudgedDay(
        since=since,
        rows=day.rows,
        findings=tuple(
            Finding(
                trigger=str(each.trigger),
                severity=each.severity,
                named=tuple(each.affected_features),
                users=tuple(each.affected_user_ids),
                details=each.details,
            )
            for each in report.alerts
        ),
        unknown=tuple(f"{name}: {why}" for each in report.outcomes.values() for name, why in each.unknown.items()),
        errors=tuple(
            f"{name}: {why}"
            for check, each in report.outcomes.items()
            for name, why in (each.errors or ({check: each.reason} if each.outcome == "error" else {})).items()
        ),
        seconds=ended - profiled,
        profile_seconds=profiled - started,
    )
    return found, Past(start=day.start, profile=made, rows=day, report=report)


def reaction(clean: Day, day: Day) -> Reaction:
    def rejected(one: Day) -> float:
        return float(np.mean(one.labels == REJECT)) if one.rows else 0.0

    def shares(one: Day) -> dict[str, float]:
        decided = one.labels[one.labels != REJECT]
        names, counts = np.unique(decided.astype(str), return_counts=True)
        return dict(zip(names.tolist(), (counts / max(decided.size, 1)).tolist(), strict=True))

    def entropy(one: Day) -> float:
        p = np.clip(one.probabilities, 1e-8, 1)
        return float(-(p * np.log(p)).sum(axis=1).mean()) if one.rows else 0.0

    before, now = shares(clean), shares(day)
    moved = sum(abs(now.get(name, 0.0) - before.get(name, 0.0)) for name in {*before, *now}) / 2
    return Reaction(
        reject=abs(rejected(day) - rejected(clean)),
        classes=moved,
        entropy_ratio=entropy(day) / max(entropy(clean), 1e-9),
    )
