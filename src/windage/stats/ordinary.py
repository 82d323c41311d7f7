"""What many features' few days say together of how much rows of one day resemble each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_FREEDOM = 20.0
LEAST_FREEDOM = 3.0


class Ordinary(NamedTuple):
    """The usual correlation of a feature's rows within a day, and for how many degrees of freedom it counts: more where
    the features agree."""

    correlation: float
    freedom: float


class Spread(NamedTuple):
    """One feature's variance between days over p(1 − p), sampling included; the part of it that is sampling; and its
    degrees of freedom."""

    total: float
    sampling: float
    freedom: int


def ordinary(spreads: Iterable[Spread]) -> Ordinary | None:
    """An F distribution fitted to the features' variances, whose common part is sampling and what days differ by.

    Source: Smyth (2004), empirical Bayes moderation of variances by the moments of their logarithms.
    """
    from scipy.special import digamma, polygamma

    known = [each for each in spreads if each.freedom > 0 and each.total > 0]
    if len(known) < 3:
        return None
    totals, sampling, freedom = (np.array(part, dtype=np.float64) for part in zip(*known, strict=True))
    logs = np.log(totals) - digamma(freedom / 2) + np.log(freedom / 2)
    excess = float(np.var(logs, ddof=1) - np.mean(polygamma(1, freedom / 2)))
    own = 2 * _inverse_trigamma(excess) if excess > 0 else MOST_FREEDOM
    own = float(np.clip(own, LEAST_FREEDOM, MOST_FREEDOM))
    usual = float(np.exp(np.mean(logs) + digamma(own / 2) - np.log(own / 2)))
    return Ordinary(max(usual - float(np.mean(sampling)), 0.0), own)


def _inverse_trigamma(value: float) -> float:
    """Newton's method on 1/ψ₁, which is nearly straight."""
    from scipy.special import polygamma

    at = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, at))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, at))
        at += step
        if -step < 1e-8 * at:
            break
    return at


def spread_between(hits: Floats, rows: Floats, season: npt.NDArray[np.int64]) -> Spread:
    """How much the days of a season differ in some shares, over p(1 − p), the mean over the shares."""
    weighted, sampling, freedom = np.zeros(hits.shape[1]), 0.0, 0
    pooled = hits.sum(axis=0) / rows.sum()
    for each in np.unique(season):
        days = season == each
        if days.sum() < 2:
            continue
        shares = hits[days] / rows[days, None]
        weighted += ((shares - shares.mean(axis=0)) ** 2).sum(axis=0)
        sampling += float((days.sum() - 1) * np.mean(1 / rows[days]))
        freedom += int(days.sum()) - 1
    own = pooled * (1 - pooled)
    varies = own > 0
    if not freedom or not varies.any():
        return Spread(0.0, 0.0, 0)
    return Spread(float(np.mean(weighted[varies] / own[varies])) / freedom, sampling / freedom, freedom)
