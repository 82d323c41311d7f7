"""The values of a numeric feature that are ordinary, given those of the reference's days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats
from windage.evidence.excess import ENOUGH_DAYS, REPORTED_FROM
from windage.evidence.tallies import FEWEST_EXPECTED
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import FEW_VALUES, ColumnSummary
from windage.stats.autocorrelation import autocorrelation
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import is_accident, is_exception
from windage.stats.tails import student_quantile

STANDING_OUT = 1.5
"""How far beyond the second most extreme of ``FULL_DAYS`` days is still ordinary, in units of that day's distance from the
median day."""
FULL_DAYS = 28
FEWEST_ALIKE = 7
"""Days that resemble their neighbours count as fewer, but for no fewer than this."""
OF_DAYS = 8.0
"""A day determines its values if the days lie apart by more than this many times their own spans."""
MOST_DAYS = 0.75
NEAR_ZERO = 0.1
"""A value is near 0 up to this part of the largest ordinary ones."""
LARGEST = float(np.finfo(np.float64).max)
ORDINARY_CHANCE = 3.1e-4
"""The chance that an ordinary day lies further out, to either side."""


def ordinary_range(reference: ColumnSummary, days: Sequence[ColumnSummary]) -> tuple[float, float]:
    """The range of the days' 0.1 and 99.9 % quantiles, widened at each end by half its distance from the median, so that a
    long tail on one side makes nothing ordinary on the other, or by 1.5 times the distance of an extreme day from the
    median day, whichever is more; by more times if the days are few, or resemble their neighbours so that they show
    little of what may come, as with weather.

    The second most extreme day is used, so that one broken day does not widen the range. The range never passes an end
    of the feature's scale, and that of an amount, which is never negative and comes near 0 every day, never passes 0. If
    each day is one value with jitter, it is widened by the distance between the days. It ends where doubles do.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = _ordinary_range(reference, days)
    return max(-LARGEST, low), min(LARGEST, high)


def _ordinary_range(reference: ColumnSummary, days: Sequence[ColumnSummary]) -> tuple[float, float]:
    places = (0.001, 0.5, 0.999)
    low, middle, high = reference.quantile(*places).tolist()
    below, above = (middle - low) / 2, (high - middle) / 2
    days = [day for day in days if day.finite]
    if len(days) < LEAST_DAYS:
        return low - below, high + above
    lows, middles, highs = np.array([day.quantile(*places) for day in days]).T
    across = _jump(highs - lows, np.sort(middles))
    telling = min(_telling(lows), _telling(highs))
    lows, highs = np.sort(lows), np.sort(highs)
    if across:
        least, most = max(lows[0], lows[1] - across), min(highs[-1], highs[-2] + across)
        return float(least) - across, float(most) + across
    middle = median(middles)
    below, above = min(below, float(middle - lows[1]) / 2), min(above, float(highs[-2] - middle) / 2)
    least = lows[1] - max(standing_out(telling) * _apart(lows, 1, telling), below)
    most = highs[-2] + max(standing_out(telling) * _apart(highs, -2, telling), above)
    if sorted(day.minimum for day in days)[1] >= 0 and lows[-2] <= NEAR_ZERO * highs[-2]:
        least = max(least, _least_amount(lows, float(highs[-2]), telling))
    floor, ceiling = _end(days, 0), _end(days, 1)
    return (
        float(least if floor is None else max(least, floor)),
        float(most if ceiling is None else min(most, ceiling)),
    )


def _least_amount(lows: Floats, high: float, telling: int) -> float:
    """Where the range of an amount begins, which is told by the logarithms: its largest values, many times the others, say
    nothing of how small it may be. 0 if that is an ordinary amount."""
    low = float(lows[1])
    if low <= 0:
        return 0.0
    logs = np.log(np.maximum(lows, low))
    return low * math.exp(-max(standing_out(telling) * _apart(logs, 1, telling), math.log(high / low) / 4))


@cache
def standing_out(days: int) -> float:
    """How far beyond the second most extreme of so many days the next day may lie, in units of that day's distance from
    the median day: as unlikely, if days are normal, as ``STANDING_OUT`` is with ``FULL_DAYS``."""

    def next_day(few: int, above: float) -> float:
        return student_quantile(few - 1, above) * math.sqrt(1 + 1 / few)

    def second(few: int) -> float:
        """Where the second most extreme of so many normal days lies. Source: Blom (1958)."""
        return NormalDist().inv_cdf((few - 1.375) / (few + 0.25))

    return max(next_day(days, ORDINARY_CHANCE) / second(days) - 1, STANDING_OUT)


def _apart(ends: Floats, second: int, telling: int) -> float:
    """How far the second most extreme of the days' ends, which are in order, lies from the median one. Of few days that may
    be little by chance, so that it is at least half the way from the second lowest to the second highest."""
    own = abs(float(ends[second] - median(ends)))
    return own if telling >= FULL_DAYS else max(own, float(ends[-2] - ends[1]) / 2)


