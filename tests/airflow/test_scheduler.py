"""One deployment as people run it: scheduler, DAG processor, API server, and `airflow backfill create`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from windage.labeling.queue import ActiveLabelingQueue
from windage.store.database import Database
from windage.telemetry import TelemetryStore

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 120


class Deployment:
    def __init__(self, home: Path, environment: dict[str, str], port: int) -> None:
        self.home = home
        self.environment = environment
        self.url = f"http://localhost:{port}/api/v2"

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "airflow", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def api(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, content, {"Content-Type": "application/json"}, method=method)  # noqa: S310
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def wait(self, what: str, until: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if found := until():
                    return found
            except (URLError, OSError):
                pass
            time.sleep(0.5)
        raise AssertionError(f"{what} did not happen; see {self.home}/standalone.log")

    def runs(self, dag: str, run_type: str) -> list[dict[str, Any]]:
        return [run for run in self.api(f"/dags/{dag}/dagRuns?limit=100")["dag_runs"] if run["run_type"] == run_type]


@pytest.fixture
def deployment(tmp_path: Path, storage: Path, receiver, monitors) -> Iterator[Deployment]:
    home = tmp_path / "home"
    (home / "dags" / "monitors").mkdir(parents=True)
    shutil.copy(REPOSITORY / "dags" / "windage_monitors.py", home / "dags")
    channel = [{"kind": "webhook", "connection": "pager"}]
    (home / "dags" / "monitors" / "flights.yaml").write_text(monitors.text(monitor="flights", on_call=channel))
    (home / "dags" / "monitors" / "sick.yaml").write_text(f"monitor: sick\non_call: {json.dumps(channel)}\n")
    waits = monitors.text(
        monitor="waits", on_call=channel, log={"location": "none/{start:%Y-%m-%d}"}, waiting={"up_to": "52w"},
        paging={"deadline": "0m"},
    )  # fmt: skip
    (home / "dags" / "monitors" / "waits.yaml").write_text(waits)
    ports = []
    for _ in range(3):
        with socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            ports.append(reserved.getsockname()[1])
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(ports[0]),
        "AIRFLOW__API__BASE_URL": f"http://localhost:{ports[0]}",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports[1]),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports[2]),
    }
    with (home / "standalone.log").open("w") as log:
        command = [sys.executable, "-m", "airflow", "standalone"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield Deployment(home, environment, ports[0])
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole session that ``process`` leads: standalone leaves its children behind."""
    for number in (signal.SIGINT, signal.SIGKILL):
        for member in _session(process.pid):
            try:
                os.kill(member, number)
            except ProcessLookupError:
                continue
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def _session(leader: int) -> list[int]:
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == leader:
                    members.append(int(entry.name))
            except OSError:
                continue
    return members


@pytest.mark.slow
def test_a_backfill_in_parallel_and_backwards_leaves_what_scheduled_runs_would(deployment, log, storage, receiver):
    deployment.wait("the DAG", lambda: deployment.api("/dags/flights") and deployment.api("/dags/sick"))
    assert deployment.api("/importErrors")["total_entries"] == 0
    assert deployment.api("/plugins/importErrors")["total_entries"] == 0
    for dag in ("flights", "sick", "waits"):
        deployment.api(f"/dags/{dag}", {"is_paused": False}, method="PATCH")
    days = ["--from-date", "2026-03-07", "--to-date", "2026-03-10"]
    create = ["backfill", "create", "--dag-id", "flights", *days, "--max-active-runs", "2", "--run-backwards"]
    deployment.wait("the backfill", lambda: deployment.cli(*create).returncode == 0)  # SQLite may be locked at first

    def ended() -> bool:
        runs = deployment.runs("flights", "backfill")
        return len(runs) == 4 and all(run["state"] in ("success", "failed") for run in runs)

    deployment.wait("the runs' end", ended)
    assert {run["state"] for run in deployment.runs("flights", "backfill")} == {"success"}
    url = f"sqlite:///{storage}/windage.db"
    found = {str(entry.window.start.date()): entry for entry in Database(url).reports("flights", limit=99)}
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
