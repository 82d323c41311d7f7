"""Where a deployment keeps Windage's documents and tables."""

from __future__ import annotations

import pytest
from airflow.sdk import Connection

from windage.airflow.settings import database_location, database_url, places, reports_of
from windage.errors import InvalidInput
from windage.spec.load import parse_monitor


def test_by_default_everything_lies_in_airflow_home(monitors):
    from airflow.configuration import AIRFLOW_HOME

    monitor = parse_monitor(monitors.text(), name="m.yaml")
    found = places(monitor)
    assert found.storage == f"{AIRFLOW_HOME}/windage"
    assert reports_of(monitor) == f"{AIRFLOW_HOME}/windage/reports"
    assert found.database == found.queue == f"sqlite:///{AIRFLOW_HOME}/windage/windage.db"


def test_a_monitor_may_have_its_own_storage_and_queue(monitors, storage):
    monitor = parse_monitor(monitors.text(storage="s3://drift", labeling={"queue": "/q/queue.json"}), name="m.yaml")
    found = places(monitor)
    assert (reports_of(monitor), found.queue) == ("s3://drift/reports", "/q/queue.json")
    assert found.database == f"sqlite:///{storage}/windage.db"


def test_a_connection_may_stand_for_the_database(monkeypatch, storage):
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_CONN_ID", "store")
    monkeypatch.setenv("AIRFLOW_CONN_STORE", "postgres://ann:p%40ss@db:5433/drift?sslmode=require")
    assert database_location() == "postgresql://ann:p%40ss@db:5433/drift?sslmode=require"


def test_a_connection_of_another_kind_is_refused():
    assert database_url(Connection(conn_id="s", conn_type="sqlite", host="/srv/x.db")) == "sqlite:////srv/x.db"
    with pytest.raises(InvalidInput, match="the store needs sqlite or postgres"):
        database_url(Connection(conn_id="s", conn_type="mysql", host="db"))
