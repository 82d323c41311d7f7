"""The labelling queue as a table of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from windage.labeling.request import CLOCKS_DIFFER_BY, OPEN, LabelRequest
from windage.labeling.storage import LEAST_CERTAIN_FIRST, MOST_OPEN
from windage.store.database import Database, upsert
from windage.store.schema import label_requests

_AT_ONCE = 500  # identifiers in one question


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

    def every(self) -> list[LabelRequest]:
        return self._read(select(label_requests).order_by(label_requests.c.position))

    def of_period(self, monitor: str | None, start: datetime, end: datetime) -> list[LabelRequest]:
        starts = label_requests.c.bucket_start_ts
        of = and_(label_requests.c.monitor.is_not_distinct_from(monitor), starts >= start, starts < end)
        return self._read(select(label_requests).where(of).order_by(label_requests.c.position))

    def pending(
        self, *, at: datetime, user_id: str | None, limit: int, monitor: str | None = None
    ) -> list[LabelRequest]:
        over = or_(label_requests.c.leased_until <= at, label_requests.c.served_at > at + CLOCKS_DIFFER_BY)
        given_back = and_(label_requests.c.status == "leased", over)
        query = select(label_requests).where(or_(label_requests.c.status == "pending", given_back))
        if user_id is not None:
            query = query.where(label_requests.c.user_id == user_id)
        if monitor is not None:
            query = query.where(label_requests.c.monitor == monitor)
        order = (label_requests.c[name].nulls_first() for name in LEAST_CERTAIN_FIRST)
        return self._read(query.order_by(*order).limit(limit))

    def n_done(self, start: datetime, end: datetime) -> int:
        done_at = label_requests.c.done_at
        with self._database.reading() as connection:
            answered = and_(done_at >= start, done_at < end, label_requests.c.status != "expired")
            return connection.scalar(select(func.count()).where(answered)) or 0

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

    def open(self, *, monitor: str | None = None, oldest: bool = False) -> list[LabelRequest]:
        created_at = label_requests.c.created_at
        waits: list[ColumnElement[bool]] = [label_requests.c.status.in_(OPEN)]
        if monitor is not None:
            waits.append(label_requests.c.monitor == monitor)
        return self._read(and_(*waits), created_at.asc() if oldest else created_at.desc(), MOST_OPEN)

    def served(self, start: datetime, end: datetime) -> list[LabelRequest]:
        served_at = label_requests.c.served_at
        return self._read(and_(served_at >= start, served_at < end), served_at, None)

    def _read(self, holds: ColumnElement[bool], order: ColumnElement[datetime], most: int | None) -> list[LabelRequest]:
        query = select(label_requests).where(holds).order_by(order).limit(most)
        return [LabelRequest.model_validate(dict(row)) for row in self._connection.execute(query).mappings()]

    def put(self, requests: Sequence[LabelRequest]) -> None:
        upsert(self._connection, label_requests, [one.model_dump() for one in requests], on=("request_id",))
