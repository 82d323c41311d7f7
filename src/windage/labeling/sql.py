"""The labelling queue as a table of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from windage.labeling.request import LabelRequest
from windage.store.database import Database, upsert
from windage.store.schema import label_requests

_AT_ONCE = 500  # identifiers in one question


class SqlRequests:
    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def changing(self) -> Iterator[_Rows]:
        with self._database.writing() as connection:
            yield _Rows(connection)

    def every(self) -> list[LabelRequest]:
        return self._read(select(label_requests).order_by(label_requests.c.position))

    def pending(self, *, user_id: str | None, order: Sequence[str], limit: int) -> list[LabelRequest]:
        query = select(label_requests).where(label_requests.c.status == "pending")
        if user_id is not None:
            query = query.where(label_requests.c.user_id == user_id)
        return self._read(query.order_by(*(label_requests.c[name].nulls_first() for name in order)).limit(limit))

    def n_done(self, start: datetime, end: datetime) -> int:
        done_at = label_requests.c.done_at
        with self._database.reading() as connection:
            return connection.scalar(select(func.count()).where(done_at >= start, done_at < end)) or 0

    def _read(self, query: Select[*tuple[object, ...]]) -> list[LabelRequest]:
        with self._database.reading() as connection:
            return [LabelRequest.model_validate(dict(row)) for row in connection.execute(query).mappings()]


class _Rows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, request_ids: Iterable[str]) -> dict[str, LabelRequest]:
        found: dict[str, LabelRequest] = {}
        wanted = list(request_ids)
        for start in range(0, len(wanted), _AT_ONCE):
            some = label_requests.c.request_id.in_(wanted[start : start + _AT_ONCE])
            rows = self._connection.execute(select(label_requests).where(some)).mappings()
            found |= {row["request_id"]: LabelRequest.model_validate(dict(row)) for row in rows}
        return found

    def put(self, requests: Sequence[LabelRequest]) -> None:
        upsert(self._connection, label_requests, [one.model_dump() for one in requests], on=("request_id",))
