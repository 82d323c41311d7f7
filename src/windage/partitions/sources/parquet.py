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

DELTA_LOG = "_delta_log"


def partitions(log: Log, periods: Sequence[Window]) -> list[PartitionRef | None]:
    """Each period's files.

    Raises:
        InvalidInput: they are files of a Delta table, of which some hold rows that the table has no longer.
        ReadFailed: the location could not be listed; a retry may help.
    """
    table = before_the_time(log.location).rpartition("/")[0]
    if table and files_at(join(table, DELTA_LOG)):
        raise InvalidInput(
            f"log.location lies in the Delta table {table}, whose folders also keep rows that were deleted or replaced. Set "
            "log.format to delta."
        )
    find = partial(find_partition, log.location, done_marker=log.done_marker)
    return each_of(periods, find, at=log.location)
