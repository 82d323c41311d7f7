"""Whole runs of a monitor's DAG: what each kind of day leaves behind."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from airflow_runs import CALM_DAY, DRIFTED_DAY
from left_by_runs import MAIL, WEBHOOK, queued, remembered, report_of, url
from windage.incidents.model import WindowFinding, WindowVerdict
from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue
from windage.reports.index import ReportIndex
from windage.reports.store import ReportStore
from windage.store.database import Database
from windage.vocabulary import Outcome, Window

REPOSITORY = Path(__file__).parents[2]


def asset_events(ended) -> dict[str, dict]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    query = select(AssetModel.name, AssetEvent.extra).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
    with create_session() as session:
        found = session.execute(query.where(AssetEvent.source_run_id == ended.run_id)).all()
    return {name.rpartition("/")[2]: extra for name, extra in found}


def test_a_calm_day_takes_the_quiet_side(run, monitors, log, storage, receiver):
    ended = run(monitors.dag(on_call=[WEBHOOK]), CALM_DAY)

    assert ended.state == "success"
    assert ended.tasks["no_critical"] == "success"
    assert {ended.tasks[task] for task in ("enqueue_labels", "call_on_call", "announce_critical")} == {"skipped"}
    report = report_of(storage, ended)
    assert not report.any_critical
    assert report.outcomes.keys() == {"class_shift", "entropy", "numeric_feature", "reject_rate"}
    folder = storage / "reports" / ended.dag.dag_id / "2026-03-10T00-00Z"
    assert {file.name for file in folder.iterdir()} == {"drift_report.json", "drift_report.md", "drift_report.html"}
    assert remembered(storage, ended) == 1
    assert [each.any_critical for each in ReportIndex(Database(url(storage))).latest(ended.dag.dag_id, limit=9)] == [
        False
    ]
    assert ended.tasks["trickle_labels"] == "success"
    assert queued(storage) == 5
    assert receiver.received == []
    assert asset_events(ended).keys() == {"report"}


def test_a_drifted_day_is_queued_told_announced_and_written_down(run, monitors, log, storage, receiver, mailbox):
    ended = run(monitors.dag(on_call=[WEBHOOK, MAIL]), DRIFTED_DAY)

    assert ended.state == "success"
    assert ended.tasks["no_critical"] == "skipped"
    assert queued(storage) == 12
    assert remembered(storage, ended) == 1
    (told,) = receiver.received
    lines = told["text"].splitlines()
    assert lines[0] == f"[Critical] {ended.dag.dag_id}: `amount` moved."
    assert len(lines) <= 11
    page = storage / "reports" / ended.dag.dag_id / "2026-03-11T00-00Z" / "drift_report.html"
    assert f"Report file: {page}" in lines
    assert lines[-1].startswith(f"Run: http://localhost:8080/dags/{ended.dag.dag_id}/runs/scheduled__")
    assert page.exists()
    assert (told["critical"], told["window_start"]) == (True, "2026-03-10T00:00:00Z")
    (mail,) = mailbox
    assert mail["Subject"] == lines[0]
    page = mail.get_body(("html",)).get_content()
    assert "<code>amount</code> moved" in page
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f'<img src="cid:{picture["Content-ID"][1:-1]}" alt="amount"' in page
    events = asset_events(ended)
    assert events.keys() == {"report", "critical"}
    assert events["critical"]["window_end"] == "2026-03-11T00:00:00Z"
    assert events["critical"]["backfill"] is False


def test_an_incident_is_told_once_and_remembered(run, monitors, log, storage, receiver):
    dag = monitors.dag(on_call=[WEBHOOK])
    store = IncidentStore(Database(url(storage)))
    day_before = datetime.combine(CALM_DAY, datetime.min.time(), UTC)
    known = WindowFinding(
        subjects=("feature amount",), triggers=("feature_psi",), severity="critical", headline="`amount` moved.",
        features=("amount",),
    )  # fmt: skip
    store.claim(
        WindowVerdict(
            monitor=dag.dag_id,
            window=Window(start=day_before, end=day_before + timedelta(days=1)),
            outcome=Outcome.alert,
            findings=(known,),
        ),
        at=day_before,
    )
    ended = run(dag, DRIFTED_DAY)

    assert ended.state == "success"
    assert ended.tasks["call_on_call"] == "skipped"
    assert receiver.received == []
    assert ended.tasks["enqueue_labels"] == ended.tasks["announce_critical"] == "success"
    about_amount = [each for each in store.incidents(dag.dag_id) if "feature amount" in each.subjects]
    assert [(each.windows, each.state.value) for each in about_amount] == [(2, "open")]


def test_what_is_silenced_pages_nobody_and_is_an_incident_all_the_same(run, monitors, log, storage, receiver):
    dag = monitors.dag(on_call=[WEBHOOK])
    store = IncidentStore(Database(url(storage)))
    store.silence(dag.dag_id, until=datetime(2100, 1, 1, tzinfo=UTC), reason="known", by="ann")
    ended = run(dag, DRIFTED_DAY)

    assert ended.tasks["call_on_call"] == "skipped"
    assert receiver.received == []
    assert any(each.severity == "critical" for each in store.incidents(dag.dag_id))


def test_a_repeated_run_doubles_nothing_and_reads_nothing_again(run, monitors, log, storage):
    first = run(monitors.dag(), DRIFTED_DAY)
    before = [each.request_id for each in ActiveLabelingQueue(url(storage)).all_items]
    second = run.again(first)

    assert second.state == "success"
    assert {state for task, state in second.tasks.items() if task.startswith("profile[")} == {"removed"}
    assert second.tasks["checks.numeric_feature"] == "success"
    assert [each.request_id for each in ActiveLabelingQueue(url(storage)).all_items] == before
    assert remembered(storage, second) == 1
    assert len(ReportIndex(Database(url(storage))).latest(second.dag.dag_id, limit=9)) == 1


def test_a_backfilled_run_judges_alike_but_tells_and_queues_nothing(run, monitors, log, storage, receiver):
    dag = monitors.dag(on_call=[WEBHOOK], labeling={"limit": 0})
    scheduled = run(dag, DRIFTED_DAY)
    judged = report_of(storage, scheduled)
    receiver.received.clear()
    monitors.dag(on_call=[WEBHOOK])
    backfilled = run.again(scheduled, run_type="backfill")

    assert backfilled.state == "success"
    assert {backfilled.tasks[task] for task in ("enqueue_labels", "call_on_call", "announce_critical")} == {"skipped"}
    assert receiver.received == []
    assert queued(storage) == 0
    assert asset_events(backfilled)["report"]["backfill"] is True
    assert without_times(report_of(storage, backfilled)) == without_times(judged)


def without_times(report) -> dict:
    document = report.model_dump(mode="json", exclude={"generated_at"})
    for part in (document["feature_report"], document["telemetry_snapshot"], *document["alerts"]):
        part.pop("timestamp")
    return document


def test_a_backfill_queues_where_the_monitor_says_so(run, monitors, log, storage):
    ended = run(monitors.dag(labeling={"in_backfill": True}), DRIFTED_DAY, run_type="backfill")
    assert ended.state == "success"
    assert queued(storage) == 12


def test_answers_of_an_earlier_try_are_not_taken_for_this_ones(run, monitors, log, storage):
    first = run(monitors.dag(), CALM_DAY)
    (log / f"date={CALM_DAY}" / "part-0.parquet").write_bytes(b"PAR1 torn")
    report = report_of(storage, first)
    second = run.again(first)

    assert second.state == "failed"
    assert second.tasks["consolidate"] == "upstream_failed"
    assert report_of(storage, second) == report


@pytest.mark.parametrize("task", ["wait_for_partitions", "consolidate"])
def test_a_task_that_was_marked_as_successful_is_what_the_message_names(run, monitors, log, storage, receiver, task):
    ended = run(monitors.dag(on_call=[WEBHOOK]), CALM_DAY, marked=task)
    assert ended.state == "failed"
    (told,) = receiver.received
    assert f"Last error: task {task} of this run left no result" in told["text"]


def test_an_empty_data_interval_is_refused(run, monitors, log, storage, receiver):
    moment = datetime(2026, 3, 9, tzinfo=UTC)
    ended = run(monitors.dag(on_call=[WEBHOOK]), interval=(moment, moment))

    assert ended.state == "failed"
    assert ended.tasks["wait_for_partitions"] == "failed"
    assert ended.tasks["consolidate"] == "upstream_failed"
    assert receiver.received[0]["task"] == "wait_for_partitions"


@pytest.mark.parametrize(
    ("about", "window_end"),
    [
        ({"run_after": datetime(2026, 3, 8, 13, tzinfo=UTC)}, "2026-03-08T00:00:00Z"),
        (
            {"conf": {"window_start": "2026-03-06T00:00:00Z", "window_end": "2026-03-08T00:00:00+00:00"}},
            "2026-03-08T00:00:00Z",
        ),
    ],
)
def test_a_run_without_a_logical_date_finds_its_window(run, monitors, log, about, window_end):
    ended = run(monitors.dag(), run_type="manual", **about)
    assert ended.state == "success"
    assert ended.xcom("consolidate")["window"]["end"] == window_end


def test_a_run_of_a_partition_judges_that_partition(run, monitors, log):
    from airflow.sdk import PartitionedAtRuntime

    from windage.airflow.dags.monitor import monitor_dag
    from windage.spec.load import parse_monitor

    dag = monitor_dag(parse_monitor(monitors.text(), name="m.yaml"), schedule=PartitionedAtRuntime())
    ended = run(dag, run_type="manual", partition_key="2026-03-07")
    assert ended.state == "success"
    assert ended.xcom("consolidate")["window"]["start"] == "2026-03-07T00:00:00Z"


def test_half_a_window_in_the_params_is_refused(run, monitors, log):
    ended = run(monitors.dag(), CALM_DAY, conf={"window_start": "2026-03-06T00:00:00Z"})
    assert ended.tasks["wait_for_partitions"] == "failed"


def test_xcom_carries_small_strict_json(run, monitors, log):
    ended = run(monitors.dag(), DRIFTED_DAY)
    for task in ended.tasks:
        value = ended.xcom(task)
        assert len(json.dumps(value, allow_nan=False)) < 8000, task


def test_airflows_own_dag_test_runs_it(airflow, run, monitors, log, storage):
    dag = monitors.dag()
    run._registered(dag)
    ended = dag.test(logical_date=datetime(2026, 3, 10, tzinfo=UTC))
    assert ended.state == "success"
    assert ReportStore(f"{storage}/reports").latest(dag.dag_id).current_window.start.day == 9


def test_nothing_is_queued_where_rows_have_no_time(run, monitors, log, storage):
    ended = run(monitors.dag(log={"bucket_start": None}), DRIFTED_DAY)
    assert ended.state == "success"
    assert ended.tasks["enqueue_labels"] == "skipped"


def test_callbacks_of_anyones_are_called_too_and_do_not_silence_the_others(run, monitors, log, receiver):
    from windage.airflow.dags.monitor import monitor_dag
    from windage.spec.load import parse_monitor

    seen = []

    def broken(context):
        raise RuntimeError("the callback's own fault")

    monitor = parse_monitor(monitors.text(on_call=[WEBHOOK]), name="m.yaml")
    calls = [broken, lambda context: seen.append(context["windage_report"]["outcome"])]
    ended = run(monitors.impatient(monitor_dag(monitor, on_critical=calls)), DRIFTED_DAY)

    assert seen == ["alert"]
    assert receiver.received[0]["event"] == "drift"
    assert ended.tasks["call_on_call"] == "failed"
    assert ended.tasks["write_report"] == "success"


def test_a_window_whose_profiles_are_all_cached_is_judged_without_reading(run, monitors, log, storage):
    dag = monitors.dag()
    run(dag, CALM_DAY)
    window = {"window_start": "2026-03-09T00:00:00Z", "window_end": "2026-03-10T00:00:00Z"}
    ended = run(dag, run_type="manual", conf=window)
    assert ended.state == "success"
    assert ended.tasks["profile"] == "skipped"
    assert ended.tasks["checks.numeric_feature"] == ended.tasks["write_report"] == "success"
    assert len(ReportIndex(Database(url(storage))).latest(dag.dag_id, limit=9)) == 1


def test_one_task_may_ask_all_checks_and_says_the_same(run, monitors, log, storage):
    apart = run(monitors.dag(), DRIFTED_DAY)
    expected = report_of(storage, apart)
    window = {"window_start": "2026-03-10T00:00:00Z", "window_end": "2026-03-11T00:00:00Z"}
    together = run(monitors.dag(tasks="together"), run_type="manual", conf=window)
    assert together.state == "success"
    assert [task for task in together.tasks if task.startswith("checks.")] == ["checks.all_checks"]
    assert len(together.tasks) < len(apart.tasks)
    assert without_times(report_of(storage, together)) == without_times(expected)


def test_profiles_of_a_partition_are_made_once(run, monitors, log, storage):
    run(monitors.dag(), date(2026, 3, 8))
    ended = run(monitors.dag(), CALM_DAY)
    assert [task for task in ended.tasks if task.startswith("profile[")] == ["profile[0]"]


def test_one_day_of_a_monitor_with_a_deadline_is_run(airflow, monitors, log, tmp_path):
    """Airflow's own test of a DAG breaks on a deadline when the run ends."""
    from windage.airflow.one_day import main as one_day

    folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    monitors.folder = folder / "monitors"
    monitors.dag(paging={"deadline": "6h"}, tasks="together")
    shutil.copy(REPOSITORY / "dags" / "windage_monitors.py", folder)
    try:
        one_day(monitors.name, str(CALM_DAY), str(tmp_path / "states.json"))
    finally:
        (folder / "windage_monitors.py").unlink()
        shutil.rmtree(monitors.folder)
    assert json.loads((tmp_path / "states.json").read_text())["state"] == "success"
