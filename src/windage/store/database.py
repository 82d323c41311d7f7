"""One store behind one URL: its transactions, and the statements that both kinds of database share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, Select, Table, and_, column, func, select, values
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from windage.locks import locked
from windage.store.engine import described, failure, file_of, opened, parsed
from windage.store.migrations import is_current, migrate
from windage.store.schema import StorableName


class Database:
    """One store behind one URL. Readers never wait, writers take turns, and the tables are migrated on first use.

    Nothing is opened before it is needed and no connection is kept between two transactions, so that a ``Database``
    may be pickled, forked and used from threads.

    Raises:
        InvalidInput: the URL cannot be used, a newer Windage has migrated the database, or a value does not fit into it.
        StoreUnavailable: the database is gone, or stayed locked for ``wait_seconds``.
        CorruptDocument: the file is not a SQLite database, or nothing says which version its tables have.
    """

    def __init__(self, url: str, *, wait_seconds: float = 30.0) -> None:
        self._url = parsed(url)
        self._wait_seconds = wait_seconds
        self._engine: Engine | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engine": None}

    def __str__(self) -> str:
        """The URL, without its password."""
        return described(self._url)

    @property
    def is_there(self) -> bool:
        """Whether there is a file to open, for reading would create one; a database on a server counts as there."""
        file = file_of(self._url)
        return file is None or file.exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that waits for no writer; on PostgreSQL each of its statements sees what is committed by then."""
        with self._translating(), self._migrated().begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer overlaps; an exception rolls it back."""
        with self._translating(), _for_writing(self._migrated()).begin() as connection:
            yield connection

    def _migrated(self) -> Engine:
        if self._engine is None:
            engine = opened(self._url, wait_seconds=self._wait_seconds)
            with self._first_use():
                with engine.begin() as connection:
                    current = is_current(connection)
                if not current:
                    with _for_writing(engine).begin() as connection:
                        migrate(connection)
            self._engine = engine
        return self._engine

    def _first_use(self) -> AbstractContextManager[None]:
        file = file_of(self._url)  # while it is switched to WAL, nobody else may look into a SQLite file
        return nullcontext() if file is None else locked(file)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise failure(self._url, error) from error


def _for_writing(engine: Engine) -> Engine:
    return engine.execution_options(windage_writing=True)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, on: Sequence[str]) -> None:
    """Insert the rows, or replace those whose ``on`` columns are already there. Every row has the same columns."""
    if not rows:
        return
    insert = _insert(connection, table)
    replaced = {name: insert.excluded[name] for name in rows[0] if name not in on}
    connection.execute(insert.on_conflict_do_update(index_elements=on, set_=replaced), rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, on: Sequence[str]) -> None:
    """Insert the rows but for those whose ``on`` columns are already there, which stay as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(index_elements=on), rows)


def newest(
    *columns: Column[Any], monitors: Collection[str], latest: Column[datetime], most: int
) -> Select[*tuple[Any, ...]]:
    """The ``columns`` of each monitor's ``most`` newest rows by ``latest``, the oldest first; of rows as old as the last, all.

    Older rows are not touched, however many there are: the index on monitor and ``latest`` leads past them.

    Args:
        monitors: at least one.
    """
    asked = values(column("monitor", StorableName), name="asked").data([(each,) for each in monitors]).cte()
    own = latest.table.alias()
    of_it, moment = own.c.monitor == asked.c.monitor, own.c[latest.name]
    since = select(moment).where(of_it).order_by(moment.desc()).limit(1).offset(most - 1).scalar_subquery()
    first = select(func.min(moment)).where(of_it).scalar_subquery()
    kept = latest.table.c.monitor == asked.c.monitor, latest >= func.coalesce(since, first)
    return select(*columns).select_from(asked).join(latest.table, and_(*kept)).order_by(latest)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
