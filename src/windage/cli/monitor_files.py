"""Loads the monitor, the storage and the engine that a command's arguments name."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windage.partitions.engines.engine import Engine
    from windage.spec.model import MonitorSpec


def monitor_and_storage(args: argparse.Namespace) -> tuple[MonitorSpec, str]:
    """The monitor in the file ``args.monitor``, and its storage: ``args.storage`` or the monitor's own.

    Raises:
        SpecError: the file cannot be used.
        InvalidInput: neither gives a storage.
    """
    from windage.errors import InvalidInput
    from windage.spec import load_monitor

    spec = load_monitor(args.monitor)
    storage = os.path.expanduser(args.storage) if args.storage else spec.storage  # noqa: PTH111 — may be a URL
    if not storage:
        raise InvalidInput(f"monitor {spec.monitor} has no storage. Add storage to its file, or give --storage.")
    return spec, storage


def engine_of(spec: MonitorSpec) -> Engine:
    """The monitor's engine.

    Raises:
        InvalidInput: it needs a connection, which only Airflow has, or there is no engine of its kind.
    """
    from windage.errors import InvalidInput
    from windage.partitions.engines.engine import engine

    chosen = spec.engine
    if chosen.connection is not None:
        raise InvalidInput(
            f"monitor {spec.monitor} reaches its engine through the Airflow connection {chosen.connection!r}, which is only "
            "available in Airflow. Set engine.address, or run it there."
        )
    return engine(chosen.kind, chosen.address, chosen.settings)
