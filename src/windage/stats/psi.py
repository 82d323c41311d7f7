"""The population stability index over equal-frequency bins of the reference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def quantile_cuts(quantiles: Floats) -> Floats:
    """The inner bin edges that the reference's quantiles (first = minimum, last = maximum) leave.

    Bins are ``[cut, next cut)`` with both outer bins open, so that no value ever falls out. Where ties leave fewer
    than three distinct quantiles, those values become bins of their own: ``{< v}, {v}, {> v}`` around a constant
    ``v``, and ``{≤ v}, between, {≥ w}`` for two, so that a mostly-zero or a two-valued feature is not one blind bin.
    """
    distinct = np.unique(quantiles)
    if distinct.size == 0 or distinct.size > 2:
        return distinct[1:-1]
    above_least = np.nextafter(distinct[0], np.inf)
    return np.unique([above_least, distinct[1]]) if distinct.size == 2 else np.array([distinct[0], above_least])


def psi(reference_counts: Floats, current_counts: Floats) -> float:
    """Σ (q − p) ln(q/p), the symmetric Kullback–Leibler (Jeffreys) divergence between two binned samples.

    A bin that either sample left empty has no finite logarithm; then every count is raised by Jeffreys' prior of a
    half. ``nan`` when a sample is empty. Source: Lewis (1994); Yurdakul & Naranjo (2020).
    """
    totals = reference_counts.sum(), current_counts.sum()
    if not all(totals):
        return float("nan")
    seen = (reference_counts + current_counts) > 0
    reference, current = reference_counts[seen], current_counts[seen]
    if not (reference.all() and current.all()):
        reference, current = reference + 0.5, current + 0.5
    p, q = reference / reference.sum(), current / current.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def psi_bounds(p_low: Floats, p_high: Floats, q_low: Floats, q_high: Floats, *, floor: float) -> tuple[float, float]:
    """The smallest and largest PSI that shares inside the given boxes allow.

    Each term (q − p) ln(q/p) is jointly convex: its maximum over a box lies in a corner, its minimum is 0 where the
    boxes of p and q overlap, else in the nearest corner. ``floor`` > 0 stands in for a share of 0.
    """

    def term(p: Floats, q: Floats) -> Floats:
        p, q = np.maximum(p, floor), np.maximum(q, floor)
        return np.asarray((q - p) * np.log(q / p))

    corners = [term(p, q) for p in (p_low, p_high) for q in (q_low, q_high)]
    nearest = np.where(q_low > p_high, term(p_high, q_low), np.where(p_low > q_high, term(p_low, q_high), 0.0))
    return float(nearest.sum()), float(np.maximum.reduce(corners).sum())
