"""How far a window's shares may differ from a reference's because of sampling and of how days ordinarily differ.

Rows of one day resemble each other, so the day is the unit: a window is a matrix ``counts[day, share]``, and

    Var(q − p) = p̄(1 − p̄)(1/n + 1/m) + τ²(Σw² + Σv²)

with τ² the variance between days beyond sampling, and w, v the weights of the days in both windows (1/days each when
days are equal). The tail is a t with Satterthwaite's degrees of freedom, and never lighter than a Beta with the same
mean and variance, which is right for rare values and for features whose whole day moves together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from windage.arrays import Bools, Floats, Ints
from windage.stats.autocorrelation import runs, spread_seen
from windage.stats.days import DayCounts, DayMeans
from windage.stats.median import median
from windage.stats.ordinary import THREE_WEEKS, Ordinary
from windage.stats.seasons import masks, present
from windage.stats.tails import heavier_tail, student_above, student_quantile
from windage.stats.user_mix import Mix

Chosen = slice | Bools
"""Some of several shares."""

MOST_LOOKS = 6
"""The most independent looks that a feature's shares count as: neighbouring cumulative shares tell much the same."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Difference:
    """By how much each share moved, and what an ordinary window could have moved by chance.

    ``deviation`` is the standard deviation of ``moved`` if nothing changed, ``day_share`` the part of its variance that
    differences between ordinary days explain, ``freedom`` its degrees of freedom. ``chance`` gives the two-sided p-values
    of some of the shares: a quiet window is asked for those of few.
    """

    reference: Floats
    current: Floats
    deviation: Floats
    day_share: Floats
    freedom: float
    chance: Callable[[Chosen], Floats]

    @property
    def p_value(self) -> Floats:
        return self.chance(slice(None))

    @cached_property
    def moved(self) -> Floats:
        return self.current - self.reference

    @cached_property
    def looks(self) -> int:
        """How many shares could have differed, at most ``MOST_LOOKS``; one that is 0 or 1 in both windows could not."""
        somewhere = (np.abs(self.moved) > 1e-12) | (self.current * (1 - self.current) > 0)
        return min(int(np.count_nonzero(somewhere)), MOST_LOOKS)

    @cached_property
    def largest(self) -> int:
        return int(np.abs(self.moved).argmax())

    @cached_property
    def least_move(self) -> float:
        """The lower 95 % confidence bound of the largest move."""
        k = self.largest
        margin = student_quantile(self.freedom, 0.05) * float(self.deviation[k])
        return max(float(np.abs(self.moved[k])) - margin, 0.0)

    @property
    def usual_deviation(self) -> float:
        """The median deviation of the shares."""
        return float(median(self.deviation))


def detectable(level: float, *, deviation: float, freedom: float) -> float:
    """The move whose two-sided p-value is ``level``: the smaller it is, the more the absence of an alert means."""
    return student_quantile(freedom, level / 2) * deviation


def season_weights(reference: DayCounts | DayMeans, season: Ints, now: Floats) -> Floats:
    """Weights of the reference's days that give every season the weight it has in the current window, whose days have
    the seasons ``season`` and the weights ``now``, which add up to 1.

    A season of which the reference has no day cannot be matched; then all days count by rows.
    """
    weights = np.zeros(reference.rows.size)
    for each in present(season):
        same = reference.season == each
        if not same.any():
            return np.asarray(reference.rows / reference.rows.sum())
        rows = reference.rows[same]
        weights[same] = now[season == each].sum() * rows / rows.sum()
    return weights


class BetweenDays(NamedTuple):
    """Variance between the days of a season beyond sampling, for each share; ``common`` is the correlation of a
    feature's rows within a day, and ``freedom`` the degrees of freedom of both."""

    variance: Floats
    common: float
    freedom: int

    def at(self, share: Floats) -> Floats:
        """The variance at ``share``, at least that by the common correlation: days may show what none showed yet."""
        return np.maximum(self.variance, self.common * share * (1 - share))


