"""The third DAG of a monitor: partitions that came late or were written again, and the windows that hold them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Context, CronDataIntervalTimetable

from windage.airflow.operators import MonitorOperator
from windage.airflow.rejudging import MOST_WINDOWS, judge_each_again
from windage.spec.model import MonitorSpec


def late_data_dag(monitor: MonitorSpec) -> DAG:
    """Find the windows whose data changed since they were judged, and judge exactly those again."""
    with DAG(
        f"windage_late_{monitor.monitor}",
        description=f"Late data of {monitor.monitor}: the windows that hold it, judged again.",
        schedule=CronDataIntervalTimetable(monitor.waiting.look_back, timezone="UTC"),
        start_date=monitor.start,
        catchup=False,
        max_active_runs=1,
        tags={"windage", *monitor.tags},
        default_args={"owner": monitor.owner, "retries": 2, "retry_delay": timedelta(minutes=1)},
    ) as dag:
        windows = StaleWindowsOperator(task_id="find_windows", monitor=monitor)
        judge_each_again(monitor, windows.output)
    return dag


class StaleWindowsOperator(MonitorOperator):
    """Find the windows with partitions that are no longer what they were judged from."""

    def step(self, context: Context) -> list[dict[str, Any]]:  # noqa: ARG002 — the base class passes it
        from windage.again import stale_windows
        from windage.history.store import HistoryStore
        from windage.store.database import Database

        judged = HistoryStore(Database(self.places.database)).inputs(self.monitor.monitor)
        found = stale_windows(self.job(), judged)
        for each in found:
            self.log.info("%s holds changed partitions of %s", each.window, ", ".join(map(str, each.changed)))
        return [each.window.model_dump(mode="json") for each in found[-MOST_WINDOWS:]]
