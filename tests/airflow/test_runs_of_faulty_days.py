"""Whole runs of a monitor's DAG on days whose partitions, columns or store are at fault: what is told, and what is not lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airflow_runs import CALM_DAY, DRIFTED_DAY, FIRST_DAY
from left_by_runs import WEBHOOK, report_of, url
from windage.incidents.model import WindowVerdict
from windage.incidents.store import IncidentStore
from windage.store.database import Database
from windage.vocabulary import Outcome, Window


def test_a_missing_current_partition_is_stated_and_nothing_breaks(run, monitors, log, storage):
    (log / f"date={CALM_DAY}" / "part-0.parquet").unlink()
    ended = run(monitors.dag(), CALM_DAY)

    assert ended.state == "success"
    report = report_of(storage, ended)
    assert [str(each) for each in report.missing_partitions] == ["2026-03-09 – 2026-03-10"]
    assert {each.outcome for each in report.outcomes.values()} == {Outcome.unknown}


def test_the_third_window_in_a_row_that_nobody_could_judge_is_told(run, monitors, log, storage, receiver):
    dag = monitors.dag(on_call=[WEBHOOK])
    first = datetime.combine(CALM_DAY, datetime.min.time(), UTC)
    (log / f"date={CALM_DAY}" / "part-0.parquet").unlink()
    store = IncidentStore(Database(url(storage)))
    for days in (2, 1):
        window = Window(start=first - timedelta(days=days), end=first - timedelta(days=days - 1))
        store.record(WindowVerdict(monitor=dag.dag_id, window=window, outcome=Outcome.unknown))
    ended = run(dag, CALM_DAY)

    assert ended.state == "success"
    assert ended.tasks["call_on_call"] == ended.tasks["no_critical"] == "success"
    assert ended.tasks["enqueue_labels"] == ended.tasks["announce_critical"] == "skipped"
    (told,) = receiver.received
    assert told["text"].startswith("[Unknown]")
    (incident,) = store.incidents(dag.dag_id)
    assert incident.latest.headline == "3 windows in a row could not be judged."


def test_the_first_day_of_a_log_has_no_reference_and_is_unknown(run, monitors, log, storage):
    ended = run(monitors.dag(), FIRST_DAY)
    assert ended.state == "success"
    assert report_of(storage, ended).outcome is Outcome.unknown


@pytest.mark.parametrize("column", ["gone", "who"])
def test_a_column_that_is_missing_or_no_number_is_an_error_and_the_others_answer(
    run, monitors, log, storage, receiver, column
):
    ended = run(monitors.dag(log={"numeric": ["amount", column]}, on_call=[WEBHOOK]), DRIFTED_DAY)

    assert ended.state == "success"
    outcome = report_of(storage, ended).outcomes["numeric_feature"]
    assert outcome.errors.keys() == {column}
    assert outcome.outcome is Outcome.alert  # amount moved all the same
    assert column in receiver.received[0]["text"]


def test_a_missing_label_column_is_an_error_of_its_checks_alone(run, monitors, log, storage):
    ended = run(monitors.dag(log={"label": "verdict"}), CALM_DAY)

    assert ended.state == "success"
    outcomes = {check: each.outcome for check, each in report_of(storage, ended).outcomes.items()}
    assert outcomes["class_shift"] is outcomes["reject_rate"] is Outcome.error
    assert outcomes["entropy"] is Outcome.ok
    assert ended.tasks["trickle_labels"] == "skipped"


def test_a_queue_that_cannot_be_written_fails_the_run_but_everybody_is_told(run, monitors, log, storage, receiver):
    (storage / "file").write_text("no folder")
    dag = monitors.dag(on_call=[WEBHOOK], labeling={"queue": f"{storage}/file/queue.json"})
    ended = run(dag, DRIFTED_DAY)

    assert ended.tasks["enqueue_labels"] == "failed"
    assert ended.tasks["call_on_call"] == ended.tasks["write_report"] == "success"
    assert ended.state == "failed"
    assert [each["event"] for each in receiver.received] == ["drift", "broken"]


def test_a_broken_partition_is_retried_then_no_verdict_is_given_and_that_is_told(run, monitors, log, storage, receiver):
    (log / f"date={CALM_DAY}" / "part-0.parquet").write_bytes(b"PAR1 torn")
    ended = run(monitors.dag(on_call=[WEBHOOK]), CALM_DAY)

    assert ended.state == "failed"
    assert "failed" in {state for task, state in ended.tasks.items() if task.startswith("profile[")}
    assert ended.tasks["consolidate"] == ended.tasks["write_report"] == "upstream_failed"
    assert report_of(storage, ended) is None
    (told,) = receiver.received
    assert told["event"] == "broken"
    assert told["task"] == "profile"
    assert "there is no verdict" in told["text"]
    assert "Until this is fixed, drift goes unnoticed." in told["text"]
    assert "Task profile failed. Last error: the partition of 2026-03-09 – 2026-03-10 could not be read" in told["text"]


def test_a_torn_day_of_the_reference_costs_no_verdict(run, monitors, log, storage, receiver):
    torn = log / f"date={CALM_DAY - timedelta(days=2)}" / "part-0.parquet"
    torn.write_bytes(b"PAR1 torn")
    ended = run(monitors.dag(on_call=[WEBHOOK]), CALM_DAY)

    assert ended.state == "success"
    (said,) = report_of(storage, ended).unread
    assert str(torn) in said
    assert receiver.received == []


def test_files_compacted_between_the_plan_and_the_profile_cost_no_verdict(run, monitors, log, storage, receiver):
    dag = monitors.dag(on_call=[WEBHOOK])

    def compact(_context):
        for day in (CALM_DAY - timedelta(days=2), CALM_DAY):
            file = log / f"date={day}" / "part-0.parquet"
            file.rename(file.with_name("part-1.parquet"))

    dag.get_task("plan_profiles")._pre_execute_hook = compact
    ended = run(dag, CALM_DAY)

    assert (log / f"date={CALM_DAY}" / "part-1.parquet").exists()
    assert ended.state == "success"
    report = report_of(storage, ended)
    assert (report.unread, report.missing_partitions) == ([], [])
    assert receiver.received == []


def test_a_broken_partition_during_a_backfill_pages_nobody(run, monitors, log, storage, receiver):
    (log / f"date={CALM_DAY}" / "part-0.parquet").write_bytes(b"PAR1 torn")
    ended = run(monitors.dag(on_call=[WEBHOOK]), CALM_DAY, run_type="backfill")
    assert ended.state == "failed"
    assert receiver.received == []
