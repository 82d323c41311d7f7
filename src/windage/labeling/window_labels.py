"""What people's labels say about a monitor's windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from windage.checks.realised_performance import RealisedPerformance as RealisedPerformanceCheck
from windage.errors import WindageError
from windage.partitions.plan import WindowPlan
from windage.profiles.window import WindowProfile
from windage.vocabulary import RealisedPerformance, TelemetrySnapshot, Window

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec

ANSWER_DAYS = 28
"""How many days back labels count in a report, unless a check of the monitor says otherwise."""


class WindowLabels:
    """The labels of one monitor, in the queue at a path or database URL; without a queue there are none."""

    def __init__(self, spec: MonitorSpec, queue: str | None) -> None:
        self._spec = spec
        self._queue = queue

    def with_realised(self, plan: WindowPlan, current: WindowProfile) -> WindowProfile:
        """The window with the realised performance of the days that end with it, or with why labels could not be read."""
        asked = (each for each in self._spec.checks_to_run() if isinstance(each, RealisedPerformanceCheck))
        days = next((each.days for each in asked), ANSWER_DAYS)
        since = min(plan.current.end - timedelta(days=days), plan.current.start)
        try:
            found = self._realised(Window(start=since, end=plan.current.end))
        except WindageError as error:
            return replace(current, faults={**current.faults, "answers": str(error)})
        return replace(current, realised=found)

    def with_answers(self, snapshot: TelemetrySnapshot) -> TelemetrySnapshot:
        """A window's telemetry with the performance by the labels of its own rows."""
        if snapshot.window_start is None or snapshot.window_end is None:
            return snapshot
        try:
            found = self._realised(Window(start=snapshot.window_start, end=snapshot.window_end))
        except WindageError:
            return snapshot  # the check says why; the rest of the telemetry is known all the same
        if found is None or not found.rows:
            return snapshot
        return snapshot.model_copy(
            update={
                "labels": found.rows,
                "realised_accuracy": found.accuracy,
                "realised_accuracy_interval": found.accuracy_interval,
                "realised_macro_f1": found.macro_f1,
            }
        )

    def _realised(self, period: Window) -> RealisedPerformance | None:
        if self._queue is None or not self._spec.log.has("answers"):
            return None
        from windage.labeling.performance import realised_performance
        from windage.labeling.queue import ActiveLabelingQueue

        found = realised_performance(ActiveLabelingQueue(self._queue).of_period(self._spec.monitor, period))
        return found.model_copy(update={"since": period.start}) if found.rows or found.left_out else None
