"""The labelling queue as a table of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from windage.labeling.request import CLOCKS_DIFFER_BY, OPEN, LabelRequest
from windage.labeling.storage import LEAST_CERTAIN_FIRST, MOST_OPEN
from windage.store.database import Database, upsert
from windage.store.schema import label_requests

_AT_ONCE = 500  # identifiers in one question
_EVERY = select(label_requests)
_COLUMN = label_requests.c


class SqlRequests:
    """A change holds the store's write lock until it is done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def changing(self) -> Iterator[_Rows]:
        with self._database.writing() as connection:
            yield _Rows(connection)

    @contextmanager
    def looking(self) -> Iterator[_Rows]:
        with self._database.reading() as connection:
            yield _Rows(connection)


class _Rows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, request_ids: Iterable[str]) -> dict[str, LabelRequest]:
        wanted = list(request_ids)
        some = (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
        return {one.request_id: one for ids in some for one in self._read(_EVERY.where(_COLUMN.request_id.in_(ids)))}

    def every(self) -> list[LabelRequest]:
        return self._read(_EVERY.order_by(_COLUMN.position))

    def open(self, *, monitor: str | None = None, oldest: bool = False) -> list[LabelRequest]:
        query = _EVERY.where(_COLUMN.status.in_(OPEN))
        if monitor is not None:
            query = query.where(_COLUMN.monitor == monitor)
        created_at = _COLUMN.created_at
        return self._read(query.order_by(created_at.asc() if oldest else created_at.desc()).limit(MOST_OPEN))

    def pending(self, *, at: datetime, user_id: str | None, limit: int, monitor: str | None) -> list[LabelRequest]:
        over = or_(_COLUMN.leased_until <= at, _COLUMN.served_at > at + CLOCKS_DIFFER_BY)
        given_back = and_(_COLUMN.status == "leased", over)
        query = _EVERY.where(or_(_COLUMN.status == "pending", given_back))
        if user_id is not None:
            query = query.where(_COLUMN.user_id == user_id)
        if monitor is not None:
            query = query.where(_COLUMN.monitor == monitor)
        order = (_COLUMN[name].nulls_first() for name in LEAST_CERTAIN_FIRST)
        return self._read(query.order_by(*order).limit(limit))

    def of_period(self, monitor: str | None, start: datetime, end: datetime) -> list[LabelRequest]:
        starts = _COLUMN.bucket_start_ts
        of = and_(_COLUMN.monitor.is_not_distinct_from(monitor), starts >= start, starts < end)
        return self._read(_EVERY.where(of).order_by(_COLUMN.position))

    def served(self, start: datetime, end: datetime) -> list[LabelRequest]:
        served_at = _COLUMN.served_at
        return self._read(_EVERY.where(served_at >= start, served_at < end).order_by(served_at))

    def n_done(self, start: datetime, end: datetime) -> int:
        answered = and_(_COLUMN.done_at >= start, _COLUMN.done_at < end, _COLUMN.status != "expired")
        return self._connection.scalar(select(func.count()).where(answered)) or 0

    def put(self, requests: Sequence[LabelRequest]) -> None:
        upsert(self._connection, label_requests, [one.model_dump() for one in requests], on=("request_id",))

    def _read(self, query: Select[Any]) -> list[LabelRequest]:
        return [LabelRequest.model_validate(dict(row)) for row in self._connection.execute(query).mappings()]
