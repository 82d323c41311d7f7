"""How far two numeric profiles are apart, each distance with the interval that is certain to hold it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from windage.profiles.numeric import Floats, Ints, NumericProfile
from windage.stats.kolmogorov import ks_p_value
from windage.stats.ks import ks_distance, ks_distance_stepwise
from windage.stats.psi import psi, psi_bounds, quantile_cuts


class Estimate(NamedTuple):
    """A value and the interval that certainly holds the exact one; a point when the profiles are exact."""

    value: float
    low: float
    high: float


class KsEstimate(NamedTuple):
    statistic: Estimate
    p_value: Estimate
    at: float


def ks(reference: NumericProfile, current: NumericProfile) -> KsEstimate:
    """Two-sample Kolmogorov–Smirnov; both profiles need at least one finite value."""
    if reference.weights is None and current.weights is None:
        distance = ks_distance(reference.points, current.points)
    else:
        distance = ks_distance_stepwise(reference.ecdf(), current.ecdf())
    margin = reference.rank_error + current.rank_error
    statistic = Estimate(
        distance.statistic, max(distance.statistic - margin, 0.0), min(distance.statistic + margin, 1.0)
    )
    p_value = ks_p_value(statistic.value, reference.finite, current.finite)
    if margin == 0:
        return KsEstimate(statistic, Estimate(p_value, p_value, p_value), distance.at)
    least = ks_p_value(statistic.high, reference.finite, current.finite)
    most = ks_p_value(statistic.low, reference.finite, current.finite)
    return KsEstimate(statistic, Estimate(p_value, least, most), distance.at)


def population_stability(reference: NumericProfile, current: NumericProfile, *, bins: int) -> Estimate:
    """PSI over ``bins`` equal-frequency bins of the reference; both profiles need at least one finite value."""
    quantiles = reference.quantiles(np.linspace(0, 1, bins + 1))
    cuts = quantile_cuts(quantiles)
    value = psi(bin_counts(reference, cuts), bin_counts(current, cuts))
    if reference.slack == current.slack == 0:
        return Estimate(value, value, value)
    low, high = _cuts_interval(reference, cuts, quantiles, bins)
    boxes = [_share_box(profile, low, high) for profile in (reference, current)]
    floor = 0.5 / (max(reference.finite, current.finite) + 0.5 * (cuts.size + 1))
    least, most = psi_bounds(*boxes[0], *boxes[1], floor=floor)
    merged_bins = reference.slack > 0 and cuts.size < bins - 1
    return Estimate(value, min(least, value), float("inf") if merged_bins else max(most, value))


def bin_counts(profile: NumericProfile, cuts: Floats) -> Floats:
    """Rows in each bin ``[cut, next cut)``, the outer bins open; from an inexact profile, the middle of what is certain."""
    low, high = profile.rows_below(cuts)
    return np.diff((low + high) / 2, prepend=0, append=profile.finite)


def _cuts_interval(reference: NumericProfile, cuts: Floats, quantiles: Floats, bins: int) -> tuple[Floats, Floats]:
    """Values between which each of the reference's true cuts certainly lies."""
    ranks = (reference.finite - 1) * np.minimum(np.searchsorted(quantiles, cuts), bins) / bins
    high = reference.order_statistics(np.minimum(np.ceil(ranks).astype(np.int64), reference.finite - 1))
    certain = np.searchsorted(reference.cumulative + reference.slack, np.floor(ranks), "right")
    low = np.where(certain > 0, reference.points[np.maximum(certain - 1, 0)], -np.inf)
    return np.minimum(low, cuts), np.maximum(high, cuts)


def _share_box(profile: NumericProfile, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The least and greatest share of rows each bin can hold when its cuts lie anywhere in ``[low, high]``."""
    least: Ints = np.append(np.append(0, profile.rows_below(low)[0]), profile.finite)
    most: Ints = np.append(np.append(0, profile.rows_below(high)[1]), profile.finite)
    return np.maximum(least[1:] - most[:-1], 0) / profile.finite, (most[1:] - least[:-1]) / profile.finite
