"""What every source is: periods in, and of each the files that hold its rows and what identifies their content."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, Protocol

from windage.errors import InvalidInput
from windage.partitions.layout import aligned
from windage.spec.log import SOURCES, Log
from windage.vocabulary import PartitionRef, Window


class Source(Protocol):
    """A module, or an object that an entry point ``windage.sources`` names, that finds partitions."""

    def partitions(self, log: Log, periods: Sequence[Window]) -> list[PartitionRef | None]:
        """Of each period its partition, or None while it is not there (or not marked as done).

        Raises:
            ReadFailed: the place could not be listed; a retry may help.
            DataError: the table is of a kind that cannot be read file by file.
        """
        ...


class Found(NamedTuple):
    """The partitions of a window that exist, and the periods that have none."""

    present: list[PartitionRef]
    missing: list[Window]


def find_partitions(log: Log, window: Window) -> Found:
    """What a log holds of a window, widened to whole partitions."""
    return partitions_of(log, list(aligned(window, log.every).split(log.every)))


def partitions_of(log: Log, periods: Sequence[Window]) -> Found:
    """What a log holds of periods that are one partition each."""
    found = list(zip(periods, _source(log).partitions(log, periods), strict=True))
    return Found(
        [partition for _, partition in found if partition is not None],
        [period for period, partition in found if partition is None],
    )


def _source(log: Log) -> Source:
    """The module of the log's format, ours or installed; what ours needs is an extra of the format's name."""
    if log.format in SOURCES.added:
        added: Source = SOURCES.load(log.format)
        return added
    try:
        found: Source = import_module(f"windage.partitions.sources.{log.format}")
    except ImportError as error:
        raise InvalidInput(
            f"logs of format {log.format} need {error.name}, which is not installed. Install windage[{log.format}]."
        ) from error
    return found
