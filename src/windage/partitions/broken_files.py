"""Partitions whose files are torn: a reference does without them and says so, a window that is judged does not."""

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
    """The torn files that one process has come across."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}

    def loaded(self, partitions: Iterable[PartitionRef], load: Callable[[PartitionRef], T]) -> list[T]:
        """What can be loaded; the others are remembered."""
        found = []
        for each in partitions:
            try:
                found.append(load(each))
            except BrokenFile as error:
                self._faults[each.fingerprint] = str(error)
        return found

    def without(self, partitions: Iterable[PartitionRef]) -> list[PartitionRef]:
        return [each for each in partitions if each.fingerprint not in self._faults]

    def sentences(self, partitions: Iterable[PartitionRef]) -> list[str]:
        """A sentence for each that takes no part in a reference."""
        return [
            f"{self._faults[each.fingerprint]} Until then the reference leaves it out; windage baseline exclude does so "
            "for good."
            for each in partitions
            if each.fingerprint in self._faults
        ]


Spare = Callable[[PartitionRef], bool]
"""Which partitions may be left out where their files are torn."""


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
    """A broken file is only logged where the partition may be spared."""
    try:
        yield
    except BrokenFile as error:
        if not spare(partition):
            raise
        log.warning("%s", error)
