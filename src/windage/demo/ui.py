"""Serves Airflow's pages with the demonstration's year, on this machine only, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import psutil
from rich.console import Console
from rich.progress import Progress

from windage.demo.home import MONITOR, demo_home, environment, prepare
from windage.demo.run import main as run_demo
from windage.demo.year import fill

COMPONENTS = (
    ("api-server",),
    ("scheduler", "--skip-serve-logs"),
    ("dag-processor",),
    ("triggerer", "--skip-serve-logs"),
)
"""Airflow's components, without log servers: those would listen beyond this machine, and logs are local files here."""
FIRST_PORT = 8080
HEALTHY_WITHIN_SECONDS = 180
GRACE_SECONDS = 20


def main() -> int:
    console = Console(highlight=False)
    home = demo_home()
    if not (home / "windage").is_dir():
        run_demo()
    prepare(home)
    with Progress(console=console, transient=True) as progress:
        fill(home, progress)
    port = _free_port()
    address = f"http://localhost:{port}"
    log = home / "airflow.log"
    signal.signal(signal.SIGTERM, _interrupt)
    settings = {**os.environ, **environment(home), **_serving(port)}
    servers: list[subprocess.Popen[bytes]] = []
    try:
        with console.status("Starting Airflow …"), log.open("ab") as sink:
            if _start(("db", "migrate"), settings, sink).wait():
                raise SystemExit(f"Airflow's database could not be created; see {log}.")
            servers += [_start(component, settings, sink) for component in COMPONENTS]
            _wait_until_healthy(servers, address, log)
        console.print(f"Airflow is at [bold]{address}/plugin/windage[/] (no login; only this machine can reach it).")
        console.print(f"The monitor [bold]{MONITOR}[/] has a year of windows, incidents, and requests to label.")
        console.print(f"Reports are under {home / 'windage' / 'reports'}; Airflow's log is {log}. Ctrl-C stops it.")
        servers[0].wait()
    except KeyboardInterrupt:
        console.print("Stopping …")
    finally:
        _stop(servers)
    return 0


def _start(component: Sequence[str], settings: Mapping[str, str], sink: BinaryIO) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "airflow", *component]
    return subprocess.Popen(  # noqa: S603 — this interpreter, with arguments of our own
        command, env=settings, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
    )


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _serving(port: int) -> Mapping[str, str]:
    """Settings of the API server. Every visitor is an administrator, so it listens on this machine only."""
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://localhost:{port}",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    }


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise SystemExit(f"Every port from {FIRST_PORT} to {FIRST_PORT + 99} is in use. Free one.")


def _wait_until_healthy(servers: Sequence[subprocess.Popen[bytes]], address: str, log: Path) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while time.monotonic() < deadline and all(server.poll() is None for server in servers):
        try:
            with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5):  # noqa: S310 — loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise SystemExit(f"Airflow did not start; see {log}.")


def _stop(servers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Interrupt the servers and their children, then kill those that stay: Airflow's children outlive their parent."""
    processes: list[psutil.Process] = []
    for server in servers:
        with suppress(psutil.NoSuchProcess):
            processes += [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    for process in processes:
        _signal(process, signal.SIGINT)
    _, alive = psutil.wait_procs(processes, timeout=GRACE_SECONDS)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


if __name__ == "__main__":
    raise SystemExit(main())