def _telling(values: Floats) -> int:
    """How many independent days so many days, in the order of time, are worth."""
    apart = values - values.mean()
    squares = float(apart @ apart)
    lag = float(apart[1:] @ apart[:-1]) / squares if 0 < squares < math.inf else 0.0
    phi = autocorrelation(lag, values.size)
    return min(max(round(values.size * (1 - phi) / (1 + phi)), FEWEST_ALIKE), values.size)


def _jump(spans: Floats, middles: Floats) -> float:
    """The distance between the extreme days if each day is one value with jitter, as with a rate or an index; else 0.
    Such days are few values, and the next may well be the largest. ``middles`` are the days' medians in order.

    The day at either end may be broken, so it is left out and its step is assumed to be like the others.
    """
    across = float(middles[-2] - middles[1]) * (middles.size - 1) / (middles.size - 3)
    if across <= OF_DAYS * float(spans.min()):
        return 0.0  # as nearly always
    is_narrow = OF_DAYS * float(np.quantile(spans, MOST_DAYS)) < across
    return across if is_narrow and 2 * np.unique(middles).size > middles.size else 0.0


def _end(days: Sequence[ColumnSummary], side: int) -> float | None:
    """The lower or upper (``side`` 0 or 1) end of the feature's scale, such as 0 of a count or the last code; None if
    it has no end there. Nearly all days end at it, with so many rows that some would lie beyond if the scale went on.

    This assumes that from each value of a count to the next one outwards, rows become rarer at least as fast as on the
    last step.
    """
    ends = sorted(day.maximum if side else day.minimum for day in days)
    end = ends[len(ends) // 2]
    there = [day for day in days if day.minimum < day.maximum and end == (day.maximum if side else day.minimum)]
    at, beside = (
        sum(rows) for rows in ([day.at_ends[side] for day in there], [day.beside_ends[side] for day in there])
    )
    is_one = is_exception(len(days) - len(there), len(days)) and at * at >= FEWEST_EXPECTED * beside
    return end if is_one else None


def _of_an_accident(days: Sequence[ColumnSummary], once: Floats) -> Floats:
    """The values in ``once``, those that only one day had, that came with an accident."""
    own = [np.empty(0) if day.values is None else day.values[np.isin(day.values, once)] for day in days]
    brought = [
        place
        for place, (day, values) in enumerate(zip(days, own, strict=True))
        if day.values is not None
        and day.counts is not None
        and day.counts[np.isin(day.values, values)].sum() >= REPORTED_FROM * day.finite
        and values.size
    ]
    if not is_accident(brought, of=len(days)):
        return np.empty(0)
    return np.concatenate([own[place] for place in brought])


class Codes(NamedTuple):
    """The whole numbers that a feature of few values took, and the least and the greatest of those that most days have.

    Beyond these two, a count may take new values at any time; between them, a number that never occurred is a new code.
    """

    known: Floats
    low: float
    high: float

    @classmethod
    def of(cls, days: Sequence[ColumnSummary]) -> Codes | None:
        """The codes of these days; None if the feature has no codes, too few days to tell, or days that keep bringing new
        ones, as with the compass points of a few days' wind."""
        seen = [day.values for day in days if day.values is not None]
        if len(seen) < max(sum(day.finite > 0 for day in days), LEAST_DAYS):
            return None
        known, times = np.unique(np.concatenate(seen), return_counts=True)
        accident = _of_an_accident(days, known[times == 1])
        known, times = known[~np.isin(known, accident)], times[~np.isin(known, accident)]
        of_most = known[2 * times > len(seen)]
        if known.size > FEW_VALUES or of_most.size < 2 or (known != np.round(known)).any():
            return None
        found = cls(known, float(of_most[0]), float(of_most[-1]))
        bring_new = sum(share >= REPORTED_FROM for share in found.usual(days))
        return found if is_exception(bring_new, len(days)) else None

    def usual(self, days: Sequence[ColumnSummary]) -> list[float]:
        """The share of each day's rows with codes that no earlier day had; 0 for the first days, to which all are
        new."""
        found: list[float] = []
        before = np.empty(0)
        for day in days:
            if day.values is not None and day.counts is not None:
                is_new = (day.values > self.low) & (day.values < self.high) & ~np.isin(day.values, before)
                found.append(float(day.counts[is_new].sum() / day.finite))
                before = np.union1d(before, day.values)
        return [0.0] * ENOUGH_DAYS + found[ENOUGH_DAYS:]

    def unseen(self, now: NumericProfile) -> Floats:
        """The new codes; none if there are so many that the values are probably only recorded more finely."""
        if now.slack:
            return np.empty(0)
        values = np.unique(now.points[(now.points > self.low) & (now.points < self.high)])
        found = values[~np.isin(values, self.known) & (values == np.round(values))]
        return found if found.size <= self.known.size else np.empty(0)
