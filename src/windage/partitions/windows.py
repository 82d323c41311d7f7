"""The windows of a plan: their merged profiles, and their rows, which are read again when something asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from windage.evidence.day_spans import of_other_days
from windage.evidence.seasons import as_lived
from windage.partitions.broken_files import BrokenFiles
from windage.partitions.parquet import ParquetColumns
from windage.partitions.plan import WindowPlan
from windage.partitions.profile import exact_window
from windage.partitions.profiler import Profiler
from windage.partitions.recipe import Recipe
from windage.partitions.relisting import relisted_if_gone
from windage.partitions.rows import ParquetRows
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import PartitionRef


class Windows:
    """Windows merged from partitions. Days with broken files are left out of a reference and remembered; in the current
    window they are errors."""

    def __init__(self, recipe: Recipe, profiler: Profiler) -> None:
        self._log = recipe.log
        self._recipe = recipe
        self._profiler = profiler
        self._broken = BrokenFiles()

    def load(
        self, plan: WindowPlan, *, profiled: Callable[[PartitionRef], WindowProfile] | None = None
    ) -> tuple[WindowProfile, WindowProfile]:
        """The reference and the current window.

        Args:
            profiled: makes a partition's profile; default: the profiler's.
        """
        profile = profiled or self._profiler.profile
        days = self._broken.loaded(plan.reference_partitions, profile)
        current = WindowProfile.merge(list(map(profile, plan.current_partitions)))
        if not plan.current_partitions:  # an empty window still has a date and a season
            current = replace(current, period=plan.current)
        reference = WindowProfile.merge(of_other_days(days, current))
        return reference, as_lived(reference, current)

    def between(self, plan: WindowPlan, reference: WindowProfile) -> list[WindowProfile]:
        """The plan's partitions before the current window that ``load`` left out of the reference as too close."""
        in_reference = {day.starts_at for day in reference.days}
        left_out = [each for each in plan.reference_partitions if each.period.start not in in_reference]
        return self._broken.loaded(self._broken.without(left_out), self._profiler.profile)

    def baseline(self, plan: WindowPlan) -> WindowProfile | None:
        """The plan's frozen baseline, or None if it has too few days. They have no ``sample``: joint drift is never
        reported against a baseline."""
        if len(plan.baseline_partitions) < LEAST_DAYS:
            return None
        days = self._broken.loaded(plan.baseline_partitions, self._profiler.profile)
        return WindowProfile.merge([replace(each, sample=None) for each in days])

    def exact(self, plan: WindowPlan, features: Sequence[str]) -> tuple[WindowProfile, WindowProfile]:
        """The reference and the current window at full resolution, with only the given features."""
        reference = self.columns(self._broken.without(plan.reference_partitions), "the reference window")
        current = self.columns(plan.current_partitions, "the current window")
        return exact_window(reference, self._log, features), exact_window(current, self._log, features)

    def rows(self, partitions: Sequence[PartitionRef], where: str) -> ParquetRows:
        """The rows of partitions; ``where`` names them in errors."""
        return ParquetRows(self.columns(partitions, where), self._log)

    def rows_of_partition(self, partition: PartitionRef) -> ParquetRows:
        return self.rows([partition], f"the partition of {partition.period}")

    def columns(self, partitions: Sequence[PartitionRef], where: str) -> ParquetColumns:
        return relisted_if_gone(self._log, partitions, lambda listed: self._recipe.open(listed, where))

    def broken_in(self, partitions: Sequence[PartitionRef]) -> list[str]:
        """A sentence about each of the partitions that turned out to have a broken file."""
        return self._broken.sentences(partitions)
