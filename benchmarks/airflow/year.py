"""A year of daily windows judged through Airflow, and the same windows in one process without it.

    python benchmarks/airflow/year.py [--way backfill|history] [--windows 365] [--rows 1000000] [--out FILE]

Each window has a reference of 28 days; each day is a partition of its own. Airflow runs as scheduler, DAG processor and API
server with LocalExecutor and PostgreSQL, in a home that is removed in the end. ``backfill`` is `airflow backfill create`,
a run for each window; ``history`` is one run of the DAG windage_history_<monitor>.

How often a partition was profiled is how often the kernel says that its profile was put into the cache.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from deployed import Deployed, deployed
from telling import Outcome, told
from watched import Watched, watching

sys.path.append(str(Path(__file__).parents[1] / "speed"))

from days import MONITOR, write
from whole import Contender, run

from windage.reports.index import ReportIndex
from windage.store.database import Database

NAME = "bench"
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
REFERENCE = 28
FILES = 4
PATIENCE = 3 * 3600.0
SETTLING, IDLE = 30, 60
"""Seconds until Airflow is done with its start, and of watching it with nothing to run."""
EVERY = 5
"""Seconds between two looks at the runs, which cost the API server a little."""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="windage-year-") as name:
        folder = Path(name)
        monitor = _monitor(folder, options)
        write(folder, options.rows, options.windows + REFERENCE, FILES, first=FIRST)
        storage = folder / "deployed"
        with deployed(folder / "home", monitor, storage, at_once=options.at_once, preloads=options.preload) as running:
            outcome = _through_airflow(running, options, profiles=storage / "profiles" / NAME)
            database = running.postgres.new_database()
            plain = run(
                Contender("../airflow/plain.py"),
                *(str(monitor), str(folder / "plain"), database, *_days(options.windows)),
                patience=PATIENCE,
            )
        if plain is None:
            raise SystemExit("the windows could not be judged without Airflow")
    text = told(options, outcome, plain)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--way", choices=("backfill", "history"), default="backfill")
    parser.add_argument("--windows", type=int, default=365)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of a day")
    parser.add_argument("--tasks", choices=("together", "per_check"), default="together", help="the monitor's setting")
    parser.add_argument("--at-once", type=int, default=4, help="tasks that run at the same time: twice the cores")
    parser.add_argument(
        "--max-active-runs",
        type=int,
        default=8,
        help="runs at the same time: a run is a chain of nine tasks, between which the scheduler takes a second each, "
        "so twice as many as tasks",
    )
    parser.add_argument(
        "--preload",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether the scheduler imports what tasks do, as docs/scale.md says",
    )
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _monitor(folder: Path, options: argparse.Namespace) -> Path:
    """A model that was taken out of service after the last window, so that nothing but what is measured is scheduled."""
    document = yaml.safe_load(MONITOR)
    document |= {
        "monitor": NAME,
        "start": FIRST,
        "end": FIRST + timedelta(days=REFERENCE + options.windows),
        "tasks": options.tasks,
        "log": {**document["log"], "location": f"{folder}/{document['log']['location']}"},
    }
    file = folder / f"{NAME}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def _days(windows: int) -> tuple[str, str]:
    """The first window's day and the last one's."""
    first = FIRST + timedelta(days=REFERENCE)
    return str(first.date()), str((first + timedelta(days=windows - 1)).date())


def _through_airflow(running: Deployed, options: argparse.Namespace, *, profiles: Path) -> Outcome:
    airflow, dag = running.airflow, NAME if options.way == "backfill" else f"windage_history_{NAME}"
    airflow.wait("the DAG", lambda: airflow.api(f"/dags/{dag}"))
    airflow.api(f"/dags/{dag}", {"is_paused": False}, method="PATCH")
    idle = _idle(running)
    shelves = [profiles / f"{number:02x}" for number in range(256)]  # where the cache will keep them
    for shelf in shelves:
        shelf.mkdir(parents=True)
    with watching(shelves) as files:
        before, began = running.cpu(), time.monotonic()
        first, last = _days(options.windows)
        if options.way == "backfill":
            at_once = ("--max-active-runs", str(options.max_active_runs))
            airflow.create_backfill(dag, first, last, *at_once)
            _wait(running, dag, "backfill", options.windows, files)
        else:
            conf = {"first": first, "last": last}
            airflow.api(f"/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})
            _wait(running, dag, "manual", 1, files)
        wall, after = time.monotonic() - began, running.cpu()
        reports = ReportIndex(Database(running.database)).latest(NAME, limit=None)
        return Outcome(
            wall=wall,
            cpu={who: after[who] - before[who] for who in after},
            idle=idle,
            profiled=files.put(),
            tasks=airflow.every("task_instances", f"/dags/{dag}/dagRuns/~/taskInstances"),
            n_partitions=options.windows + REFERENCE,
            n_reports=len(reports),
            n_critical=sum(each.any_critical for each in reports),
        )


def _idle(running: Deployed) -> float:
    """CPU seconds a second of an Airflow that has nothing to run."""
    time.sleep(SETTLING)
    before, began = sum(running.cpu().values()), time.monotonic()
    time.sleep(IDLE)
    return (sum(running.cpu().values()) - before) / (time.monotonic() - began)


def _wait(running: Deployed, dag: str, run_type: str, runs: int, files: Watched) -> None:
    said = -1

    def ended() -> bool:
        nonlocal said
        profiled = files.put().total()
        n = running.airflow.ended(dag, run_type)
        if n // 10 > said:
            said = n // 10
            print(f"{time.strftime('%H:%M:%S')} {n} of {runs} runs, {profiled} profiles", flush=True)
        time.sleep(EVERY)
        return n == runs

    running.airflow.wait("the runs' end", ended, patience=PATIENCE)


if __name__ == "__main__":
    main()
