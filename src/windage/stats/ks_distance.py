"""The two-sample Kolmogorov–Smirnov distance, exactly, without looking at every value."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from windage.arrays import Floats, Ints

_SPARSE, _NARROWING = 4, 8
"""Without a change the distance is about 1/√n. The first values looked at are this many times closer than that, which rules out
most of what lies between them; then the step is divided by the second number."""


class KsDistance(NamedTuple):
    """The largest distance between two ECDFs and the value at which it is reached."""

    statistic: float
    at: float


def ks_distance(reference: Floats, current: Floats) -> KsDistance:
    """The distance of two sorted, non-empty samples, equal to ``scipy.stats.ks_2samp(...).statistic``.

    The smaller sample's ECDF rises only at its own values: where it leads, it leads most at one of them, and where it lags,
    it lags most just before one. Neither ECDF falls, so the lead and the lag between two of its values are bounded. Values
    are looked at sparsely first, then more densely where a bound still exceeds the best distance seen, until none does.
    """
    steps, other = (reference, current) if reference.size <= current.size else (current, reference)
    n, m = steps.size, other.size
    best = KsDistance(0.0, float(steps[0]))
    low, high = np.array([0]), np.array([n - 1])
    stride = max(math.isqrt(n) // _SPARSE, 1)
    while True:
        ranks, last = _every(stride, low, high)
        values = steps[ranks]
        not_above, below = _passed(other, values)
        lead, lag = (ranks + 1) / n - not_above / m, below / m - ranks / n
        ahead, behind = int(lead.argmax()), int(lag.argmax())
        if lead[ahead] > best.statistic:
            best = KsDistance(float(lead[ahead]), float(values[ahead]))
        if lag[behind] > best.statistic:
            best = KsDistance(float(lag[behind]), float(other[below[behind] - 1]))
        most = np.maximum(ranks[1:] / n - not_above[:-1] / m, below[1:] / m - (ranks[:-1] + 1) / n)
        most[last[:-1]] = 0.0  # between two stretches
        promising = most > best.statistic
        if stride == 1 or not promising.any():
            return best
        low, high = ranks[:-1][promising], ranks[1:][promising]
        stride = max(stride // _NARROWING, 1)


def _passed(ordered: Floats, values: Floats) -> tuple[Ints, Ints]:
    """How many of the sorted numbers are not above each value, and how many are below it; few usually equal one."""
    not_above = np.searchsorted(ordered, values, "right")
    equal = np.flatnonzero(ordered[not_above - 1] == values)  # index −1, below all, is the last number: not equal
    if not equal.size:
        return not_above, not_above
    below = not_above.copy()
    below[equal] = np.searchsorted(ordered, values[equal], "left")
    return not_above, below


def _every(stride: int, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Every ``stride``-th rank from each ``low`` to its ``high``, and ``high`` itself; the index of each ``high``."""
    counts = 1 - (low - high) // stride
    ends = np.cumsum(counts)
    steps = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts)
    return np.minimum(np.repeat(low, counts) + stride * steps, np.repeat(high, counts)), ends - 1


def ks_distance_stepwise(reference: tuple[Floats, Floats], current: tuple[Floats, Floats]) -> KsDistance:
    """The distance of two step functions, each given as (sorted support points, cumulative share at each point).

    Between two support points of the function that has fewer, that one is level and the other only rises: the gap is
    largest at such a point, or at the last of the other's points before it.
    """
    fewer, more = sorted((reference, current), key=lambda each: each[0].size)
    points = fewer[0]
    gaps = np.abs(step(fewer, points) - step(more, points))
    before = np.searchsorted(more[0], points, "left")
    gaps_before = np.abs(step(fewer, points, "left") - np.append(0.0, more[1])[before])
    top, top_before = int(gaps.argmax()), int(gaps_before.argmax())
    if gaps_before[top_before] > gaps[top] and before[top_before]:
        return KsDistance(float(gaps_before[top_before]), float(more[0][before[top_before] - 1]))
    return KsDistance(float(gaps[top]), float(points[top]))


def step(function: tuple[Floats, Floats], at: Floats, side: Literal["left", "right"] = "right") -> Floats:
    """A right-continuous step function's values, or its limits from the left: the cumulative share of the last support
    point not above ``at``, or below it."""
    points, cumulative = function
    return np.asarray(np.append(0.0, cumulative)[np.searchsorted(points, at, side)])
