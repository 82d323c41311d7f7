"""Builders of a small daily log and of monitors on it, and a runner for their DAGs in this process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

if TYPE_CHECKING:
    from airflow.sdk import DAG

FIRST_DAY = date(2026, 3, 1)
DAYS = 10
CALM_DAY = date(2026, 3, 9)
DRIFTED_DAY = date(2026, 3, 10)


def write_day(log: Path, day: date, *, shift: float = 0.0, rows: int = 300) -> Path:
    """Write a day of predictions; ``shift`` is added to the mean of the feature ``amount``."""
    random = np.random.default_rng(day.toordinal())
    start = datetime.combine(day, time(), tzinfo=UTC)
    scores = random.dirichlet((8.0, 3.0, 1.0), rows)
    starts = [start + timedelta(minutes=4 * row) for row in range(rows)]
    table = pa.table(
        {
            "amount": random.normal(shift, 1.0, rows),
            "length": random.gamma(2.0, 1.0, rows),
            "label": np.array(["a", "b", "c"])[scores.argmax(axis=1)],
            "p_a": scores[:, 0],
            "p_b": scores[:, 1],
            "p_c": scores[:, 2],
            "confidence": scores.max(axis=1),
            "who": [f"user-{row % 7}" for row in range(rows)],
            "start": pa.array(starts, pa.timestamp("us", tz="UTC")),
            "end": pa.array([each + timedelta(minutes=1) for each in starts], pa.timestamp("us", tz="UTC")),
            "kind": random.choice(["new", "used"], rows),
        }
    )
    file = log / f"date={day}" / "part-0.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file)
    return file


class Monitors:
    """Writes monitor files and builds their DAGs, with retries without delay."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name

    def text(self, **changes: object) -> str:
        document = {
            "monitor": self.name,
            "description": "A test's monitor",
            "start": str(FIRST_DAY),
            "log": {
                "location": "log/date={start:%Y-%m-%d}",
                "numeric": ["amount", "length"],
                "label": "label",
                "probabilities": ["p_a", "p_b", "p_c"],
                "confidence": "confidence",
                "user": "who",
                "bucket_start": "start",
                "bucket_end": "end",
            },
            "reference": {"trailing": "5d"},
            "policy": {"preset": "reference"},
            "labeling": {"limit": 12},
        }
        for key, value in changes.items():
            document[key] = {**document.get(key, {}), **value} if isinstance(value, dict) else value
        return yaml.safe_dump(document, sort_keys=False)

    def dag(self, **changes: object) -> DAG:
        from windage.airflow.dag import monitor_dags

        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{self.name}.yaml").write_text(self.text(**changes))
        return self.impatient(monitor_dags(self.folder)[self.name])

    @staticmethod
    def impatient(dag: DAG) -> DAG:
        for task in dag.tasks:
            settings = task.partial_kwargs if task.is_mapped else vars(task)
            settings.update(retry_delay=timedelta(0), retry_exponential_backoff=0)
        return dag


@dataclass
class Run:
    """A DAG run that has ended."""

    dag: DAG
    run_id: str
    state: str
    tasks: dict[str, str | None]

    def xcom(self, task: str) -> Any:
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        query = select(XComModel).where(
            XComModel.dag_id == self.dag.dag_id,
            XComModel.run_id == self.run_id,
            XComModel.task_id == task,
            XComModel.key == "return_value",
        )
        with create_session() as session:
            found = session.scalars(query).all()
            values = [XComModel.deserialize_value(each) for each in found]
        return values[0] if values else None

    def labels(self, task: str) -> list[str]:
        """The rendered map indexes of a mapped task's instances."""
        from airflow.models.taskinstance import TaskInstance
        from airflow.utils.session import create_session
        from sqlalchemy import select

        query = select(TaskInstance._rendered_map_index).where(
            TaskInstance.dag_id == self.dag.dag_id, TaskInstance.run_id == self.run_id, TaskInstance.task_id == task
        )
        with create_session() as session:
            return list(session.scalars(query.order_by(TaskInstance.map_index)))


