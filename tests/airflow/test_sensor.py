"""Waiting for late partitions, by the real clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from airflow_runs import CALM_DAY
from windage.errors import InvalidInput, ReadFailed


def looks(dag, start: datetime, end: datetime, **context: object):
    """One look of the sensor at a window."""
    run = SimpleNamespace(
        data_interval_start=start, data_interval_end=end, partition_date=None, partition_key=None, run_type="scheduled"
    )
    return dag.get_task("wait_for_partitions").poke({"dag_run": run, "params": {}, **context})


@pytest.fixture
def today() -> datetime:
    return datetime.now(tz=UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def test_it_waits_for_a_late_partition_and_then_plans(monitors, storage, today):
    dag = monitors.dag(waiting={"up_to": "2d"})
    assert not looks(dag, today - timedelta(days=1), today).is_done
    folder = storage / "log" / f"date={today - timedelta(days=1):%Y-%m-%d}"
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"listed, not read")
    seen = looks(dag, today - timedelta(days=1), today)
    assert seen.is_done
    assert len(seen.xcom_value["current_partitions"]) == 1


def test_it_waits_for_the_marker_of_a_finished_partition(monitors, storage, today):
    dag = monitors.dag(waiting={"up_to": "2d"}, log={"done_marker": "_SUCCESS"})
    folder = storage / "log" / f"date={today - timedelta(days=1):%Y-%m-%d}"
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"half")
    assert not looks(dag, today - timedelta(days=1), today).is_done
    (folder / "_SUCCESS").touch()
    assert looks(dag, today - timedelta(days=1), today).is_done


def test_after_the_deadline_what_is_missing_is_stated(monitors, storage, today):
    dag = monitors.dag(waiting={"up_to": "0m"})
    seen = looks(dag, today - timedelta(days=1), today)
    assert seen.is_done
    assert seen.xcom_value["current_partitions"] == []
    assert len(seen.xcom_value["missing"]) == 6


def test_a_window_of_the_past_is_never_waited_for(monitors, storage):
    dag = monitors.dag(waiting={"up_to": "4w"})
    assert looks(dag, datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)).is_done


SILENT = {"log": {"location": "s3://nowhere/date={start:%Y-%m-%d}"}}
PAST = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)


class Kept(dict):
    """What Airflow keeps for a task from one process to the next."""

    set, delete = dict.__setitem__, lambda self, key: self.pop(key, None)


@pytest.mark.usefixtures("silent_store", "storage")
def test_a_store_that_does_not_answer_is_asked_again_until_nobody_would_wait_any_longer(monitors, capsys, monkeypatch):
    dag, kept = monitors.dag(waiting={"up_to": "2h"}, **SILENT), Kept()
    for _ in range(2):
        assert not looks(dag, *PAST, task_state_store=kept).is_done
    assert re.search(
        r"s3://nowhere/.* could not be listed.* did not answer 2 times since .* until", capsys.readouterr().out
    )
    began = datetime.fromisoformat(kept["silent_store"]["since"])
    monkeypatch.setattr("windage.airflow.operators.sensor.utc_now", lambda: began + timedelta(hours=2))
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException, match="did not answer 3 times"):
        looks(dag, *PAST, task_state_store=kept)
    assert kept == {}


@pytest.mark.usefixtures("storage")
def test_a_store_that_answers_again_has_been_silent_no_more(monitors):
    kept = Kept(silent_store={"since": "2026-03-01T00:00:00Z", "times": 9})
    assert looks(monitors.dag(), *PAST, task_state_store=kept).is_done
    assert kept == {}


@pytest.mark.usefixtures("silent_store", "storage")
def test_whom_a_store_denies_access_waits_for_nothing(monitors, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ReadFailed, match="NoCredentialsError"):
        looks(monitors.dag(waiting={"up_to": "2h"}, **SILENT), *PAST)


@pytest.mark.usefixtures("airflow", "silent_store", "storage")
def test_a_run_looks_again_and_at_last_fails_without_a_retry(monitors, run, monkeypatch):
    from windage.airflow.failures import why_it_failed

    monkeypatch.setattr("windage.airflow.operators.sensor.LEAST_PATIENCE", timedelta(seconds=1))
    dag = monitors.dag(waiting={"up_to": "0m"}, **SILENT)
    dag.get_task("wait_for_partitions").poke_interval = 0
    ended = run(dag, CALM_DAY)
    assert ended.tasks["wait_for_partitions"] == "failed"
    monitor = dag.get_task("wait_for_partitions").monitor
    why = why_it_failed(monitor, run_id=ended.run_id, task_id="wait_for_partitions")
    assert int(re.search(r"did not answer (\d+) times", why)[1]) > 1


def test_a_partition_key_that_is_no_time_is_refused(monitors):
    from windage.airflow.window import run_window

    run = SimpleNamespace(partition_date=None, partition_key="March")
    with pytest.raises(InvalidInput, match=r"the partition key must be a time .*; got 'March'\. Trigger the run with"):
        run_window({"dag_run": run}, monitors.dag().get_task("wait_for_partitions").monitor)


def test_waiting_holds_no_worker_slot(monitors):
    task = monitors.dag(waiting={"look_every": "10m"}).get_task("wait_for_partitions")
    assert task.reschedule
    assert task.poke_interval == 600
