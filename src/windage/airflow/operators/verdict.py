"""The steps from partitions to a verdict, one operator each. They exchange documents, never rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from airflow.sdk import Context

from windage.airflow.operators.step import WAIT, MonitorOperator
from windage.airflow.settings import reports_of


class PlanProfilesOperator(MonitorOperator):
    """List the partitions that have no cached profile, in batches for the tasks that read them."""

    def step(self, context: Context) -> list[list[dict[str, Any]]]:
        found = self.job().profiler.batches(self.plan(context).partitions)
        return [[each.model_dump(mode="json") for each in batch] for batch in found]


class ProfileOperator(MonitorOperator):
    """Read a batch of partitions, or of columns of large ones, and cache their profiles; returns how many it was given."""

    template_fields: Sequence[str] = ("portions",)

    def __init__(self, *, portions: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.portions = portions

    def step(self, context: Context) -> int:
        from windage.partitions.batches import Portion
        from windage.partitions.broken_files import all_of_them, all_outside

        given = [Portion.model_validate(each) for each in self.portions]
        done = count(1)

        def say() -> None:
            self.log.info("%d of %d profiled", next(done), len(given))

        plan = context["ti"].xcom_pull(task_ids=WAIT)  # the history DAG has none: a broken file is one window's trouble
        spare = all_outside(self.plan(context).current) if plan else all_of_them
        self.job().profiler.profile_batch(given, say, spare=spare)
        return len(given)


class CheckOperator(MonitorOperator):
    """Run one check on the window, or on one batch of a wide log's features.

    Neither drift nor a check that breaks fails the task: both are results.
    """

    def __init__(self, *, check: str, batch: int | None = None, features: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        self.batch = batch
        self.features = features

    def step(self, context: Context) -> dict[str, Any]:
        result = self.job().measure(self.check, self.plan(context), batch=self.batch)
        if result.error is not None:
            self.log.error("check %s failed: %s", self.check, result.error)
        return result.model_dump(mode="json")


class AllChecksOperator(MonitorOperator):
    """Run all checks on the window, with its profiles loaded once. A check that breaks is a result, as in a task of its own."""

    def step(self, context: Context) -> list[dict[str, Any]]:
        job, plan = self.job(), self.plan(context)
        answers = job.answers(plan, job.windows(plan))
        for each in answers:
            if each.error is not None:
                self.log.error("check %s failed: %s", each.check, each.error)
        return [each.model_dump(mode="json") for each in answers]


class ConsolidateOperator(MonitorOperator):
    """Combine all results into the report, and write its JSON; a check without a result is an error in it."""

    def step(self, context: Context) -> dict[str, Any]:
        from windage.reports.store import ReportStore

        report = self.job().conclude(self.plan(context), self.results(context))
        self.log.info("%s", report.summary)
        return ReportStore(reports_of(self.monitor)).write_json(report).model_dump(mode="json")
