"""The places that arguments name: a monitor's file, its storage and engine, the store, the queue."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from windage.errors import InvalidInput, did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from windage.partitions.engines.engine import Engine
    from windage.spec.model import MonitorSpec
    from windage.store.database import Database


def monitor_and_storage(args: argparse.Namespace) -> tuple[MonitorSpec, str]:
    """The monitor in the file ``args.monitor``, and its storage: ``args.storage`` or the monitor's own.

    Raises:
        SpecError: the file cannot be used.
        InvalidInput: neither gives a storage.
    """
    from windage.spec import load_monitor

    spec = load_monitor(args.monitor)
    return spec, _storage_of(spec, args)


def monitor_with_log(args: argparse.Namespace) -> MonitorSpec:
    """The monitor in the file ``args.monitor``, for its log alone: a storage is needed only if the log lies below it.

    Raises:
        SpecError: the file cannot be used.
        InvalidInput: the log's location is relative, and nothing gives a storage.
    """
    from windage.spec import load_monitor

    spec = load_monitor(args.monitor)
    return spec.at(_storage_of(spec, args)) if spec.log.is_below_storage else spec


def _storage_of(spec: MonitorSpec, args: argparse.Namespace) -> str:
    storage = os.path.expanduser(args.storage) if args.storage else spec.storage  # noqa: PTH111 — may be a URL
    if not storage:
        raise InvalidInput(f"monitor {spec.monitor} has no storage. Add storage to its file, or give --storage.")
    return storage


def engine_of(spec: MonitorSpec) -> Engine:
    """The monitor's engine.

    Raises:
        InvalidInput: it needs a connection, which only Airflow has, or there is no engine of its kind.
    """
    from windage.partitions.engines.engine import engine

    chosen = spec.engine
    if chosen.connection is not None:
        raise InvalidInput(
            f"monitor {spec.monitor} reaches its engine through the Airflow connection {chosen.connection!r}, which is only "
            "available in Airflow. Set engine.address, or run it there."
        )
    return engine(chosen.kind, chosen.address, chosen.settings)


def no_verdict(database: Database, monitor: str = "", *, known: Sequence[str] = ()) -> InvalidInput:
    """The error for a store without results, of ``monitor`` or at all; ``known`` are the monitors with results."""
    whose = f" for monitor {monitor}" if monitor else ""
    others = f" Monitors with results: {listed(known)}." if known else ""
    return InvalidInput(
        f"the store {database} contains no results{whose}.{did_you_mean(monitor, known)}{others} "
        "Give the store that the DAG writes to."
    )


def has_queue(place: str) -> bool:
    """Whether a queue may exist at ``place``: a mistyped name must neither look like an empty queue nor create one."""
    from windage.files import is_database_url, local_path

    if is_database_url(place):
        from windage.store.database import Database

        return Database(place).is_there
    path = local_path(place)
    return path is None or path.exists()
