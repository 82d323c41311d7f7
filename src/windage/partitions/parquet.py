"""Columns of Parquet files, read one at a time, as Arrow arrays or as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from windage.arrays import Floats
from windage.errors import DataError, MissingColumn, listed
from windage.partitions.open_files import OpenFiles, Piece, RowGroups, joined
from windage.profiles.categorical import strings, without_views
from windage.profiles.numbers import Numbers, Places, as_arrow, is_number, own
from windage.vocabulary import Window

ROWS_AT_ONCE = 1 << 20
"""Rows of a column in memory at a time, where it is not needed whole: the size of Arrow's default row group."""
PARTS_OF_A_PIECE = 8
"""Parts that a worker reads in sequence, so that one set of counting cells serves them all."""
NOWHERE: Places = np.empty(0, dtype=np.intp)


class KnownPart(NamedTuple):
    """Some rows of a column: a fresh array of the non-null values in the column's own type, the number of nulls, and
    the sampled rows as doubles, nulls as NaN."""

    values: npt.NDArray[Any]
    nulls: int
    sampled: Floats


class ParquetColumns:
    """The columns of a window's Parquet files, or of some of their row groups, in the files' order.

    ``column`` and ``numbers`` return a column whole; methods whose names end in ``parts`` yield ``rows_at_once`` rows
    at a time.

    Raises:
        ReadFailed: a file cannot be opened or decoded; a retry may help.
    """

    def __init__(
        self,
        files: Sequence[str],
        *,
        where: str,
        period: Window | None = None,
        rows_at_once: int = ROWS_AT_ONCE,
        groups: Sequence[RowGroups] | None = None,
    ) -> None:
        """
        Args:
            period: the period that the rows should belong to, if known.
            groups: the row groups to read; default: all.
        """
        self.files = tuple(files)
        self.where = where
        self.period = period
        self.rows_at_once = rows_at_once
        self._open = OpenFiles(self.files, where=where)
        self._groups = tuple(self._open.whole() if groups is None else groups)
        self.rows: int = sum(map(self._open.rows, self._groups))
        self.schema = self._open.schema(self.files[0]) if files else pa.schema([])

    def cut(self) -> list[Piece]:
        """Pieces of at most ``PARTS_OF_A_PIECE * rows_at_once`` rows; a single larger row group is a piece of its own.

        Files that disagree on a column's type are one piece, because the column's common type depends on all of them.
        """
        if len(self._open.types()) > 1 and not all(map(self.has_one_type, self.schema.names)):
            return [Piece(groups=self._groups, rows=self.rows)]
        groups = [each for many in self._groups for each in self._open.singly(many)]
        pieces: list[Piece] = []
        held: list[RowGroups] = []
        rows = 0
        for each in groups:
            more = self._open.rows(each)
            if held and rows + more > PARTS_OF_A_PIECE * self.rows_at_once:
                pieces.append(Piece(groups=joined(held), rows=rows))
                held, rows = [], 0
            held.append(each)
            rows += more
        if not held:  # files without a row group are a piece without a row
            return [Piece(groups=self._groups, rows=0)]
        return [*pieces, Piece(groups=joined(held), rows=rows)]

    def piece(self, piece: Piece) -> ParquetColumns:
        """The columns of one piece, sharing these readers."""
        part = copy(self)
        part.__dict__.pop("types", None)
        schema = self._open.schema(piece.groups[0].file)
        vars(part).update(_groups=piece.groups, rows=piece.rows, schema=schema)
        return part

    def all_at_once(self) -> ParquetColumns:
        """The same columns, read in one part."""
        whole = copy(self)
        whole.rows_at_once = max(self.rows, 1)
        return whole

    def chunks(self, column: str) -> Iterator[pa.Array]:
        """The column as Arrow arrays, in the order of the row groups."""
        for groups in self._groups:
            times = len(self._open.schema(groups.file).get_all_field_indices(column))
            if times == 0:
                names = self._open.schema(groups.file).names
                raise MissingColumn.named(column, present=names, where=f"{self.where} ({groups.file})")
            if times > 1:
                raise DataError(
                    f"{self.where} ({groups.file}) has more than one column {column!r}. Rename or drop all but one."
                )
            arrays = self._open.column(groups, column, rows_at_once=min(self.rows_at_once, ROWS_AT_ONCE))
            yield from map(without_views, arrays)

    def column(self, name: str) -> pa.ChunkedArray:
        """The column in one type: that of its files if they agree, else a common type, text as the last resort.

        Raises:
            DataError: a file's type cannot even become text.
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
                return pa.chunked_array(list(map(strings, plain)))
            except DataError as error:
                raise DataError(
                    f"{self.where}'s column {name!r} has incompatible types: "
                    f"{listed(sorted(map(_as_logged, kinds)))}. Log it as one type."
                ) from error

    def numbers(self, name: str, *, times: bool = False) -> Floats:
        """A fresh array with one float per row, nulls as NaN.

        Args:
            times: accept timestamps, as numbers of their own unit.

        Raises:
            DataError: the column does not hold numbers.
        """
        parts = list(self._number_chunks(name, times=times))
        if len(parts) == 1 and parts[0].is_plain:
            return own(parts[0].values)
        values, start = np.empty(self.rows), 0
        for part in parts:
            part.into(values[start : start + part.values.size])
            start += part.values.size
        return values

    @property
    def is_large(self) -> bool:
        """Whether there are more than ``rows_at_once`` rows."""
        return self.rows > self.rows_at_once

    def has_one_type(self, name: str) -> bool:
        """Whether every file has the column in the same type, so that its parts can be read one by one."""
        schemas = [self._open.schema(groups.file) for groups in self._groups]
        kinds = {schema.field(k).type for schema in schemas for k in schema.get_all_field_indices(name)}
        return len(kinds) < 2

    def has_several_whole_numbers(self, name: str) -> bool:
        """Whether a column of integers or decimals holds more than one distinct value, compared in its own type."""
        seen: set[Any] = set()
        for chunk in self.chunks(name):
            if not _is_floating(chunk.type):
                seen.update(value for value in chunk.unique()[:3].to_pylist() if value is not None)
            if len(seen) > 1:
                return True
        return False

    def number_parts(self, name: str, *, times: bool = False) -> Iterator[Floats]:
        """``numbers`` in consecutive parts of exactly ``rows_at_once`` rows, except the last, so that the parts of
        several columns line up.

        Raises:
            DataError: the column does not hold numbers.
        """
        if not self.is_large:
            yield self.numbers(name, times=times)
            return
        left = self.rows
        part, filled = np.empty(min(self.rows_at_once, left)), 0
        for chunk in self._number_chunks(name, times=times):
            start = 0
            while start < chunk.values.size:
                taken = chunk.rows(start, start + part.size - filled)
                start, filled = start + taken.values.size, filled + taken.values.size
                if taken.values.size == part.size and taken.is_plain:
                    part = own(taken.values)
                else:
                    taken.into(part[filled - taken.values.size : filled])
                if filled == part.size:
                    yield part
                    left -= filled
                    part, filled = np.empty(min(self.rows_at_once, left)), 0

    def known_number_parts(self, name: str, *, sampled: Places = NOWHERE) -> Iterator[KnownPart]:
        """The non-null values in consecutive parts of about ``rows_at_once`` rows; one empty part if there are no rows.

        Args:
            sampled: ascending positions of rows whose values are also returned separately.

        Raises:
            DataError: the column does not hold numbers.
        """
        if not self.is_large:
            yield _known(self._number_chunks(name), self.rows, sampled)
            return
        parts: list[Numbers] = []
        start = rows = 0
        for chunk in self._number_chunks(name):
            for first in range(0, chunk.values.size, self.rows_at_once):
                parts.append(chunk.rows(first, first + self.rows_at_once))
                rows += parts[-1].values.size
                if rows >= self.rows_at_once:
                    yield _known(parts, rows, sampled, start)
                    start, rows, parts = start + rows, 0, []
        if rows:
            yield _known(parts, rows, sampled, start)

    def numbers_at(self, name: str, rows: Places) -> Floats:
        """The values of the rows at these ascending positions as doubles, nulls as NaN."""
        return np.concatenate([part.sampled for part in self.known_number_parts(name, sampled=rows)])

    def holds_numbers(self, name: str, *, times: bool = False) -> bool:
        """Whether every file has the column exactly once, as numbers or, with ``times``, as timestamps."""
        schemas = [self._open.schema(groups.file) for groups in self._groups]
        fields = [schema.get_all_field_indices(name) for schema in schemas]
        if any(len(each) != 1 for each in fields):
            return False
        kinds = [schema.field(each[0]).type for schema, each in zip(schemas, fields, strict=True)]
        return all(is_number(kind) or (times and pa.types.is_timestamp(kind)) for kind in kinds)

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type by name, as the first file has it."""
        return {field.name: str(field.type) for field in self.schema}

    def taken(self, name: str, rows: Places) -> pa.ChunkedArray:
        """The rows of a column at these ascending positions."""
        start, chunks = 0, []
        for chunk in self.chunks(name):
            end = start + len(chunk)
            in_chunk = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)]
            chunks.append(_taken(chunk, in_chunk - start))
            start = end
        return pa.chunked_array(chunks, type=chunks[0].type if chunks else pa.null())

    def _number_chunks(self, name: str, *, times: bool = False) -> Iterator[Numbers]:
        for chunk in self.chunks(name):
            if not (is_number(chunk.type) or (times and pa.types.is_timestamp(chunk.type))):
                raise DataError(
                    f"{self.where}'s column {name!r} is not numeric but {_as_logged(chunk.type)}. "
                    f"{'Log one number per row' if pa.types.is_nested(chunk.type) else 'Name it as categorical, or log it as a number'}."
                )
            yield Numbers.of(chunk)


