"""Channels for test runs, and readers of what a run stores: report, label requests, telemetry."""

from __future__ import annotations

from pathlib import Path

from windage.labeling.queue import ActiveLabelingQueue
from windage.reports.store import ReportStore
from windage.telemetry import TelemetryStore

WEBHOOK = {"kind": "webhook", "connection": "pager"}
MAIL = {"kind": "email", "to": ["night@example.org"], "connection": "mail"}


def report_of(storage: Path, ended):
    return ReportStore(f"{storage}/reports").latest(ended.dag.dag_id)


def url(storage: Path) -> str:
    return f"sqlite:///{storage}/windage.db"


def queued(storage: Path) -> int:
    return len(ActiveLabelingQueue(url(storage)).all_items)


def remembered(storage: Path, ended) -> int:
    return len(TelemetryStore(url(storage)).read_recent(100, monitor=ended.dag.dag_id))
