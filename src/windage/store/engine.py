"""How each kind of database is opened, how long it may be waited for, and what its errors mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from windage.errors import CorruptDocument, InvalidInput, StoreUnavailable, WindageError
from windage.files import is_database_url

_ONE_WRITER = 0x57494E44414745  # the advisory lock of PostgreSQL that stands for "Windage is writing"
_CONNECT_SECONDS = 10
_SILENT_SECONDS = 20
"""How long PostgreSQL lets a writer be silent: one that was stopped, or whose machine is lost, would hold the lock for hours.
It is less than others wait."""
_NOTICED_WHEN_LOST = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""A server whose machine or network is lost ends a connection within half a minute; by default a task would wait for hours."""
_DISK_FULL = ("SQLITE_FULL", "53100")  # the second is PostgreSQL's code


def parsed(url: str) -> URL:
    """The URL with its driver settled: Windage brings psycopg, and plain ``postgres://`` means PostgreSQL."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise InvalidInput("The database URL cannot be read. Write sqlite:////path/to.db or postgresql://….") from None
    if not is_database_url(url):
        raise InvalidInput(f"The store needs SQLite or PostgreSQL; got {address.drivername}://…. Use one of them.")
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    if "@" in str(address.host):
        raise InvalidInput("The database URL has an @ in its user name or password. Write it as %40.")
    if str(file_of(address)).startswith((":memory:", "file:")):
        raise InvalidInput("A SQLite store needs a file that several processes can open. Write sqlite:////path/to.db.")
    return address


def file_of(address: URL) -> Path | None:
    """The file of a SQLite database; None for a server."""
    return Path(address.database or ":memory:") if address.get_backend_name() == "sqlite" else None


def described(address: URL) -> str:
    """The URL as it may be shown: no password, and no option that may hold one."""
    return address.set(query={}).render_as_string(hide_password=True)


def opened(address: URL, *, wait_seconds: float) -> Engine:
    """An engine that holds no connection between two transactions, so that nothing is shared after a fork.

    Raises:
        InvalidInput: the driver is not installed, or cannot be used here.
    """
    sqlite = file_of(address) is not None
    options: dict[str, Any] = {"timeout": wait_seconds} if sqlite else {"connect_timeout": _CONNECT_SECONDS}
    if address.get_driver_name() == "psycopg":
        options |= _NOTICED_WHEN_LOST
        options["prepare_threshold"] = None  # behind PgBouncer, a prepared statement outlives its transaction
    options = {name: value for name, value in options.items() if name not in address.query}
    try:
        engine = create_engine(address, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise InvalidInput(
            f"{described(address)} cannot be opened: {error}. Install windage[postgres], or use an installed driver."
        ) from error
    if engine.dialect.is_async:
        raise InvalidInput(f"{described(address)} uses an asynchronous driver. Write postgresql:// or sqlite://.")
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
    if engine.driver == "psycopg":
        from windage.store.silence import connected

        event.listen(engine, "do_connect", connected)
    event.listen(engine, "begin", _begin_sqlite if sqlite else _begin_postgresql(wait_seconds))
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions; sqlite3 would begin them too late
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _is_writing(connection) else "BEGIN")


def _begin_postgresql(wait_seconds: float) -> Any:
    def begin(connection: Connection) -> None:
        if _is_writing(connection):
            limits = {"lock_timeout": wait_seconds, "idle_in_transaction_session_timeout": _SILENT_SECONDS}
            settings = (f"set_config('{name}', '{round(seconds * 1000)}', true)" for name, seconds in limits.items())
            connection.execute(text(f"SELECT {', '.join(settings)}"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_WRITER})"))

    return begin


def _is_writing(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("windage_writing"))


def failure(address: URL, error: DBAPIError) -> WindageError:
    """What a driver's error means to Windage, in one sentence and without the password."""
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    said = (str(error.orig).strip().splitlines() or [type(error).__name__])[0]
    for secret in (address.password, *map(str, address.query.values())):
        said = said.replace(str(secret), "***") if secret else said
    if code in {"SQLITE_NOTADB", "SQLITE_CORRUPT"}:
        return CorruptDocument(f"{file_of(address)} is not a SQLite database: {said}. Move it away, or restore a copy.")
    if isinstance(error, DataError):
        return InvalidInput(
            f"The database {described(address)} cannot hold a value: {said}. Nothing was half-written; correct the value."
        )
    if code in _DISK_FULL:
        return StoreUnavailable(
            f"The database {described(address)} has no space left: {said}. Nothing was half-written; free its disk and run again."
        )
    if code.startswith("SQLITE_IOERR"):
        return StoreUnavailable(
            f"The database {described(address)} could not be read or written: {said}. Nothing was half-written; free or repair its "
            "disk and run again."
        )
    if code.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
        what = "opened" if code.startswith("SQLITE_CANTOPEN") else "written"
        return StoreUnavailable(
            f"The database {described(address)} could not be {what}: {said}. Check that it is a file, in a folder that the user "
            "who runs Windage may write to."
        )
    return StoreUnavailable(
        f"The database {described(address)} did not answer: {said}. Nothing was half-written; restore it and run again."
    )
