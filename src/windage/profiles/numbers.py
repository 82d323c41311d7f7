"""Conversion between Arrow and numpy numbers without the imports that Arrow's own takes: ``to_numpy`` imports pandas, which
takes longer than profiling a million rows, and nearly everything else imports ``pyarrow.compute``, which takes as long as
profiling a hundred thousand."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from windage.arrays import Bools, Floats

Places = npt.NDArray[np.intp]


class Numbers(NamedTuple):
    """A chunk's values, one per row; a row is null, and its value meaningless, where ``known`` is False. ``known`` is
    None if no row is null."""

    values: npt.NDArray[Any]
    known: Bools | None

    @classmethod
    def of(cls, chunk: pa.Array) -> Numbers:
        kind = chunk.type
        if pa.types.is_null(kind):
            return cls(np.empty(len(chunk)), np.zeros(len(chunk), dtype=np.bool_))
        if pa.types.is_boolean(kind):
            chunk = chunk.cast(pa.uint8())
        elif pa.types.is_decimal(kind) or pa.types.is_dictionary(kind):
            chunk = chunk.cast(pa.float64())
        elif pa.types.is_timestamp(kind):
            chunk = chunk.view(pa.int64())
        known = _known(chunk) if chunk.null_count else None
        buffer, dtype = chunk.buffers()[1], np.dtype(chunk.type.to_pandas_dtype())
        values = (
            np.frombuffer(buffer, dtype, len(chunk), chunk.offset * dtype.itemsize)
            if buffer
            else np.zeros(len(chunk), dtype)
        )
        return cls(values, known)

    @property
    def is_plain(self) -> bool:
        """Whether the values are already doubles without nulls."""
        return self.known is None and self.values.dtype == np.float64

    @property
    def nulls(self) -> int:
        return 0 if self.known is None else int(self.known.size - np.count_nonzero(self.known))

    def rows(self, start: int, end: int) -> Numbers:
        return Numbers(self.values[start:end], None if self.known is None else self.known[start:end])

    def present(self) -> npt.NDArray[Any]:
        """The non-null values, in the column's own type."""
        return self.values if self.known is None else self.values[self.known]

    def at(self, rows: Places) -> Floats:
        """The rows at these positions as doubles, nulls as NaN."""
        values = self.values[rows].astype(np.float64)
        if self.known is not None:
            values[~self.known[rows]] = np.nan
        return values

    def into(self, target: Floats) -> None:
        """Write all rows to ``target`` as doubles, nulls as NaN."""
        target[:] = self.values
        if self.known is not None:
            target[~self.known] = np.nan


def _known(chunk: pa.Array) -> Bools:
    """Which rows are not null, from the validity bitmap."""
    bits = np.frombuffer(chunk.buffers()[0], np.uint8)
    end = chunk.offset + len(chunk)
    return np.unpackbits(bits, count=end, bitorder="little")[chunk.offset :].view(np.bool_)


def own(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values in writable memory; freshly decoded ones belong to nobody else and are not copied."""
    return values if values.flags.writeable else values.copy()


def as_arrow(values: npt.NDArray[Any], known: Bools | None = None) -> pa.Array:
    """Numpy numbers as an Arrow array, null where not ``known``; Arrow's own conversion imports pandas."""
    held = np.ascontiguousarray(values)
    bits = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(pa.from_numpy_dtype(held.dtype), held.size, [bits, pa.py_buffer(held)])


def from_arrow(column: pa.ChunkedArray) -> Any:
    """Arrow numbers without nulls as numpy's."""
    return np.from_dlpack(column.combine_chunks())


def is_number(kind: pa.DataType) -> bool:
    """Whether a type counts as numeric: also booleans, decimals, dictionaries of numbers and the null type, but not
    timestamps."""
    types = pa.types
    return bool(
        types.is_floating(kind)
        or types.is_integer(kind)
        or types.is_boolean(kind)
        or types.is_decimal(kind)
        or types.is_null(kind)
        or (types.is_dictionary(kind) and is_number(kind.value_type))
    )
