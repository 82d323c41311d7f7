"""Does a partition repeat the rows of the one before it?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import ClassVar

from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Verdict, alert
from windage.errors import DataError
from windage.evidence.day_spans import settled_and_last
from windage.evidence.shares import UNCALIBRATED
from windage.evidence.tallies import FEW_ROWS
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.stats.distinct import distinct
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

VARIED = 20
"""A column with this many different values is not the same in two partitions by chance."""
AS_SUMMED = 1e-12
"""The relative difference allowed between moments of the same values that were summed in another order."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class DuplicatePartition(Check):
    """Does a partition repeat the rows of the one before it?

    The share of the window's rows in partitions with as many rows as the one before and the same category counts,
    extremes and moments in every feature: yesterday's file was delivered again, or features were not computed anew.
    A log without numeric features is compared by its confidences and probabilities as well. Never alerts if partitions
    of the reference repeat each other too.
    """

    name: ClassVar[str] = "duplicate_partition"
    needs: ClassVar[Need] = "numbers"
    family: ClassVar[Family] = "structure"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.duplicate_partition, "repeated", "at least", 0.01, "warning", certain=True),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        rows = (reference.rows, current.rows)
        if unknown := _cannot_tell(reference, current):
            yield Measurement(subject=self.name, rows=rows, unknown=unknown)
            return
        settled, _ = settled_and_last(reference, current)
        found = {} if _repeated(settled) else _repeated(_every_day(reference, current))
        again = {at: first for at, first in found.items() if any(day is at for day in current.days)}
        yield Measurement(
            subject=self.name,
            rows=rows,
            values={"repeated": sum(day.rows for day in again) / current.rows},
            categories=tuple(f"{first.starts_at:%Y-%m-%d %H:%M}" for first in again.values()),
        )

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        if verdict.gate is None:
            return Conclusion(None, [])
        details = {**verdict.measurement.values, "same_as": list(verdict.measurement.categories)}
        return Conclusion(
            None, [alert(verdict, at, features=["rows"], details=details)], "Rows of the partition before."
        )

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        """1 if a day repeats the one before it, else 0."""
        repeating = set(_repeated(_every_day(reference, current)))
        return lambda day: float(day in repeating)


def _every_day(reference: WindowProfile, current: WindowProfile) -> Sequence[WindowProfile]:
    return [*reference.days, *([current.before] if current.before else []), *current.days]


def _cannot_tell(reference: WindowProfile, current: WindowProfile) -> str:
    if len(reference.days) < LEAST_DAYS:
        return UNCALIBRATED
    if not any(day.rows >= FEW_ROWS for day in current.days):
        return f"no partition has {FEW_ROWS} rows"
    numbers = _numbers(current)
    if not any(_varies(numbers[name]) for name in numbers):
        return f"no column of numbers has {VARIED} different values, so partitions may be alike by chance"
    return ""


def _numbers(day: WindowProfile) -> Mapping[str, NumericProfile]:
    """The numeric features; without any, the confidences and the entropies of the probabilities."""
    if day.numeric:
        return day.numeric
    scores = {"confidence": day.confidence, "entropy": day.scores.entropy if day.scores else None}
    return {name: profile for name, profile in scores.items() if profile is not None}


def _repeated(days: Sequence[WindowProfile]) -> Mapping[WindowProfile, WindowProfile]:
    """The partitions that repeat the one before them, in order of time, each with the first of the repeated ones."""
    dated = sorted((day.starts_at, place) for place, day in enumerate(days) if day.starts_at and day.rows >= FEW_ROWS)
    found: dict[WindowProfile, WindowProfile] = {}
    for (before, earlier), (start, later) in pairwise(dated):
        one, other = days[earlier], days[later]
        if before != start and one.rows == other.rows and _are_alike(one, other):
            found[other] = found.get(one, one)
    return found


def _are_alike(one: WindowProfile, other: WindowProfile) -> bool:
    """Whether two partitions with equally many rows agree in every column, at least one of which varies."""
    try:
        numbers, others = _numbers(one), _numbers(other)
        return (
            numbers.keys() == others.keys()
            and one.categorical.keys() == other.categorical.keys()
            and all(_are_same(numbers[name], others[name]) for name in numbers)
            and all(one.categorical[name].counts == other.categorical[name].counts for name in one.categorical)
            and any(_varies(numbers[name]) for name in numbers)
        )
    except DataError:
        return False


def _varies(profile: NumericProfile) -> bool:
    return distinct(profile.points).size >= VARIED


def _are_same(one: NumericProfile, other: NumericProfile) -> bool:
    if (one.finite, one.nulls, one.nans) != (other.finite, other.nulls, other.nans):
        return False
    if not one.finite:
        return True
    told = [(each.minimum, each.maximum, *each.moments) for each in (one, other)]
    return all(math.isclose(first, second, rel_tol=AS_SUMMED) for first, second in zip(*told, strict=True))


CHECK = DuplicatePartition