def between_days(reference: DayCounts, prior: Ordinary | None = None) -> BetweenDays:
    """How much the days of a season differ beyond sampling, by the method of moments.

    One intraclass correlation for all shares of a feature steadies them, less one standard error of pure sampling noise;
    a share whose own days differ more than that keeps half the excess.
    """
    excess, scale, freedom = reference.excess
    if not freedom or scale <= 0:
        return BetweenDays(np.zeros(reference.hits.shape[1]), 0.0, 0)
    spread = reference.pooled * (1 - reference.pooled)
    in_all = float(spread.sum())
    noise = in_all * math.sqrt(2 * freedom / min(spread.size, MOST_LOOKS)) / scale
    common = max(float(excess.sum()) / scale - noise, 0.0) / max(in_all, 1e-300)
    own = np.maximum(excess / scale, 0.0)
    if prior is not None:
        total = freedom + prior.freedom
        common = (freedom * common + prior.freedom * prior.between) / total
        own = (freedom * own + prior.freedom * prior.between * spread) / total
        freedom = round(total)
    return BetweenDays(np.maximum(common * spread, (common * spread + own) / 2), common, freedom)


class Background(NamedTuple):
    """What is known of how much days differ beside a subject's own days: ``prior``, the variance that other subjects
    show; ``memory``, the autocorrelation that all subjects show together, None if unknown; ``kinship``, an upper bound
    of the part of the rows' variance that lies between users."""

    prior: Ordinary | None = None
    memory: float | None = None
    kinship: float = 1.0


NOTHING_ELSE = Background()


def difference(
    reference: DayCounts,
    current: DayCounts,
    background: Background = NOTHING_ELSE,
    *,
    known_by: DayCounts | None = None,
    growing: bool = False,
) -> Difference:
    """Current shares against the season-matched reference's. Both need a day with rows.

    With few days, the background's prior is weighted by the probability that the subject is of the usual kind, judged
    by its days in ``known_by`` (default: the reference). ``growing`` gives the last current days the most
    weight, because a slow change is largest on them.
    """
    reference, current = reference.seen(), current.seen()
    now = current.rows * (np.arange(current.rows.size) + 1 if growing else 1)
    now = now / now.sum()
    by_itself = background._replace(prior=None)
    if background.prior is None or reference.rows.size >= THREE_WEEKS:
        return _difference(reference, current, now, by_itself)
    own = (known_by or reference).spread
    doubt = float(background.prior.doubt(own.total, own.freedom))
    usual, alone = (_difference(reference, current, now, each) for each in (background, by_itself))

    def mixed(at: Chosen) -> Floats:
        return (1 - doubt) * usual.chance(at) + doubt * alone.chance(at)

    return replace(usual if doubt < 0.5 else alone, chance=mixed)


