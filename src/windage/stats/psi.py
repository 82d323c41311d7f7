"""The population stability index over equal-frequency bins of the reference."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats
from windage.stats.distinct import distinct

FEW_BINS = 3
"""Bins of a reference whose quantiles are only one or two values."""


@cache
def bin_probabilities(bins: int) -> Floats:
    """Where equal-frequency bins end: what ``numpy.percentile`` makes of ``linspace(0, 100, bins + 1)``, to the last bit.

    A last bit more, as in ``linspace(0, 1, 11)[3]``, puts a cut beyond the value it stands on, and all ties with it.
    """
    probabilities = np.linspace(0, 100, bins + 1) / 100
    probabilities.flags.writeable = False
    return probabilities


def quantile_cuts(quantiles: Floats) -> Floats:
    """The inner bin edges that the reference's quantiles (first = minimum, last = maximum) leave.

    Bins are ``[cut, next cut)`` with both outer bins open, so that no value ever falls out. Where ties leave fewer
    than three distinct quantiles, those values become bins of their own: ``{< v}, {v}, {> v}`` around a constant
    ``v``, and ``{≤ v}, between, {≥ w}`` for two, so that a mostly-zero or a two-valued feature is not one blind bin.
    """
    values = distinct(np.sort(quantiles))
    if values.size == 0 or values.size > 2:
        return values[1:-1]
    above_least = np.nextafter(values[0], np.inf)
    return distinct(np.array([above_least, values[1]])) if values.size == 2 else np.array([values[0], above_least])


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


def psi_bounds(reference: CountBox, current: CountBox, *, bins: int) -> tuple[float, float]:
    """The smallest and largest PSI that counts inside the given boxes allow, whether or not ``psi`` raises them.

    Each term (q − p) ln(q/p) is jointly convex: its maximum over a box lies in a corner, its minimum is 0 where the
    boxes of p and q overlap, else in the nearest corner. ``bins`` is the most bins there can be in truth: where the
    boxes are fewer, some stand for several, and only Σ |q − p| ≤ 2 bounds the PSI from above.
    """
    merged = bins - reference.low.size
    may_be_empty = (reference.low == 0) & (current.low == 0)
    intervals = []
    if not ((reference.high == 0) & (current.low > 0) | (current.high == 0) & (reference.low > 0)).any():
        least, most = _term_bounds(reference.shares(least=1), current.shares(least=1))
        may_be_full = (reference.high > 0) & (current.high > 0)
        intervals.append((least[~may_be_empty].sum(), most[may_be_full].sum()))
    if merged or ((reference.low == 0) & (current.high > 0) | (current.low == 0) & (reference.high > 0)).any():
        seen = (
            max(int((reference.low + current.low > 0).sum()), 1),
            bins if merged else int((reference.high + current.high > 0).sum()),
        )
        least, most = _term_bounds(*(each.raised_shares(seen, merged=merged) for each in (reference, current)))
        intervals.append((least[~may_be_empty].sum(), most.sum()))
    if merged:
        rarest = 0.5 / (max(reference.total, current.total) + 0.5 * bins)
        intervals.append((intervals[0][0], -2 * np.log(rarest)))
    return float(min(low for low, _ in intervals)), float(max(high for _, high in intervals))


class CountBox(NamedTuple):
    """The least and greatest number of rows that each bin of a sample of ``total`` rows can hold."""

    low: Floats
    high: Floats
    total: int

    def shares(self, *, least: int) -> tuple[Floats, Floats]:
        """The shares that the counts allow in bins of at least ``least`` rows."""
        return np.maximum(self.low, least) / self.total, np.maximum(self.high, least) / self.total

    def raised_shares(self, seen: tuple[int, int], *, merged: int) -> tuple[Floats, Floats]:
        """The shares after ``psi`` has raised each of the fewest to most bins seen by a half."""
        fewest, most = seen
        low = (self.low + 0.5) / (self.total + 0.5 * most)
        return low, np.minimum((self.high + 0.5 * (1 + merged)) / (self.total + 0.5 * fewest), 1.0)


def _term_bounds(p: tuple[Floats, Floats], q: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    def term(p: Floats, q: Floats) -> Floats:
        return np.asarray((q - p) * np.log(q / p))

    nearest = np.where(q[0] > p[1], term(p[1], q[0]), np.where(p[0] > q[1], term(p[0], q[1]), 0.0))
    return nearest, np.maximum.reduce([term(low_or_high, each) for low_or_high in p for each in q])
