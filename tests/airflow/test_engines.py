"""A monitor's engine, as its file and Airflow's connections say it, and a DAG whose partitions Dask profiles."""

from __future__ import annotations

import json

import pytest

from airflow_runs import CALM_DAY
from windage.airflow.engines import address_of, engine_of
from windage.partitions.engines.spark import SparkEngine
from windage.spec.load import parse_monitor


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        ({"conn_type": "spark", "host": "spark://master", "port": 7077}, "spark://master:7077"),
        ({"conn_type": "spark", "host": "yarn"}, "yarn"),
        ({"conn_type": "spark", "host": "local[2]"}, "local[2]"),
        ({"conn_type": "spark", "host": "k8s://https://cluster", "port": 6443}, "k8s://https://cluster:6443"),
        ({"conn_type": "spark_connect", "host": "connect.example.org"}, "sc://connect.example.org:15002/"),
        ({"conn_type": "generic", "host": "sc://connect.example.org", "port": 1}, "sc://connect.example.org:1/"),
        (
            {"conn_type": "spark_connect", "host": "c", "login": "a b", "password": "x;y", "extra": {"use_ssl": True}},
            "sc://c:15002/;user_id=a%20b;token=x%3By;use_ssl=true",
        ),
    ],
)
def test_where_a_connection_leads(airflow, connection, address):
    from airflow.sdk import Connection

    assert (
        address_of(Connection(conn_id="c", **{**connection, "extra": json.dumps(connection.get("extra", {}))}))
        == address
    )


def test_a_monitors_engine(airflow, monitors, monkeypatch):
    extra = {"spark.executor.memory": "4g", "deploy-mode": "client"}
    monkeypatch.setenv(
        "AIRFLOW_CONN_SPARK_HERE",
        json.dumps({"conn_type": "spark", "host": "spark://master", "port": 7077, "extra": extra}),
    )
    text = monitors.text(engine={"kind": "spark", "connection": "spark_here", "settings": {"spark.executor.cores": 2}})
    found = engine_of(parse_monitor(text, name="m.yaml"))
    assert isinstance(found, SparkEngine)
    assert vars(found) == {
        "_address": "spark://master:7077",
        "_settings": {"spark.executor.memory": "4g", "spark.executor.cores": "2"},
    }


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Dask's making
def test_a_run_whose_partitions_dask_profiles(run, monitors, log):
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        ended = run(monitors.dag(engine={"kind": "dask", "address": cluster.scheduler_address}), CALM_DAY)
    assert ended.state == "success"
    assert [len(batch) for batch in ended.xcom("plan_profiles")] == [6]
