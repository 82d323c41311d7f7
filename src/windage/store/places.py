"""Where a store may be kept: a path on this machine or the URL of a database. SQLAlchemy is not imported here."""

from __future__ import annotations

import json
from datetime import datetime
from os import PathLike
from pathlib import Path
from uuid import UUID, uuid5

from windage.errors import InvalidInput
from windage.files import is_absolute, join, local_path
from windage.vocabulary import aware_utc

DIALECTS = ("sqlite", "postgresql", "postgres")
_KEYS = UUID("5a4e7d1c-3b1f-5d0e-9c57-77696e646167")


def is_database_url(location: str | Path) -> bool:
    scheme, separator, _ = str(location).partition("://")
    return bool(separator) and scheme.partition("+")[0] in DIALECTS


def path_or_database(location: str | Path, *, keeps: str) -> Path | str:
    """``location`` as a local path or, unchanged, as the URL of a database.

    Raises:
        InvalidInput: it is neither, such as an object store, which can neither be appended to nor locked.
    """
    if not isinstance(location, str | PathLike):
        raise InvalidInput(
            f"{keeps} cannot be kept at a {type(location).__name__}. Give a local path, sqlite:///… or postgresql://…."
        )
    if is_database_url(location):
        return str(location)
    path = local_path(location)
    if path is None:
        scheme = str(location).partition("://")[0]
        raise InvalidInput(
            f"{keeps} cannot be kept at {scheme}://…, which has neither transactions nor locks. "
            "Give a local path, sqlite:///… or postgresql://…."
        )
    return path


def queue_place(named: str | None, *, storage: str, database: str) -> str:
    """Where a monitor's labelling queue is: where its file names it, a relative path lying under the storage, else in the
    store."""
    if named is None:
        return database
    return named if is_database_url(named) or is_absolute(named) else join(storage, named)


def natural_key(*parts: str | datetime | int | None) -> str:
    """One short identifier for a key of any length: the same parts give the same key on every machine, for ever."""
    text = [aware_utc(part).isoformat() if isinstance(part, datetime) else part for part in parts]
    return str(uuid5(_KEYS, json.dumps(text)))


def is_storable(text: str) -> bool:
    """Whether every store can hold ``text``: PostgreSQL has no NUL character and UTF-8 no lone surrogates."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
