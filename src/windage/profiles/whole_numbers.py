"""Columns of whole numbers, such as counts, ages and codes: how many rows have each, at less than the cost of a sort."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from windage.arrays import Floats, Ints

LEAST_ROWS = 8192
"""Fewer rows are faster to sort."""
_APART = 4
"""Counters for more than one number in so many rows cost more than a sort."""
_MOST = 1 << 17
"""As many counters as fit a core's own cache."""
_LARGEST = 2.0**31
"""Smaller numbers are counted exactly: a cell's end, which lies half way between two of them, is a double."""
_SAMPLE = 64


class WholeNumbers(NamedTuple):
    """The distinct numbers of a column in ascending order, how many rows have each, and how many rows are NaN."""

    values: Floats
    rows: Ints
    nans: int

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> Self | None:
        """None if there are few rows, if a value is not a whole number, or if they lie too far apart to be counted."""
        if values.size < LEAST_ROWS or not _may_be_whole(values[:: values.size // _SAMPLE]):
            return None
        least, most = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
        if not (-_LARGEST < least <= most < _LARGEST and most - least < min(_MOST, values.size // _APART)):
            return None
        from fast_histogram import histogram1d

        numbers = int(most - least) + 1
        counts = histogram1d(values, bins=numbers, range=(least - 0.5, most + 0.5)).astype(np.int64)
        known = int(counts.sum())
        if values.dtype.kind == "f" and np.count_nonzero(np.rint(values) == values) < known:
            return None
        present = np.flatnonzero(counts)
        return cls(np.add(least, present, dtype=np.float64), counts[present], values.size - known)


def _may_be_whole(sample: npt.NDArray[Any]) -> bool:
    if sample.dtype.kind == "f":
        return bool(((np.rint(sample) == sample) | np.isnan(sample)).all())
    return sample.dtype.kind in "iu"
