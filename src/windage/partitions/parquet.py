"""Columns out of Parquet files, one at a time and as numbers."""

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
"""Rows of which a column is in memory at a time, where it need not be there whole; so many are a row group of Arrow's."""
PARTS_OF_A_PIECE = 8
"""What a worker reads one after the other: a column's parts are counted in the same cells while they are."""
NOWHERE: Places = np.empty(0, dtype=np.intp)


class KnownPart(NamedTuple):
    """A fresh array of a part's values that are not null, in the column's own type; how many rows are null; and doubles of
    the rows that were wanted by themselves, nulls as NaN."""

    values: npt.NDArray[Any]
    nulls: int
    sampled: Floats


class ParquetColumns:
    """The columns of one or more Parquet files that make up a window, or of some of their row groups, in the files' order.

    ``column`` and ``numbers`` hold all of a column; what ends with ``parts`` holds ``rows_at_once`` of it.

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
            period: the time that the rows should be of, where that is known.
            groups: what is read; default: all of the files.
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
        """Row groups that go together: as many as hold ``PARTS_OF_A_PIECE`` times ``rows_at_once`` rows, or one that holds more.

        Files that do not agree about the type of a column are one piece: its type is that of all of them.
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
        """The columns of one piece, by the same readers."""
        part = copy(self)
        part.__dict__.pop("types", None)
        schema = self._open.schema(piece.groups[0].file)
        vars(part).update(_groups=piece.groups, rows=piece.rows, schema=schema)
        return part

    def all_at_once(self) -> ParquetColumns:
        """The same columns, in memory whole."""
        whole = copy(self)
        whole.rows_at_once = max(self.rows, 1)
        return whole

    def chunks(self, column: str) -> Iterator[pa.Array]:
        """The column as Arrow arrays, one row group after the other."""
        for groups in self._groups:
            times = len(self._open.schema(groups.file).get_all_field_indices(column))
            if times == 0:
                names = self._open.schema(groups.file).names
                raise MissingColumn.named(column, present=names, where=f"{self.where} ({groups.file})")
            if times > 1:
                raise DataError(
                    f"{self.where} ({groups.file}) has more than one column {column!r}. Rename or drop all but one."
                )
            found = self._open.column(groups, column, rows_at_once=min(self.rows_at_once, ROWS_AT_ONCE))
            yield from map(without_views, found)

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
                return pa.chunked_array(list(map(strings, plain)))
            except DataError as error:
                raise DataError(
                    f"{self.where}'s column {name!r} has incompatible types: "
                    f"{listed(sorted(map(_as_logged, kinds)))}. Log it as one type."
                ) from error

    def numbers(self, name: str, *, times: bool = False) -> Floats:
        """A fresh array with one float per row, nulls as NaN.

        Args:
            times: timestamps count as numbers, of their own unit.

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
        """Whether there are more rows than are to be in memory at a time."""
        return self.rows > self.rows_at_once

    def has_one_type(self, name: str) -> bool:
        """Whether every file holds the column in the same type, so that its parts can be looked at one by one."""
        schemas = [self._open.schema(groups.file) for groups in self._groups]
        kinds = {schema.field(k).type for schema in schemas for k in schema.get_all_field_indices(name)}
        return len(kinds) < 2

    def has_several_whole_numbers(self, name: str) -> bool:
        """Whether a column of whole numbers or decimals holds more than one, in its own type."""
        seen: set[Any] = set()
        for chunk in self.chunks(name):
            if not _is_floating(chunk.type):
                seen.update(value for value in chunk.unique()[:3].to_pylist() if value is not None)
            if len(seen) > 1:
                return True
        return False

    def number_parts(self, name: str, *, times: bool = False) -> Iterator[Floats]:
        """``numbers`` in consecutive parts of exactly ``rows_at_once`` rows, but for the last: those of any two columns
        stand side by side.

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
                some = chunk.rows(start, start + part.size - filled)
                start, filled = start + some.values.size, filled + some.values.size
                if some.values.size == part.size and some.is_plain:
                    part = own(some.values)
                else:
                    some.into(part[filled - some.values.size : filled])
                if filled == part.size:
                    yield part
                    left -= filled
                    part, filled = np.empty(min(self.rows_at_once, left)), 0

    def known_number_parts(self, name: str, *, sampled: Places = NOWHERE) -> Iterator[KnownPart]:
        """The values that are not null, in consecutive parts of about ``rows_at_once`` rows; one part for no rows.

        Args:
            sampled: rows, by their places in ascending order, that are wanted by themselves as well.

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
        """Doubles of some rows, by their places in ascending order, nulls as NaN."""
        return np.concatenate([part.sampled for part in self.known_number_parts(name, sampled=rows)])

    def holds_numbers(self, name: str, *, times: bool = False) -> bool:
        """Whether every file has the column, as numbers or, if they count, as timestamps."""
        schemas = [self._open.schema(groups.file) for groups in self._groups]
        places = [schema.get_all_field_indices(name) for schema in schemas]
        if any(len(each) != 1 for each in places):
            return False
        kinds = [schema.field(each[0]).type for schema, each in zip(schemas, places, strict=True)]
        return all(is_number(kind) or (times and pa.types.is_timestamp(kind)) for kind in kinds)

    @cached_property
    def types(self) -> dict[str, str]:
        """The type of each column, by name."""
        return {field.name: str(field.type) for field in self.schema}

    def taken(self, name: str, rows: Places) -> pa.ChunkedArray:
        """Some rows of a column, by their places in ascending order."""
        start, found = 0, []
        for chunk in self.chunks(name):
            end = start + len(chunk)
            here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)]
            found.append(_taken(chunk, here - start))
            start = end
        return pa.chunked_array(found, type=found[0].type if found else pa.null())

    def _number_chunks(self, name: str, *, times: bool = False) -> Iterator[Numbers]:
        for chunk in self.chunks(name):
            if not (is_number(chunk.type) or (times and pa.types.is_timestamp(chunk.type))):
                raise DataError(
                    f"{self.where}'s column {name!r} is not numeric but {_as_logged(chunk.type)}. "
                    f"{'Log one number per row' if pa.types.is_nested(chunk.type) else 'Name it as categorical, or log it as a number'}."
                )
            yield Numbers.of(chunk)


def _taken(chunk: pa.Array, rows: Places) -> pa.Array:
    """Some rows of a chunk; of texts, which are read as dictionaries, without what Arrow imports for it."""
    if not (rows.size and pa.types.is_dictionary(chunk.type)):
        return chunk.take(as_arrow(rows))
    places, known = Numbers.of(chunk.indices)
    indices = as_arrow(places[rows], None if known is None else known[rows])
    return pa.DictionaryArray.from_arrays(indices, chunk.dictionary, safe=False)


def _is_floating(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind.value_type if pa.types.is_dictionary(kind) else kind))


def _as_logged(kind: pa.DataType) -> str:
    """A type as people know it: texts are read as dictionaries."""
    return str(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _known(parts: Iterable[Numbers], rows: int, sampled: Places, start: int = 0) -> KnownPart:
    """What is known of consecutive rows from ``start`` on. Parts that are made one by one are in memory one by one."""
    values: npt.NDArray[Any] | None = None
    taken, at, filled, nulls = [np.empty(0)], start, 0, 0
    for part in parts:
        end = at + part.values.size
        here = sampled[np.searchsorted(sampled, at) : np.searchsorted(sampled, end)]
        taken.append(part.at(here - at))
        present = part.present()
        if values is None and part.values.size == rows:
            values = own(present)
        else:
            values = np.empty(rows, present.dtype) if values is None else values
            values = values.astype(np.result_type(values, present), copy=False)
            values[filled : filled + present.size] = present
        at, filled, nulls = end, filled + present.size, nulls + part.nulls
    return KnownPart(np.empty(0) if values is None else values[:filled], nulls, np.concatenate(taken))
