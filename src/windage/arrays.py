"""The kinds of numpy array that numbers come in, and their median, which many ask for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]


def median(values: Floats | Sequence[float] | Sequence[Floats]) -> Floats:
    """As ``numpy.median`` along the first axis of finite values, several times faster for a few."""
    ordered, middle = np.sort(values, axis=0), len(values) // 2
    return np.asarray(ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)
