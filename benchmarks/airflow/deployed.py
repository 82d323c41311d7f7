"""An Airflow of its own for a benchmark: LocalExecutor and PostgreSQL, on loopback, gone in the end."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import cpu

REPOSITORY = Path(__file__).parents[2]
sys.path.append(str(REPOSITORY / "tests"))

from api_server import free_port  # noqa: E402
from deployment import Deployment, components, settings  # noqa: E402
from postgres import Postgres, server  # noqa: E402

PRELOAD = "from windage.airflow.preload import preload\n\npreload()\n"
COMPONENTS = ("scheduler", "api-server", "dag-processor")


@dataclass(frozen=True)
class Deployed:
    airflow: Deployment
    processes: dict[str, int]
    postgres: Postgres
    database: str
    """Windage's own."""

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, by who used them."""
        workers, tasks = cpu.of_executor(self.processes["scheduler"])
        postmaster = int((self.postgres.sockets / "postmaster.pid").read_text().split()[0])
        commands = getrusage(RUSAGE_CHILDREN)
        return {
            "tasks": tasks,
            "executor": workers,
            "scheduler": cpu.of_tree(self.processes["scheduler"]) - workers - tasks,
            "API server": cpu.of_tree(self.processes["api-server"]),
            "DAG processor": cpu.of_tree(self.processes["dag-processor"]),
            "PostgreSQL": cpu.of_tree(postmaster),
            "command line": commands.ru_utime + commands.ru_stime,
        }


@contextmanager
def deployed(home: Path, monitor: Path, storage: Path, *, at_once: int, preloads: bool) -> Iterator[Deployed]:
    """Airflow with the DAGs of one monitor file.

    Args:
        at_once: how many tasks run at the same time.
        preloads: whether what every task imports is imported by the process that forks them.
    """
    (home / "dags" / "monitors").mkdir(parents=True)
    (home / "config").mkdir()
    if preloads:
        (home / "config" / "airflow_local_settings.py").write_text(PRELOAD)
    shutil.copy(REPOSITORY / "dags" / "windage_monitors.py", home / "dags")
    shutil.copy(monitor, home / "dags" / "monitors")
    port = free_port()
    with server() as postgres:
        airflows, ours = postgres.new_database(), postgres.new_database()
        environment = {
            **settings(home, port),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": str(at_once),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://localhost:{port}/execution/",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflows.replace("+psycopg", "+psycopg2"),
            "AIRFLOW__API_AUTH__JWT_SECRET": "of this benchmark alone, and as long as the signature wants: 64 bytes!!",
            "AIRFLOW__WINDAGE__STORAGE": str(storage),
            "AIRFLOW__WINDAGE__DATABASE_URL": ours,
        }
        airflow = Deployment(home, environment, port)
        migrated = airflow.cli("db", "migrate")
        if migrated.returncode:
            raise SystemExit(migrated.stderr)
        with components(COMPONENTS, environment, home) as processes:
            yield Deployed(airflow, processes, postgres, ours)
