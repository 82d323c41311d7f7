"""Airflow's components in their own processes, on loopback, stopped by the test or benchmark that started them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from api_server import free_port

REPOSITORY = Path(__file__).parents[1]
PATIENCE = 300
ENDED = ("success", "failed")
PRELOAD = "from windage.airflow.preload import preload\n\npreload()\n"


def settings(home: Path, port: int) -> dict[str, str]:
    """The environment of every component of a deployment, without its database and executor."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://localhost:{port}",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
    }


def preload_in(home: Path) -> None:
    """Have what is forked from processes with this home find imports made."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "airflow_local_settings.py").write_text(PRELOAD)


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

    def wait(self, what: str, until: Callable[[], Any], *, patience: float = PATIENCE) -> Any:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                if found := until():
                    return found
            except (URLError, OSError):
                pass
            time.sleep(0.5)
        raise AssertionError(f"{what} did not happen; see the logs in {self.home}")

    def backfill(self, dag: str, first: str, last: str, *options: str) -> None:
        """Create a backfill from ``first`` to ``last``, and wait until all its runs have ended."""
        self.create_backfill(dag, first, last, *options)
        n = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        self.wait("the runs' end", lambda: self.ended(dag, "backfill") == n)

    def create_backfill(self, dag: str, first: str, last: str, *options: str) -> None:
        create = ["backfill", "create", "--dag-id", dag, "--from-date", first, "--to-date", last, *options]
        self.wait("the backfill", lambda: self.cli(*create).returncode == 0)  # SQLite may be locked at first

    def ended(self, dag: str, run_type: str) -> int:
        """How many runs have succeeded or failed."""
        states = "&".join(f"state={state}" for state in ENDED)
        return int(self.api(f"/dags/{dag}/dagRuns?limit=1&run_type={run_type}&{states}")["total_entries"])

    def runs(self, dag: str, run_type: str) -> list[dict[str, Any]]:
        return self.every("dag_runs", f"/dags/{dag}/dagRuns?run_type={run_type}")

    def every(self, name: str, path: str) -> list[dict[str, Any]]:
        """All entries of a listing, which is read in pages of a hundred."""
        found: list[dict[str, Any]] = []
        while page := self.api(f"{path}{'&' if '?' in path else '?'}limit=100&offset={len(found)}")[name]:
            found += page
        return found


@contextmanager
def components(names: Iterable[str], environment: Mapping[str, str], home: Path) -> Iterator[dict[str, int]]:
    """Start components of Airflow; yields the process id of each by name."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                component([sys.executable, "-m", "airflow", name], environment, home / f"{name}.log")
            ).pid
            for name in names
        }


@contextmanager
def component(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process in its own session, and end the whole session when the context ends."""
    with log.open("w") as sink:
        process = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink, start_new_session=True)
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole session that ``process`` leads: airflow standalone leaves its children behind."""
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
