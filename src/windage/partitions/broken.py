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
    """What one process found to be broken."""

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

    def told(self, partitions: Iterable[PartitionRef]) -> list[str]:
        """A sentence for each that takes no part in a reference."""
        return [
            f"{self._faults[each.fingerprint]} Until then the reference does without it; windage baseline exclude leaves it "
            "out for good."
            for each in partitions
            if each.fingerprint in self._faults
        ]


@contextmanager
def spared(partition: PartitionRef, needed: Window | None) -> Iterator[None]:
    """Where one window is needed, a broken file outside of it is only logged."""
    try:
        yield
    except BrokenFile as error:
        if needed is None or (partition.period.start < needed.end and needed.start < partition.period.end):
            raise
        log.warning("%s", error)
