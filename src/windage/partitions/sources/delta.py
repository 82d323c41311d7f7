"""Delta tables: the files of the newest version, which the table's log names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from windage.errors import DataError, InvalidInput, ReadFailed, did_you_mean
from windage.files import is_url, join
from windage.partitions.sources.keyed import Keyed, of_files
from windage.spec.log import Log
from windage.vocabulary import PartitionRef, Window

NOT_IN_FILES = frozenset({"deletionVectors", "columnMapping"})
"""Features of a table whose files alone do not say what its rows are."""
MAPPING = "delta.columnMapping.mode"


def partitions(log: Log, periods: Sequence[Window]) -> list[PartitionRef | None]:
    """Of each period the files that the newest version names for it: a file is known by its name and size.

    Raises:
        InvalidInput: the table is not partitioned by a column that the location names.
        DataError: its files alone do not say what its rows are.
        ReadFailed: it could not be opened; a retry may help.
    """
    keyed = Keyed.of(log.location)
    rows = _files(keyed.table)
    known = [name.removeprefix("partition.") for name in (rows[0] if rows else {}) if name.startswith("partition.")]
    for name in keyed.columns if rows else ():
        if name not in known:
            raise InvalidInput(
                f"the table {keyed.table} is not partitioned by {name!r} but by {', '.join(known) or 'nothing'}."
                f"{did_you_mean(name, known)} Partition it by time, and use that column in log.location."
            )
    by_key: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for row in rows:
        key = tuple(_text(row[f"partition.{name}"]) for name in keyed.columns)
        path = unquote(row["path"])
        place = path if is_url(path) else join(keyed.table, path)
        by_key.setdefault(key, []).append((place, int(row["size_bytes"])))
    keys = [tuple(map(_text, keyed.values(period).values())) for period in periods]
    return [of_files(period, by_key.get(key, [])) for period, key in zip(periods, keys, strict=True)]


def _files(table: str) -> list[Mapping[str, Any]]:
    try:
        opened = DeltaTable(table)
        used = set(NOT_IN_FILES.intersection(opened.protocol().reader_features or ()))
        if opened.metadata().configuration.get(MAPPING, "none") != "none":
            used.add("columnMapping")  # tables that are older than the list of features say it here alone
        if used:
            raise DataError(
                f"the table {table} uses {', '.join(sorted(used))}, so its rows cannot be read from its files alone. "
                "Write the log without it, or rewrite the table (REORG TABLE … APPLY (PURGE), then drop the feature)."
            )
        actions = pa.table(opened.get_add_actions(flatten=True))
    except (DeltaError, OSError) as error:
        why = " ".join(str(error).split())  # it comes in lines
        raise ReadFailed(f"the Delta table {table} could not be opened: {why}. Check access and try again.") from error
    wanted = [name for name in actions.column_names if name in ("path", "size_bytes") or name.startswith("partition.")]
    found: list[Mapping[str, Any]] = actions.select(wanted).to_pylist()
    return found


def _text(value: object) -> str:
    """A value of a partition, however it is written: 06 and 6 are one hour."""
    text = str(value)
    return str(int(text)) if text.isdecimal() else text
