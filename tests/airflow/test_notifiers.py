"""The notifiers in callbacks of DAGs that are not Windage's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from types import SimpleNamespace

import pytest
from airflow.sdk import DAG, CronDataIntervalTimetable, task

from windage.airflow import notifiers
from windage.airflow.channels.time_limit import result_within
from windage.airflow.notifiers import DriftNotifier, MonitorBrokenNotifier
from windage.errors import DeliveryFailed, InvalidInput
from windage.incidents.messages.composing import in_words
from windage.spec.load import parse_monitor
from windage.vocabulary import DriftReport

CHANNELS = [{"kind": "webhook", "connection": "pager"}]
DRIFTED_DAY = date(2026, 3, 10)


@pytest.fixture
def judged(run, monitors, log, storage) -> tuple[str, str]:
    """A monitor that has judged a drifted window: its name and its report."""
    ended = run(monitors.dag(), DRIFTED_DAY)
    return ended.dag.dag_id, ended.xcom("consolidate")["report_json"]


def other_dag(name: str, *, of_task=None, of_dag=None, fails: bool = False, maps: int = 1) -> DAG:
    with DAG(
        f"other_{name}",
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        on_failure_callback=of_dag,
    ) as dag:

        @task(on_failure_callback=of_task, on_success_callback=of_task)
        def work(number: int) -> None:
            if fails:
                raise ValueError(number)

        work.expand(number=list(range(maps)))
    return dag


def test_in_a_tasks_callback_with_a_template(run, judged, receiver):
    _, report = judged
    notifier = DriftNotifier(CHANNELS, report=report.replace("drift_report", "{{ 'drift' }}_report"))
    run(other_dag("a", of_task=notifier, maps=2), DRIFTED_DAY)
    (told,) = receiver.received  # the same report by two tasks is told once
    assert told["text"].startswith("[Critical]")
    assert "{{" in notifier.report  # the shared instance is not rendered


def test_in_a_dags_callback_by_the_name_of_the_monitor(run, judged, receiver):
    name, _ = judged
    ended = run(other_dag("b", of_dag=DriftNotifier(CHANNELS, monitor=name), fails=True), DRIFTED_DAY)
    assert ended.state == "failed"
    (told,) = receiver.received
    assert told["monitor"] == name


def test_it_says_nothing_in_a_backfill(run, judged, receiver):
    notifier = DriftNotifier(CHANNELS, monitor=judged[0])
    run(other_dag("c", of_dag=notifier, of_task=notifier, fails=True), DRIFTED_DAY, run_type="backfill")
    assert receiver.received == []


def test_a_notifier_that_fails_changes_no_state(run, judged, nobody_there):
    ended = run(other_dag("d", of_task=DriftNotifier(CHANNELS, monitor=judged[0])), DRIFTED_DAY)
    assert ended.state == "success"


def test_without_a_report_it_says_so(storage):
    with pytest.raises(InvalidInput, match="no report to send"):
        DriftNotifier(CHANNELS, monitor="never_ran")({"run_id": "r"})
    with pytest.raises(InvalidInput, match="no report found at"):
        DriftNotifier(CHANNELS, report=f"{storage}/none.json")({"run_id": "r"})


def test_a_broken_monitor_is_told_even_with_nothing_known_of_the_run(storage, receiver):
    context = {"dag": SimpleNamespace(dag_id="flights"), "run_id": "r1", "reason": "timed_out"}
    MonitorBrokenNotifier(CHANNELS, name="flights")(context)
    (told,) = receiver.received
    assert told["links"]["Run"].endswith("/dags/flights/runs/r1")
    assert told["text"].splitlines()[:5] == [
        "[Broken] flights: the monitor failed, so there is no verdict.",
        "Window unknown.",
        "Airflow says: the run took too long and was stopped (timed_out).",
        "Run r1.",
        "Until this is fixed, drift goes unnoticed.",
    ]


@pytest.mark.parametrize("task", ["profile", "write_report"])
def test_a_broken_monitor_is_told_although_its_storage_accepts_connections_and_never_answers(
    monitors, storage, receiver, mute_store, task, monkeypatch
):
    monkeypatch.setattr(notifiers, "SECONDS_TO_LOOK_UP", 1.0)
    monitor = parse_monitor(monitors.text(storage="s3://mute/x"), name="m.yaml")
    context = {
        "ti": SimpleNamespace(task_id=task),
        "run_id": "r1",
        "dag_run": SimpleNamespace(
            partition_date=None, partition_key=None, start_date=datetime(2026, 3, 11, tzinfo=UTC),
            data_interval_start=datetime(2026, 3, 10, tzinfo=UTC), data_interval_end=datetime(2026, 3, 11, tzinfo=UTC),
        ),
    }  # fmt: skip
    result_within(50, partial(MonitorBrokenNotifier(CHANNELS, name="m", monitor=monitor), context))  # as Airflow does
    (told,) = receiver.received
    assert f"Task {task} failed. Last error: unknown, because s3://mute/x did not answer within" in told["text"]


def test_a_delivery_that_fails_is_raised_for_airflow_to_count(storage, nobody_there):
    with pytest.raises(DeliveryFailed):
        MonitorBrokenNotifier(CHANNELS, name="flights")({"run_id": "r1"})


def test_with_nobody_on_call_it_is_logged_as_an_error(storage, capfd, caplog):
    MonitorBrokenNotifier([], name="flights")({"run_id": "r1"})
    logged = "".join(capfd.readouterr()) + caplog.text
    assert "no on_call channel to send this to" in logged


def test_a_report_that_cannot_be_worded_is_told_in_bare_facts():
    report = DriftReport(
        monitor="flights",
        summary="1 alert(s) raised.",
        any_critical=True,
        current_window={"start": "2026-03-01", "end": "2026-03-02"},
        findings=[{"through": "alone", "severity": "critical", "members": [7]}],  # there is no such alert
    )
    assert in_words(report, location="/r.html").splitlines() == [
        "[Critical] flights: 1 alert(s) raised.",
        "Window 2026-03-01 – 2026-03-02.",
        "Report file: /r.html",
    ]
