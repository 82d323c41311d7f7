"""Where the files of a partition are, and the fingerprint of their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from windage.errors import DataError
from windage.files import exists, local_path
from windage.partitions.listing import File, files_at, is_data
from windage.spec.log import before_the_time
from windage.vocabulary import PartitionRef, Window


def find_partition(location: str, period: Window, *, done_marker: str | None = None) -> PartitionRef | None:
    """The partition of one period, or None if it does not exist (or is not marked as done) yet.

    Args:
        location: a folder, a glob or a file, in which ``{start:…}`` stands for the period's start.

    Raises:
        ReadFailed: the location could not be listed; a retry may help.
    """
    place = location.format(start=period.start)
    files = files_at(place)
    data = [file for file in files if is_data(file.location)]
    if not data or (done_marker and not _is_done(data, files, done_marker)):
        return None
    return partition_of(period, data, log=_root(location))


def is_as_listed(location: str, partition: PartitionRef) -> bool:
    """Whether every file of a partition that ``find_partition`` found is still the one that it was; others may have come."""
    names = set(partition.files)
    there = [file for file in files_at(location.format(start=partition.period.start)) if file.location in names]
    return partition_of(partition.period, there, log=_root(location)).fingerprint == partition.fingerprint


def partition_of(period: Window, files: Sequence[File], *, log: str = "") -> PartitionRef:
    """The partition that these files make up, in the given order.

    Args:
        log: the log's root folder. The fingerprint leaves it out, so it is the same wherever the log is mounted and
            however its path is written.

    Raises:
        DataError: a file's name is not UTF-8, so no report could show it.
    """
    content = "\n".join(f"{file.location.removeprefix(log)} {file.identity}" for file in files)
    try:
        encoded = content.encode()
    except UnicodeEncodeError as error:
        place = next(
            file.location for file in files if file.location.encode(errors="ignore") != os.fsencode(file.location)
        )
        raise DataError(f"{place} has a name that is not UTF-8. Rename the file or folder.") from error
    return PartitionRef(
        period=period,
        files=tuple(file.location for file in files),
        fingerprint=hashlib.sha256(encoded).hexdigest()[:32],
        n_bytes=sum(file.n_bytes for file in files),
    )


def _root(location: str) -> str:
    """The folder above the location's first time, spelled as the listed files' paths begin."""
    folder = before_the_time(location).rpartition("/")[0]
    path = local_path(folder)
    return f"{folder}/" if path is None else f"{path}/"


def _is_done(data: list[File], listed: list[File], done_marker: str) -> bool:
    """Whether every folder with data holds the marker; a location that is a pattern may not have listed it."""
    markers = {f"{file.location.rpartition('/')[0]}/{done_marker}" for file in data}
    return all(marker in {file.location for file in listed} or exists(marker) for marker in markers)


MONDAY = datetime(2000, 1, 3, tzinfo=UTC)
"""Partitions start at multiples of their width from here: days at midnight UTC, weeks on Mondays."""


def aligned(window: Window, every: timedelta) -> Window:
    """The window widened to whole partitions."""
    end = MONDAY - ((MONDAY - window.end) // every) * every
    return Window(start=partition_start(window.start, every), end=end)


def partition_start(at: datetime, every: timedelta) -> datetime:
    """The start of the partition that contains this moment."""
    return MONDAY + ((at - MONDAY) // every) * every
