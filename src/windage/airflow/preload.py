"""What every task of Windage's imports, imported once by the process that tasks are forked from.

A task is a process of its own, and would spend half a CPU second on imports before it begins. Airflow has one place for
code that every component runs as it starts, ``airflow_local_settings.py`` in the folder ``config`` of AIRFLOW_HOME::

    from windage.airflow.preload import preload

    preload()
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module

FORKING = frozenset({"scheduler", "worker", "dag-processor"})
"""Commands whose processes fork tasks (LocalExecutor's, Celery's), or others that read DAG files."""

MODULES = (
    "scipy.special",
    "windage.airflow.dag",
    "windage.history.keeping",
    "windage.incidents.verdicts",
    "windage.job",
    "windage.reports.html",
    "windage.reports.store",
    "windage.store.snapshots",
)
DRIVERS = ("psycopg",)
"""Of databases, where they are installed."""

_MONITOR = """\
monitor: any
start: 2026-01-01
reference: {trailing: 28d}
log: {location: "log/{start:%Y-%m-%d}", numeric: [any]}
"""


def preload() -> None:
    """Import and build what tasks need, if this is a process that forks them."""
    if not FORKING.isdisjoint(sys.argv):
        load()


def load() -> None:
    for name in MODULES:
        import_module(name)
    for name in DRIVERS:
        with suppress(ImportError):
            import_module(name)
    from windage.spec.load import parse_monitor

    parse_monitor(_MONITOR, name="any.yaml")  # the schemas of monitors and checks are built when they are first used
