"""Airflow's own pages with the demonstration in it, on this machine alone, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import psutil
from rich.console import Console

from windage.demo.home import MONITOR, demo_home, environment, prepare
from windage.demo.run import main as run_demo

FIRST_PORT = 8080
HEALTHY_WITHIN_SECONDS = 180
GRACE_SECONDS = 20


def main() -> int:
    console = Console(highlight=False)
    home = demo_home()
    if not (home / "windage").is_dir():
        run_demo()
    prepare(home)
    port = _free_port()
    address = f"http://localhost:{port}"
    log = home / "airflow.log"
    signal.signal(signal.SIGTERM, _interrupt)
    with log.open("ab") as sink:
        server = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            env={**os.environ, **environment(home), **_serving(port)},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with console.status("Starting Airflow …"):
            _wait_until_healthy(server, address, log)
        console.print(f"Airflow is at [bold]{address}/dags/{MONITOR}[/] (no login; only this machine can reach it).")
        console.print(f"Reports are under {home / 'windage' / 'reports'}; Airflow's log is {log}. Ctrl-C stops it.")
        server.wait()
    except KeyboardInterrupt:
        console.print("Stopping …")
    finally:
        _stop(server)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _serving(port: int) -> Mapping[str, str]:
    """Everyone on this machine is an administrator, so nobody else may reach it."""
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://localhost:{port}",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(_free_port(8793)),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(_free_port(8893)),
    }


def _free_port(first: int = FIRST_PORT) -> int:
    for port in range(first, first + 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise SystemExit(f"Every port from {first} to {first + 99} is taken. Stop what listens there.")


def _wait_until_healthy(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5):  # noqa: S310 — loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise SystemExit(f"Airflow did not come up; see {log}.")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the whole family to stop, then make it: Airflow leaves children behind when only its parent is told."""
    try:
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        _signal(member, signal.SIGINT)
    _, alive = psutil.wait_procs(family, timeout=GRACE_SECONDS)
    for member in alive:
        _signal(member, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    raise SystemExit(main())
