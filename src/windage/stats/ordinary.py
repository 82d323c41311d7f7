"""What many subjects' few days say together of how much days ordinarily differ.

Variances between days follow one scaled F distribution for most subjects, and are far larger for a few: a monitor of
fifteen sensors and one thermometer. The few are told apart first, or the many would count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from windage.arrays import Bools, Floats, Ints
from windage.stats.median import median
from windage.stats.polygamma import digamma, log_gamma, tetragamma, trigamma
from windage.stats.seasons import masks

LEAST_DAYS = 4
"""With fewer reference days nothing can be known of how days differ."""
FEW_DAYS = 14
"""With fewer days of a season, what other subjects' days say is worth hearing."""
THREE_WEEKS = 21
"""With fewer days in all, too: over two weeks some shares seem not to vary between days at all, by chance."""
MOST_FREEDOM = 20.0
LEAST_FREEDOM = 3.0
LEAST_SUBJECTS = 3
APART = 2.5
"""A subject is of another kind if its log variance lies so many robust standard deviations above the median."""
UNSEEN = 20.0
"""How many times the usual variance a subject of another kind is taken to have where none is seen."""
FREEDOM_IN_DOUBT = 0.5
"""Degrees of freedom count for this part in ``doubt``: days resemble the ones before them, so a wild subject's week is
calm more often than independent days would be."""


class Spread(NamedTuple):
    """One subject's variance between days, sampling included; the part of it that is sampling; and its degrees of
    freedom. Of shares, both over p(1 − p)."""

    total: float
    sampling: float
    freedom: int


class Ordinary(NamedTuple):
    """The usual subject's variance between days beyond sampling (``between``), for how many degrees of freedom it counts
    (more if subjects agree), and what is known of subjects that vary more: which part of all they are (``unlike``), and
    their variance."""

    between: float
    freedom: float
    sampling: float
    unlike: float
    unlike_total: float

    def doubt(self, totals: Floats | float, freedom: Floats | float) -> Floats:
        """The probability that subjects whose days differ so much are not of the usual kind."""
        totals, freedom = np.broadcast_arrays(
            np.asarray(totals, np.float64), FREEDOM_IN_DOUBT * np.asarray(freedom, np.float64)
        )
        known = (totals > 0) & (freedom > 0)
        totals, freedom = np.where(known, totals, 1.0), np.where(known, freedom, 1.0)
        usual = (1 - self.unlike) * _density(totals, freedom, self.between + self.sampling, self.freedom)
        other = self.unlike * _density(totals, freedom, self.unlike_total, LEAST_FREEDOM)
        return np.where(known, other / np.maximum(usual + other, 1e-300), 0.0)


def ordinary(spreads: Iterable[Spread]) -> Ordinary | None:
    """An F distribution fitted to the variances of the subjects of the usual kind; None if too few are known.

    Sources: Smyth (2004), empirical Bayes moderation of variances by the moments of their logarithms; Phipson et al.
    (2016), the exclusion of hypervariable subjects from it.
    """
    each_of = np.array(list(spreads), dtype=np.float64).reshape(-1, len(Spread._fields))
    return ordinary_of(*each_of.T)


def ordinary_of(totals: Floats, sampling: Floats, freedom: Floats) -> Ordinary | None:
    """``ordinary`` of the spreads with these fields."""
    known = (freedom > 0) & (totals > 0)
    if known.sum() < LEAST_SUBJECTS:
        return None
    totals, sampling, freedom = totals[known], sampling[known], freedom[known]
    logs = np.log(totals) - digamma(freedom / 2) + np.log(freedom / 2)
    by_chance = trigamma(freedom / 2)
    unlike = _apart(logs, by_chance)
    if (~unlike).sum() < LEAST_SUBJECTS:
        unlike[:] = False
    usual = ~unlike
    excess = float(np.var(logs[usual], ddof=1) - np.mean(by_chance[usual]))
    most = float(np.clip(usual.sum(), LEAST_FREEDOM, MOST_FREEDOM))  # a handful of subjects cannot show that they agree
    own = 2 * _inverse_trigamma(excess) if excess > 0 else most
    own = float(np.clip(own, LEAST_FREEDOM, most))
    total = float(np.exp(np.mean(logs[usual]) + digamma(own / 2) - np.log(own / 2)))
    of_sampling = float(np.mean(sampling[usual]))
    return Ordinary(
        max(total - of_sampling, 0.0),
        own,
        of_sampling,
        unlike=float((unlike.sum() + 0.5) / (unlike.size + 1)),
        unlike_total=float(np.exp(np.mean(logs[unlike]))) if unlike.any() else UNSEEN * total,
    )


def _apart(logs: Floats, by_chance: Floats) -> Bools:
    """Which variances are too large for the usual kind, whose spread is taken from the smaller half; that half is
    skewed, so the spread is kept between that of chance and that of the loosest kind."""
    middle = float(median(logs))
    below = 1.4826 * float(median(middle - logs[logs <= middle]))
    scale = np.clip(below, np.sqrt(by_chance), np.sqrt(by_chance + trigamma(LEAST_FREEDOM / 2)))
    return np.asarray(logs > middle + APART * scale)


def _density(totals: Floats, freedom: Floats, scale: float, of: float) -> Floats:
    """The density of ``scale`` times an F with ``freedom`` and ``of`` degrees of freedom."""
    x = totals / max(scale, 1e-300)
    log = (
        log_gamma((freedom + of) / 2) - log_gamma(freedom / 2) - log_gamma(of / 2) + freedom / 2 * np.log(freedom / of)
    )
    log += (freedom / 2 - 1) * np.log(x) - (freedom + of) / 2 * np.log1p(freedom * x / of)
    return np.asarray(np.exp(log) / max(scale, 1e-300))


def _inverse_trigamma(value: float) -> float:
    """Newton's method on 1/ψ′, which is nearly linear."""
    at = 0.5 + 1 / value
    for _ in range(50):
        found = float(trigamma(at))
        step = found * (1 - found / value) / float(tetragamma(at))
        at += step
        if -step < 1e-8 * at:
            break
    return at


def spread_between(hits: Floats, rows: Floats, season: Ints) -> Spread:
    """How much the days of a season differ in some shares, over p(1 − p), averaged over the shares."""
    weighted, sampling, freedom = np.zeros(hits.shape[1]), 0.0, 0
    pooled = hits.sum(axis=0) / rows.sum()
    for days in masks(season):
        of_season = rows[days]
        if of_season.size < 2:
            continue
        shares = hits[days] / of_season[:, None]
        weighted += ((shares - shares.mean(axis=0)) ** 2).sum(axis=0)
        sampling += float((of_season.size - 1) * np.mean(1 / of_season))
        freedom += of_season.size - 1
    own = pooled * (1 - pooled)
    varies = own > 0
    if not freedom or not varies.any():
        return Spread(0.0, 0.0, 0)
    return Spread(float(np.mean(weighted[varies] / own[varies])) / freedom, sampling / freedom, freedom)
