"""Which partitions a window is judged from, and which of them are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from windage.errors import InvalidInput
from windage.partitions.baselines import Decisions
from windage.partitions.layout import aligned, partition_start
from windage.partitions.sources.source import find_partitions
from windage.partitions.unread import absent, unread
from windage.vocabulary import Document, PartitionRef, Window, aware_utc, utc_now

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec


class WindowPlan(Document):
    """Everything a run needs to know of its data, small enough for XCom. ``unread`` are sentences about what lies at the
    partitions' places and is not read."""

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
        """Every partition that is judged, each once."""
        every = (*self.baseline_partitions, *self.reference_partitions, *self.current_partitions)
        return tuple({each.period.start: each for each in every}.values())

    @property
    def lacks_current(self) -> bool:
        """Whether any period of the current window has no partition."""
        return any(period.start >= self.current.start and period.end <= self.current.end for period in self.missing)


def data_interval(start: datetime, end: datetime) -> Window:
    """The window of a run's data interval.

    Raises:
        InvalidInput: the interval is empty, as cron schedules without data intervals give it; nothing is judged then.
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
    """The data intervals of the monitor's schedule that lie in a period, within the log and the past."""
    from croniter import croniter

    first, last = max(period.start, spec.start), min(period.end, spec.end or period.end, utc_now())
    ticks = croniter(spec.schedule, first - timedelta(microseconds=1), ret_type=datetime)
    start = ticks.get_next()
    while (end := ticks.get_next()) <= last:
        yield Window(start=start, end=end)
        start = end


def plan_window(spec: MonitorSpec, interval: Window, decisions: Decisions | None = None) -> WindowPlan:
    """The partitions of the window that ends with ``interval``, of its reference and of its baseline.

    Periods before the log's first moment are not missing: they never were. Nor are those that people excluded from
    references.
    """
    decisions = decisions or Decisions()
    excluded = decisions.excluded()
    current = judged_window(spec, interval)
    reference = aligned(spec.reference.before(current), spec.log.every)
    found = [find_partitions(spec.log, window) for window in (reference, current)]
    baseline = decisions.baseline(current) or _baseline_of(spec, current)
    of_baseline = find_partitions(spec.log, baseline).present if baseline else ()
    lacking = [period for period in found[1].missing if period.end > spec.start]
    missing = (
        *(period for period in found[0].missing if period.end > spec.start and not _is_out(period, excluded)),
        *lacking,
    )
    return WindowPlan(
        monitor=spec.monitor,
        baseline=baseline,
        baseline_partitions=tuple(_kept(of_baseline, excluded)),
        excluded=tuple(each for each in excluded if _is_out(each, [reference])),
        reference=reference,
        current=current,
        reference_partitions=tuple(_kept(found[0].present, excluded)),
        current_partitions=tuple(found[1].present),
        missing=missing,
        unread=(
            *absent(spec.log, lacking, before=[each.period for each in found[0].present]),
            *unread(spec.log, missing=missing, present=[each.period for each in found[1].present]),
        ),
    )


def judged_window(spec: MonitorSpec, interval: Window) -> Window:
    """The window that a run with this data interval judges: the whole partitions that have ended with it, as many as it or
    ``current`` is wide. A run at six in the morning judges the day before, once."""
    width, every = spec.current or interval.width, spec.log.every
    end = partition_start(interval.end, every)
    return Window(start=end - -(-width // every) * every, end=end)


def _baseline_of(spec: MonitorSpec, current: Window) -> Window | None:
    """The baseline of the monitor's file, once it is over."""
    named = spec.reference.baseline
    return aligned(named.window(), spec.log.every) if named and named.end <= current.start else None


def _kept(partitions: Iterable[PartitionRef], excluded: Sequence[Window]) -> list[PartitionRef]:
    return [each for each in partitions if not _is_out(each.period, excluded)]


def _is_out(period: Window, excluded: Iterable[Window]) -> bool:
    """Whether any of the windows holds a part of the period: an hour that was broken makes its day no reference."""
    return any(out.start < period.end and period.start < out.end for out in excluded)
