"""The DAG that finds partitions that arrived late or were rewritten, and judges their windows again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import DAG, Context

from windage.airflow.channels.callback import Callback
from windage.airflow.dags.beside import dag_beside
from windage.airflow.operators.rejudging import for_one_run, judge_each_again
from windage.airflow.operators.step import MonitorOperator
from windage.spec.model import MonitorSpec


def late_data_dag(monitor: MonitorSpec, *, on_critical: Sequence[Callback] = ()) -> DAG:
    """The DAG that judges exactly the windows again whose data changed since they were judged."""
    description = f"Late data of {monitor.monitor}: judges the affected windows again."
    with dag_beside(monitor, "late", description=description, schedule=monitor.waiting.look_back) as dag:
        windows = StaleWindowsOperator(task_id="find_windows", monitor=monitor)
        judge_each_again(monitor, windows.output, on_critical=on_critical)
    return dag


class StaleWindowsOperator(MonitorOperator):
    """Find the windows whose partitions changed since they were judged."""

    def step(self, context: Context) -> list[dict[str, Any]]:  # noqa: ARG002 — the base class passes it
        from windage.history.rejudging import stale_windows
        from windage.history.store import HistoryStore
        from windage.store.database import Database

        history = HistoryStore(Database(self.places.database))
        judged = history.inputs(self.monitor.monitor, last=self.monitor.waiting.late_up_to)
        found = stale_windows(self.job(), judged)
        for each in found:
            self.log.info("%s has changed partitions: %s", each.window, ", ".join(map(str, each.changed)))
        return for_one_run([each.window for each in found])
