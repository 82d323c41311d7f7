"""The two-sample Kolmogorov–Smirnov distance, exactly, without looking at every value."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.int64]

_FIRST_CUTS = 512
_NARROWING = 4


class KsDistance(NamedTuple):
    """The largest distance between two ECDFs and the value at which it is reached."""

    statistic: float
    at: float


def ks_distance(reference: Floats, current: Floats) -> KsDistance:
    """The distance of two sorted, non-empty samples, equal to ``scipy.stats.ks_2samp(...).statistic``.

    Both ECDFs only rise, so between two neighbouring cuts they are at most ``F(right) − G(left)`` or
    ``G(right) − F(left)`` apart. Cuts are drawn coarsely, then finer only inside the stretches whose bound still beats
    the best distance seen, until every remaining value has been looked at.
    """
    n, m = reference.size, current.size
    best = KsDistance(-1.0, float("nan"))
    low, high = np.zeros((2, 1), dtype=np.int64), np.array([[n], [m]])
    stride = max((n + m) // _FIRST_CUTS, 1)
    while True:
        i_reference, per_reference = _every(stride, low[0], high[0])
        i_current, per_current = _every(stride, low[1], high[1])
        cuts = np.concatenate([reference[i_reference], current[i_current]])
        cuts.sort()
        rank = np.stack([np.searchsorted(reference, cuts, "right"), np.searchsorted(current, cuts, "right")])
        f, g = rank[0] / n, rank[1] / m
        gaps = np.abs(f - g)
        top = int(gaps.argmax())
        best = max(best, KsDistance(float(gaps[top]), float(cuts[top])), key=lambda each: each.statistic)
        if stride == 1:
            return best
        right = np.append(rank[:, 1:], [[n], [m]], axis=1)
        right[:, np.cumsum(per_reference + per_current) - 1] = high
        promising = np.maximum(right[0] / n - g, right[1] / m - f) > best.statistic
        if not promising.any():
            return best
        low, high = rank[:, promising], right[:, promising]
        stride = max(stride // _NARROWING, 1)


def _every(stride: int, low: Ranks, high: Ranks) -> tuple[Ranks, Ranks]:
    """Every ``stride``-th rank of each half-open stretch ``[low, high)``, and how many each stretch gave."""
    counts = -((low - high) // stride)
    before = np.cumsum(counts) - counts
    return np.repeat(low - stride * before, counts) + stride * np.arange(int(counts.sum())), counts


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
