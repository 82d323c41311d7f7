"""Keys of any length, and texts, that every store can hold. SQLAlchemy is not imported here."""

from __future__ import annotations

import json
import re
from datetime import datetime
from uuid import UUID, uuid5

from windage.vocabulary import aware_utc

_KEYS = UUID("5a4e7d1c-3b1f-5d0e-9c57-77696e646167")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def natural_key(*parts: str | datetime | int | None) -> str:
    """One short identifier for a key of any length: the same parts give the same key on every machine, for ever."""
    text = [aware_utc(part).isoformat() if isinstance(part, datetime) else part for part in parts]
    return str(uuid5(_KEYS, json.dumps(text)))


def is_storable(text: str) -> bool:
    """Whether every store can hold ``text``: PostgreSQL has no NUL character and UTF-8 no lone surrogates."""
    return _UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """The text with a replacement character in place of each that some store cannot hold."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
