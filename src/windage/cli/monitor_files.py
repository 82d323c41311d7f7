"""A monitor's file as an argument, and where its profiles and reports are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec


def monitor_and_storage(args: argparse.Namespace) -> tuple[MonitorSpec, str]:
    """The monitor that ``args.monitor`` names, at ``args.storage`` or its own.

    Raises:
        SpecError: the file cannot be used.
        InvalidInput: nothing names a storage.
    """
    from windage.errors import InvalidInput
    from windage.spec import load_monitor

    spec = load_monitor(args.monitor)
    storage = args.storage or spec.storage
    if not storage:
        raise InvalidInput(f"monitor {spec.monitor} names no storage. Add storage to its file or give --storage.")
    return spec, storage
