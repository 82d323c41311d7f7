"""Open Parquet files, and the ranges of row groups that are read from them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windage.cores import usable_cores
from windage.errors import BrokenFile, GoneFile, ReadFailed
from windage.files import AT_ONCE, DRIVERS, local_path
from windage.profiles.categorical import is_text
from windage.vocabulary import Document

MOST_OPEN = 256
"""Files that all threads together keep open, far fewer than a process may have open: 1024, by default. A day may consist of
thousands of files; those that are not kept are opened again for the next column."""


class RowGroups(Document):
    """Consecutive row groups of one file, ``first`` up to but not including ``end``."""

    file: str
    first: int
    end: int


class Piece(Document):
    """Rows of a partition that are summarised together: whole row groups."""

    groups: tuple[RowGroups, ...]
    rows: int


class OpenFiles:
    """Readers of Parquet files, one per thread and file, because a reader must not be shared between threads.

    Raises:
        ReadFailed: a file cannot be opened or decoded; a retry may help.
    """

    def __init__(self, files: Sequence[str], *, where: str) -> None:
        self.where = where
        self._of_thread = threading.local()
        self._most_kept = max(MOST_OPEN // usable_cores(), 1)
        self._metadata: dict[str, Any] = {}
        self._schemas: dict[str, pa.Schema] = {}
        remote = [file for file in files if local_path(file) is None]
        with ThreadPoolExecutor(AT_ONCE) if len(remote) > 1 else nullcontext() as pool:
            for file, footer in zip(files, (pool.map if pool else map)(self._footer, files), strict=True):
                self._metadata[file], self._schemas[file] = footer

    def _footer(self, file: str) -> tuple[Any, pa.Schema]:
        with self._open(file) as reader:
            return reader.metadata, reader.schema_arrow

    def schema(self, file: str) -> pa.Schema:
        return self._schemas[file]

    def reader(self, file: str) -> pq.ParquetFile:
        """This thread's reader. The footer is read once for all threads; text columns are read as dictionaries, which
        is how they are stored and counted."""
        readers: dict[str, pq.ParquetFile] = self._of_thread.__dict__
        reader = readers.pop(file, None)
        if reader is None:
            while len(readers) >= self._most_kept:
                del readers[next(iter(readers))]  # it closes when nobody reads from it any more
            texts = [field.name for field in self._schemas[file] if is_text(field.type)]
            reader = self._open(file, metadata=self._metadata[file], read_dictionary=texts)
        readers[file] = reader  # the one that was used last is the last to be let go
        return reader

    def _open(self, file: str, **options: Any) -> pq.ParquetFile:
        path = local_path(file)
        with self.reading(file):
            if path is not None:
                return pq.ParquetFile(path, pre_buffer=False, **options)
            from fsspec.core import url_to_fs

            filesystem, key = url_to_fs(file)
            return pq.ParquetFile(filesystem.open(key, "rb"), **options)

    def types(self) -> set[tuple[tuple[str, str], ...]]:
        """The distinct schemas of the files, as (name, type) pairs."""
        schemas = list(self._schemas.values())
        distinct = [schema for k, schema in enumerate(schemas) if not k or not schema.equals(schemas[k - 1])]
        return {tuple((field.name, str(field.type)) for field in schema) for schema in distinct}

    def whole(self) -> list[RowGroups]:
        """All row groups of all files, in the files' order."""
        return [RowGroups(file=file, first=0, end=each.num_row_groups) for file, each in self._metadata.items()]

    def singly(self, groups: RowGroups) -> list[RowGroups]:
        """The row groups as ranges of one each."""
        return [RowGroups(file=groups.file, first=k, end=k + 1) for k in range(groups.first, groups.end)]

    def rows(self, groups: RowGroups) -> int:
        metadata = self._metadata[groups.file]
        if (groups.first, groups.end) == (0, metadata.num_row_groups):
            return int(metadata.num_rows)
        return sum(metadata.row_group(number).num_rows for number in range(groups.first, groups.end))

    def column(self, groups: RowGroups, column: str, *, rows_at_once: int) -> Iterator[pa.Array]:
        """A column of some row groups; never more than ``rows_at_once`` rows are decoded at a time."""
        for run in self._at_once(groups, rows_at_once):
            reader, numbers = self.reader(groups.file), range(run.first, run.end)
            if self.rows(run) <= rows_at_once:
                with self.reading(groups.file):
                    table = reader.read_row_groups(numbers, columns=[column], use_threads=False)
                yield from table.column(0).chunks
                continue
            with self.reading(groups.file):
                batches = reader.iter_batches(
                    batch_size=rows_at_once, row_groups=numbers, columns=[column], use_threads=False
                )
            while True:
                with self.reading(groups.file):
                    batch = next(batches, None)
                if batch is None:
                    break
                yield batch.column(0)

    def _at_once(self, groups: RowGroups, most: int) -> Iterator[RowGroups]:
        """The row groups in runs of at most ``most`` rows; a single larger row group is a run of its own."""
        if self.rows(groups) <= most:
            yield groups
            return
        first, rows = groups.first, 0
        for number in range(groups.first, groups.end):
            more = self._metadata[groups.file].row_group(number).num_rows
            if number > first and rows + more > most:
                yield RowGroups(file=groups.file, first=first, end=number)
                first, rows = number, 0
            rows += more
        yield RowGroups(file=groups.file, first=first, end=groups.end)

    def reading(self, file: str) -> _Reading:
        return _Reading(self.where, file)


_TORN = re.compile(r"(?i)corrupt|deserializ|decompress|end of (stream|file)|truncated|magic bytes")
"""Words in Arrow's errors about a file that it could read but not decode."""


def joined(groups: Iterable[RowGroups]) -> tuple[RowGroups, ...]:
    """The same row groups, with adjacent ranges of one file joined."""
    ranges: list[RowGroups] = []
    for each in groups:
        if ranges and ranges[-1].file == each.file and ranges[-1].end == each.first:
            ranges[-1] = ranges[-1].model_copy(update={"end": each.end})
        else:
            ranges.append(each)
    return tuple(ranges)


class _Reading:
    """Turns Arrow's and the operating system's errors into ours, which name the file and its window."""

    def __init__(self, where: str, file: str) -> None:
        self.where = where
        self.file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise GoneFile(
                f"{self.where} could not be read from {self.file}: the file is gone since it was listed. If it is being replaced, "
                "try again; if not, bring it back."
            ) from error
        refused = type(error).__module__.partition(".")[0] in DRIVERS
        if refused or (isinstance(error, pa.ArrowException | OSError) and not isinstance(error, ReadFailed)):
            is_broken = isinstance(error, pa.ArrowInvalid) or (isinstance(error, OSError) and _TORN.search(str(error)))
            said = " ".join(str(error).split()).rstrip(". ")  # Arrow's own lines are several
            raise (BrokenFile if is_broken else ReadFailed)(
                f"{self.where} could not be read from {self.file}: {said}. {_remedy(error)}"
            ) from error


def _remedy(error: BaseException | None) -> str:
    if isinstance(error, PermissionError):
        return "Make the file readable for the user that runs Windage."
    if isinstance(error, MemoryError):
        return "Give the process more memory, or lower the monitor's rows_at_once."
    return "If the file is still being written, try again; if it is broken, rewrite it."
