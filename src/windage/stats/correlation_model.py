"""Do columns still go together as they did on the reference's days?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints
from windage.stats.multiplicity import surer
from windage.stats.ordinary import FEW_DAYS, LEAST_DAYS, Ordinary, Spread, ordinary
from windage.stats.tails import student_above

FISHER = 1.06
"""Variance of Fisher's z of Spearman's coefficient times (rows − 3). Source: Fieller, Hartley & Pearson (1957)."""


class CorrelationShift(NamedTuple):
    """By pair of columns: the coefficient before and now, and the two-sided p-value; NaN where it cannot be known."""

    reference: Floats
    current: Floats
    p_value: Floats

    @property
    def moved(self) -> Floats:
        return self.current - self.reference

    def or_surer(self, other: CorrelationShift) -> CorrelationShift:
        """For each pair, the surer of two looks at it, with its p-value doubled for the choice."""
        takes_other, p_value = surer(self.p_value, other.p_value)
        before = np.where(takes_other, other.reference, self.reference)
        return CorrelationShift(before, self.current, p_value)


def correlation_shift(days: Floats, rows: Floats, now: Floats, now_rows: float | Floats) -> CorrelationShift:
    """Correlations of the current window, shape (k, k), against those of the reference's days, shape (days, k, k).
    ``now_rows`` is the number of the current rows, or those of each pair.

    The days' own spread is inside the variance, so a pair that ordinarily comes and goes is no news; with few days, it
    is moderated by the spread of all pairs, as far as they agree.
    """
    z = _fisher(days, rows[:, None, None])
    present = ~np.isnan(z)
    count = present.sum(axis=0)
    noise = FISHER / np.maximum(rows - 3, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.where(present, z, 0.0).sum(axis=0) / count
        own = np.where(present, (z - usual) ** 2, 0.0).sum(axis=0) / (count - 1)
        sampling = np.where(present, noise[:, None, None], 0.0).sum(axis=0) / count
        moved = np.abs(_fisher(now, now_rows) - usual)

        def tail(spread: Floats, freedom: Floats) -> Floats:
            spread = np.maximum(spread, sampling)
            variance = spread / count + np.maximum(spread, FISHER / np.maximum(now_rows - 3, 1))
            return 2 * student_above(np.maximum(freedom, 1), moved / np.sqrt(variance))

        p_value = tail(own, count - 1)
        prior = _of_all_pairs(own, sampling, count) if days.shape[0] < FEW_DAYS else None
        if prior is not None:
            freedom = count - 1 + prior.freedom
            moderated = ((count - 1) * own + prior.freedom * (prior.between + sampling)) / freedom
            doubt = prior.doubt(own, count - 1)
            p_value = (1 - doubt) * tail(moderated, freedom) + doubt * p_value
    unknown = (count < LEAST_DAYS) | np.isnan(now)
    before = np.clip(np.tanh(usual) * (1 + float(np.mean(1 / np.maximum(rows, 1)))), -1, 1)
    return CorrelationShift(before, now, np.where(unknown, np.nan, p_value))


def _fisher(coefficients: Floats, rows: float | Floats) -> Floats:
    """Fisher's z, with one row added that says nothing: it has no end, and rows that happen to lie in one order do not show
    that all would."""
    return np.asarray(np.arctanh(coefficients * (rows / (rows + 1))))


def _of_all_pairs(own: Floats, sampling: Floats, count: Ints) -> Ordinary | None:
    """How much a pair's coefficient ordinarily varies, from all pairs; k columns give k degrees of freedom at most."""
    pairs = np.triu_indices(count.shape[0], 1)
    known = (count[pairs] >= LEAST_DAYS) & (own[pairs] > 0)
    spreads = zip(own[pairs][known], sampling[pairs][known], (count[pairs] - 1)[known], strict=True)
    found = ordinary(Spread(*each) for each in spreads)
    return found and found._replace(freedom=min(found.freedom, float(count.shape[0])))


def culprits(moved: Floats) -> list[tuple[int, list[int]]]:
    """The fewest columns that account for the pairs marked in a symmetric matrix, each with its partners.

    The column with the largest movement over all its pairs is taken first; that accounts for its pairs.
    """
    left = np.nan_to_num(np.abs(moved))
    found = []
    while left.any():
        k = int(left.sum(axis=0).argmax())
        partners = np.flatnonzero(left[k])
        found.append((k, partners[np.argsort(-left[k][partners], kind="stable")].tolist()))
        left[k] = left[:, k] = 0.0
    return found
