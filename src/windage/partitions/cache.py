"""Profiles of partitions, kept under the content they were made from: a partition is read once, ever."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from windage.errors import CorruptDocument
from windage.files import alone_at, exists, join, read_bytes, write_atomically
from windage.profiles.document import FORMAT, from_bytes, to_bytes
from windage.profiles.sample import RowSample
from windage.profiles.window import WindowProfile
from windage.spec.model import Log
from windage.vocabulary import PartitionRef

log = logging.getLogger(__name__)

Make = Callable[[PartitionRef], WindowProfile]
Sample = Callable[[PartitionRef], RowSample]


class ProfileCache:
    """Profiles under one location (path or URL), for one log's columns at one resolution.

    The key is the partition's period and fingerprint, the columns, the resolution and the format version: changed data or
    settings are another key, never a stale answer. Writing is atomic, and two runs that make the same profile write
    the same bytes.
    """

    def __init__(self, location: str, columns: Log, *, resolution: int | None) -> None:
        self._location = location
        meant = columns.model_dump(
            mode="json", exclude={"location", "every", "done_marker", "reject_label", "segments", "units"}
        )
        self._settings = json.dumps([FORMAT, resolution, meant], sort_keys=True)

    def key(self, partition: PartitionRef) -> str:
        content = f"{self._settings}\n{partition.period.start.isoformat()}\n{partition.fingerprint}"
        return hashlib.sha256(content.encode()).hexdigest()[:40]

    def place(self, partition: PartitionRef) -> str:
        key = self.key(partition)
        return join(self._location, key[:2], f"{key}.parquet")

    def has(self, partition: PartitionRef) -> bool:
        return exists(self.place(partition))

    def missing(self, partitions: Iterable[PartitionRef]) -> list[PartitionRef]:
        return [partition for partition in partitions if not self.has(partition)]

    def get(self, partition: PartitionRef) -> WindowProfile | None:
        """The cached profile, or None when there is none or it is torn: then it is made again."""
        content = read_bytes(self.place(partition))
        if content is None:
            return None
        try:
            return from_bytes(content, where=self.place(partition))
        except CorruptDocument as error:
            log.warning("%s", error)
            return None

    def get_or_make(self, partition: PartitionRef, make: Make) -> WindowProfile:
        """The cached profile, or one made now; of runs that want the same one makes it and the others wait for it."""
        cached = self.get(partition)
        if cached is not None:
            return cached
        place = self.place(partition)
        with alone_at(place):
            cached = self.get(partition)  # another run may have made it while this one waited
            if cached is None:
                cached = make(partition)
                write_atomically(place, to_bytes(cached))
        return cached

    def window(self, partitions: Sequence[PartitionRef], make: Make, *, sample: Sample | None = None) -> WindowProfile:
        """The window of all partitions; a column that no partition could profile raises its fault when asked for.

        ``sample`` reads some of a partition's rows, when a check wants them.
        """
        return WindowProfile.merge(
            [
                replace(
                    self.get_or_make(partition, make),
                    period=partition.period,
                    sample=None if sample is None else partial(sample, partition),
                )
                for partition in partitions
            ]
        )
