"""By how much more a day may differ because other users than usual send its rows.

Where users differ, a window's share is the mean of theirs, weighted by who sends how much: its variance grows with the
squared distance between that mix and the reference's. What an ordinary day's mix adds is part of how much ordinary days
differ; what an unusual one adds is not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from windage.arrays import Floats

MOST_TIMES = 25.0
"""A mix further from the reference's than so many times the usual squared distance is news by itself."""


class Mix(NamedTuple):
    """How unusual the current mix of users is: its squared distance from the reference's mix, as a multiple (``times``)
    of what as many ordinary days have, and what it exceeds that by (``more``)."""

    times: float
    more: float

    @classmethod
    def of(cls, reference: Floats | None, weights: Floats, current: Floats | None, now: Floats) -> Mix:
        """Of the users' parts of each day's rows, and the weights of the days."""
        if reference is None or current is None:
            return cls(1.0, 0.0)
        middle = weights @ reference
        squares = float(weights @ weights)
        of_a_day = float(weights @ ((reference - middle) ** 2).sum(axis=1)) / max(1 - squares, 1e-300)
        usual = of_a_day * (squares + float(now @ now))
        found = float(((now @ current - middle) ** 2).sum())
        return cls(found / max(usual, 1e-300), found - usual)

    def variance(self, of_days: Floats, of_users: Floats) -> Floats:
        """What the mix adds to the variance of days: at most what users differ by, and at most what it would add if
        users were all of the ordinary days' variance."""
        if self.times <= 1:
            return np.zeros_like(of_days)
        return np.minimum(of_users * self.more, of_days * (min(self.times, MOST_TIMES) - 1))
