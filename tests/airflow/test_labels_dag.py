"""Labels come in, and the windows that they are about are judged again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from windage.airflow.dags.labels import labels_dag
from windage.incidents.store import IncidentStore
from windage.labeling.exchange import export
from windage.labeling.queue import ActiveLabelingQueue
from windage.reports.store import ReportStore
from windage.spec.load import parse_monitor
from windage.store.database import Database
from windage.telemetry import TelemetryStore

CALM_DAY, DRIFTED_DAY = date(2026, 3, 9), date(2026, 3, 10)
LABELS_DAY = date(2026, 4, 1)
WEBHOOK = {"kind": "webhook", "connection": "pager"}


@pytest.fixture
def queue(storage):
    return ActiveLabelingQueue(f"sqlite:///{storage}/windage.db", 1000)


@pytest.fixture
def labels(run, monitors):
    """Runs the DAG of labels of a monitor that was judged."""

    def ran(day=LABELS_DAY, **changes):
        return run(monitors.impatient(labels_dag(parse_monitor(monitors.text(**changes), name="m.yaml"))), day)

    return ran


def answer(queue, *, wrong):
    """Everyone labels; every ``wrong``-th prediction is said to be wrong."""
    for number, each in enumerate(queue.all_items):
        if each.status == "pending":
            queue.mark_done(each.request_id, "labeled", "z" if number % wrong == 0 else each.predicted_label)


def test_a_quiet_day_asks_about_a_few_rows_and_a_repeated_run_about_no_more(run, monitors, log, storage, queue):
    ended = run(monitors.dag(), CALM_DAY)
    assert ended.tasks["trickle_labels"] == "success"
    asked = queue.all_items
    assert [(each.reason, each.inclusion_probability) for each in asked] == [("uniform", 5 / 300)] * 5
    run.again(ended)
    assert queue.all_items == asked


@pytest.mark.parametrize(("changes", "state"), [({"trickle": 0}, "skipped"), ({"trickle": 2}, "success")])
def test_how_many_is_the_monitors_word(run, monitors, log, storage, queue, changes, state):
    ended = run(monitors.dag(labeling=changes), CALM_DAY)
    assert ended.tasks["trickle_labels"] == state
    assert len(queue.all_items) == changes["trickle"]


def test_labels_make_the_report_say_how_well_the_classifier_does(run, monitors, labels, log, storage, queue):
    dag = monitors.dag(labeling={"trickle": 60, "limit": 60})
    for day in (CALM_DAY, DRIFTED_DAY):
        run(dag, day)
    reports = ReportStore(f"{storage}/reports")
    assert reports.latest(dag.dag_id).realised_performance is None
    assert labels(date(2026, 3, 30)).tasks["find_windows"] == "success"  # and nothing to judge again
    answer(queue, wrong=4)
    ended = labels()
    assert ended.state == "success"
    assert {state for task, state in ended.tasks.items() if task.startswith("judge_again[")} == {"success"}
    assert len([task for task in ended.tasks if task.startswith("judge_again[")]) == 2
    found = reports.latest(dag.dag_id).realised_performance
    assert found.rows == 120
    low, high = found.accuracy_interval
    assert 0.6 < low < 0.75 < high < 0.9
    snapshots = TelemetryStore(f"sqlite:///{storage}/windage.db").read_recent(9, monitor=dag.dag_id)
    assert [each.labels for each in snapshots] == [60, 60]
    page = storage / "reports" / dag.dag_id / "2026-03-11T00-00Z" / "drift_report.html"
    assert "by 120 labels of 7 users since 11 Feb" in page.read_text()
    assert labels(date(2026, 4, 2)).tasks["find_windows"] == "success"
    assert not [task for task in labels(date(2026, 4, 3)).tasks if task.startswith("judge_again[")]


def test_a_promise_that_is_not_kept_is_an_incident_and_people_are_told(
    run, monitors, labels, log, storage, queue, receiver
):
    about = {
        "policy": {"preset": "calibrated"},
        "checks": {"defaults": None, "realised_performance": {"promised": 0.95, "width": 0.5}},
        "on_call": [WEBHOOK],
        "labeling": {"trickle": 60, "limit": 60},
    }
    dag = monitors.dag(**about)
    run(dag, CALM_DAY)
    assert receiver.received == []
    answer(queue, wrong=2)
    assert labels(**about).state == "success"
    (told,) = receiver.received
    assert " by 60 labels" in told["text"]
    (incident,) = IncidentStore(Database(f"sqlite:///{storage}/windage.db")).incidents(dag.dag_id)
    assert incident.subjects == ("window realised_performance",)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_files_of_labels_are_taken_in_and_undo_no_correction(
    run, monitors, labels, log, storage, queue, suffix, tmp_path
):
    run(monitors.dag(), CALM_DAY)
    folder = storage / "answers"
    folder.mkdir()
    (folder / "notes.txt").write_text("not labels")
    filled(queue.all_items, folder / f"labels.{suffix}")
    ended = labels(labeling={"answers": "answers"})
    assert ended.xcom("ingest_labels") == {"labelled": 5, "skipped": 0, "expired": 0}
    queue.mark_done(queue.all_items[0].request_id, "labeled", "corrected")
    labels(LABELS_DAY + timedelta(days=1), labeling={"answers": "answers"})
    assert [each.label for each in queue.all_items] == ["corrected", "b", "b", "b", "b"]


def test_a_file_that_is_half_there_keeps_no_other_waiting(run, monitors, labels, log, storage, queue):
    run(monitors.dag(), CALM_DAY)
    folder = storage / "answers"
    folder.mkdir()
    filled(queue.all_items, folder / "b.csv")
    (folder / "b.csv").rename(folder / "b.CSV")
    (folder / "a.json").write_text('[{"data": {"request_id": ')
    ended = labels(labeling={"answers": "answers"})
    assert (ended.state, ended.tasks["ingest_labels"], ended.tasks["find_windows"]) == ("failed", "failed", "success")
    assert [each.label for each in queue.all_items] == ["b"] * 5


def test_a_label_that_no_store_keeps_is_told_and_the_others_of_its_file_are_taken_in(
    run, monitors, labels, log, storage, queue
):
    run(monitors.dag(), CALM_DAY)
    file = storage / "answers" / "a.json"
    file.parent.mkdir()
    filled(queue.all_items, file)
    file.write_text(file.read_text().replace('["b"]', '["b\\u0000"]', 1))
    ended = labels(labeling={"answers": "answers"})
    assert (ended.state, ended.tasks["ingest_labels"], ended.tasks["find_windows"]) == ("failed", "failed", "success")
    assert sorted(each.status for each in queue.all_items) == ["labeled"] * 4 + ["pending"]


def filled(requests, file):
    """An exported file that somebody has answered with ``b`` throughout."""
    export(requests, file)
    if file.suffix == ".csv":
        lines = file.read_text().splitlines()
        file.write_text("\n".join([lines[0], *(f"{line}b" for line in lines[1:])]))
    elif file.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pq.read_table(file)
        place = table.column_names.index("label")
        pq.write_table(table.set_column(place, "label", pa.array(["b"] * len(table))), file)
    else:
        import json

        tasks = json.loads(file.read_text())
        for task in tasks:
            said = {"from_name": "label", "type": "choices", "value": {"choices": ["b"]}}
            task["annotations"] = [{"id": 1, "result": [said]}]
        file.write_text(json.dumps(tasks))


@pytest.mark.parametrize(("gone", "is_kept"), [(CALM_DAY, True), (CALM_DAY - timedelta(days=2), False)])
def test_a_window_whose_own_partition_is_gone_keeps_its_report(
    run, monitors, labels, log, storage, queue, gone, is_kept
):
    dag = monitors.dag()
    run(dag, CALM_DAY)
    before = ReportStore(f"{storage}/reports").latest(dag.dag_id)
    answer(queue, wrong=2)
    (log / f"date={gone:%Y-%m-%d}" / "part-0.parquet").unlink()
    ended = labels()
    assert ended.state == "success"
    after = ReportStore(f"{storage}/reports").latest(dag.dag_id)
    assert (after == before, after.realised_performance is None) == (is_kept, is_kept)


def test_a_monitor_of_whose_rows_nobody_can_be_asked_has_no_such_dag(monitors):
    for changes in ({"log": {"bucket_start": None}}, {"labeling": {"limit": 0, "trickle": 0}}):
        assert labels_dag(parse_monitor(monitors.text(**changes), name="m.yaml")) is None
