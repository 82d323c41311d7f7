"""The ordinary values of a numeric feature, given its reference's days, and which of today's values lie beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats
from windage.evidence.day_spans import settled_and_last
from windage.evidence.excess import FEW_REPEATED, REPORTED_FROM, is_more, without_accidents
from windage.evidence.ordinary_values import Codes, ordinary_range
from windage.evidence.tallies import broken_days, is_of_the_day
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import ColumnSummary, summary
from windage.profiles.window import WindowProfile
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import ALONE, is_accident

FEWEST_OUTSIDE = 5
"""Fewer rows may lie outside by chance: rows of one event resemble each other."""
MOSTLY = 0.95
"""Nearly all rows."""
FAR = 10.0
"""Values so many times as far from the median as any that a day had are in another unit, or mean that there is none."""
A_HAIR = 1e-6
"""Tolerance at the ends of the range, as a fraction of its width."""


class Reach(NamedTuple):
    """The smallest and the largest ordinary value (``low``, ``high``), the current window's share of rows beyond them
    (``outside``), that of the reference's most unusual day (``usual``), and whether ``outside`` is reported
    (``is_news``). ``unseen`` are new values between the two; their rows count as outside."""

    low: float
    high: float
    outside: float
    usual: float
    is_news: bool
    unseen: Floats
    usually_repeated: float | None
    """Set if ``unseen`` is one value that many rows share: the largest share that one value had on an ordinary day."""

    def beyond(self, values: Floats) -> Floats:
        """1 for each value outside or unseen, 0 for the others."""
        low, high = _a_hair_wider(self.low, self.high)
        return np.asarray(((values < low) | (values > high) | np.isin(values, self.unseen)) * 1.0)

    def share_beyond(self, profile: NumericProfile) -> float:
        return _share_outside(profile, (self.low, self.high)) + _share_at(profile, self.unseen)

    def told_from(self, profiles: Sequence[NumericProfile]) -> float:
        """Where the range begins in words: at 0 if it would begin below and no value of these profiles lies between, as with
        an amount that cannot be negative."""
        return self.low if self.low >= 0 or any(_may_hold(each, self.low, 0.0) for each in profiles) else 0.0


def reach(reference: WindowProfile, current: WindowProfile, name: str) -> Reach:
    """The reach of all the reference's days; or of those before the last ones, if one of the last days was reportable
    on its day and the latest still is. A feature with one value a day, such as a date, is reported only once."""
    settled, last = sound_days(reference, current, name)
    now = current.numeric[name]
    found = _reach(reference, name, [*settled, *last], now)
    if found.is_news or not last or is_of_the_day(name, reference, current):
        return found
    lasting = _reach(reference, name, settled, now)
    goes_on = lasting.is_news and _reach(reference, name, settled, last[-1].numeric[name]).is_news
    if goes_on and any(
        _reach(reference, name, [*settled, *last[:k]], day.numeric[name]).is_news for k, day in enumerate(last)
    ):
        return lasting
    return found


def _reach(reference: WindowProfile, name: str, days: Sequence[WindowProfile], now: NumericProfile) -> Reach:
    """The reach of some days, and the share of ``now`` that lies outside it. Where days now and then have as many values
    there, values that are far beyond those of every day are news nevertheless."""
    of_days = [summary(day, name) for day in days]
    ends = ordinary_range(summary(reference, name), of_days)
    found = _within(ends, name, days, of_days, now)
    if found.is_news or _are_few(found.outside * now.known) or not any(day.finite for day in of_days):
        return found
    farther = _within(_far_ends(ends, of_days), name, days, of_days, now)
    return farther if farther.is_news else found


def _far_ends(ends: tuple[float, float], days: Sequence[ColumnSummary]) -> tuple[float, float]:
    """The ends of a range, or ten times as far from the median day as the least and the greatest value of all days."""
    known = [day for day in days if day.finite]
    middle = float(median([float(day.quantile(0.5)[0]) for day in known]))
    least, most = min(day.minimum for day in known), max(day.maximum for day in known)
    return min(ends[0], middle - FAR * (middle - least)), max(ends[1], middle + FAR * (most - middle))


def _within(
    ends: tuple[float, float],
    name: str,
    days: Sequence[WindowProfile],
    of_days: Sequence[ColumnSummary],
    now: NumericProfile,
) -> Reach:
    low, high = ends
    codes = Codes.of(of_days)
    unseen = codes.unseen(now) if codes else np.empty(0)
    unseen = unseen[(unseen >= low) & (unseen <= high)]
    usually_repeated = None
    repeated = None if codes else _repeated(now, of_days)
    if repeated is not None and low <= repeated.value <= high:
        unseen, usually_repeated = np.array([repeated.value]), repeated.usual
    outside = _share_outside(now, (low, high)) + _share_at(now, unseen)
    usual = max(_ordinary_shares(name, days, (low, high), now), default=0.0)
    if unseen.size and codes:
        usual += max(without_accidents(codes.usual(of_days)), default=0.0)
    rows = now.known
    is_news = not _are_few(outside * rows) and is_more(outside * rows, usual, of=rows)
    return Reach(low, high, outside, usual, is_news, unseen, usually_repeated)


def _are_few(rows: float) -> bool:
    return rows <= FEWEST_OUTSIDE - 0.5


class _Repeated(NamedTuple):
    """A value that many rows share, and the largest share that one value usually has."""

    value: float
    usual: float


def _repeated(now: NumericProfile, days: Sequence[ColumnSummary]) -> _Repeated | None:
    """A value that many rows share although the feature's values hardly ever repeat within a day, such as a filled-in
    default; None if there is no such value."""
    shares = without_accidents([day.most_at_one / day.finite for day in days if day.finite])
    hardly = max([REPORTED_FROM, *(1 / day.finite for day in days if day.finite)])  # one row repeats nothing
    column, usual = ColumnSummary.of(now), max(shares, default=1.0)
    is_told = column.most_at_one >= max(FEW_REPEATED, REPORTED_FROM * column.finite)
    ordinary = ALONE * usual * column.finite
    if len(shares) < LEAST_DAYS or usual > hardly or not is_told or column.most_at_one <= ordinary:
        return None
    return None if _is_coarse(column, max(FEW_REPEATED, ordinary)) else _Repeated(column.mode, usual)


def _is_coarse(column: ColumnSummary, many: float) -> bool:
    """Whether nearly all rows hold one of several values that many share, as rounded numbers do: none is a default."""
    counts = np.empty(0) if column.counts is None else column.counts[column.counts >= many]
    return counts.size > 1 and int(counts.sum()) >= MOSTLY * column.finite


def _ordinary_shares(
    name: str, days: Sequence[WindowProfile], ends: tuple[float, float], now: NumericProfile
) -> list[float]:
    """The days' shares outside a range, without a single episode of the very value that is outside now, such as a
    sentinel: one episode does not make it ordinary. Extreme days of other values, as with weather, are kept."""
    shares = [_share_outside(day.numeric[name], ends) for day in days]
    value = _sole_value(now, ColumnSummary.of(now), ends) if _share_outside(now, ends) >= REPORTED_FROM else None
    same = [
        place
        for place, day in enumerate(days)
        if value is not None
        and shares[place] >= REPORTED_FROM
        and _sole_value(day.numeric[name], summary(day, name), ends) == value
    ]
    left_out = same if is_accident(same, of=len(days)) else []
    return [share for place, share in enumerate(shares) if place not in left_out]


def _sole_value(profile: NumericProfile, column: ColumnSummary, ends: tuple[float, float]) -> float | None:
    """The value, infinite or an extreme, that nearly all rows outside a range have; None if there is no such
    value."""
    rows = {
        np.inf: profile.positive_infinite,
        -np.inf: profile.negative_infinite,
        profile.minimum: column.at_ends[0] * (profile.minimum < ends[0]),
        profile.maximum: column.at_ends[1] * (profile.maximum > ends[1]),
    }
    value = max(rows, key=lambda each: rows[each])
    beyond = _share_outside(profile, ends) * profile.known
    return value if rows[value] >= MOSTLY * beyond else None


def sound_days(
    reference: WindowProfile, current: WindowProfile, name: str
) -> tuple[list[WindowProfile], list[WindowProfile]]:
    """The reference's days that have a column and on which it was not broken: those before the last ones, and the last
    ones."""
    broken = broken_days(reference, name)
    settled, last = (
        [day for day in some if name in day.numeric and id(day) not in broken]
        for some in settled_and_last(reference, current)
    )
    return settled, last


def _share_outside(profile: NumericProfile, ends: tuple[float, float]) -> float:
    """The share of a column's values, including infinite ones, outside a range."""
    low, high = _a_hair_wider(*ends)
    if not profile.finite:
        return float(profile.infinite > 0)
    if low <= profile.minimum and profile.maximum <= high:
        return profile.infinite / profile.known
    below = profile.rows_below(np.array([low]))[0][0]
    inside = profile.rows_at_or_below(np.array([high]))[1][0]
    return float(below + profile.finite - inside + profile.infinite) / profile.known


def _share_at(profile: NumericProfile, values: Floats) -> float:
    if not values.size:
        return 0.0
    return sum(rows_at(profile, value) for value in values.tolist()) / profile.known if profile.known else 0.0


def _may_hold(profile: NumericProfile, low: float, high: float) -> bool:
    """Whether a value may lie in [low, high)."""
    below_low, below_high = (profile.rows_below(np.array([each])) for each in (low, high))
    return bool(below_high[1][0] > below_low[0][0])


def rows_at(profile: NumericProfile, value: float) -> int:
    """How many rows hold a value; about so many, if the profile is inexact."""
    at = np.array([value])
    return int(profile.rows_at_or_below(at)[0][0] - profile.rows_below(at)[0][0])


def _a_hair_wider(low: float, high: float) -> tuple[float, float]:
    """The range with a tolerance, so that a value at its very end stays inside in whatever precision it is written."""
    return low - A_HAIR * (high - low), high + A_HAIR * (high - low)
