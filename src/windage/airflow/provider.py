"""Windage's provider metadata for Airflow: settings, operators, sensor, link and notifiers."""

from __future__ import annotations

from typing import Any

SETTINGS = "windage"
"""The section of airflow.cfg that holds Windage's settings."""

_OPERATORS = [f"windage.airflow.operators.{each}" for each in ("verdict", "actions", "incidents", "rejudging")]

_STORAGE = """Path or URL for profiles and reports; relative log locations are resolved against it.
Default: the folder windage in AIRFLOW_HOME."""
_DATABASE = """Database of incidents, messages, label requests, telemetry and what was measured: SQLite or PostgreSQL.
Default: windage.db in the folder windage in AIRFLOW_HOME."""
_CONNECTION = "Airflow connection to use instead of database_url, of type sqlite or postgres."


def get_provider_info() -> dict[str, Any]:
    return {
        "package-name": "windage",
        "name": "Windage",
        "description": "Drift monitoring of deployed classifiers: one DAG per monitor file.",
        "integrations": [{"integration-name": "Windage", "tags": ["ml"]}],
        "operators": [{"integration-name": "Windage", "python-modules": _OPERATORS}],
        "sensors": [{"integration-name": "Windage", "python-modules": ["windage.airflow.operators.sensor"]}],
        "extra-links": ["windage.airflow.links.ReportLink"],
        "notifications": ["windage.airflow.notifiers.DriftNotifier", "windage.airflow.notifiers.MonitorBrokenNotifier"],
        "config": {
            SETTINGS: {
                "description": "Where Windage stores its results.",
                "options": {
                    "storage": _option(_STORAGE, "s3://drift/windage"),
                    "database_url": _option(_DATABASE, "postgresql://windage@db/windage", sensitive=True),
                    "database_conn_id": _option(_CONNECTION, "windage_store"),
                },
            }
        },
    }


def _option(description: str, example: str, *, sensitive: bool = False) -> dict[str, Any]:
    return {
        "description": description,
        "version_added": "0.1.0",
        "type": "string",
        "example": example,
        "default": "",
        "sensitive": sensitive,
    }
