"""The assets that other DAGs can be scheduled on: a monitor's report, and its critical report."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, Context

from windage.airflow.window import is_backfill
from windage.reports.store import ReportReference


def report_asset(monitor: str) -> Asset:
    """Updated by every report of the monitor, backfilled ones too; ``backfill`` in the event's extra tells them apart."""
    return Asset(name=f"windage/{monitor}/report", uri=f"x-windage://{monitor}/report")


def critical_asset(monitor: str) -> Asset:
    """Updated by every critical report that is not backfilled; ``schedule=[critical_asset("flights")]`` retrains on it."""
    return Asset(name=f"windage/{monitor}/critical", uri=f"x-windage://{monitor}/critical")


def event_extra(reference: ReportReference, context: Context) -> dict[str, Any]:
    """The event's extra for subscribers: the window, its outcome, and the report's location."""
    document = reference.model_dump(mode="json", exclude={"window", "summary"})
    window = reference.window.model_dump(mode="json")
    return {**document, "window_start": window["start"], "window_end": window["end"], "backfill": is_backfill(context)}