def _difference(reference: DayCounts, current: DayCounts, now: Floats, background: Background) -> Difference:
    """The difference under one background; ``now`` are the weights of the current days."""
    weights = season_weights(reference, current.season, now)
    p, q = weights @ reference.shares, now @ current.shares
    between = between_days(reference, background.prior)
    freedom = between.freedom
    # A share of 0 or 1 in the reference is known only to within its number of rows.
    n, m = 1 / float(weights**2 @ (1 / reference.rows)), 1 / float(now**2 @ (1 / current.rows))
    mean = (n * p + m * q) / (n + m)
    center = (n * p + 0.5) / (n + 1)
    wider = np.where(mean * (1 - mean) > center * (1 - center), mean, center)
    spread = wider * (1 - wider)
    sampling = spread * (1 / n + 1 / m)
    memory = background.memory
    if memory is None:
        # Autocorrelation that three weeks do not show hardly moves a single day, but moves a pooled week as a whole.
        memory = 0.0 if now.size == 1 and weights.size >= 20 else 0.3
    phi = reference.resemblance.autocorrelation(least=memory)
    mix = Mix.of(reference.senders, weights, current.senders, now)
    of_days = partial(_of_days, weights=weights, now=now, phi=phi, mix=mix, of_users=background.kinship * spread)
    days = of_days(between.at(wider))
    variance = sampling + days
    # A low estimate must not pass for certainty: few days hardly tell which part of their spread is sampling, and pooled days
    # have less of that than those from whose spread it was subtracted.
    estimated = days
    if freedom and weights.size < THREE_WEEKS:
        estimated = days + sampling / 2
    elif freedom and now.size > 1:
        estimated = of_days(between.at(wider) + spread * float(np.mean(1 / reference.rows)))
    degrees = variance**2 / np.maximum(estimated**2 / max(freedom, 1), 1e-300)
    degrees = np.clip(np.where(estimated > 0, degrees, 1e6), max(freedom, 1), 1e6)
    deviation = np.sqrt(variance)

    def chance(at: Chosen) -> Floats:
        moved = (q - p)[at]
        beyond = np.maximum(np.abs(moved) - 0.5 / m, 0)
        # The more of the variance is sampling, the more the Beta's mean is the pooled share, as the variance's is.
        middle = (center + (wider - center) * sampling / variance)[at]
        reached = np.clip(middle + np.sign(moved) * beyond, 0.5 / m, 1 - 0.5 / m)
        precision = middle * (1 - middle) / variance[at] - 1
        possible = precision > 0
        a, b = (np.where(possible, each * precision, 1.0) for each in (middle, 1 - middle))
        heavier = heavier_tail(degrees[at], beyond / deviation[at], a, b, reached)
        return np.where(possible, heavier, 1.0)  # no Beta is so wide

    return Difference(
        reference=p,
        current=q,
        deviation=deviation,
        day_share=days / variance,
        freedom=float(np.min(degrees)),
        chance=chance,
    )


def _of_days(a_day: Floats, weights: Floats, now: Floats, *, phi: float, mix: Mix, of_users: Floats) -> Floats:
    """What days add to the variance of the difference of two windows, given the variances of a day and of users."""
    in_reference = runs(phi, weights.size)
    a_day = a_day / spread_seen(in_reference, weights.size)
    of_now = a_day * float(now @ now) * runs(phi, now.size)
    return np.asarray(a_day * float(weights @ weights) * in_reference + of_now + mix.variance(of_now, of_users))


class MeanDifference(NamedTuple):
    """By how much a day-wise mean moved; ``margin`` is the half-width of its one-sided 95 % interval."""

    reference: float
    current: float
    margin: float
    p_value: float
    day_share: float


def mean_difference(reference: DayMeans, current: DayMeans, background: Background = NOTHING_ELSE) -> MeanDifference:
    """The same model for the mean of a score, whose sampling variance is its own over the rows."""
    means, variances, rows, seasons, _ = reference
    now_means, now_variances, now_rows, _, _ = current
    now = now_rows / now_rows.sum()
    weights = season_weights(reference, current.season, now)
    before, after = float(weights @ means), float(now @ now_means)
    excess, scale, freedom = 0.0, 0.0, 0
    for days in masks(seasons):
        own, n = means[days], rows[days]
        if n.size < 2:
            continue
        total = float(n.sum())
        excess += float(n @ (own - float(n @ own) / total) ** 2 - (n.size - 1) * np.average(variances[days], weights=n))
        scale += total - float(n @ n) / total
        freedom += n.size - 1
    between = max(excess / scale, 0.0) if scale > 0 else 0.0
    sampling = float(
        weights**2 @ (variances / rows) + now**2 @ (np.maximum(now_variances, variances.mean()) / now_rows)
    )
    phi = background.memory or 0.0
    mix = Mix.of(reference.senders, weights, current.senders, now)
    of_users = np.array(background.kinship * float(variances.mean()))
    ordinary = float(_of_days(np.array(between), weights, now, phi=phi, mix=mix, of_users=of_users))
    deviation = float(np.sqrt(max(sampling + ordinary, 1e-300)))
    p_value = 2 * float(student_above(max(freedom, 1), abs(after - before) / deviation))
    margin = student_quantile(max(freedom, 1), 0.05) * deviation
    return MeanDifference(before, after, margin, min(p_value, 1.0), ordinary / (sampling + ordinary + 1e-300))
