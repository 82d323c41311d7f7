"""Airflow's API server in its own process, on loopback; it is stopped when the context ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import socket

UP_WITHIN_SECONDS = 120


def free_port() -> int:
    with socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return int(reserved.getsockname()[1])


@contextmanager
def api_server(log: Path, environment: Mapping[str, str], *, under: str = "") -> Iterator[str]:
    """The URL of a server with this process's environment and ``environment``; ``under`` is its base path."""
    port = free_port()
    base = f"http://localhost:{port}{under}"
    settings = {
        **os.environ,
        **environment,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": base,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
    }
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server"],
            env=settings, stdout=sink, stderr=sink, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(server, base, log)
        yield base
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _wait(server: subprocess.Popen[bytes], base: str, log: Path) -> None:
    deadline = time.monotonic() + UP_WITHIN_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{base}/api/v2/version", timeout=5):  # noqa: S310 — loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"Airflow did not come up: {log.read_text()[-3000:]}")
