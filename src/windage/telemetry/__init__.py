"""Telemetry: aggregates of a window without its rows, from a frame or a profile, and their history in files or the store."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windage.telemetry.frame import compute_telemetry
    from windage.telemetry.store import TelemetryStore

__all__ = ["TelemetryStore", "compute_telemetry"]

_HOME_OF = {"TelemetryStore": "windage.telemetry.store", "compute_telemetry": "windage.telemetry.frame"}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'windage.telemetry' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
