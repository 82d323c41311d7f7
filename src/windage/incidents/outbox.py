"""Messages to be sent: each is stored first, sent by one process at a time, and kept until it is delivered."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, or_, select, update

from windage.incidents.delivery import CALLBACK, Delivery
from windage.store.database import Database, insert_new
from windage.store.schema import outbox
from windage.vocabulary import Window

LEASE = timedelta(seconds=75)
"""How long a process may take to send. If it was killed, another one sends after that, at the latest with the task's last
try."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=20), timedelta(minutes=30)
GIVEN_UP_AFTER = timedelta(days=1)
LEAST_TRIES = 8
"""A message is tried at least this many times, however long ago it was due: a clock may jump, or everything may have been
down."""
LONGEST_HONEST = timedelta(hours=2)
"""No lease and no pause lasts so long, and clocks differ by less: a time further in the future was set by a wrong clock, and is
not waited for."""
MOST_ASKED_FOR = 100
"""About more incidents than this, all messages of the monitor are read rather than searched for."""
READ_AT_ONCE = 50
"""Waiting messages that are read at a time, until one is found that can be sent now."""

_OLDEST_FIRST = (outbox.c.created_at, outbox.c.delivery_id)
_KEPT_IN_COLUMNS = {"state", "attempts", "trouble", "leased_until", "delivered_at"}


class Outbox:
    """Messages by ``delivery_id``, each waiting until it is delivered, or until a day of tries has failed. All are kept, because
    they say who was told of what.

    Raises:
        StoreUnavailable: the database did not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Keep messages to be sent; those that are there already stay as they are."""
        with self._database.writing() as connection:
            put(connection, deliveries)

    def lease(
        self,
        *,
        at: datetime,
        monitor: str | None = None,
        urgent: Window | None = None,
        tried: Container[str] = (),
        calls: bool = False,
    ) -> list[Delivery]:
        """The oldest message that is due and that nobody else is sending, with those that are sent as one message with it.

        The caller has ``LEASE`` to send it. An empty answer means that nothing is left to send.

        Args:
            monitor: only its messages; None for those of all monitors.
            urgent: the window whose messages do not wait for their next try.
            tried: deliveries to leave out, because this caller has tried them already.
            calls: whether the caller is a run of the monitor's DAG: only there are the callbacks of the DAG's author known.
        """
        too_far = at + LONGEST_HONEST
        due = or_(outbox.c.due_at <= at, outbox.c.created_at > too_far)
        until = outbox.c.leased_until
        free = or_(until.is_(None), until <= at, until > too_far)
        open_ = and_(outbox.c.state == "waiting", due, free)
        own = () if monitor is None else (outbox.c.monitor == monitor,)

        with self._database.writing() as connection:
            query = select(outbox.c.delivery_id, outbox.c.retry_at, outbox.c.attempts).where(open_, *own)
            has_waited = {
                key: not attempts or retry_at <= at or retry_at > too_far
                for key, retry_at, attempts in connection.execute(query.order_by(*_OLDEST_FIRST))
                if key not in tried
            }

            def fits(each: Delivery) -> bool:
                if each.delivery_id not in has_waited or (each.kind == CALLBACK and not calls):
                    return False
                return has_waited[each.delivery_id] or (urgent is not None and each.window == urgent)

            asked = [key for key, waited in has_waited.items() if waited or urgent is not None]
            some = (asked[start : start + READ_AT_ONCE] for start in range(0, len(asked), READ_AT_ONCE))
            read = (one for keys in some for one in _read(connection, _of(outbox.c.delivery_id.in_(keys))))
            first = next(filter(fits, read), None)
            if first is None:
                return []
            together = [first]
            if first.is_digest:
                others = _read(connection, _of(open_, outbox.c.monitor == first.monitor))
                together = [each for each in others if fits(each) and each.shared_with == first.shared_with]
            _change(connection, [each.delivery_id for each in together], leased_until=at + LEASE)
        return [each.model_copy(update={"leased_until": at + LEASE}) for each in together]

    def is_sending(self, monitor: str, window: Window, *, at: datetime) -> bool:
        """Whether a message about a window is leased and not sent: another process is sending it, or was killed."""
        held = and_(outbox.c.state == "waiting", outbox.c.leased_until > at, outbox.c.monitor == monitor)
        with self._database.reading() as connection:
            return any(each.window == window for each in _read(connection, select(outbox).where(held)))

    def delivered(self, deliveries: Iterable[Delivery], *, at: datetime, trouble: str | None = None) -> None:
        """Record that they have arrived, whoever has leased them since; ``trouble`` names the receivers that were refused."""
        with self._database.writing() as connection:
            ids = [each.delivery_id for each in deliveries]
            _change(connection, ids, state="delivered", delivered_at=at, leased_until=None, trouble=trouble)

    def failed(self, deliveries: Iterable[Delivery], *, why: str, at: datetime, wait: float = 0.0) -> None:
        """Record a try that failed. Another one follows, each time after a longer pause; after a day there is none.

        A refusal is tried again too: a person corrects a wrong connection, and may need an hour. A caller whose lease has
        ended changes nothing: another process has sent the message since, or is sending it.
        """
        with self._database.writing() as connection:
            for each in deliveries:
                pause = max(min(FIRST_PAUSE * 2 ** min(each.attempts, 10), LONGEST_PAUSE), timedelta(seconds=wait))
                _change(
                    connection,
                    [each.delivery_id],
                    outbox.c.state == "waiting",
                    outbox.c.leased_until == each.leased_until,
                    state="failed" if _is_given_up(each, at=at) else "waiting",
                    attempts=each.attempts + 1,
                    trouble=why,
                    retry_at=at + pause,
                    leased_until=None,
                )

    def of(self, monitor: str) -> list[Delivery]:
        """All messages of a monitor, the oldest first."""
        with self._database.reading() as connection:
            return of(connection, monitor)


