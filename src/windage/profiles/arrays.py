"""Python's values as Arrow's arrays, without pandas: ``pyarrow.array`` imports it to look whether it was given its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa

from windage.profiles.numbers import as_arrow


def doubles(values: Sequence[float | None]) -> pa.Array:
    """None is null; a NaN stays a number."""
    numbers = np.array([0.0 if value is None else value for value in values], dtype=np.float64)
    return pa.Array.from_buffers(pa.float64(), len(values), [_known(values), as_arrow(numbers).buffers()[1]])


def texts(values: Sequence[str | None]) -> pa.Array:
    """None is null.

    Raises:
        UnicodeEncodeError: a text holds half a surrogate, which ``as_counted`` spells out.
    """
    encoded = [b"" if value is None else value.encode() for value in values]
    ends, content = _ends(map(len, encoded)), pa.py_buffer(b"".join(encoded))
    return pa.Array.from_buffers(pa.string(), len(values), [_known(values), ends.buffers()[1], content])


def lists_of_texts(values: Sequence[Sequence[str]]) -> pa.Array:
    return pa.ListArray.from_arrays(_ends(map(len, values)), texts([one for each in values for one in each]))


def _ends(lengths: Iterable[int]) -> pa.Array:
    return as_arrow(np.array([0, *accumulate(lengths)], dtype=np.int32))


def _known(values: Sequence[object]) -> pa.Buffer | None:
    """The bits that say which values are there; None where all are."""
    known = [value is not None for value in values]
    return None if all(known) else pa.py_buffer(np.packbits(known, bitorder="little"))
