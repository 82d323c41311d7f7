"""Tables whose partitions are named by values of their columns: ``place/date={start:%Y-%m-%d}/hour={start:%-H}``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from windage.errors import InvalidInput
from windage.partitions.layout import partition_of
from windage.partitions.listing import File
from windage.spec.log import before_the_time
from windage.vocabulary import PartitionRef, Window


class Keyed(NamedTuple):
    """Where a table is, and for each column that tells its partitions apart the format of its values."""

    table: str
    columns: dict[str, str]

    @classmethod
    def of(cls, location: str) -> Keyed:
        """
        Raises:
            InvalidInput: what stands after the table is not column={start:…}.
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
        """Of each column its value in a period."""
        return {name: value.format(start=period.start) for name, value in self.columns.items()}


def of_files(period: Window, files: Iterable[tuple[str, int]]) -> PartitionRef | None:
    """The partition of a table's files, each with its bytes; None without any. No other content is given a file's name."""
    data = [File(location, str(n_bytes), n_bytes) for location, n_bytes in sorted(files)]
    return partition_of(period, data) if data else None