class Runner:
    """Runs whole DAGs as ``DAG.test`` does, but with any run type, interval and partition key, and can rerun them."""

    def __call__(
        self,
        dag: DAG,
        day: date | None = None,
        *,
        interval: tuple[datetime, datetime] | None = None,
        run_type: str = "scheduled",
        marked: str | None = None,
        **about: Any,
    ) -> Run:
        """Run the DAG.

        Args:
            marked: a task that a person marks as successful, so that it never runs.
        """
        from airflow.utils.state import DagRunState
        from airflow.utils.types import DagRunTriggeredByType

        from airflow import settings

        if day is not None:
            start = datetime.combine(day, time(), tzinfo=UTC)
            interval = (start, start + timedelta(days=1))
        scheduler_dag = self._registered(dag)
        session = settings.Session()
        run = scheduler_dag.create_dagrun(
            run_id=f"{run_type}__{uuid4()}",
            logical_date=interval[0] if interval else None,
            data_interval=interval,
            run_after=about.pop("run_after", interval[1] if interval else datetime.now(tz=UTC)),
            run_type=run_type,
            state=DagRunState.RUNNING,
            start_date=datetime.now(tz=UTC),
            triggered_by=DagRunTriggeredByType.TEST,
            session=session,
            **about,
        )
        for each in run.get_task_instances(session=session):
            each.state = "success" if each.task_id == marked else each.state
        session.commit()
        return self._finished(dag, scheduler_dag, run, session)

    def again(self, run: Run, *, run_type: str | None = None) -> Run:
        """Clear a run and run it again, as a person or a reprocessing backfill does."""
        from airflow.models.dagrun import DagRun
        from airflow.utils.state import DagRunState
        from sqlalchemy import select

        from airflow import settings

        scheduler_dag = self._registered(run.dag)
        session = settings.Session()
        scheduler_dag.clear(run_id=run.run_id, session=session)
        session.commit()
        found = session.scalars(
            select(DagRun).where(DagRun.dag_id == run.dag.dag_id, DagRun.run_id == run.run_id)
        ).one()
        found.state = DagRunState.RUNNING
        found.start_date = datetime.now(tz=UTC)
        found.run_type = run_type or found.run_type
        session.commit()
        return self._finished(run.dag, scheduler_dag, found, session)

    @staticmethod
    def _registered(dag: DAG) -> Any:
        from airflow.models.dagbundle import DagBundleModel
        from airflow.models.serialized_dag import SerializedDagModel
        from airflow.serialization.definitions.dag import SerializedDAG
        from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
        from airflow.utils.session import create_session

        data = DagSerialization.to_dict(dag)
        with create_session() as session:
            session.merge(DagBundleModel(name="testing"))
            session.flush()
            lazy = LazyDeserializedDAG(data=data)
            SerializedDAG.bulk_write_to_db("testing", None, [lazy], session=session)
            SerializedDagModel.write_dag(lazy, bundle_name="testing", session=session)
        scheduler_dag = DagSerialization.from_dict(data)
        scheduler_dag.on_failure_callback = dag.on_failure_callback
        return scheduler_dag

    @staticmethod
    def _finished(dag: DAG, scheduler_dag: Any, run: Any, session: Any) -> Run:
        from airflow.sdk.definitions.dag import _run_task
        from airflow.utils.state import DagRunState, TaskInstanceState

        run.dag = scheduler_dag
        idle = 0
        while run.state == DagRunState.RUNNING:
            session.expire_all()
            ready, _ = run.update_state(session=session)
            for task in ready:
                task.try_number += task.state != TaskInstanceState.UP_FOR_RESCHEDULE
                task.state = TaskInstanceState.SCHEDULED
            session.commit()
            waiting = [each for each in run.get_task_instances(session=session) if each.state == "scheduled"]
            idle = 0 if waiting else idle + 1  # some rounds only propagate a failure from task to task
            assert idle < 20, f"nothing can run any more: {run.get_task_instances(session=session)}"
            for task in waiting:
                _run_task(ti=task, task=dag.task_dict[task.task_id])
        session.expire_all()
        tasks = {
            each.task_id if each.map_index < 0 else f"{each.task_id}[{each.map_index}]": each.state
            for each in run.get_task_instances(session=session)
        }
        ended = Run(dag=dag, run_id=run.run_id, state=str(run.state), tasks=tasks)
        session.close()
        return ended
