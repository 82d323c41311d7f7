"""Tables partitioned by column values: ``place/date={start:%Y-%m-%d}/hour={start:%-H}``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from windage.errors import InvalidInput
from windage.partitions.layout import partition_of
from windage.partitions.listing import File
from windage.spec.log import before_the_time
from windage.vocabulary import PartitionRef, Window


class Keyed(NamedTuple):
    """A table's place, and the value format of each of its partition columns."""

    table: str
    columns: dict[str, str]

    @classmethod
    def of(cls, location: str) -> Keyed:
        """The table and the columns that a location names.

        Raises:
            InvalidInput: the part after the table is not ``column={start:…}``.
        """
        fixed = before_the_time(location)
        named = [part.partition("=") for part in location.split("/")[fixed.count("/") :]]
        if any(not (name and separator and value) for name, separator, value in named):
            raise InvalidInput(
                f"the location {location!r} names no partition column of the table. "
                "Write TABLE/column={start:%Y-%m-%d}."
            )
        return cls(fixed.rpartition("/")[0], {name: value for name, _, value in named})

    def values(self, period: Window) -> dict[str, str]:
        """Each partition column's value for a period."""
        return {name: value.format(start=period.start) for name, value in self.columns.items()}


def of_files(period: Window, files: Iterable[tuple[str, int]]) -> PartitionRef | None:
    """The partition of a table's files, given with their sizes; None without any. Table formats never reuse a file's
    name, so name and size identify its content."""
    data = [File(location, str(n_bytes), n_bytes) for location, n_bytes in sorted(files)]
    return partition_of(period, data) if data else None
