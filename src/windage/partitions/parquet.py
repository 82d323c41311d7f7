"""Columns out of Parquet files, one at a time and as numbers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from windage.errors import DataError, MissingColumn, ReadFailed, listed
from windage.files import DRIVERS, local_path
from windage.profiles.numeric import Floats

ROWS_AT_ONCE = 1_000_000
"""Rows of which a column is in memory at a time, where it need not be there whole."""


class ParquetColumns:
    """The columns of one or more Parquet files that make up a window, in the files' order.

    ``column``, ``numbers`` and ``known_numbers`` hold all of a column; what ends with ``parts`` holds ``rows_at_once`` of it.

    Raises:
        ReadFailed: a file cannot be opened or decoded; a retry may help.
    """

    def __init__(self, files: Sequence[str], *, where: str, rows_at_once: int = ROWS_AT_ONCE) -> None:
        self.files = tuple(files)
        self.where = where
        self.rows_at_once = rows_at_once
        self._readers = threading.local()
        readers = self._open()
        self._metadata = [reader.metadata for reader in readers]
        self._names = [reader.schema_arrow.names for reader in readers]
        self.rows: int = sum(metadata.num_rows for metadata in self._metadata)
        self.schema = readers[0].schema_arrow if readers else pa.schema([])

    def _open(self) -> list[pq.ParquetFile]:
        """This thread's own readers: a Parquet reader is not shared between threads."""
        if not hasattr(self._readers, "open"):
            known = getattr(self, "_metadata", [None] * len(self.files))
            self._readers.open = [
                self._opened(file, metadata) for file, metadata in zip(self.files, known, strict=True)
            ]
        return list(self._readers.open)

    def _opened(self, file: str, metadata: Any) -> pq.ParquetFile:
        path = local_path(file)
        with self._reading(file):
            if path is not None:
                return pq.ParquetFile(path, metadata=metadata, pre_buffer=False)
            from fsspec.core import url_to_fs

            filesystem, key = url_to_fs(file)
            return pq.ParquetFile(filesystem.open(key, "rb"), metadata=metadata)

    def _reading(self, file: str) -> _Reading:
        return _Reading(self.where, file)

    def chunks(self, column: str) -> Iterator[pa.Array]:
        """The column as Arrow arrays, one row group after the other."""
        for file, reader, names in zip(self.files, self._open(), self._names, strict=True):
            if column not in names:
                raise MissingColumn.named(column, present=names, where=f"{self.where} ({file})")
            if names.count(column) > 1:
                raise DataError(
                    f"{self.where} ({file}) has more than one column {column!r}. Rename or drop all but one."
                )
            if reader.metadata.num_rows > self.rows_at_once:
                yield from self._streamed(file, reader, column)
                continue
            with self._reading(file):
                table = reader.read(columns=[column], use_threads=False)
            yield from table.column(0).chunks

    def _streamed(self, file: str, reader: pq.ParquetFile, column: str) -> Iterator[pa.Array]:
        """A column of a large file, of which never more than ``rows_at_once`` are decoded."""
        with self._reading(file):
            batches = reader.iter_batches(batch_size=self.rows_at_once, columns=[column], use_threads=False)
        while True:
            with self._reading(file):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch.column(0)

    def column(self, name: str) -> pa.ChunkedArray:
        """The column in one type: that of its files, or what all of their types can become, at last text.

        Raises:
            DataError: the files' types have not even text in common.
        """
        chunks = list(self.chunks(name))
        kinds = {chunk.type for chunk in chunks}
        if len(kinds) < 2:
            return pa.chunked_array(chunks, type=kinds.pop() if kinds else pa.null())
        plain = [chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else chunk for chunk in chunks]
        try:
            tables = [pa.table({name: chunk}) for chunk in plain]
            return pa.concat_tables(tables, promote_options="permissive").column(0)
        except pa.ArrowTypeError:
            try:
                return pa.chunked_array([chunk.cast(pa.string()) for chunk in plain])
            except pa.ArrowException as error:
                raise DataError(
                    f"{self.where}'s column {name!r} is of types that do not go together: "
                    f"{listed(sorted(map(str, kinds)))}. Log it in one type."
                ) from error

    def numbers(self, name: str) -> Floats:
        """A fresh array with one float per row, nulls as NaN.

        Raises:
            DataError: the column does not hold numbers.
        """
        values = np.full(self.rows, np.nan)
        start = 0
        for chunk in self._number_chunks(name):
            known, numbers = known_values(chunk)
            values[start : start + len(chunk)][known] = numbers
            start += len(chunk)
        return values

    def known_numbers(self, name: str) -> tuple[npt.NDArray[Any], int]:
        """A fresh array of the values that are not null, in the column's own type, and how many rows are null.

        Raises:
            DataError: the column does not hold numbers.
        """
        parts = [known_values(chunk)[1] for chunk in self._number_chunks(name)]
        values = np.concatenate(parts) if parts else np.empty(0)
        return values, self.rows - values.size

    @property
    def is_large(self) -> bool:
        """Whether the window has more rows than are to be in memory at a time."""
        return self.rows > self.rows_at_once

    def has_one_type(self, name: str) -> bool:
        """Whether every file holds the column in the same type, so that its parts can be looked at one by one."""
        schemas = [reader.schema_arrow for reader in self._open()]
        kinds = {str(schema.field(name).type) for schema in schemas if name in schema.names}
        return len(kinds) == 1

    def number_parts(self, name: str) -> Iterator[Floats]:
        """``numbers`` in consecutive parts of exactly ``rows_at_once`` rows, but for the last: those of any two columns
        stand side by side.

        Raises:
            DataError: the column does not hold numbers.
        """
        part, filled = np.full(min(self.rows_at_once, self.rows), np.nan), 0
        left = self.rows
        for chunk in self._number_chunks(name):
            start = 0
            while start < len(chunk):
                some = chunk.slice(start, part.size - filled)
                known, numbers = known_values(some)
                part[filled : filled + len(some)][known] = numbers
                start, filled = start + len(some), filled + len(some)
                if filled == part.size:
                    yield part
                    left -= filled
                    part, filled = np.full(min(self.rows_at_once, left), np.nan), 0

    def known_number_parts(self, name: str) -> Iterator[tuple[npt.NDArray[Any], int]]:
        """``known_numbers`` in consecutive parts of about ``rows_at_once`` rows.

        Raises:
            DataError: the column does not hold numbers.
        """
        parts: list[npt.NDArray[Any]] = []
        rows = 0
        for chunk in self._number_chunks(name):
            for start in range(0, len(chunk), self.rows_at_once):
                some = chunk.slice(start, self.rows_at_once)
                parts.append(known_values(some)[1])
                rows += len(some)
                if rows >= self.rows_at_once:
                    values = np.concatenate(parts)
                    yield values, rows - values.size
                    parts, rows = [], 0
        if rows:
            values = np.concatenate(parts)
            yield values, rows - values.size

    def taken(self, name: str, rows: npt.NDArray[np.intp]) -> pa.ChunkedArray:
        """Some rows of a column, by their places in ascending order."""
        start, found = 0, []
        for chunk in self.chunks(name):
            end = start + len(chunk)
            here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)]
            found.append(chunk.take(pa.array(here - start)))
            start = end
        return pa.chunked_array(found)

    def _number_chunks(self, name: str) -> Iterator[pa.Array]:
        for chunk in self.chunks(name):
            if not is_number(chunk.type):
                raise DataError(
                    f"{self.where}'s column {name!r} is not numeric but {chunk.type}. Name it as categorical in the "
                    "monitor, or log it as a number."
                )
            yield chunk


