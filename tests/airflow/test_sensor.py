"""Waiting for late partitions, by the real clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from windage.errors import InvalidInput


def looks(dag, start: datetime, end: datetime):
    """One look of the sensor at a window."""
    run = SimpleNamespace(
        data_interval_start=start, data_interval_end=end, partition_date=None, partition_key=None, run_type="scheduled"
    )
    return dag.get_task("wait_for_partitions").poke({"dag_run": run, "params": {}})


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


def test_a_partition_key_that_is_no_time_is_refused(monitors):
    from windage.airflow.window import run_window

    run = SimpleNamespace(partition_date=None, partition_key="March")
    with pytest.raises(InvalidInput, match=r"the partition key must be a time .*; got 'March'\. Trigger the run with"):
        run_window({"dag_run": run}, monitors.dag().get_task("wait_for_partitions").monitor)


def test_waiting_holds_no_worker_slot(monitors):
    task = monitors.dag(waiting={"look_every": "10m"}).get_task("wait_for_partitions")
    assert task.reschedule
    assert task.poke_interval == 600
