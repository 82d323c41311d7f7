"""How many times the rows of a partition were written, as when a file is appended to itself; found from counts
alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile

MANY_COUNTS = 30
"""This many counts do not share a divisor by chance."""


def times_written(day: WindowProfile) -> int:
    """The greatest common divisor of the counts of all labels, users, categories and values; 1 if there are few counts.

    The columns that are cheap to read come first and nearly always decide.
    """
    found, known = day.rows, 1
    for counts in _counts(day):
        if found <= 1:
            return 1
        found = math.gcd(found, *counts)
        known += sum(map(bool, counts))
    return found if known >= MANY_COUNTS else 1


def _counts(day: WindowProfile) -> Iterator[list[int]]:
    for column in (day.labels, day.users):
        yield _of_categories(column)
    for name in day.categorical:
        yield _of_categories(day.categorical[name])
    for name in day.numeric:
        yield _of_values(day.numeric[name])


def _of_categories(column: CategoricalProfile | None) -> list[int]:
    return [column.nulls, *column.counts.values()] if column is not None and column.is_exact else []


def _of_values(column: NumericProfile) -> list[int]:
    if column.slack:
        return []
    weights = np.unique(column.points, return_counts=True)[1] if column.weights is None else column.weights
    return [column.nulls, column.nans, *map(int, weights)]
