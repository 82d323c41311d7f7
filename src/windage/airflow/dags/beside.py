"""The DAGs beside a monitor's own: their ids, and what they have in common."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable

from windage.spec.model import BESIDE, MonitorSpec


def dag_beside(monitor: MonitorSpec, name: str, *, description: str, schedule: str | None) -> DAG:
    """An empty DAG beside a monitor's own, with one active run at a time; without a schedule it is triggered by hand."""
    return DAG(
        f"{BESIDE}{name}_{monitor.monitor}",
        description=description,
        schedule=None if schedule is None else CronDataIntervalTimetable(schedule, timezone="UTC"),
        start_date=monitor.start,
        catchup=False,
        max_active_runs=1,
        tags={"windage", *monitor.tags},
        default_args={"owner": monitor.owner, "retries": 2, "retry_delay": timedelta(minutes=1)},
    )


def monitor_of(dag_id: str) -> str:
    """The monitor that a DAG belongs to, also if it is not the monitor's own DAG; empty for a DAG of all monitors."""
    if not dag_id.startswith(BESIDE):
        return dag_id
    return dag_id.removeprefix(BESIDE).partition("_")[2]
