"""Drift monitoring that lives inside Apache Airflow.

The public names come from their modules when they are first used: ``import windage`` itself loads nothing but what must
come before numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from windage.avx512 import avoid_slow_sorts

avoid_slow_sorts()

__version__ = "0.1.0"

_HOMES = {
    "windage.monitor": ("auto_enqueue_drift_labels", "run_drift_check", "write_drift_report"),
    "windage.drift": (
        "compute_ks",
        "compute_psi",
        "detect_class_shift",
        "detect_entropy_spike",
        "detect_reject_rate_increase",
        "feature_drift_report",
    ),
    "windage.telemetry": ("TelemetryStore", "compute_telemetry"),
    "windage.labeling.queue": ("ActiveLabelingQueue", "LabelRequest"),
    "windage.policy": ("ReferencePolicy",),
    "windage.spec": ("MonitorSpec", "load_monitor"),
    "windage.judging.job": ("WindowJob",),
    "windage.errors": ("WindageError",),
    "windage.vocabulary": (
        "CheckOutcome",
        "CheckResult",
        "ClassShiftResult",
        "ConfidenceStats",
        "DriftAlert",
        "DriftReport",
        "DriftTrigger",
        "EntropyDrift",
        "FeatureDriftReport",
        "FeatureDriftResult",
        "KsResult",
        "Measurement",
        "Outcome",
        "RejectRateDrift",
        "Severity",
        "TelemetrySnapshot",
        "Window",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, "__version__"])  # noqa: PLE0605 — computed from the one list of public names


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'windage' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
