"""Telemetry as a table of the store."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from windage.store.database import Database, upsert
from windage.store.keys import natural_key
from windage.store.schema import telemetry
from windage.telemetry.storage import window_key
from windage.vocabulary import TelemetrySnapshot, utc_now


class SnapshotRows:
    """Snapshots by monitor, user and window; those of no window are each kept beside the others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, snapshot: TelemetrySnapshot, text: str) -> str:
        row = {
            "snapshot_id": window_key(snapshot) or str(uuid4()),
            "series": natural_key(snapshot.user_id),
            "monitor": snapshot.monitor,
            "user_id": snapshot.user_id,
            "window_start": snapshot.window_start,
            "window_end": snapshot.window_end,
            "timestamp": snapshot.timestamp,
            "written_at": utc_now(),
            "snapshot": text,
        }
        with self._database.writing() as connection:
            upsert(connection, telemetry, [row], on=("snapshot_id",))
        return str(self._database)

    def read(
        self, *, user_id: str | None, monitor: str | None, start: datetime, end: datetime, newest: int | None
    ) -> list[TelemetrySnapshot]:
        column = telemetry.c
        query = (
            select(column.snapshot)
            .where(column.series == natural_key(user_id), column.timestamp.between(start, end))
            .order_by(column.timestamp.desc(), column.written_at.desc(), column.snapshot_id)
            .limit(newest)
        )
        if monitor is not None:
            query = query.where(column.monitor == monitor)
        with self._database.reading() as connection:
            texts = connection.scalars(query).all()
        return [TelemetrySnapshot.model_validate_json(text) for text in reversed(texts)]
