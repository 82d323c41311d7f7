"""Distances between two numeric profiles, each with an interval that certainly contains the exact value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windage.arrays import Bools, Floats
from windage.profiles.numeric import NumericProfile
from windage.stats.ks_distance import ks_distance, ks_distance_stepwise
from windage.stats.ks_p_value import ks_p_values
from windage.stats.psi import FEW_BINS, CountBox, bin_probabilities, psi, psi_bounds, quantile_cuts


class Estimate(NamedTuple):
    """A value and the interval that certainly contains the exact one; a single point if the profiles are exact."""

    value: float
    low: float
    high: float


class KsEstimate(NamedTuple):
    """The largest distance between two ECDFs, the value at which it is reached, and the sizes of both samples."""

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
    """The p-value of each distance with its interval; many cost little more than one."""
    if not distances:
        return []
    statistics = np.array([[each.statistic.value, each.statistic.high, each.statistic.low] for each in distances])
    sizes = np.array([(each.n, each.m) for each in distances])
    p = ks_p_values(statistics, sizes[:, :1], sizes[:, 1:])
    return [Estimate(*each) for each in p.tolist()]


def population_stability(reference: NumericProfile, current: NumericProfile, *, bins: int) -> Estimate:
    """PSI over ``bins`` equal-frequency bins of the reference; both profiles need at least one finite value."""
    probabilities = bin_probabilities(bins)
    quantiles = reference.quantiles(probabilities)
    cuts = quantile_cuts(quantiles)
    value = psi(bin_counts(reference, cuts), bin_counts(current, cuts))
    if reference.slack == current.slack == 0:
        return Estimate(value, value, value)
    ranks = (reference.finite - 1) * probabilities
    certain = reference.rows_below(quantiles)[1] <= np.floor(ranks)
    if reference.slack == 0 or certain.all():
        low, high, most_bins = cuts, cuts, cuts.size + 1
    else:
        low, high = _cuts_interval(reference, cuts, quantiles, ranks, certain)
        most_bins = max(cuts.size + 1 + _most_hidden_quantiles(quantiles, certain), FEW_BINS)
    least, most = psi_bounds(*(_count_box(profile, low, high) for profile in (reference, current)), bins=most_bins)
    return Estimate(value, min(least, value), max(most, value))


def bin_counts(profile: NumericProfile, cuts: Floats) -> Floats:
    """Rows in each bin ``[cut, next cut)``, the outer bins unbounded; for an inexact profile, from the midpoints of the
    certified cumulative counts."""
    low, high = profile.rows_below(cuts)
    return np.diff((low + high) / 2, prepend=0, append=profile.finite)


def _cuts_interval(
    reference: NumericProfile, cuts: Floats, quantiles: Floats, ranks: Floats, certain: Bools
) -> tuple[Floats, Floats]:
    """An interval for each cut that certainly contains the reference's exact cut."""
    nearest = np.minimum(np.searchsorted(quantiles, cuts), quantiles.size - 1)
    above = np.minimum(np.ceil(ranks[nearest]).astype(np.int64), reference.finite - 1)
    passed = np.searchsorted(reference.cumulative + reference.slack, np.floor(ranks[nearest]), "right")
    low = np.where(passed > 0, reference.points[np.maximum(passed - 1, 0)], -np.inf)
    known = certain[nearest] & (quantiles[nearest] == cuts)
    high = np.maximum(reference.order_statistics(above), cuts)
    return np.where(known, cuts, np.minimum(low, cuts)), np.where(known, cuts, high)


def _most_hidden_quantiles(quantiles: Floats, certain: Bools) -> int:
    """How many more distinct quantiles the rows may have: some seem equal only because they share a block."""
    group = np.unique(quantiles, return_inverse=True)[1]
    uncertain, known = np.bincount(group, ~certain), np.bincount(group, certain) > 0
    return int(np.maximum(uncertain + known - 1, 0).sum())


def _count_box(profile: NumericProfile, low: Floats, high: Floats) -> CountBox:
    """The fewest and the most rows that each bin can hold if its cuts lie anywhere in ``[low, high]``."""
    least: Floats = np.append(np.append(0.0, profile.rows_below(low)[0]), profile.finite)
    most: Floats = np.append(np.append(0.0, profile.rows_below(high)[1]), profile.finite)
    return CountBox(np.maximum(least[1:] - most[:-1], 0), most[1:] - least[:-1], profile.finite)
