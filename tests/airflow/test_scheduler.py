"""One deployment as people run it: scheduler, DAG processor, API server, and `airflow backfill create`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from api_server import free_port
from deployment import REPOSITORY, Deployment, component, preload_in, settings
from receivers import Receiver
from windage.labeling.queue import ActiveLabelingQueue
from windage.reports.index import ReportIndex
from windage.store.database import Database
from windage.telemetry import TelemetryStore


@pytest.fixture
def collector() -> Iterator[Receiver]:
    """What an OpenTelemetry collector is sent."""
    server = Receiver()
    yield server
    server.close()


def gauges_of(monitor: str, collector: Receiver) -> dict[str, list[float]]:
    """All values that the collector got of each of the monitor's gauges, in their order."""
    found: dict[str, list[float]] = {}
    for body in [*collector.received]:
        for of_resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (each for scope in of_resource.scope_metrics for each in scope.metrics):
                for point in metric.gauge.data_points:
                    tags = {each.key: each.value.string_value for each in point.attributes}
                    if tags.get("monitor") == monitor or f".{monitor}." in metric.name:
                        found.setdefault(metric.name, []).append(getattr(point, point.WhichOneof("value")))
    return found


@pytest.fixture
def deployment(tmp_path: Path, storage: Path, receiver, collector, monitors) -> Iterator[Deployment]:
    home = tmp_path / "home"
    (home / "dags" / "monitors").mkdir(parents=True)
    shutil.copy(REPOSITORY / "dags" / "windage_monitors.py", home / "dags")
    preload_in(home)  # as docs/scale.md has it
    channel = [{"kind": "webhook", "connection": "pager"}]
    flights = monitors.text(
        monitor="flights", on_call=channel, waiting={"up_to": "1m"}
    )  # at night it would wait till morning
    (home / "dags" / "monitors" / "flights.yaml").write_text(flights)
    (home / "dags" / "monitors" / "sick.yaml").write_text(f"monitor: sick\non_call: {json.dumps(channel)}\n")
    waits = monitors.text(
        monitor="waits", on_call=channel, log={"location": "none/{start:%Y-%m-%d}"}, waiting={"up_to": "52w"},
        paging={"deadline": "0m"},
    )  # fmt: skip
    (home / "dags" / "monitors" / "waits.yaml").write_text(waits)
    port = free_port()
    environment = {
        **settings(home, port),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__METRICS__OTEL_ON": "True",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    with component([sys.executable, "-m", "airflow", "standalone"], environment, home / "standalone.log"):
        yield Deployment(home, environment, port)


@pytest.mark.slow
def test_a_backfill_in_parallel_and_backwards_leaves_what_scheduled_runs_would(
    deployment, log, storage, receiver, collector
):
    deployment.wait("the DAG", lambda: deployment.api("/dags/flights") and deployment.api("/dags/sick"))
    assert deployment.api("/importErrors")["total_entries"] == 0
    assert deployment.api("/plugins/importErrors")["total_entries"] == 0
    for dag in ("flights", "sick", "waits"):
        deployment.api(f"/dags/{dag}", {"is_paused": False}, method="PATCH")
    deployment.backfill("flights", "2026-03-07", "2026-03-10", "--max-active-runs", "2", "--run-backwards")
    assert {run["state"] for run in deployment.runs("flights", "backfill")} == {"success"}
    url = f"sqlite:///{storage}/windage.db"
    found = {str(entry.window.start.date()): entry for entry in ReportIndex(Database(url)).latest("flights", limit=99)}
    assert {"2026-03-07", "2026-03-08", "2026-03-09", "2026-03-10"} <= found.keys()
    assert [day for day, entry in found.items() if entry.any_critical] == ["2026-03-10"]
    assert len(TelemetryStore(url).read_recent(99, monitor="flights")) == len(found)
    assert ActiveLabelingQueue(url).all_items == []
    # the file that is broken has failed its scheduled run, and the DAG processor's callback has told it
    told = deployment.wait("the message", lambda: [each for each in receiver.received if each["monitor"] == "sick"])
    assert told[0]["event"] == "broken"
    assert [each for each in receiver.received if each["monitor"] == "flights"] == []
    # a run that still waits for its log when its deadline is over is told by Airflow's deadline
    late = deployment.wait("the deadline", lambda: [each for each in receiver.received if each["monitor"] == "waits"])
    assert [each["event"] for each in late] == ["late"]
    # and what could not be sent at once has a DAG of its own, which nobody has to switch on
    assert not deployment.api("/dags/windage_deliveries")["is_paused"]
    deployment.wait(
        "deliveries",
        lambda: {"success"} == {each["state"] for each in deployment.runs("windage_deliveries", "scheduled")},
    )
    # a run that is no backfill sets the monitor's gauges among Airflow's own metrics
    end = datetime(2026, 3, 11, tzinfo=UTC).timestamp()
    ends = deployment.wait("its gauges", lambda: gauges_of("flights", collector).get("airflow.windage.window_end"))
    assert end < min(ends)
    drifted = {"window_start": "2026-03-10T00:00:00Z", "window_end": "2026-03-11T00:00:00Z"}
    deployment.api("/dags/flights/dagRuns", {"logical_date": None, "conf": drifted})
    deployment.wait(
        "the metrics", lambda: gauges_of("flights", collector).get("airflow.windage.flights.window_end", [0])[-1] == end
    )
    latest = {name: values[-1] for name, values in gauges_of("flights", collector).items()}
    for prefix in ("airflow.windage", "airflow.windage.flights"):
        told = {name.removeprefix(f"{prefix}."): latest[name] for name in latest if name.startswith(f"{prefix}.")}
        assert told["alerts.critical"] > 0
        assert told["alerts.critical"] + told["alerts.warning"] == found["2026-03-10"].n_alerts
        assert (told["rows"], told["partitions.missing"], told["window_end"]) == (300, 0, end)
