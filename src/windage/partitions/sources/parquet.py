"""Folders, globs or files of Parquet, local or at any fsspec URL; size and time or tag identify a file's content."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from windage.errors import InvalidInput
from windage.files import each_of, join
from windage.partitions.layout import find_partition
from windage.partitions.listing import files_at
from windage.spec.log import Log, before_the_time
from windage.vocabulary import PartitionRef, Window


def partitions(log: Log, periods: Sequence[Window]) -> list[PartitionRef | None]:
    """Each period's files.

    Raises:
        InvalidInput: they are files of a table of another format, of which some hold rows that the table has no longer.
        ReadFailed: the location could not be listed; a retry may help.
    """
    _refuse_tables(before_the_time(log.location).rpartition("/")[0])
    find = partial(find_partition, log.location, done_marker=log.done_marker)
    return each_of(periods, find, at=log.location)


def _refuse_tables(folder: str) -> None:
    table, _, last = folder.rpartition("/")
    if folder and files_at(join(folder, "_delta_log")):
        table, instead = folder, "Set log.format to delta"
    elif last == "data" and files_at(join(table, "metadata", "*.metadata.json")):
        instead = "Set log.format to iceberg, and log.location to CATALOG/TABLE/column={start:…}"
    else:
        return
    raise InvalidInput(
        f"log.location lies in the table {table}, whose files include rows that were deleted or replaced since. {instead}."
    )
