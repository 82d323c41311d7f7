"""One YAML file is one monitor: its model, its located errors, its JSON Schema."""

from windage.spec.load import load_monitor, load_monitors
from windage.spec.model import MonitorSpec, json_schema

__all__ = ["MonitorSpec", "json_schema", "load_monitor", "load_monitors"]
