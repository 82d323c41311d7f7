"""Whether a change came little by little or at once."""

from __future__ import annotations

import numpy as np

from windage.arrays import Floats, Ints

LEAST_LENGTH = 4
"""A ramp has at least three days between its ends, because a step at noon also puts one day half way."""
CLEARLY = 0.5
"""A ramp fits better only if it leaves less than this part of the squares that the best step leaves."""


def came_gradually(dates: Ints, levels: Floats) -> bool:
    """Whether the daily levels went from one height to another over days rather than at once: the best ramp leaves less
    than half of the squares that the best step leaves. Of levels that scatter as much as they changed, neither does.

    Args:
        dates: in days, ascending; some may be missing.

    >>> week = np.arange(10)
    >>> came_gradually(week, np.array([0, 0, 0, 1, 2, 3, 4, 5, 6, 7.0]))
    True
    >>> came_gradually(week, np.array([0, 0, 0, 0, 0, 0, 3, 7, 7, 7.0]))
    False
    """
    starts, ends = np.triu_indices(dates.size, 1)
    length = ends - starts
    if not (length >= LEAST_LENGTH).any():
        return False
    first, last = dates[starts, None], dates[ends, None]
    left = _squares_left(np.clip((dates - first) / (last - first), 0.0, 1.0), levels)
    return bool(left[length >= LEAST_LENGTH].min() < CLEARLY * left[length == 1].min())


def _squares_left(shapes: Floats, levels: Floats) -> Floats:
    """The sum of squares that each shape, of any height and size, leaves of the levels."""
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    levels = levels - levels.mean()
    return np.asarray(levels @ levels - (shapes @ levels) ** 2 / (shapes**2).sum(axis=1))