def _is_given_up(each: Delivery, *, at: datetime) -> bool:
    return at - each.due_at >= GIVEN_UP_AFTER and each.attempts + 1 >= LEAST_TRIES


def put(connection: Connection, deliveries: Iterable[Delivery]) -> None:
    """``Outbox.put`` within a transaction, so that a message is kept together with what it is about."""
    rows = [
        {
            "delivery_id": each.delivery_id,
            "monitor": each.monitor,
            "delivery": each.model_dump_json(exclude=_KEPT_IN_COLUMNS),
            "state": each.state,
            "due_at": each.due_at,
            "retry_at": each.due_at,
            "attempts": 0,
            "delivered_at": each.delivered_at,
            "created_at": each.created_at,
        }
        for each in deliveries
    ]
    insert_new(connection, outbox, rows, on=("delivery_id",))


def put_delivered(connection: Connection, deliveries: Sequence[Delivery], *, at: datetime) -> None:
    """Keep what was sent while the store could not be used, so that none of it that waits here from an earlier try is sent again."""
    put(connection, deliveries)
    ids = [each.delivery_id for each in deliveries]
    _change(connection, ids, outbox.c.state == "waiting", state="delivered", delivered_at=at, leased_until=None)


def of(connection: Connection, monitor: str, *, about: Collection[str] | None = None) -> list[Delivery]:
    """A monitor's messages, the oldest first; with ``about``, only those that may be about these incidents."""
    query = _of(outbox.c.monitor == monitor)
    if about is not None and len(about) <= MOST_ASKED_FOR:
        query = query.where(or_(false(), *(outbox.c.delivery.contains(each, autoescape=True) for each in about)))
    return _read(connection, query)


def _of(*only: ColumnElement[bool]) -> Select[Any]:
    return select(outbox).where(*only).order_by(*_OLDEST_FIRST)


def _read(connection: Connection, query: Select[Any]) -> list[Delivery]:
    return [
        Delivery.model_validate_json(row["delivery"]).model_copy(update={key: row[key] for key in _KEPT_IN_COLUMNS})
        for row in connection.execute(query).mappings()
    ]


def _change(connection: Connection, delivery_ids: Sequence[str], *only: ColumnElement[bool], **values: Any) -> None:
    if delivery_ids:
        connection.execute(update(outbox).where(outbox.c.delivery_id.in_(delivery_ids), *only).values(**values))
