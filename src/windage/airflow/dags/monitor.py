"""One DAG per monitor file: wait → profile → check → consolidate → branch → act → store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from inspect import cleandoc
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, Label, Param, TaskGroup, TriggerRule

from windage.airflow.channels.callback import Callback
from windage.airflow.deadline import deadline_alert
from windage.airflow.failures import retried_only_if_it_helps
from windage.airflow.notifiers import MonitorBrokenNotifier
from windage.airflow.operators import actions, verdict
from windage.airflow.operators.incidents import CALL_ON_CALL, CallOnCallOperator, UpdateIncidentsOperator
from windage.airflow.operators.sensor import WaitForPartitions
from windage.airflow.operators.step import CHECKS, CONSOLIDATE, TOGETHER, WAIT, handed_on
from windage.checks.check import Check
from windage.judging.feature_batches import feature_batches
from windage.masking import without_secrets
from windage.spec.model import MonitorSpec

ON_CRITICAL = ("enqueue_labels", CALL_ON_CALL, "announce_critical")
OTHERWISE = ("no_critical", "trickle_labels")
MOST_RUNS_AT_ONCE = 4

RETRIED: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
}
"""How a task is retried; a failure that a retry cannot help is final at once."""

_PARAMS = {
    "window_start": "Start (UTC) of a window to judge instead of the run's data interval; needs window_end.",
    "window_end": "End of that window (UTC), exclusive.",
}


def monitor_dag(
    monitor: MonitorSpec,
    *,
    source: str = "",
    schedule: Any = None,
    on_critical: Sequence[Callback] = (),
    on_broken: Sequence[Callback] = (),
) -> DAG:
    """The DAG of one monitor.

    Args:
        source: text of the monitor's file, shown in Airflow; changing it creates a new version of the DAG.
        schedule: Airflow timetable to use instead of the monitor's cron expression, such as one that starts a run when a
            partition's asset is updated; the run's partition key is then the start of the window.
        on_critical: callbacks besides the monitor's own ``on_call``; the context holds ``windage_report``. One that raises, or
            is interrupted after 20 seconds, fails only ``call_on_call``, and is called again when that task is retried.
        on_broken: callbacks for a run that fails; Airflow gives all of them together 50 seconds.
    """
    with DAG(
        monitor.monitor,
        description=monitor.description or None,
        doc_md=_documentation(monitor, source),
        schedule=schedule or CronDataIntervalTimetable(monitor.schedule, timezone="UTC"),
        start_date=monitor.start,
        end_date=monitor.end - timedelta(microseconds=1) if monitor.end else None,
        catchup=monitor.catchup,
        max_active_runs=MOST_RUNS_AT_ONCE,
        dagrun_timeout=monitor.waiting.up_to + timedelta(days=1),
        deadline=deadline_alert(monitor),
        tags={"windage", *monitor.tags},
        default_args={"owner": monitor.owner, **RETRIED},
        on_failure_callback=[
            MonitorBrokenNotifier(monitor.on_call, name=monitor.monitor, monitor=monitor),
            *on_broken,
        ],
        params={
            name: Param(None, type=["null", "string"], format="date-time", description=description)
            for name, description in _PARAMS.items()
        },
    ) as dag:
        _steps(monitor, on_critical)
    dag.timetable.validate()
    return dag


def _steps(monitor: MonitorSpec, on_critical: Sequence[Callback]) -> None:
    wait = WaitForPartitions(task_id=WAIT, monitor=monitor)
    batches = verdict.PlanProfilesOperator(task_id="plan_profiles", monitor=monitor)
    profile = verdict.ProfileOperator.partial(
        task_id="profile",
        monitor=monitor,
        map_index_template="{{ task.portions[0].partition.period.start[:16] }} … "
        "{{ task.portions[-1].partition.period.end[:16] }}",
    ).expand(portions=batches.output)
    profiled = EmptyOperator(task_id="profiled", trigger_rule=TriggerRule.NONE_FAILED)
    with TaskGroup(CHECKS) as checks:
        if monitor.tasks == "together":
            verdict.AllChecksOperator(task_id=TOGETHER, monitor=monitor)
        for check in monitor.checks_to_run() if monitor.tasks == "per_check" else ():
            _check(monitor, check)
    checked = EmptyOperator(task_id="checked", trigger_rule=TriggerRule.ALL_DONE)
    consolidate = verdict.ConsolidateOperator(task_id=CONSOLIDATE, monitor=monitor)
    branch = BranchPythonOperator(task_id="branch_on_critical", python_callable=_branch)
    critical = [
        actions.EnqueueLabelsOperator(task_id="enqueue_labels", monitor=monitor),
        CallOnCallOperator(task_id=CALL_ON_CALL, monitor=monitor, callbacks=on_critical),
        actions.AnnounceCriticalOperator(task_id="announce_critical", monitor=monitor),
    ]
    quiet = [
        EmptyOperator(task_id="no_critical"),
        actions.TrickleLabelsOperator(task_id="trickle_labels", monitor=monitor),
    ]
    acted = EmptyOperator(task_id="acted", trigger_rule=TriggerRule.ALL_DONE)
    kept = [
        actions.WriteReportOperator(task_id="write_report", monitor=monitor),
        actions.AppendTelemetryOperator(task_id="append_telemetry", monitor=monitor),
        UpdateIncidentsOperator(task_id="update_incidents", monitor=monitor, callbacks=on_critical),
    ]
    finished = EmptyOperator(task_id="finished", trigger_rule=TriggerRule.NONE_FAILED)

    # An empty list of batches skips profile; the checks are stopped only by a failure.
    wait >> batches >> profile >> profiled >> checks >> checked
    # Runs when all checks have ended, in whatever state, and no profile task failed.
    [profiled, checked] >> consolidate >> branch
    branch >> Label("critical") >> critical >> acted
    branch >> Label("not critical") >> quiet >> acted
    # Run on both branches, whether or not an action failed, but only with a verdict.
    for task in kept:
        [consolidate, acted] >> task
    # The only leaf: the run fails if anything failed, except call_on_call, whose messages windage_deliveries sends later.
    asked = [each for each in critical if each.task_id != CALL_ON_CALL]
    [checks, *asked, *quiet[1:], *kept] >> finished


def _check(monitor: MonitorSpec, check: Check) -> None:
    """Add the task of a check, mapped over batches of features if the log is wide."""
    documentation = cleandoc(check.__doc__ or check.name)
    about: dict[str, Any] = {
        "task_id": check.name,
        "monitor": monitor,
        "check": check.name,
        "doc_md": documentation,
        "task_display_name": documentation.splitlines()[0],
    }
    batches = feature_batches(check, monitor.log)
    if len(batches) == 1:
        verdict.CheckOperator(**about)
        return
    verdict.CheckOperator.partial(**about, map_index_template="{{ task.features }}").expand_kwargs(
        [{"batch": batch, "features": f"{names[0]} … {names[-1]}"} for batch, names in enumerate(batches)]
    )


def _branch(ti: Any) -> list[str]:
    with retried_only_if_it_helps():
        reference = handed_on(ti, CONSOLIDATE)
    if reference["any_critical"]:
        return list(ON_CRITICAL)
    if reference["is_judged"]:
        return list(OTHERWISE)
    return [*OTHERWISE, CALL_ON_CALL]  # it pages for the third window in a row that was not judged


def _documentation(monitor: MonitorSpec, source: str) -> str:
    about = monitor.description or f"Drift monitor {monitor.monitor}."
    return f"{about}\n\n```yaml\n{without_secrets(source.strip())}\n```" if source else about
