"""Which values of a numeric feature are ordinary, given those of the reference's days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats
from windage.evidence.counted import FEWEST_EXPECTED
from windage.evidence.excess import TOLD, is_accident
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import FEW_VALUES, ColumnSummary
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import is_exception

STANDING_OUT = 1.5
"""How much further than the most extreme reference day is still ordinary, in units of how far that one stood out."""
OF_DAYS = 8.0
"""A day determines its values if the days lie apart by more than so many times their own spans."""
MOST_DAYS = 0.75
AT_AN_END = 0.01
"""Where a scale ends, days have this share of their rows exactly there."""
ENOUGH_DAYS = 3
"""After so many days, a day's codes that none of them had say how many new ones ordinarily come."""


def ordinary_range(reference: ColumnSummary, days: Sequence[ColumnSummary]) -> tuple[float, float]:
    """The reference's range widened by a quarter, and by as much again as its extreme days stand out from the usual one.

    The second most extreme day is taken, so that one broken day does not widen the range. Where the feature's scale ends,
    nothing is widened.
    """
    ends = (0.001, 0.999)
    low, high = reference.quantile(*ends).tolist()
    margin = (high - low) / 4
    days = [day for day in days if day.finite]
    if len(days) < LEAST_DAYS:
        return low - margin, high + margin
    lows, highs = np.sort([day.quantile(*ends) for day in days], axis=0).T
    across = _jump(days)
    if across:
        least, most = max(lows[0], lows[1] - across), min(highs[-1], highs[-2] + across)
        return float(least) - across, float(most) + across
    margin = min(margin, float(highs[-2] - lows[1]) / 4)
    least = lows[1] - STANDING_OUT * (float(np.median(lows)) - float(lows[1]))
    most = highs[-2] + STANDING_OUT * (float(highs[-2]) - float(np.median(highs)))
    least, most = min(least, lows[1] - margin), max(most, highs[-2] + margin)
    floor, ceiling = _end(days, 0), _end(days, 1)
    return (
        float(least if floor is None else max(least, floor)),
        float(most if ceiling is None else min(most, ceiling)),
    )


def _jump(days: Sequence[ColumnSummary]) -> float:
    """How far apart the days lie where each is one value and its jitter, as of a rate or an index, and 0 otherwise: so many
    days are so few values, of which the next may well be the largest.

    The day at either end is left out, and its step is taken to be like the others: a broken one says nothing of these.
    """
    spans = [day.quantile(0.999)[0] - day.quantile(0.001)[0] for day in days]
    middles = np.sort([day.quantile(0.5)[0] for day in days])
    across = float(np.ptp(middles[1:-1])) * (middles.size - 1) / (middles.size - 3)
    is_narrow = OF_DAYS * float(np.quantile(spans, MOST_DAYS)) < across
    return across if is_narrow and 2 * np.unique(middles).size > middles.size else 0.0


def _end(days: Sequence[ColumnSummary], side: int) -> float | None:
    """Where the feature's scale ends, as a count's does at 0 and a code's at its last one, below or above (``side`` 0 or 1):
    all but a few days end there, with so many rows that some would lie beyond if there were anything.

    Rows of a count grow rarer at least as fast from value to value outwards as they did on the last step.
    """
    ends = sorted(day.maximum if side else day.minimum for day in days)
    end = ends[len(ends) // 2]
    there = [
        day
        for day in days
        if day.minimum < day.maximum
        and end == (day.maximum if side else day.minimum)
        and day.at_ends[side] >= AT_AN_END * day.finite
    ]
    at, beside = (
        sum(rows) for rows in ([day.at_ends[side] for day in there], [day.beside_ends[side] for day in there])
    )
    is_one = is_exception(len(days) - len(there), len(days)) and at * at >= FEWEST_EXPECTED * beside
    return end if is_one else None


def _of_an_accident(days: Sequence[ColumnSummary], once: Floats) -> Floats:
    """The values that came with an accident, among those that only one day had."""
    own = [np.empty(0) if day.values is None else day.values[np.isin(day.values, once)] for day in days]
    brought = [
        place
        for place, (day, values) in enumerate(zip(days, own, strict=True))
        if day.values is not None
        and day.counts is not None
        and day.counts[np.isin(day.values, values)].sum() >= TOLD * day.finite
        and values.size
    ]
    if not is_accident(brought, of=len(days)):
        return np.empty(0)
    return np.concatenate([own[place] for place in brought])


class Codes(NamedTuple):
    """The whole numbers that a feature of few values took on some days, and the least and the greatest of those that most of
    these days have.

    Beyond these two a count may take larger values at any time; in between, a number that never was is a new code.
    """

    known: Floats
    low: float
    high: float

    @classmethod
    def of(cls, days: Sequence[ColumnSummary]) -> Codes | None:
        """None where the feature has no such, or too few days to tell."""
        seen = [day.values for day in days if day.values is not None]
        if len(seen) < max(sum(day.finite > 0 for day in days), LEAST_DAYS):
            return None
        known, times = np.unique(np.concatenate(seen), return_counts=True)
        accident = _of_an_accident(days, known[times == 1])
        known, times = known[~np.isin(known, accident)], times[~np.isin(known, accident)]
        of_most = known[2 * times > len(seen)]
        if known.size > FEW_VALUES or of_most.size < 2 or (known != np.round(known)).any():
            return None
        return cls(known, float(of_most[0]), float(of_most[-1]))

    def usual(self, days: Sequence[ColumnSummary]) -> list[float]:
        """The share of each day's rows with codes that no earlier one had; none of the first few, for which all are new."""
        found: list[float] = []
        before = np.empty(0)
        for day in days:
            if day.values is not None and day.counts is not None:
                is_new = (day.values > self.low) & (day.values < self.high) & ~np.isin(day.values, before)
                found.append(float(day.counts[is_new].sum() / day.finite))
                before = np.union1d(before, day.values)
        return [0.0] * ENOUGH_DAYS + found[ENOUGH_DAYS:]

    def unseen(self, now: NumericProfile) -> Floats:
        """New codes; none where so many came that the numbers are only written to more digits."""
        if now.slack:
            return np.empty(0)
        values = np.unique(now.points[(now.points > self.low) & (now.points < self.high)])
        found = values[~np.isin(values, self.known) & (values == np.round(values))]
        return found if found.size <= self.known.size else np.empty(0)
