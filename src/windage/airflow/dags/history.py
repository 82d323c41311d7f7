"""The DAG that fills in a monitor's history: triggered by hand, it judges many windows in each of a few tasks.

A backfill of the monitor's own DAG needs a run of at least 18 tasks per window, ten of them processes, which costs
Airflow more than judging a small window does. This DAG writes the same reports, telemetry, history and incidents, and
notifies nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Context, Param, TriggerRule

from windage.airflow.dags.beside import dag_beside
from windage.airflow.operators.step import MonitorOperator, handed_on
from windage.airflow.operators.verdict import ProfileOperator
from windage.airflow.settings import reports_of
from windage.errors import InvalidInput
from windage.spec.model import MonitorSpec
from windage.vocabulary import DriftReport, Window, aware_utc, utc_now

if TYPE_CHECKING:
    from windage.reports.store import ReportReference

FIND = "find_windows"
WINDOWS_OF_A_TASK = 25
"""About ten seconds of judging: Airflow's overhead and a task's imports take less than a tenth of that."""


def history_dag(monitor: MonitorSpec) -> DAG:
    """Judge every window between two days that has no report yet."""
    description = f"History of {monitor.monitor}: judges windows without a report, in batches."
    with dag_beside(monitor, "history", description=description, schedule=None) as dag:
        for name, about in {"first": "First day to judge.", "last": "Last day to judge."}.items():
            dag.params[name] = Param(None, type=["null", "string"], format="date", description=about)
        windows = UnjudgedWindowsOperator(task_id=FIND, monitor=monitor)
        batches = PlanHistoryOperator(task_id="plan_profiles", monitor=monitor)
        profile = ProfileOperator.partial(task_id="profile", monitor=monitor).expand(portions=batches.output)
        profiled = EmptyOperator(task_id="profiled", trigger_rule=TriggerRule.NONE_FAILED)
        judge = JudgeWindowsOperator.partial(
            task_id="judge",
            monitor=monitor,
            map_index_template="{{ task.windows[0]['start'][:10] }} … {{ task.windows[-1]['end'][:10] }}",
        ).expand(windows=windows.output)
        windows >> batches >> profile >> profiled >> judge
    return dag


class UnjudgedWindowsOperator(MonitorOperator):
    """List the windows between two days that have no report, in batches for the tasks that judge them."""

    def step(self, context: Context) -> list[list[dict[str, Any]]]:
        from windage.history.rejudging import unjudged_windows
        from windage.partitions.plan import data_interval
        from windage.reports.index import ReportIndex
        from windage.store.database import Database

        first, last = (_day(context["params"], name) for name in ("first", "last"))
        reports = ReportIndex(Database(self.places.database)).latest(self.monitor.monitor, limit=None)
        if last > utc_now():
            raise InvalidInput(f"the last day, {last:%Y-%m-%d}, is in the future. Trigger the DAG with past days.")
        period = data_interval(first, last + timedelta(days=1))
        found = unjudged_windows(self.monitor, period, judged=[each.window for each in reports])
        self.log.info("%d windows of %s have no report", len(found), period)
        told = [each.model_dump(mode="json") for each in found]
        return [told[start : start + WINDOWS_OF_A_TASK] for start in range(0, len(told), WINDOWS_OF_A_TASK)]


class PlanHistoryOperator(MonitorOperator):
    """List the partitions of those windows and their references that are not profiled yet, in batches."""

    def step(self, context: Context) -> list[list[dict[str, Any]]]:
        from windage.history.rejudging import partitions_for

        windows = [Window.model_validate(each) for batch in handed_on(context["ti"], FIND) for each in batch]
        job = self.job()
        found = job.profiler.batches(partitions_for(job, windows))
        return [[each.model_dump(mode="json") for each in batch] for batch in found]


class JudgeWindowsOperator(MonitorOperator):
    """Judge windows one after the other, from cached profiles; each gets the same results as from a run of its own."""

    template_fields: Sequence[str] = ("windows",)

    def __init__(self, *, windows: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.windows = windows

    def step(self, context: Context) -> int:  # noqa: ARG002 — the base class passes it
        from windage.history.rejudging import judge_again, judge_each
        from windage.incidents.store import IncidentStore
        from windage.incidents.verdicts import verdict_of
        from windage.reports.store import ReportStore
        from windage.store.database import Database

        job, database = self.job(), Database(self.places.database)
        reports, incidents = ReportStore(reports_of(self.monitor)), IncidentStore(database)

        def record(report: DriftReport, _: ReportReference) -> None:
            incidents.record(verdict_of(report, self.monitor))

        def judge(window: Window) -> None:
            judge_again(job, window, database=database, reports=reports, keep=record)
            self.log.info("judged: %s", window)

        broken = judge_each(map(Window.model_validate, self.windows), judge)
        if broken is not None:
            raise broken
        return len(self.windows)


def _day(params: Any, name: str) -> datetime:
    given = params.get(name)
    if not given:
        raise InvalidInput("the first or last day is missing. Trigger the DAG with both.")
    return aware_utc(datetime.fromisoformat(str(given)))
