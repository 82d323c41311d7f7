"""The plan of a run: the partitions of its windows, and the periods that lack one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from windage.errors import InvalidInput
from windage.partitions.baselines import ReferenceDecisions
from windage.partitions.layout import aligned, partition_start
from windage.partitions.sources.source import find_partitions
from windage.partitions.unread import absent, nothing_to_compare_with, unread
from windage.vocabulary import Document, PartitionRef, Window, aware_utc, utc_now

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec


class WindowPlan(Document):
    """Everything a run needs to know about its data, which ``plan_document`` makes small enough for XCom. ``unread`` are
    sentences about missing partitions and about files that are there but not read."""

    monitor: str
    reference: Window
    current: Window
    reference_partitions: tuple[PartitionRef, ...] = ()
    current_partitions: tuple[PartitionRef, ...] = ()
    missing: tuple[Window, ...] = ()
    unread: tuple[str, ...] = ()
    baseline: Window | None = None
    baseline_partitions: tuple[PartitionRef, ...] = ()
    excluded: tuple[Window, ...] = ()

    @property
    def partitions(self) -> tuple[PartitionRef, ...]:
        """The partitions of all windows, without duplicates."""
        every = (*self.baseline_partitions, *self.reference_partitions, *self.current_partitions)
        return tuple({each.period.start: each for each in every}.values())

    @property
    def lacks_current(self) -> bool:
        """Whether any period of the current window has no partition."""
        return any(period.start >= self.current.start and period.end <= self.current.end for period in self.missing)


def data_interval(start: datetime, end: datetime) -> Window:
    """The window of a run's data interval.

    Raises:
        InvalidInput: the interval is empty, as with cron schedules that have no data intervals.
    """
    start, end = aware_utc(start), aware_utc(end)
    if end <= start:
        raise InvalidInput(
            f"the run's data interval is empty ({start.isoformat()} to {end.isoformat()}), so there is no window to "
            "judge. Schedule with CronDataIntervalTimetable, as windage.airflow.dag does, or give window_start and "
            "window_end as params."
        )
    return Window(start=start, end=end)


def data_intervals(spec: MonitorSpec, period: Window) -> Iterator[Window]:
    """The data intervals of the monitor's schedule that lie within the period and the log, and have ended."""
    from croniter import croniter

    first, last = max(period.start, spec.start), min(period.end, spec.end or period.end, utc_now())
    ticks = croniter(spec.schedule, first - timedelta(microseconds=1), ret_type=datetime)
    start = ticks.get_next()
    while (end := ticks.get_next()) <= last:
        yield Window(start=start, end=end)
        start = end


def plan_window(spec: MonitorSpec, interval: Window, decisions: ReferenceDecisions | None = None) -> WindowPlan:
    """The partitions of the window that ends with ``interval``, of its reference and of its baseline.

    A period before the log's start does not count as missing, nor does one that is excluded from the reference.
    """
    decisions = decisions or ReferenceDecisions()
    excluded = decisions.excluded()
    current = judged_window(spec, interval)
    promoted = decisions.baseline(current)
    reference = aligned(_reference_of(spec, current, promoted), spec.log.every)
    of_reference, of_current = (find_partitions(spec.log, window) for window in (reference, current))
    baseline = promoted or _baseline_of(spec, current)
    of_baseline = find_partitions(spec.log, baseline).present if baseline else ()
    missing_of_current, missing_of_reference = (
        [period for period in each.missing if period.end > spec.start] for each in (of_current, of_reference)
    )
    missing_of_reference = [each for each in missing_of_reference if not any(map(each.overlaps, excluded))]
    missing = (*missing_of_reference, *missing_of_current)
    return WindowPlan(
        monitor=spec.monitor,
        baseline=baseline,
        baseline_partitions=tuple(not_excluded(of_baseline, excluded)),
        excluded=tuple(each for each in excluded if each.overlaps(reference)),
        reference=reference,
        current=current,
        reference_partitions=tuple(not_excluded(of_reference.present, excluded)),
        current_partitions=tuple(of_current.present),
        missing=missing,
        unread=(
            *absent(spec.log, missing_of_current, before=[each.period for each in of_reference.present]),
            *(() if of_reference.present else nothing_to_compare_with(spec.log, missing_of_reference)),
            *unread(spec.log, missing=missing, present=[each.period for each in of_current.present]),
        ),
    )


def judged_window(spec: MonitorSpec, interval: Window) -> Window:
    """The window that a run with this data interval judges: the last whole partitions that ended by its end, enough to
    cover the width of ``current`` or else of the interval. A run at six in the morning judges the day before, once."""
    width, every = spec.current or interval.width, spec.log.every
    end = partition_start(interval.end, every)
    return Window(start=end - -(-width // every) * every, end=end)


def _reference_of(spec: MonitorSpec, current: Window, promoted: Window | None) -> Window:
    """The monitor's reference; a trailing one does not reach back beyond a promoted baseline, which says what is ordinary
    from then on."""
    window = spec.reference.before(current)
    if promoted is None or spec.reference.trailing is None or promoted.start <= window.start:
        return window
    return Window(start=promoted.start, end=window.end)


def _baseline_of(spec: MonitorSpec, current: Window) -> Window | None:
    """The baseline named in the monitor's file, if it ended before the current window."""
    named = spec.reference.baseline
    return aligned(named.window(), spec.log.every) if named and named.end <= current.start else None


def not_excluded(partitions: Iterable[PartitionRef], excluded: Sequence[Window]) -> list[PartitionRef]:
    """The partitions that no exclusion touches: one excluded hour excludes its whole day."""
    return [each for each in partitions if not any(map(each.period.overlaps, excluded))]
