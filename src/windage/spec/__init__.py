"""One YAML file is one monitor: its model, its located errors, its JSON Schema."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windage.spec.load import load_monitor
    from windage.spec.model import MonitorSpec, json_schema

__all__ = ["MonitorSpec", "json_schema", "load_monitor"]


def __getattr__(name: str) -> Any:
    """Import the public names on first use: a task that has its monitor already never loads the YAML reader."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "load" if name == "load_monitor" else "model"
    return getattr(import_module(f"windage.spec.{home}"), name)
