"""Run a monitor's DAG for one day inside this process, through Airflow's own task runner.

    python -m windage.airflow.one_day flights 2013-03-08 states.json

The caller sets Airflow's environment. The final state of every task is written to the file.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag


def main(monitor: str, day: str, states: str) -> None:
    bag = DagBag()
    if monitor not in bag.dags:
        raise SystemExit(f"Airflow did not find DAG {monitor!r}: {bag.import_errors}")
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    # Without params, a manual run would judge the last interval that was complete before it.
    window = {"window_start": start.isoformat(), "window_end": (start + timedelta(days=1)).isoformat()}
    dag = bag.dags[monitor]
    dag.deadline = []  # in Airflow 3.3, DAG.test fails on a deadline when the run ends; nobody waits for this run
    run = dag.test(logical_date=start, run_conf=window)
    tasks = [
        {"task": task.task_id, "map_index": task.map_index, "state": str(task.state)}
        for task in sorted(run.get_task_instances(), key=lambda each: (str(each.start_date), each.task_id))
    ]
    Path(states).write_text(json.dumps({"run": run.run_id, "state": str(run.state), "tasks": tasks}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
