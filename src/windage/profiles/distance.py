"""How far two numeric profiles are apart, each distance with the interval that is certain to hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windage.profiles.numeric import Floats, NumericProfile
from windage.stats.kolmogorov import ks_p_values
from windage.stats.ks import ks_distance, ks_distance_stepwise
from windage.stats.psi import FEW_BINS, CountBox, bin_probabilities, psi, psi_bounds, quantile_cuts


class Estimate(NamedTuple):
    """A value and the interval that certainly holds the exact one; a point when the profiles are exact."""

    value: float
    low: float
    high: float


class KsEstimate(NamedTuple):
    """The largest distance of two ECDFs, where it is reached, and the rows of both samples."""

    statistic: Estimate
    at: float
    n: int
    m: int


def ks(reference: NumericProfile, current: NumericProfile) -> KsEstimate:
    """Two-sample Kolmogorov–Smirnov distance; both profiles need at least one finite value."""
    if reference.weights is None and current.weights is None:
        distance = ks_distance(reference.points, current.points)
    else:
        distance = ks_distance_stepwise(reference.ecdf(), current.ecdf())
    margin = reference.rank_error + current.rank_error
    value, at = distance
    bounded = Estimate(value, max(value - margin, 0.0), min(value + margin, 1.0))
    return KsEstimate(bounded, at, reference.finite, current.finite)


def p_values(distances: Sequence[KsEstimate]) -> list[Estimate]:
    """The p-value of each distance with its interval; many at once cost little more than one."""
    if not distances:
        return []
    statistics = np.array([[each.statistic.value, each.statistic.high, each.statistic.low] for each in distances])
    sizes = np.array([(each.n, each.m) for each in distances])
    found = ks_p_values(statistics, sizes[:, :1], sizes[:, 1:])
    return [Estimate(*each) for each in found.tolist()]


def population_stability(reference: NumericProfile, current: NumericProfile, *, bins: int) -> Estimate:
    """PSI over ``bins`` equal-frequency bins of the reference; both profiles need at least one finite value."""
    probabilities = bin_probabilities(bins)
    quantiles = reference.quantiles(probabilities)
    cuts = quantile_cuts(quantiles)
    value = psi(bin_counts(reference, cuts), bin_counts(current, cuts))
    if reference.slack == current.slack == 0:
        return Estimate(value, value, value)
    low, high = (cuts, cuts) if reference.slack == 0 else _cuts_interval(reference, cuts, quantiles, probabilities)
    boxes = [_count_box(profile, low, high) for profile in (reference, current)]
    most_bins = cuts.size + 1 if reference.slack == 0 else max(cuts.size + 1, bins, FEW_BINS)
    least, most = psi_bounds(*boxes, bins=most_bins)
    return Estimate(value, min(least, value), max(most, value))


def bin_counts(profile: NumericProfile, cuts: Floats) -> Floats:
    """Rows in each bin ``[cut, next cut)``, the outer bins open; from an inexact profile, the middle of what is certain."""
    low, high = profile.rows_below(cuts)
    return np.diff((low + high) / 2, prepend=0, append=profile.finite)


def _cuts_interval(
    reference: NumericProfile, cuts: Floats, quantiles: Floats, probabilities: Floats
) -> tuple[Floats, Floats]:
    """Values between which each of the reference's true cuts certainly lies."""
    nearest = np.minimum(np.searchsorted(quantiles, cuts), quantiles.size - 1)
    ranks = (reference.finite - 1) * probabilities[nearest]
    high = reference.order_statistics(np.minimum(np.ceil(ranks).astype(np.int64), reference.finite - 1))
    certain = np.searchsorted(reference.cumulative + reference.slack, np.floor(ranks), "right")
    low = np.where(certain > 0, reference.points[np.maximum(certain - 1, 0)], -np.inf)
    return np.minimum(low, cuts), np.maximum(high, cuts)


def _count_box(profile: NumericProfile, low: Floats, high: Floats) -> CountBox:
    """The rows that each bin can hold when its cuts lie anywhere in ``[low, high]``."""
    least: Floats = np.append(np.append(0.0, profile.rows_below(low)[0]), profile.finite)
    most: Floats = np.append(np.append(0.0, profile.rows_below(high)[1]), profile.finite)
    return CountBox(np.maximum(least[1:] - most[:-1], 0), most[1:] - least[:-1], profile.finite)
