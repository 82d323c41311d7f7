"""Sentences about partitions that are missing, and about files in their places that are not read, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from windage.errors import listed
from windage.files import AT_ONCE, each_of, exists
from windage.partitions.listing import ENDINGS, File, files_at, folders_at, is_data, is_hidden
from windage.spec.log import FILES, Log, before_the_time
from windage.vocabulary import Window

MOST_TOLD = 3
PARQUET = f"Parquet file ({', '.join(ENDINGS)})"


def unread(log: Log, *, missing: Iterable[Window], present: Iterable[Window]) -> tuple[str, ...]:
    """Why partitions of files are missing though something is in their place, and which files of present ones are not
    read: the newest first, at most three sentences."""
    if log.format != FILES:
        return ()
    asked = [(each, True) for each in missing] + [(each, False) for each in present]
    if any(is_missing for _, is_missing in asked) and (nowhere := _nowhere(log)):
        return nowhere
    newest_first = sorted(asked, key=_start, reverse=True)
    found: dict[str, None] = {}
    for start in range(0, len(newest_first), AT_ONCE):
        some = newest_first[start : start + AT_ONCE]
        for told in each_of(some, lambda each: tuple(_of(log, each[0], is_missing=each[1])), at=log.location):
            found |= dict.fromkeys(told)
        if len(found) >= MOST_TOLD:
            break
    return tuple(islice(found, MOST_TOLD))


def absent(log: Log, periods: Sequence[Window], *, before: Sequence[Window]) -> tuple[str, ...]:
    """A sentence about missing partitions of the current window: where they were looked for, and the last before.

    Args:
        periods: the missing ones of the current window.
        before: the periods of the reference's partitions.
    """
    first = min(periods, key=lambda each: each.start, default=None)
    if first is None or (log.format == FILES and (_nowhere(log) or any(_of(log, first, is_missing=True)))):
        return ()  # ``unread`` says what is there instead
    more = f" and {len(periods) - 1} more" if len(periods) > 1 else ""
    last = max(before, key=lambda each: each.start, default=None)
    previous = f"the last one before it is {last}" if last else "none before it either"
    place = log.location.format(start=first.start)
    why = f"no partition for {first}{more}: nothing found at {place}; {previous}"
    return (f"{why}. Write it, or check whether the job that writes it has run.",)


def nothing_to_compare_with(log: Log, periods: Sequence[Window]) -> tuple[str, ...]:
    """A sentence about a reference of which every period is missing; none if it lies before the log's start."""
    if not periods:
        return ()
    place = log.location.format(start=periods[0].start)
    what = f"nothing found for {len(periods)} periods from {periods[0]} on, first at {place}"
    return (
        f"the reference has no partition: {what}. Correct log.location, or move the log's earlier partitions there.",
    )


def _start(period: tuple[Window, bool]) -> datetime:
    return period[0].start


def _nowhere(log: Log) -> tuple[str, ...]:
    """A sentence about the folder of all partitions, if it does not exist."""
    root = _root(log)
    if not root or exists(root):
        return ()
    return (f"folder {root} of log.location does not exist. Correct log.location, or write the log there.",)


def _root(log: Log) -> str:
    return before_the_time(log.location).rpartition("/")[0]


def _of(log: Log, period: Window, *, is_missing: bool) -> Iterator[str]:
    place = log.location.format(start=period.start)
    found = _Place.at(place)
    above = place.partition("*")[0].rpartition("/")[0]
    if is_missing and found.is_empty and "*" in place and above != _root(log):
        found = _Place.at(above)
        if found.has_data:
            return
    if not found.has_data:
        yield from found.without_data()
        return
    yield from found.deeper_data()
    if is_missing and log.done_marker:
        yield (
            f"{place} has files but no {log.done_marker}, so it does not count as complete. Wait for its writer, or "
            "remove log.done_marker."
        )


class _Place(NamedTuple):
    """A place where a partition may be, with the files and the folders there."""

    name: str
    files: Sequence[File]
    folders: Sequence[str]

    @classmethod
    def at(cls, name: str) -> _Place:
        return cls(name, files_at(name), folders_at(name))

    @property
    def is_empty(self) -> bool:
        return not self.files and not self.folders

    @property
    def has_data(self) -> bool:
        return any(is_data(each.location) for each in self.files)

    def deeper_data(self) -> Iterator[str]:
        """A sentence about folders with Parquet files beside those that are read; ``**`` reads its folders too."""
        read = {each.location for each in self.files}
        inner = [
            each
            for each in self.folders
            if any(is_data(file.location) and file.location not in read for file in files_at(each))
        ]
        if inner:
            yield (
                f"{self.name} has more Parquet files in folders ({_names(inner)}), which are not read. Write all of the "
                "partition's files into one folder, or all into folders and add /* to log.location."
            )

    def without_data(self) -> Iterator[str]:
        """A sentence about what is there instead of Parquet files, if anything."""
        others = [each.location for each in self.files if not is_hidden(each.location)]
        if self.folders:
            yield (
                f"{self.name} has no {PARQUET}, only folders ({_names(self.folders)}), which are not searched. Add /* to "
                "log.location, or write the partition's files into one folder."
            )
        elif others:
            what = (
                f"the file {self.name} is not a"
                if others == [self.name]
                else f"{self.name} has {_names(others)} but no"
            )
            yield f"{what} {PARQUET}. Write the partition as Parquet, in files with one of these endings."
        elif self.files or exists(self.name):
            yield f"{self.name} has no {PARQUET}. Write the partition's files there."


def _names(places: Iterable[str]) -> str:
    return listed((each.rpartition("/")[2] for each in places), most=3)
