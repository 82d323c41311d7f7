"""Imports what every Windage task needs, once, in the process that tasks are forked from.

Each task is a process of its own, and would otherwise spend half a CPU second on imports. Airflow runs
``airflow_local_settings.py``, in the folder ``config`` of AIRFLOW_HOME, when any component starts::

    from windage.airflow.preload import preload

    preload()
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module

FORKING = frozenset({"scheduler", "worker", "dag-processor"})
"""Commands whose processes fork tasks (scheduler with LocalExecutor, Celery worker) or DAG file parsers."""

MODULES = (
    "scipy.special",
    "windage.airflow.dag",
    "windage.history.keeping",
    "windage.incidents.verdicts",
    "windage.judging.job",
    "windage.reports.html",
    "windage.reports.store",
    "windage.telemetry.store",
)
DRIVERS = ("psycopg",)
"""Database drivers, imported if installed."""

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

    # Builds the schemas of monitors and checks, which are otherwise built on first use.
    parse_monitor(_MONITOR, name="any.yaml")
