"""Delta tables: the files that the table's log lists for its newest version."""

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
"""Table features with which the rows cannot be read from the files alone."""
MAPPING = "delta.columnMapping.mode"


def partitions(log: Log, periods: Sequence[Window]) -> list[PartitionRef | None]:
    """Each period's files in the newest version; a file's identity is its name and size.

    Raises:
        InvalidInput: the table is not partitioned by a column that the location names.
        DataError: the table's rows cannot be read from its files alone.
        ReadFailed: the table could not be opened; a retry may help.
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
            used.add("columnMapping")  # older protocols have no list of features and say it only here
        if used:
            raise DataError(
                f"the table {table} uses {', '.join(sorted(used))}, so its rows cannot be read from its files alone. "
                "Write the log without it, or rewrite the table (REORG TABLE … APPLY (PURGE), then drop the feature)."
            )
        actions = pa.table(opened.get_add_actions(flatten=True))
    except (DeltaError, OSError) as error:
        why = " ".join(str(error).split())  # the message has several lines
        raise ReadFailed(f"the Delta table {table} could not be opened: {why}. Check access and try again.") from error
    wanted = [name for name in actions.column_names if name in ("path", "size_bytes") or name.startswith("partition.")]
    rows: list[Mapping[str, Any]] = actions.select(wanted).to_pylist()
    return rows


def _text(value: object) -> str:
    """A partition value in one spelling: 06 and 6 are the same hour."""
    text = str(value)
    return str(int(text)) if text.isdecimal() else text
