"""The median of a few values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from windage.arrays import Floats


def median(values: Floats | Sequence[float] | Sequence[Floats]) -> Floats:
    """Equal to ``numpy.median`` along the first axis of finite values, and several times faster for a few.

    >>> float(median([4.0, 1.0, 2.0])), float(median([4.0, 1.0]))
    (2.0, 2.5)
    """
    ordered, middle = np.sort(values, axis=0), len(values) // 2
    return np.asarray(ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)
