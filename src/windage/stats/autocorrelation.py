"""The lag-1 autocorrelation of daily values, and how it changes the variance of a mean of several days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints
from windage.stats.median import median
from windage.stats.seasons import masks

LARGEST = 0.9
"""No estimate is larger than this."""
LEAST_SUBJECTS = 3
LOUDEST = 2.0
"""A subject counts for at most so many times the median subject's sum of squares."""


class Resemblance(NamedTuple):
    """One subject's deviations of its days from their season, over p(1 − p): the sum of products of neighbours, the sum of
    squares, and how much of that is beyond sampling."""

    lagged: float
    squares: float
    between: float
    days: int

    @classmethod
    def of(cls, hits: Floats, rows: Floats, season: Ints) -> Resemblance:
        """Of shares counted day by day, shape (days, shares)."""
        shares = hits / rows[:, None]
        for days in masks(season):
            shares[days] -= shares[days].mean(axis=0)
        pooled = hits.sum(axis=0) / rows.sum()
        spread = float((pooled * (1 - pooled)).sum())
        if spread <= 0:
            return cls(0.0, 0.0, 0.0, rows.size)
        lagged, squares = (float(each) / spread for each in ((shares[1:] * shares[:-1]).sum(), (shares**2).sum()))
        return cls(lagged, squares, squares - float((1 / rows).sum()), rows.size)

    def autocorrelation(self, *, least: float = 0.3) -> float:
        """At lag 1, less one standard error; at least ``least``, which too few days cannot rule out."""
        raw = _ratio(self.lagged, self.between, self.squares)
        return autocorrelation(raw, self.days, least=least)


def autocorrelation(raw: float, days: int, *, least: float = 0.0) -> float:
    """The autocorrelation that so many days surely have: ``raw`` without its bias and less one standard error."""
    return float(np.clip(_unbiased(raw, days) - 1 / np.sqrt(days), least, LARGEST))


def common_autocorrelation(subjects: Sequence[Resemblance]) -> float | None:
    """The autocorrelation of many subjects with the same days, pooled because each alone tells little; None if the days
    of too few of them differ."""
    telling = [each for each in subjects if each.squares > 0]
    if len(telling) < LEAST_SUBJECTS:
        return None
    lagged, squares, between = np.array([each[:3] for each in telling]).T
    weights = np.minimum(1.0, LOUDEST * median(squares) / np.maximum(squares, 1e-300))
    raw = _ratio(*(float(weights @ each) for each in (lagged, between, squares)))
    return float(np.clip(_unbiased(raw, telling[0].days), 0.0, LARGEST)) if raw > 0 else 0.0


def _ratio(lagged: float, between: float, squares: float) -> float:
    """``lagged / between``, or over a quarter of ``squares`` if that is more: a small ``between`` is too uncertain."""
    beyond = max(between, squares / 4)
    return lagged / beyond if beyond > 0 else 0.0


def _unbiased(raw: float, days: int) -> float:
    """Corrected for the bias of taking the mean from the same days. Source: Marriott & Pope (1954)."""
    return raw + (1 + 4 * raw) / days


def runs(phi: float, days: int) -> float:
    """By how much the variance of a mean of ``days`` days exceeds that of independent ones: 1 + 2 Σ (1 − j/k) φʲ."""
    if not phi or days < 2:
        return 1.0
    lags = np.arange(1, days)
    return float(1 + 2 * np.sum((1 - lags / days) * phi**lags))


def spread_seen(in_mean: float, days: int) -> float:
    """The part of their variance that so many days show around their own mean; ``in_mean`` comes from ``runs``."""
    return max((days - in_mean) / (days - 1), 0.4) if days > 1 else 1.0
