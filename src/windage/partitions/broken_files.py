"""Partitions with broken files: a reference leaves them out and says so; in the current window they are errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from windage.errors import BrokenFile
from windage.vocabulary import PartitionRef, Window

log = logging.getLogger(__name__)
T = TypeVar("T")


class BrokenFiles:
    """The partitions in which this process has found a broken file."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}

    def loaded(self, partitions: Iterable[PartitionRef], load: Callable[[PartitionRef], T]) -> list[T]:
        """``load`` of every partition whose files are whole; the others are remembered."""
        loaded = []
        for each in partitions:
            try:
                loaded.append(load(each))
            except BrokenFile as error:
                self._faults[each.fingerprint] = str(error)
        return loaded

    def without(self, partitions: Iterable[PartitionRef]) -> list[PartitionRef]:
        """The partitions that are not remembered as broken."""
        return [each for each in partitions if each.fingerprint not in self._faults]

    def sentences(self, partitions: Iterable[PartitionRef]) -> list[str]:
        """A sentence about each broken partition, which the reference leaves out."""
        return [
            f"{self._faults[each.fingerprint]} Until then the reference leaves it out; windage baseline exclude does so "
            "for good."
            for each in partitions
            if each.fingerprint in self._faults
        ]


Spare = Callable[[PartitionRef], bool]
"""Whether a partition may be left out when a file of it is broken."""


def none_of_them(_: PartitionRef) -> bool:
    return False


def all_of_them(_: PartitionRef) -> bool:
    return True


def all_outside(window: Window) -> Spare:
    def lies_outside(partition: PartitionRef) -> bool:
        return partition.period.end <= window.start or window.end <= partition.period.start

    return lies_outside


@contextmanager
def only_logged(partition: PartitionRef, spare: Spare) -> Iterator[None]:
    """Log a broken file instead of raising it, if the partition may be spared."""
    try:
        yield
    except BrokenFile as error:
        if not spare(partition):
            raise
        log.warning("%s", error)
