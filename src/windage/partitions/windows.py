"""The windows of a plan: their merged profiles, and their rows, which are read again when something asks for them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from windage.evidence.day_spans import in_days, of_other_days
from windage.evidence.seasons import as_lived
from windage.partitions.broken_files import BrokenFiles
from windage.partitions.parquet import ParquetColumns
from windage.partitions.plan import WindowPlan
from windage.partitions.profile import exact_window
from windage.partitions.profiler import Profiler
from windage.partitions.recipe import Recipe
from windage.partitions.relisting import relisted_if_gone
from windage.partitions.rows import ParquetRows
from windage.partitions.sources.source import find_partitions
from windage.profiles.window import Profiles, WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import PartitionRef, Window


class Windows:
    """Windows merged from partitions. Days with broken files are left out of a reference and remembered; in the current
    window they are errors."""

    def __init__(self, recipe: Recipe, profiler: Profiler) -> None:
        self._log = recipe.log
        self._recipe = recipe
        self._profiler = profiler
        self._broken = BrokenFiles()

    def load(self, plan: WindowPlan, *, profiled: Callable[[PartitionRef], WindowProfile] | None = None) -> Profiles:
        """The reference and the current window.

        Args:
            profiled: makes a partition's profile; default: the profiler's.
        """
        profile = profiled or self._profiler.ahead((*plan.reference_partitions, *plan.current_partitions))
        days = self._days(plan, plan.reference_partitions, profile, within=plan.reference)
        hours = list(map(profile, plan.current_partitions))
        current = WindowProfile.merge(in_days(hours, within=plan.current, like=plan.current))
        if not plan.current_partitions:  # an empty window still has a date and a season
            current = replace(current, period=plan.current, weekend=self._log.weekend_days)
        current = replace(current, named=self._log.columns)
        reference = WindowProfile.merge(of_other_days(days, current))
        if days and days[-1] is not reference.days[-1]:
            current = replace(current, before=days[-1])
        return reference, as_lived(reference, current)

    def between(self, plan: WindowPlan, reference: WindowProfile) -> Sequence[WindowProfile]:
        """The days before the current window that are not in the reference: those of the plan that ``load`` left out as too
        close, and after a fixed reference as many as it has itself."""
        left_out = self.by_day(plan, plan.reference_partitions, reference.days).get(None, [])
        days = self._days(plan, left_out, self._profiler.profile, within=plan.reference)
        since = max(plan.reference.end, plan.current.start - plan.reference.width)
        if since < plan.current.start:
            after = Window(start=since, end=plan.current.start)
            days += self._days(plan, find_partitions(self._log, after).present, self._profiler.profile, within=after)
        return days

    def _days(
        self,
        plan: WindowPlan,
        partitions: Sequence[PartitionRef],
        profile: Callable[[PartitionRef], WindowProfile],
        *,
        within: Window,
    ) -> list[WindowProfile]:
        parts = self._broken.loaded(partitions, profile)
        return in_days(parts, within=within, like=plan.current, starts=_starts(plan))

    def baseline(self, plan: WindowPlan) -> WindowProfile | None:
        """The plan's frozen baseline, or None if it has too few days. They have no ``sample``: joint drift is never
        reported against a baseline."""
        if plan.baseline is None or len(plan.baseline_partitions) < LEAST_DAYS:
            return None
        profile = self._profiler.ahead(plan.baseline_partitions)
        days = self._days(plan, plan.baseline_partitions, profile, within=plan.baseline)
        return WindowProfile.merge([replace(each, sample=None) for each in days]) if len(days) >= LEAST_DAYS else None

    def exact(self, plan: WindowPlan, features: Sequence[str]) -> Profiles:
        """The reference and the current window at full resolution, with only the given features."""
        reference = self.columns(self._broken.without(plan.reference_partitions), "the reference window")
        current = self.columns(plan.current_partitions, "the current window")
        return exact_window(reference, self._log, features), exact_window(current, self._log, features)

    def rows(self, partitions: Sequence[PartitionRef], where: str) -> ParquetRows:
        """The rows of partitions; ``where`` names them in errors."""
        return ParquetRows(self.columns(partitions, where), self._log)

    def by_day(
        self, plan: WindowPlan, partitions: Sequence[PartitionRef], days: Sequence[WindowProfile]
    ) -> dict[Window | None, list[PartitionRef]]:
        """The partitions without broken ones, by the period of their day; under None those of no day. Of a day's hours, only
        those that the current window has are in its profile, and here."""
        periods = sorted((day.period for day in days if day.period), key=lambda each: each.start)
        starts = [each.start for each in periods]
        width = periods[0].width if periods else plan.current.width
        hours = {(start - plan.current.start) % width for start in _starts(plan)}
        found: dict[Window | None, list[PartitionRef]] = {}
        for each in self._broken.without(partitions):
            last = periods[max(bisect_right(starts, each.period.start) - 1, 0)] if periods else None
            if last is None or not last.start <= each.period.start < last.end:
                found.setdefault(None, []).append(each)
            elif not hours or each.period.start - last.start in hours:
                found.setdefault(last, []).append(each)
        return found

    def columns(self, partitions: Sequence[PartitionRef], where: str) -> ParquetColumns:
        return relisted_if_gone(self._log, partitions, lambda listed: self._recipe.open(listed, where))

    def broken_in(self, partitions: Sequence[PartitionRef]) -> list[str]:
        """A sentence about each of the partitions that turned out to have a broken file."""
        return self._broken.sentences(partitions)


def _starts(plan: WindowPlan) -> list[datetime]:
    return [each.period.start for each in plan.current_partitions]
