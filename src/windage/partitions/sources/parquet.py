"""Folders, globs or files of Parquet, local or at any fsspec URL; size and time or tag identify a file's content."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from windage.files import each_of
from windage.partitions.layout import find_partition
from windage.spec.log import Log
from windage.vocabulary import PartitionRef, Window


def partitions(log: Log, periods: Sequence[Window]) -> list[PartitionRef | None]:
    find = partial(find_partition, log.location, done_marker=log.done_marker)
    return each_of(periods, find, at=log.location)
