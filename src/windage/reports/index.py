"""The index of reports: what each window's report said and where it lies, as a table of the store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from windage.errors import InvalidInput
from windage.store.database import Database, upsert
from windage.store.schema import report_index
from windage.vocabulary import Document, DriftReport, Outcome, UtcDatetime, Window, utc_now


class ReportEntry(Document):
    """One line of the index. What people said after ``written_at`` is not in the report."""

    monitor: str
    window: Window
    outcome: Outcome
    any_critical: bool
    n_alerts: int
    summary: str
    location: str
    policy: str
    written_at: UtcDatetime


class ReportIndex:
    """The reports of all monitors that write to one database.

    Raises:
        StoreUnavailable: the database did not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, monitor: str, *, limit: int | None) -> list[ReportEntry]:
        """A monitor's latest windows, newest first: at most ``limit``, all without one."""
        newest_first = report_index.c.window_end.desc(), report_index.c.window_start.desc()
        query = select(report_index).where(report_index.c.monitor == monitor)
        return self._entries(query.order_by(*newest_first).limit(limit))

    def ending_at(self, monitor: str, window_end: datetime) -> list[ReportEntry]:
        """The entries of a monitor's windows that end then, the shortest first: one, unless its schedule has changed."""
        ends_then = (report_index.c.monitor == monitor) & (report_index.c.window_end == window_end)
        return self._entries(select(report_index).where(ends_then).order_by(report_index.c.window_start.desc()))

    def _entries(self, query: Select[Any]) -> list[ReportEntry]:
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            ReportEntry.model_validate({**row, "window": {"start": row["window_start"], "end": row["window_end"]}})
            for row in rows
        ]


def record_report(connection: Connection, report: DriftReport, *, location: str) -> None:
    """Put a report into the index, in place of an earlier one of the same monitor and window; within a transaction, so that
    it is indexed together with what else is kept of it.

    Raises:
        InvalidInput: the report names no monitor or no window.
    """
    window = report.current_window
    if report.monitor is None or window is None:
        raise InvalidInput(
            "A report needs a monitor and a window to be indexed; this one lacks them. Run it from a monitor."
        )
    row = {
        "monitor": report.monitor,
        "window_start": window.start,
        "window_end": window.end,
        "outcome": report.outcome.value,
        "any_critical": report.any_critical,
        "n_alerts": len(report.alerts),
        "summary": report.summary,
        "location": location,
        "policy": report.policy,
        "written_at": report.generated_at or utc_now(),
    }
    upsert(connection, report_index, [row], on=("monitor", "window_start", "window_end"))
