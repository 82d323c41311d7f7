"""A stretch of history is judged by few tasks, and leaves what a run for each of its windows would have left."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from airflow_runs import CALM_DAY, DRIFTED_DAY, FIRST_DAY
from windage.airflow.dags import history
from windage.history.store import HistoryStore
from windage.incidents.store import IncidentStore
from windage.reports.document import to_json
from windage.reports.index import ReportIndex
from windage.reports.store import ReportStore
from windage.spec.load import parse_monitor
from windage.store.database import Database
from windage.telemetry import TelemetryStore
from windage.telemetry.sql import SnapshotRows
from windage.vocabulary import utc_now

DAY = timedelta(days=1)
YET_TO_COME = utc_now().date() + 2 * DAY  # midnight may pass before it is asked about


@pytest.fixture
def filled(run, monitors):
    """Fills history between two days, of the monitor of this name."""

    def fill(first, last):
        monitor = parse_monitor(monitors.text(), name="m.yaml")
        conf = {"first": str(first), "last": str(last)} if first else {}
        return run(monitors.impatient(history.history_dag(monitor)), run_type="manual", conf=conf)

    return fill


def documents(place, database, monitor):
    reports = ReportStore(place)
    found = {}
    for entry in ReportIndex(database).latest(monitor, limit=None):
        report = reports.read(monitor, entry.window.end)
        found[entry.window.start.date()] = json.loads(to_json(report.model_copy(update={"generated_at": None})))
    return found


def test_history_is_what_runs_would_have_left(run, monitors, log, storage, filled, monkeypatch):
    monkeypatch.setattr(history, "WINDOWS_OF_A_TASK", 2)
    database = Database(f"sqlite:///{storage}/windage.db")
    dag = monitors.dag()
    run(dag, DRIFTED_DAY)
    by_run = documents(f"{storage}/reports", database, dag.dag_id)
    ended = filled(CALM_DAY - 2 * DAY, DRIFTED_DAY)
    assert ended.state == "success"
    assert [len(batch) for batch in ended.xcom("find_windows")] == [2, 1]
    assert [len(batch) for batch in ended.xcom("plan_profiles")] == [3]  # the days before the run's own reference
    assert sorted(by_run) == [DRIFTED_DAY]

    filled_in = documents(f"{storage}/reports", database, dag.dag_id)
    assert sorted(filled_in) == [CALM_DAY - 2 * DAY, CALM_DAY - DAY, CALM_DAY, DRIFTED_DAY]
    assert filled_in[DRIFTED_DAY] == by_run[DRIFTED_DAY]
    states = {each.window.start.date(): each.state for each in HistoryStore(database).records(dag.dag_id)}
    assert states[DRIFTED_DAY] == "critical"
    assert states.keys() == filled_in.keys()
    assert len(TelemetryStore(SnapshotRows(database)).read_recent(9, monitor=dag.dag_id)) == 4

    again = filled(CALM_DAY - 2 * DAY, DRIFTED_DAY)
    assert again.state == "success"
    assert again.tasks["judge"] == again.tasks["profile"] == "skipped"


def test_a_drifted_day_of_history_is_an_incident_that_nobody_is_told_of(monitors, log, storage, filled):
    assert filled(DRIFTED_DAY, DRIFTED_DAY).state == "success"
    store = IncidentStore(Database(f"sqlite:///{storage}/windage.db"))
    (found,) = store.incidents(monitors.name)
    assert found.severity == "critical"


def test_a_day_whose_file_is_torn_keeps_no_other_from_being_judged(monitors, log, storage, filled):
    (log / f"date={CALM_DAY}" / "part-0.parquet").write_bytes(b"PAR1 torn")
    ended = filled(CALM_DAY - DAY, DRIFTED_DAY)
    assert ended.state == "failed"
    found = documents(f"{storage}/reports", Database(f"sqlite:///{storage}/windage.db"), monitors.name)
    assert sorted(found) == [CALM_DAY - DAY, DRIFTED_DAY]


@pytest.mark.parametrize(("first", "last"), [(None, None), (DRIFTED_DAY, FIRST_DAY), (YET_TO_COME, YET_TO_COME)])
def test_without_two_days_that_have_been_in_order_nothing_is_judged(log, storage, filled, first, last):
    ended = filled(first, last)
    assert ended.state == "failed"
    assert ended.tasks["find_windows"] == "failed"
