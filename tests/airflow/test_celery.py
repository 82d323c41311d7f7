"""The whole DAG under CeleryExecutor: two workers that share no disk, Redis, PostgreSQL and an object store."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from airflow_runs import DAYS, FIRST_DAY, write_day
from api_server import free_port
from builders import days
from deployment import REPOSITORY, Deployment, component, components, preload_in, settings
from windage.history.store import HistoryStore
from windage.judging.job import WindowJob
from windage.reports.document import to_json
from windage.reports.index import ReportIndex
from windage.reports.store import ReportStore
from windage.spec import load_monitor
from windage.store.database import Database
from windage.telemetry import TelemetryStore

FIRST, DRIFTED = "2026-03-07", "2026-03-10"
WORKERS = ("one", "two")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An object store with ten days of predictions in it, the last of which has drifted."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("windage")
    yield "s3://windage"
    server.stop()


@pytest.fixture
def log(store: str, tmp_path: Path) -> Path:
    """The same days in the object store and on this disk."""
    local = tmp_path / "local"
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        write_day(local / "log", day, shift=2.0 if str(day) == DRIFTED else 0.0)
    fsspec.filesystem("s3", skip_instance_cache=True).put(f"{local}/log", "windage/log", recursive=True)
    return local


@pytest.fixture
def deployment(tmp_path: Path, store: str, log: Path, monitors, postgres) -> Iterator[Deployment]:
    port, redis = free_port(), free_port()
    home = tmp_path / "home"
    (home / "dags" / "monitors").mkdir(parents=True)
    shutil.copy(REPOSITORY / "dags" / "windage_monitors.py", home / "dags")
    (home / "dags" / "monitors" / "flights.yaml").write_text(monitors.text(monitor="flights", tasks="together"))
    airflows, ours = (postgres.new_database().replace("+psycopg", "+psycopg2") for _ in range(2))
    environment = {
        **settings(home, port),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflows,
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://localhost:{port}/execution/",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{redis}/0",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{airflows}",
        "AIRFLOW__API_AUTH__JWT_SECRET": "of this test alone, and as long as the signature wants its secrets: 64 bytes!!",
        "AIRFLOW__WINDAGE__STORAGE": store,
        "AIRFLOW__WINDAGE__DATABASE_URL": ours.replace("+psycopg2", "+psycopg"),
    }
    preload_in(tmp_path / WORKERS[0])  # the other's tasks import for themselves
    airflow = [sys.executable, "-m", "airflow"]
    subprocess.run([*airflow, "db", "migrate"], env=environment, check=True, capture_output=True)
    with ExitStack() as stack:

        def start(name: str, command: list[str], **other: str) -> None:
            stack.enter_context(component(command, {**environment, **other}, home / f"{name}.log"))

        start("redis", ["redis-server", "--bind", "127.0.0.1", "--port", str(redis), "--save", "", "--dir", str(home)])
        stack.enter_context(components(("api-server", "scheduler", "dag-processor"), environment, home))
        for name in WORKERS:
            start(
                f"worker-{name}",
                [*airflow, "celery", "worker", "--concurrency", "2", "--celery-hostname", name],
                AIRFLOW_HOME=str(tmp_path / name),
                AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=str(free_port()),
            )
        yield Deployment(home, environment, port)


@pytest.mark.slow
@pytest.mark.celery
def test_a_backfill_over_two_workers_leaves_what_one_process_would(deployment, store, log):
    deployment.wait("the DAG", lambda: deployment.api("/dags/flights"))
    deployment.api("/dags/flights", {"is_paused": False}, method="PATCH")
    deployment.backfill("flights", FIRST, DRIFTED, "--max-active-runs", "4")
    runs = deployment.runs("flights", "backfill")
    assert [run["state"] for run in runs] == ["success"] * 4

    # Both workers worked, and neither has anything of the other's.
    for name in WORKERS:
        assert len(list((deployment.home.parent / name / "logs" / "dag_id=flights").rglob("*.log"))) > 5, name

    url = deployment.environment["AIRFLOW__WINDAGE__DATABASE_URL"]
    found = {str(entry.window.start.date()): entry for entry in ReportIndex(Database(url)).latest("flights", limit=99)}
    wanted = [str(date.fromisoformat(FIRST) + timedelta(days=k)) for k in range(4)]
    assert set(wanted) <= found.keys()
    assert [day for day in wanted if found[day].any_critical] == [DRIFTED]
    told = [str(each.window_start.date()) for each in TelemetryStore(url).read_recent(99, monitor="flights")]
    kept = [str(window.start.date()) for window, _ in HistoryStore(Database(url)).inputs("flights")]
    for each in (told, kept):  # beside them at most the run that a schedule starts when it is switched on
        assert sorted(day for day in each if day in wanted) == wanted

    # Each partition was profiled once, though runs that hold it ran at the same time, and no lease is left.
    files = fsspec.filesystem("s3", skip_instance_cache=True).find("windage/profiles")
    assert len(files) == DAYS - 1  # the first day is before every reference
    assert all(file.endswith(".parquet") for file in files)
    # The reports are those of one process on one disk, but for when they were made.
    spec = load_monitor(deployment.home / "dags" / "monitors" / "flights.yaml")
    job = WindowJob(spec, storage=str(log))
    for number in (6, 9):
        theirs = ReportStore(f"{store}/reports").read("flights", days(number, number + 1).end)
        ours = job.judge(days(number, number + 1), at=theirs.generated_at)
        assert to_json(theirs) == to_json(ours)
