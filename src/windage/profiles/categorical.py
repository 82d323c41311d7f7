"""Counts of a column's values: exact up to a cap, beyond it the most frequent values and a sum of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from windage.arrays import Texts
from windage.errors import DataError
from windage.profiles.names import as_counted, is_missing

CAP = 10_000
"""Distinct values that are counted separately; those beyond it, as with ids and free text, are summed."""


@dataclass(frozen=True, kw_only=True)
class CategoricalProfile:
    """Rows by value (as text) in descending order; ``other`` rows held values beyond the cap."""

    counts: Mapping[str, int]
    nulls: int = 0
    other: int = 0

    @cached_property
    def known(self) -> int:
        """Rows that hold a value."""
        return sum(self.counts.values()) + self.other

    @property
    def rows(self) -> int:
        return self.known + self.nulls

    @property
    def missing_share(self) -> float:
        """Share of rows that hold no value."""
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def is_exact(self) -> bool:
        return self.other == 0

    def share(self, value: str) -> float:
        """The value's share of the rows that hold a value."""
        return self.counts.get(value, 0) / self.known if self.known else 0.0

    def shares(self) -> dict[str, float]:
        """Each value's share, in alphabetical order of the values."""
        return {value: self.share(value) for value in sorted(self.counts)}

    @classmethod
    def of(cls, values: Any, *, cap: int = CAP) -> CategoricalProfile:
        """Count the values of a sequence, a pandas series, or a numpy or Arrow array. None, NaN and NaT are nulls."""
        from windage.profiles.numbers import Numbers

        tally: Counter[str] = Counter()
        nulls = 0
        for chunk in _chunks(values):
            encoded = _encoded(chunk)
            names = _distinct(encoded)
            counts = np.bincount(Numbers.of(encoded.indices).present(), minlength=len(names)).tolist()
            nulls += encoded.null_count
            for name, count in zip(names, counts, strict=True):
                if name is None:
                    nulls += count
                elif count:
                    tally[name] += count
        return cls._capped(tally, nulls=nulls, other=0, cap=cap)

    @classmethod
    def merge(cls, parts: Sequence[CategoricalProfile], *, cap: int = CAP) -> CategoricalProfile:
        tally: Counter[str] = Counter()
        for part in parts:
            tally.update(part.counts)
        return cls._capped(
            tally, nulls=sum(part.nulls for part in parts), other=sum(part.other for part in parts), cap=cap
        )

    @classmethod
    def _capped(cls, tally: Mapping[str, int], *, nulls: int, other: int, cap: int) -> CategoricalProfile:
        ranked = sorted(tally.items(), key=lambda item: (-item[1], item[0]))
        return cls(counts=dict(ranked[:cap]), nulls=nulls, other=other + sum(count for _, count in ranked[cap:]))


def texts(values: Any) -> Texts:
    """Each value as the text that ``CategoricalProfile`` counts; None for a null.

    Raises:
        DataError: the values cannot be categories.
    """
    return np.concatenate([np.empty(0, dtype=np.object_), *map(_texts, _chunks(values))])


def _texts(chunk: Any) -> Texts:
    """``texts`` of one chunk; each distinct value is converted once."""
    from windage.profiles.numbers import Numbers

    encoded = _encoded(chunk)
    places, known = Numbers.of(encoded.indices)
    names: Texts = np.array([*_distinct(encoded), None], dtype=np.object_)
    return names.take(places if known is None else np.where(known, places, -1))


def strings(column: Any) -> Any:
    """An Arrow column as strings, converted as by ``texts``.

    Raises:
        DataError: its values cannot be categories.
    """
    from windage.profiles import arrow_arrays

    return arrow_arrays.texts(texts(column).tolist())


def _distinct(encoded: Any) -> list[str | None]:
    """A dictionary's values as text, None for missing ones. Bytes that are not UTF-8 are escaped, so that one bad row
    does not cost the column."""
    import pyarrow as pa

    try:
        values = encoded.dictionary.to_pylist()
    except UnicodeDecodeError:
        binary = pa.large_binary() if pa.types.is_large_string(encoded.dictionary.type) else pa.binary()
        values = [
            value and value.decode(errors="backslashreplace") for value in encoded.dictionary.cast(binary).to_pylist()
        ]
    return [None if is_missing(value) else as_counted(value) for value in values]


def _chunks(values: Any) -> Sequence[Any]:
    """A column's Arrow arrays."""
    import pyarrow as pa

    column = values if isinstance(values, pa.ChunkedArray | pa.Array) else _as_arrow(values)
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


def _as_arrow(values: Iterable[Any]) -> Any:
    """An Arrow array of Python values; values of mixed types become text."""
    import pyarrow as pa

    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return pa.array([None if is_missing(value) else as_counted(value) for value in values], type=pa.string())


def _encoded(chunk: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(chunk.type):
        return chunk
    try:
        return without_views(chunk).dictionary_encode()
    except pa.ArrowNotImplementedError as error:
        raise DataError(
            f"values of type {chunk.type} cannot be categories. Log one text, number or boolean per row."
        ) from error


def is_text(kind: Any) -> bool:
    """Whether an Arrow type is text, dictionary-encoded or not."""
    import pyarrow as pa

    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value))


def without_views(chunk: Any) -> Any:
    """The chunk, with text or binary views cast to plain types: Arrow can neither ``take`` nor encode views."""
    import pyarrow as pa

    if pa.types.is_string_view(chunk.type):
        return chunk.cast(pa.string())
    return chunk.cast(pa.binary()) if pa.types.is_binary_view(chunk.type) else chunk
