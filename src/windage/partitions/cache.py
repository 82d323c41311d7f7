"""Profiles of partitions, cached under a key of their content: a partition's rows are profiled once, ever."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Protocol, TypeVar

from windage.errors import CorruptDocument, StoreUnavailable
from windage.files import each_of, exists, is_url, join, local_path, read_bytes, remove, write_atomically
from windage.locks import alone_at
from windage.partitions.batches import Portion, portions
from windage.profiles.document import FORMAT, from_bytes, to_bytes
from windage.profiles.part_document import part_from_bytes, part_to_bytes
from windage.profiles.parts import Part
from windage.profiles.window import WindowProfile
from windage.spec.log import Log
from windage.vocabulary import PartitionRef

log = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Decode(Protocol[T_co]):
    """Parses a document; raises CorruptDocument, which names ``where``, if it is not readable."""

    def __call__(self, content: bytes, /, *, where: str) -> T_co: ...


Make = Callable[[PartitionRef], WindowProfile]


class ProfileCache:
    """Profiles under one location (path or URL), for one log's columns at one resolution.

    The key covers the partition's start and fingerprint, the columns, the resolution and the format version: changed
    data or settings give another key, never a stale profile. Writes are atomic, and two runs that make the same profile
    write the same bytes.
    """

    def __init__(self, location: str, columns: Log, *, resolution: int | None) -> None:
        self._location = location
        self._columns = columns
        profiled = columns.model_dump(
            mode="json",
            exclude={"location", "format", "every", "done_marker", "reject_label", "segments", "units", "weekend"},
        )
        self._settings = json.dumps([FORMAT, resolution, profiled], sort_keys=True)

    def key(self, partition: PartitionRef) -> str:
        content = f"{self._settings}\n{partition.period.start.isoformat()}\n{partition.fingerprint}"
        return hashlib.sha256(content.encode()).hexdigest()[:40]

    def place(self, partition: PartitionRef) -> str:
        key = self.key(partition)
        return join(self._location, key[:2], f"{key}.parquet")

    def has(self, partition: PartitionRef) -> bool:
        return exists(self.place(partition))

    def missing(self, partitions: Iterable[PartitionRef]) -> list[PartitionRef]:
        asked = list(partitions)
        there = each_of(asked, self.has, at=self._location)
        return [partition for partition, is_there in zip(asked, there, strict=True) if not is_there]

    @contextmanager
    def alone(self, partitions: Iterable[PartitionRef]) -> Iterator[list[PartitionRef]]:
        """The partitions without a profile, under the lock for making many: after waiting, those still without."""
        missing = self.missing(partitions)
        if not missing:
            yield missing
            return
        with alone_at(join(self._location, "many")):
            yield self.missing(missing)

    def get(self, partition: PartitionRef) -> WindowProfile | None:
        """The cached profile, or None if there is none or it is unreadable, so that it is made again."""
        return _read(self.place(partition), _profile)

    def ahead(self, partitions: Iterable[PartitionRef]) -> dict[str, WindowProfile]:
        """The readable profiles of the partitions by their keys, read at the same time from an object store. Nothing is read
        ahead from a disk, which answers at once."""
        if not is_url(self._location):
            return {}
        places = {self.key(each): self.place(each) for each in partitions}
        found = each_of(places.values(), partial(_read, decode=_profile, warn=False), at=self._location)
        return {key: profile for key, profile in zip(places, found, strict=True) if profile is not None}

    def put(self, partition: PartitionRef, profile: WindowProfile) -> None:
        write_atomically(self.place(partition), to_bytes(profile))

    def get_or_make(self, partition: PartitionRef, make: Make) -> WindowProfile:
        """The cached profile, or one made now; of several runs that want it, one makes it while the others wait.

        Whoever has the whole profile removes its portions, because the process that stored it may have been killed before.
        """
        profile = _get_or_make(self.place(partition), lambda: make(partition), _profile, to_bytes)
        parts = portions(partition, self._columns)
        if len(parts) > 1:
            with suppress(StoreUnavailable):  # such as a disk that may only be read
                for part in parts:
                    remove(self._part_place(part))
        return profile

    def get_or_make_part(self, portion: Portion, make: Callable[[Portion], Part]) -> Part:
        """``get_or_make`` for some columns of a large partition; removed once the whole profile is stored."""
        return _get_or_make(self._part_place(portion), lambda: make(portion), part_from_bytes, part_to_bytes)

    def has_part(self, portion: Portion) -> bool:
        return exists(self._part_place(portion))

    def _part_place(self, portion: Portion) -> str:
        whole = self.place(portion.partition).removesuffix(".parquet")
        return f"{whole}.{portion.part}-of-{portion.of}.part"


def _profile(content: bytes, *, where: str) -> WindowProfile:
    return from_bytes(content, where=where, file=local_path(where), forget=partial(remove, where))


def _read(place: str, decode: Decode[T], *, warn: bool = True) -> T | None:
    content = read_bytes(place)
    if content is None:
        return None
    try:
        return decode(content, where=place)
    except CorruptDocument as error:
        if warn:
            log.warning("%s", error)
        return None


def _get_or_make(
    place: str,
    make: Callable[[], T],
    decode: Decode[T],
    encode: Callable[[T], bytes],
) -> T:
    value = _read(place, decode)
    if value is not None:
        return value
    with alone_at(place):
        value = _read(place, decode, warn=False)  # another run may have made it while this one waited
        if value is None:
            value = make()
            write_atomically(place, encode(value))
    return value
