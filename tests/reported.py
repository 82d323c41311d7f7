"""Alerts as reports tell them."""

from __future__ import annotations

from datetime import UTC, datetime

from windage.vocabulary import DriftAlert

AT = datetime(2013, 3, 9, 1, tzinfo=UTC)
PSI = {
    "feature": "dep_delay",
    "psi": 0.612,
    "ks_statistic": 0.281,
    "ks_p_value": 3.2e-41,
    "statistic": "psi",
    "limit": 0.4,
}


def alert(trigger: str, details: dict, severity: str = "critical", **more) -> DriftAlert:
    return DriftAlert(trigger=trigger, details=details, severity=severity, timestamp=AT, **more)