def _taken(chunk: pa.Array, rows: Places) -> pa.Array:
    """The rows of a chunk at these positions; for dictionaries (text) without the import that ``take`` would cost."""
    if not (rows.size and pa.types.is_dictionary(chunk.type)):
        return chunk.take(as_arrow(rows))
    places, known = Numbers.of(chunk.indices)
    indices = as_arrow(places[rows], None if known is None else known[rows])
    return pa.DictionaryArray.from_arrays(indices, chunk.dictionary, safe=False)


def _is_floating(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind.value_type if pa.types.is_dictionary(kind) else kind))


def _as_logged(kind: pa.DataType) -> str:
    """The type as it was logged: text columns are read as dictionaries, which nobody logged."""
    return str(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _known(parts: Iterable[Numbers], rows: int, sampled: Places, start: int = 0) -> KnownPart:
    """``rows`` consecutive rows from position ``start``, joined; an iterator's parts are in memory one at a time."""
    values: npt.NDArray[Any] | None = None
    taken, at, filled, nulls = [np.empty(0)], start, 0, 0
    for part in parts:
        end = at + part.values.size
        in_part = sampled[np.searchsorted(sampled, at) : np.searchsorted(sampled, end)]
        taken.append(part.at(in_part - at))
        present = part.present()
        if values is None and part.values.size == rows:
            values = own(present)
        else:
            values = np.empty(rows, present.dtype) if values is None else values
            values = values.astype(np.result_type(values, present), copy=False)
            values[filled : filled + present.size] = present
        at, filled, nulls = end, filled + present.size, nulls + part.nulls
    return KnownPart(np.empty(0) if values is None else values[:filled], nulls, np.concatenate(taken))
