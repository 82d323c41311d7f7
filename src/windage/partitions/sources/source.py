"""The interface of sources: periods in, the partition of each out, with its files and fingerprint."""

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
        """Each period's partition, or None if it does not exist (or is not marked as done) yet.

        Raises:
            ReadFailed: the location could not be listed; a retry may help.
            DataError: the table's rows cannot be read from its files alone.
        """
        ...


class Found(NamedTuple):
    """The partitions that exist, and the periods that have none."""

    present: list[PartitionRef]
    missing: list[Window]


def find_partitions(log: Log, window: Window) -> Found:
    """The log's partitions of a window, widened to whole partitions."""
    return partitions_of(log, list(aligned(window, log.every).split(log.every)))


def partitions_of(log: Log, periods: Sequence[Window]) -> Found:
    """The log's partitions of periods that are one partition each."""
    given = _source(log).partitions(log, periods)
    if len(given) != len(periods):
        raise InvalidInput(
            f"the source {log.format} found {len(given)} partitions in {len(periods)} periods. Let it give each period's "
            "partition, or None."
        )
    by_period = list(zip(periods, given, strict=True))
    return Found(
        [partition for _, partition in by_period if partition is not None],
        [period for period, partition in by_period if partition is None],
    )


def _source(log: Log) -> Source:
    """The source of the log's format, installed or ours; what ours requires is in the extra with the format's name."""
    if log.format in SOURCES.added:
        added: Source = SOURCES.load(log.format)
        if not hasattr(added, "partitions"):
            raise InvalidInput(
                f"the format {log.format!r} cannot be used: its entry point must name a module or object with a function "
                "partitions(log, periods). Correct the package that adds it, or uninstall it."
            )
        return added
    try:
        source: Source = import_module(f"windage.partitions.sources.{log.format}")
    except ImportError as error:
        raise InvalidInput(
            f"logs of format {log.format} need {error.name}, which is not installed. Install windage[{log.format}]."
        ) from error
    return source
