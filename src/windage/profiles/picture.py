"""The picture of a feature: its histogram and ECDF in both windows, small enough for the report."""

from __future__ import annotations

import numpy as np

from windage.arrays import Floats
from windage.profiles.distance import bin_counts, ks
from windage.profiles.numeric import NumericProfile
from windage.stats.distinct import distinct
from windage.vocabulary import Picture

BARS = 24
ECDF_POINTS = 60
LARGEST = float(np.finfo(np.float64).max)


def picture(reference: NumericProfile, current: NumericProfile) -> Picture:
    """Both windows on one axis that spans the middle 98 % of each; the outer bars include everything beyond."""
    ends = np.concatenate([profile.quantiles(np.array([0.01, 0.99])) for profile in (reference, current)])
    edges = _edges(float(ends.min()), float(ends.max()))
    shares = [bin_counts(profile, edges[1:-1]) / profile.finite for profile in (reference, current)]
    distance = ks(reference, current)
    grid = np.linspace(0, 1, ECDF_POINTS // 2)
    points = distinct(np.sort(np.concatenate([reference.quantiles(grid), current.quantiles(grid), [distance.at]])))
    return Picture(
        edges=tuple(edges.tolist()),
        reference_shares=tuple(shares[0].tolist()),
        current_shares=tuple(shares[1].tolist()),
        ecdf_x=tuple(points.tolist()),
        reference_ecdf=tuple(_share_at_or_below(reference, points).tolist()),
        current_ecdf=tuple(_share_at_or_below(current, points).tolist()),
        ks_at=distance.at,
    )


def _edges(low: float, high: float) -> Floats:
    if high <= low:
        margin = max(abs(low), 1.0) / 2
        low, high = max(low - margin, -LARGEST), min(high + margin, LARGEST)
    if np.isinf(high - low):
        return 2 * np.linspace(low / 2, high / 2, BARS + 1)
    return np.linspace(low, high, BARS + 1)


def _share_at_or_below(profile: NumericProfile, points: Floats) -> Floats:
    low, high = profile.rows_at_or_below(points)
    return np.asarray((low + high) / (2 * profile.finite))
