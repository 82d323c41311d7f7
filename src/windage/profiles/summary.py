"""A numeric column of a window in a few numbers, which stay in memory where whole profiles would not fit."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints
from windage.errors import InvalidInput
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile, once_per_window

PROBABILITIES = np.array([0.001, *(k / 20 for k in range(1, 20)), 0.999])
FEW_VALUES = 24
_ROUNDING = 1e-9


class ColumnSummary(NamedTuple):
    """``values`` are the column's distinct values and ``counts`` the rows of each, if there are certainly at most 24;
    else both are None. ``points`` is the number of distinct support points.

    ``quantiles`` are those at ``PROBABILITIES``. ``at_ends`` are the rows that certainly hold the minimum and the
    maximum, ``beside_ends`` about as many as hold the values next to them.
    """

    rows: int
    finite: int
    missing_share: float
    minimum: float
    maximum: float
    points: int
    values: Floats | None
    counts: Ints | None
    quantiles: Floats
    at_ends: tuple[int, int]
    beside_ends: tuple[int, int]
    mode: float
    most_at_one: int
    """About as many rows as hold the mode, the most frequent value."""

    @classmethod
    def of(cls, profile: NumericProfile) -> ColumnSummary:
        values, counts = profile.counted_values
        points = values.size
        few = profile.slack == 0 and 0 < points <= FEW_VALUES
        most = int(counts.argmax()) if points else 0
        at_minimum = bool(points) and values[0] == profile.minimum
        return cls(
            rows=profile.rows,
            finite=profile.finite,
            missing_share=profile.missing_share,
            minimum=profile.minimum,
            maximum=profile.maximum,
            points=points,
            values=values if few else None,
            counts=counts if few else None,
            quantiles=profile.quantiles(PROBABILITIES),
            at_ends=(int(counts[0]) if at_minimum else 0, max(int(counts[-1]) - profile.slack, 0) if points else 0),
            beside_ends=(int(counts[1]), int(counts[-2])) if points > 1 else (0, 0),
            mode=float(values[most]) if points else float("nan"),
            most_at_one=int(counts[most]) if points else 0,
        )

    def quantile(self, *probabilities: float) -> Floats:
        """Quantiles at some of ``PROBABILITIES``.

        Raises:
            InvalidInput: another one is asked for.
        """
        return self.quantiles[_places(probabilities)]


@lru_cache(maxsize=64)
def _places(probabilities: tuple[float, ...]) -> Ints:
    places = np.searchsorted(PROBABILITIES, np.array(probabilities) - _ROUNDING).clip(max=PROBABILITIES.size - 1)
    kept = PROBABILITIES[places].tolist()
    missing = [asked for asked, own in zip(probabilities, kept, strict=True) if not abs(asked - own) <= _ROUNDING]
    if missing:
        raise InvalidInput(
            f"a column's summary has the quantiles at 0.001, 0.999 and every 0.05 between; got {missing[0]:g}. "
            "Ask the column's profile for others: window.numeric[name].quantiles."
        )
    return places


@once_per_window
def summary(window: WindowProfile, name: str) -> ColumnSummary:
    """The summary of a numeric column of the window, computed once per window.

    Raises:
        DataError: the column cannot be profiled.
        KeyError: the window has no such column.
    """
    return ColumnSummary.of(window.numeric[name])
