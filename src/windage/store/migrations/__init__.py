"""Brings a database to the newest schema, beside whatever else lives in it.

A change of ``store/schema.py`` comes with a new file in ``versions`` and its number in ``schema.REVISION``.
"""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Connection, String, column, inspect, select, table

from windage.errors import CorruptDocument, InvalidInput, listed
from windage.store.engine import described
from windage.store.schema import REVISION, VERSION_TABLE, metadata

_one_at_a_time = threading.Lock()  # Alembic keeps the running migration in a global


def is_current(connection: Connection) -> bool:
    """Whether there is nothing to migrate, found out without importing Alembic."""
    return _revision(connection) == REVISION


def migrate(connection: Connection) -> None:
    """Run what is missing inside the caller's transaction: a process killed here leaves the database as it was.

    Raises:
        InvalidInput: a newer Windage has already migrated this database.
        CorruptDocument: Windage's tables are there, but nothing says which revision they have.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    tables = metadata.tables.keys() & set(inspect(connection).get_table_names())
    if tables and _revision(connection) is None:
        raise CorruptDocument(
            f"The database {described(connection.engine.url)} has tables of Windage ({listed(sorted(tables), most=3)}), but "
            f"{VERSION_TABLE}, which holds their version, is missing or empty. Restore the database from a backup, or give an empty one."
        )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _one_at_a_time:
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise InvalidInput(
                f"The store's tables cannot be migrated to revision {REVISION}: {error}. "
                "A newer Windage has used this database; upgrade Windage here too."
            ) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(table(VERSION_TABLE, column("version_num", String))))
