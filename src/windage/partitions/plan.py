"""Which partitions a window is judged from, and which of them are not there."""

from __future__ import annotations

from datetime import datetime

from windage.errors import InvalidInput
from windage.partitions.layout import aligned, find_partitions
from windage.spec.model import MonitorSpec
from windage.vocabulary import Document, PartitionRef, Window, aware_utc


class WindowPlan(Document):
    """Everything a run needs to know of its data, small enough for XCom."""

    monitor: str
    reference: Window
    current: Window
    reference_partitions: tuple[PartitionRef, ...] = ()
    current_partitions: tuple[PartitionRef, ...] = ()
    missing: tuple[Window, ...] = ()

    @property
    def partitions(self) -> tuple[PartitionRef, ...]:
        return (*self.reference_partitions, *self.current_partitions)

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


def plan_window(spec: MonitorSpec, interval: Window) -> WindowPlan:
    """The partitions of the window that ends with ``interval``, and of its reference.

    Periods before the log's first moment are not missing: they never were.
    """
    width = spec.current or interval.width
    current = aligned(Window(start=interval.end - width, end=interval.end), spec.log.every)
    reference = aligned(spec.reference.before(current), spec.log.every)
    found = [
        find_partitions(spec.log.location, window, spec.log.every, done_marker=spec.log.done_marker)
        for window in (reference, current)
    ]
    return WindowPlan(
        monitor=spec.monitor,
        reference=reference,
        current=current,
        reference_partitions=tuple(found[0].present),
        current_partitions=tuple(found[1].present),
        missing=tuple(period for each in found for period in each.missing if period.end > spec.start),
    )
