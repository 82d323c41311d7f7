"""Waiting for late partitions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, Context, PokeReturnValue

from windage.airflow.failures import step_of
from windage.airflow.links import ReportLink
from windage.airflow.settings import storage_of
from windage.airflow.window import run_window
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window, utc_now

if TYPE_CHECKING:
    from windage.partitions.plan import WindowPlan


class WaitForPartitions(BaseSensorOperator):
    """Wait until the current window's partitions exist or the deadline has passed; then plan which partitions to read.

    The deadline is the interval's end plus ``waiting.up_to``; the plan and the report list what is missing then. It is a
    moment, not a waiting time, so a backfill of old windows never waits. Between checks the task holds no worker slot.
    """

    operator_extra_links = (ReportLink(),)

    def __init__(self, *, monitor: MonitorSpec, **kwargs: Any) -> None:
        kwargs.setdefault("mode", "reschedule")
        kwargs.setdefault("poke_interval", monitor.waiting.look_every)
        kwargs.setdefault("timeout", monitor.waiting.up_to + timedelta(days=1))
        super().__init__(**kwargs)
        self.monitor = monitor

    def poke(self, context: Context) -> PokeReturnValue:
        with step_of(self.monitor, context, task_id=self.task_id):
            plan = self._plan(window := run_window(context, self.monitor))
        late = [str(period) for period in plan.missing if plan.lacks_current and period.start >= plan.current.start]
        deadline = window.end + self.monitor.waiting.up_to
        if late and utc_now() < deadline:
            self.log.info("no partition for %s yet; waiting until %s", ", ".join(late), deadline.isoformat())
            for sentence in plan.unread:
                self.log.warning("%s", sentence)
            return PokeReturnValue(is_done=False)
        self.log.info(
            "%s: %d reference and %d current partitions, %d missing",
            plan.current,
            len(plan.reference_partitions),
            len(plan.current_partitions),
            len(plan.missing),
        )
        return PokeReturnValue(is_done=True, xcom_value=plan.model_dump(mode="json"))

    def _plan(self, window: Window) -> WindowPlan:
        from windage.job import WindowJob

        return WindowJob(self.monitor, storage=storage_of(self.monitor)).plan(window)
