"""Does one group differ from its own past by more than groups ordinarily do from day to day?

A group's value on a day is the mean of its rows' centred mid-ranks within that day. Its variance is that of a mean of
ranks, 1/12 over the rows, and how much the group's days differ beyond that: what its own days say and what all groups'
days say together, in proportion to their degrees of freedom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from windage.arrays import Floats
from windage.stats.days import LEAST_CHANGE
from windage.stats.multiplicity import surer
from windage.stats.ordinary import FEW_DAYS, LEAST_DAYS, ordinary_of
from windage.stats.outages import are_usual
from windage.stats.tails import student_above

RANK_VARIANCE = 1 / 12
LEAST_ROWS = 10
NEARLY_AT_AN_END = 0.45
SHARED_FREEDOM = 8
"""Degrees of freedom that the groups' pooled variance counts for; more with few days, if the groups agree."""


class GroupShift(NamedTuple):
    """By group and feature, shape (groups, features): the change of the mean mid-rank, and its two-sided p-value.

    NaN where a group has too few rows now or too few days before.
    """

    moved: Floats
    p_value: Floats

    def or_surer(self, other: GroupShift) -> GroupShift:
        """For each group, the surer of two looks at it, with its p-value doubled for the choice."""
        takes_other, p_value = surer(self.p_value, other.p_value)
        return GroupShift(np.where(takes_other, other.moved, self.moved), p_value)


def group_shift(values: Floats, sums: Floats, now_values: Floats, now_sums: Floats) -> GroupShift:
    """Current group means against each group's own days.

    Args:
        values: rows with a value by (day, group, feature); ``sums`` of their mid-ranks likewise.
        now_values: the same of the current window by (group, feature).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        days = np.where(values >= LEAST_ROWS, sums / values, np.nan)
        now = np.where(now_values >= LEAST_ROWS, now_sums / now_values, np.nan)
        days = _without_outages(days, now)
        noise, noise_now = RANK_VARIANCE / values, RANK_VARIANCE / now_values
        shift = _shift(days, now, noise, noise_now)
        # Ranks end, and a group near an end cannot move far towards it; the logarithm of the odds has no end.
        odds, odds_now = _log_odds(days, values), _log_odds(now, now_values)
        middle = _mean(odds)
        at_ends = _shift(
            odds, odds_now, _stretched(middle) * noise, _stretched(middle + _common(odds_now - middle)) * noise_now
        )
        return GroupShift(shift.moved, np.minimum(2 * np.fmin(shift.p_value, at_ends.p_value), 1.0))


def _without_outages(days: Floats, now: Floats) -> Floats:
    """The days without those on which a group stood alone, of the groups that may have moved now: a fault that is over does
    not show how such a group ordinarily differs from day to day."""
    known = (~np.isnan(days)).sum(axis=0) >= LEAST_DAYS
    found = days
    for group, feature in np.argwhere(known & (np.abs(now - _mean(days)) >= LEAST_CHANGE)):
        own = days[:, group, feature]
        places = np.flatnonzero(~np.isnan(own))
        kept = are_usual(own[places], np.zeros(places.size, dtype=int), float(now[group, feature]), least=LEAST_CHANGE)
        if not kept.all():
            found = found.copy() if found is days else found
            found[places[~kept], group, feature] = np.nan
    return found


def _log_odds(means: Floats, rows: Floats) -> Floats:
    """The log odds of mean ranks in (−½, ½), with one row in the middle added: an end itself would be infinitely far."""
    means = means * rows / (rows + 1)
    return np.asarray(np.log((0.5 + means) / (0.5 - means)))


def _stretched(odds: Floats) -> Floats:
    """The factor from the variance of a mean rank to that of its log odds, by the delta method; bounded near the ends."""
    rank = np.tanh(odds / 2) / 2
    return np.asarray(1 / (0.25 - np.minimum(np.abs(rank), NEARLY_AT_AN_END) ** 2) ** 2)


def _mean(days: Floats) -> Floats:
    """The mean over the days that are known."""
    known = ~np.isnan(days)
    return np.asarray(np.where(known, days, 0.0).sum(axis=0) / known.sum(axis=0))


def _common(moved: Floats) -> Floats:
    """By feature, the move of the median group; 0 for a feature that no group has."""
    ordered, known = np.sort(moved, axis=0), (~np.isnan(moved)).sum(axis=0)  # NaN comes last
    middles = np.stack([np.maximum(known - 1, 0) // 2, known // 2])
    return np.where(
        known > 0, np.take_along_axis(ordered, np.minimum(middles, len(moved) - 1), axis=0).mean(axis=0), 0.0
    )


def _shift(days: Floats, now: Floats, noise_of_days: Floats, noise_now: Floats) -> GroupShift:
    """Current values of the groups against their own days, given the sampling variance of both."""
    present = ~np.isnan(days)
    count, middle = present.sum(axis=0), _mean(days)
    noise = np.where(present, noise_of_days, 0.0).sum(axis=0) / count
    spread = np.where(present, (days - middle) ** 2, 0.0).sum(axis=0) / (count - 1)
    known = count >= LEAST_DAYS
    freedom = np.where(known, count - 1, 0)
    excess = np.where(known, spread - noise, 0.0)
    shared = np.maximum((freedom * excess).sum(axis=0) / np.maximum(freedom.sum(axis=0), 1), 0.0)
    worth = _worth(spread / (noise + shared), freedom) if days.shape[0] < FEW_DAYS else SHARED_FREEDOM
    between = np.maximum((worth * shared + freedom * excess) / (worth + freedom), 0.0)
    moved = np.where(known, now - middle, np.nan)
    moved = moved - _common(moved)
    variance = noise_now + noise / count + between * (1 + 1 / count)
    return GroupShift(moved, 2 * student_above(freedom + worth, np.abs(moved) / np.sqrt(variance)))


def _worth(spread: Floats, freedom: Floats) -> Floats:
    """By feature, the degrees of freedom that the pooled variance counts for, from the groups' relative spreads."""
    of_features = [
        ordinary_of(own, np.zeros_like(own), of.astype(np.float64)) for own, of in zip(spread.T, freedom.T, strict=True)
    ]
    return np.array([SHARED_FREEDOM if each is None else max(each.freedom, SHARED_FREEDOM) for each in of_features])