class _Reading:
    """Turns Arrow's and the operating system's errors into one that says which file of which window."""

    def __init__(self, where: str, file: str) -> None:
        self.where = where
        self.file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        refused = type(error).__module__.partition(".")[0] in DRIVERS
        if refused or (isinstance(error, pa.ArrowException | OSError) and not isinstance(error, ReadFailed)):
            raise ReadFailed(
                f"{self.where} could not be read from {self.file}: {error}. If the file is still being written, "
                "try again; if it is broken, write it again."
            ) from error


def is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_floating(kind)
        or types.is_integer(kind)
        or types.is_boolean(kind)
        or types.is_decimal(kind)
        or types.is_null(kind)
        or (types.is_dictionary(kind) and is_number(kind.value_type))
    )


def known_values(chunk: pa.Array) -> tuple[slice | npt.NDArray[np.bool_], npt.NDArray[Any]]:
    """Which of a chunk's rows are not null, and their values.

    Arrow's own ``to_numpy`` imports pandas, which costs more than reading a million rows: DLPack does not.
    """
    kind = chunk.type
    if pa.types.is_null(kind):
        return np.zeros(len(chunk), dtype=np.bool_), np.empty(0)
    if pa.types.is_boolean(kind):
        chunk = chunk.cast(pa.uint8())
    elif pa.types.is_decimal(kind) or pa.types.is_dictionary(kind):
        chunk = chunk.cast(pa.float64())
    if not chunk.null_count:
        return slice(None), np.from_dlpack(chunk)
    known = np.from_dlpack(chunk.is_valid().cast(pa.uint8())).view(np.bool_)
    every = pa.Array.from_buffers(chunk.type, len(chunk), [None, chunk.buffers()[1]], offset=chunk.offset)
    return known, np.from_dlpack(every)[known]
