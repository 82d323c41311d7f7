"""Waiting for late partitions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, Context, PokeReturnValue

from windage.airflow.failures import step_of
from windage.airflow.links import ReportLink
from windage.airflow.settings import storage_of
from windage.airflow.window import run_window
from windage.errors import GivenUp, TransientError
from windage.files import did_not_answer
from windage.reports.formats import plural
from windage.spec.model import MonitorSpec
from windage.vocabulary import Document, UtcDatetime, Window, utc_now

if TYPE_CHECKING:
    from windage.partitions.plan import WindowPlan

LEAST_PATIENCE = timedelta(hours=1)
"""A store may be silent for at least this long, even where no late partition is waited for."""
SILENT = "silent_store"


class _Silence(Document):
    """Since when a store has not answered, and how often it was asked in vain."""

    since: UtcDatetime
    times: int


class WaitForPartitions(BaseSensorOperator):
    """Wait until the current window's partitions exist or the deadline has passed; then plan which partitions to read.

    The deadline is the interval's end plus ``waiting.up_to``; the plan and the report list what is missing then. It is a
    moment, not a waiting time, so a backfill of old windows never waits. Between checks the task holds no worker slot.

    A store that does not answer is asked again as long as a partition would be waited for, counted from the first time that it
    was silent; then the run fails, because nobody would hear of it otherwise. One that denies access fails the run after
    Airflow's retries, for no waiting changes that.
    """

    operator_extra_links = (ReportLink(),)

    def __init__(self, *, monitor: MonitorSpec, **kwargs: Any) -> None:
        kwargs.setdefault("mode", "reschedule")
        kwargs.setdefault("poke_interval", monitor.waiting.look_every)
        kwargs.setdefault("timeout", monitor.waiting.up_to + timedelta(days=1))
        super().__init__(**kwargs)
        self.monitor = monitor

    def poke(self, context: Context) -> PokeReturnValue:
        from windage.partitions.plan_document import to_document

        with step_of(self.monitor, context, task_id=self.task_id):
            window = run_window(context, self.monitor)
            try:
                plan = self._plan(window)
            except TransientError as error:
                if not did_not_answer(error):
                    raise
                self._ask_again_or_give_up(error, window, context)
                return PokeReturnValue(is_done=False)
        self._forget_silence(context)
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
        return PokeReturnValue(is_done=True, xcom_value=to_document(plan))

    def _plan(self, window: Window) -> WindowPlan:
        from windage.judging.job import WindowJob

        return WindowJob(self.monitor, storage=storage_of(self.monitor)).plan(window)

    def _ask_again_or_give_up(self, error: TransientError, window: Window, context: Context) -> None:
        """Count and log that a store was silent.

        Raises:
            GivenUp: it has been silent for too long.
        """
        kept = context.get("task_state_store")
        before = None if kept is None else kept.get(SILENT)
        silence = _Silence.model_validate(before) if before else _Silence(since=utc_now(), times=0)
        since, times = silence.since, silence.times + 1
        until = max(window.end, since) + max(self.monitor.waiting.up_to, LEAST_PATIENCE)
        said = f"{error} It did not answer {plural(times, 'time')} since {since:%Y-%m-%d %H:%M} UTC."
        if utc_now() >= until:
            self._forget_silence(context)
            raise GivenUp(said) from error
        if kept is not None:
            kept.set(SILENT, _Silence(since=since, times=times).model_dump(mode="json"))
        self.log.warning("%s Asking again until %s UTC.", said, f"{until:%Y-%m-%d %H:%M}")

    @staticmethod
    def _forget_silence(context: Context) -> None:
        if (kept := context.get("task_state_store")) is not None:
            kept.delete(SILENT)
