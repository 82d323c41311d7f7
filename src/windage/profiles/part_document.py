"""A part of a partition's profile as bytes: the document of its profile, followed by its sampled rows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from windage.errors import CorruptDocument
from windage.profiles.arrow_arrays import texts
from windage.profiles.document import from_bytes, sealed, to_bytes, unsealed
from windage.profiles.numbers import as_arrow, from_arrow
from windage.profiles.parts import Part

_HEAD = 8
"""Bytes that hold the length of the profile's document."""
_USERS = "\0users"
"""No column of a log can have this name: Parquet readers end a name at NUL."""


def part_to_bytes(part: Part) -> bytes:
    """The length of the profile's document, that document, and the sampled rows as Parquet; sealed as a whole."""
    profile = to_bytes(part.window)
    columns: dict[str, Any] = {name: as_arrow(values) for name, values in part.sampled.items()}
    if part.users is not None:
        columns[_USERS] = texts(part.users.tolist())
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sealed(len(profile).to_bytes(_HEAD, "little") + profile + sink.getvalue())


def part_from_bytes(content: bytes, *, where: str) -> Part:
    """The part in a document.

    Raises:
        CorruptDocument: the document is damaged, not a part, or of another format version.
    """
    try:
        document = unsealed(content)
    except ValueError as error:
        raise CorruptDocument(f"{where} is not a readable part of a profile: {error}. It will be rebuilt.") from error
    ends = _HEAD + int.from_bytes(document[:_HEAD], "little")
    window = from_bytes(document[_HEAD:ends], where=where)
    try:
        rows = pq.ParquetFile(io.BytesIO(document[ends:])).read()
    except (pa.ArrowException, OSError) as error:
        raise CorruptDocument(f"{where} has no readable sample: {error}. It will be rebuilt.") from error
    sampled: dict[str, Any] = {name: from_arrow(rows.column(name)) for name in rows.column_names if name != _USERS}
    users = None
    if _USERS in rows.column_names:
        users = np.empty(rows.num_rows, dtype=np.object_)
        users[:] = rows.column(_USERS).to_pylist()
    return Part(window=window, sampled=sampled, users=users)
