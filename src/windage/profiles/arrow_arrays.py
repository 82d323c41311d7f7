"""Arrow arrays from Python values without importing pandas, as ``pyarrow.array`` does to recognise pandas objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa

from windage.profiles.numbers import as_arrow


def doubles(values: Sequence[float | None]) -> pa.Array:
    """None becomes null; NaN stays a number."""
    numbers = np.array([0.0 if value is None else value for value in values], dtype=np.float64)
    return pa.Array.from_buffers(pa.float64(), len(values), [_validity(values), as_arrow(numbers).buffers()[1]])


def texts(values: Sequence[str | None]) -> pa.Array:
    """None becomes null.

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate, which ``as_counted`` would have escaped.
    """
    encoded = [b"" if value is None else value.encode() for value in values]
    offsets, content = _offsets(map(len, encoded)), pa.py_buffer(b"".join(encoded))
    return pa.Array.from_buffers(pa.string(), len(values), [_validity(values), offsets.buffers()[1], content])


def lists_of_texts(values: Sequence[Sequence[str]]) -> pa.Array:
    return pa.ListArray.from_arrays(_offsets(map(len, values)), texts([text for each in values for text in each]))


def _offsets(lengths: Iterable[int]) -> pa.Array:
    return as_arrow(np.array([0, *accumulate(lengths)], dtype=np.int32))


def _validity(values: Sequence[object]) -> pa.Buffer | None:
    """The validity bitmap; None if no value is missing."""
    present = [value is not None for value in values]
    return None if all(present) else pa.py_buffer(np.packbits(present, bitorder="little"))
