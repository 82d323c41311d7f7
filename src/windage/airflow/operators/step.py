"""What the steps of a monitor's DAG have in common, and how one reads what another returned."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from windage.airflow.failures import step_of
from windage.airflow.links import ReportLink
from windage.airflow.settings import Places, places
from windage.errors import InvalidInput
from windage.judging.feature_batches import feature_batches, merge_batches
from windage.spec.model import MonitorSpec
from windage.vocabulary import CheckResult

if TYPE_CHECKING:
    from windage.judging.job import WindowJob
    from windage.partitions.plan import WindowPlan

WAIT = "wait_for_partitions"
CHECKS = "checks"
TOGETHER = "all_checks"
CONSOLIDATE = "consolidate"

BEFORE_THE_VERDICT = (WAIT, "plan_profiles", "profile", CONSOLIDATE)
"""The tasks whose failure leaves no verdict; a failed check is part of the verdict."""


class MonitorOperator(BaseOperator):
    """One step of a monitor's run, implemented by ``step``."""

    operator_extra_links = (ReportLink(),)

    def __init__(self, *, monitor: MonitorSpec, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.monitor = monitor

    def execute(self, context: Context) -> Any:
        with step_of(self.monitor, context, task_id=self.task_id):
            return self.step(context)

    @abstractmethod
    def step(self, context: Context) -> Any:
        """Do the task's work; the return value goes into XCom."""

    @property
    def places(self) -> Places:
        return places(self.monitor)

    def job(self) -> WindowJob:
        from windage.airflow.engines import engine_of
        from windage.judging.job import WindowJob

        places = self.places
        return WindowJob(self.monitor, storage=places.storage, queue=places.queue, engine=engine_of(self.monitor))

    @staticmethod
    def plan(context: Context) -> WindowPlan:
        from windage.partitions.plan_document import from_document

        return from_document(handed_on(context["ti"], WAIT))

    def results(self, context: Context) -> list[CheckResult]:
        """The results of the checks that succeeded in this run; a result left by an earlier try of a failed check is ignored."""
        ti, run = context["ti"], context["dag_run"]
        tasks = check_tasks(self.monitor)
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[*tasks], run_ids=[run.run_id]).get(run.run_id, {})
        answers = []
        for task, indexes in tasks.items():
            # Airflow keys the states of mapped task instances like this.
            names = {index: task if index < 0 else f"{task}_{index}" for index in indexes}
            answered = [index for index, name in names.items() if states.get(name) == "success"]
            answers += [each for each in ti.xcom_pull(task_ids=[task], map_indexes=answered) if each is not None]
        flat = [one for each in answers for one in (each if isinstance(each, list) else [each])]
        return merge_batches(
            [CheckResult.model_validate(each) for each in flat], self.monitor.checks_to_run(), log=self.monitor.log
        )


def handed_on(ti: Any, task_id: str) -> Any:
    """What another task of this run returned.

    Raises:
        InvalidInput: nothing, for a person marked it as successful or skipped it.
    """
    found = ti.xcom_pull(task_ids=task_id)
    if found is None:
        raise InvalidInput(
            f"task {task_id} of this run left no result: it was skipped, or marked as successful by hand. Clear it, so that it runs."
        )
    return found


def check_tasks(monitor: MonitorSpec) -> dict[str, Sequence[int]]:
    """The ids of the monitor's check tasks, each with its map indexes; -1 means not mapped."""
    if monitor.tasks == "together":
        return {f"{CHECKS}.{TOGETHER}": [-1]}
    n_batches = {check.name: len(feature_batches(check, monitor.log)) for check in monitor.checks_to_run()}
    return {f"{CHECKS}.{name}": range(n) if n > 1 else [-1] for name, n in n_batches.items()}
