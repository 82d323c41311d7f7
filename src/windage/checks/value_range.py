"""Do features have values never seen before?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import (
    STRICT,
    Check,
    Conclusion,
    Family,
    Gate,
    Level,
    Need,
    Rows,
    Verdict,
    alerted_each,
    column_measured,
    named,
)
from windage.evidence.counted import FEW_ROWS, broken_days, is_of_the_day
from windage.evidence.day_spans import settled_and_last
from windage.evidence.excess import FEW_REPEATED, REPORTED_FROM, is_accident, is_more, without_accidents
from windage.evidence.ordinary_values import Codes, ordinary_range
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import ColumnSummary, summary
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import ALONE, is_exception
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

FEWEST_OUTSIDE = 5
"""Fewer rows may lie outside by chance: rows of one event resemble each other."""
COMMON = 0.05
"""A value with more than this share of the rows is common, and a whole day may consist of it."""
MOSTLY = 0.95
"""Nearly all rows. After a day with one value in more rows than this, a day of that value alone is ordinary."""
NO_CHANCE = 1e-9
A_HAIR = 1e-6
"""Tolerance at the ends of the range, as a fraction of its width."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ValueRange(Check):
    """Do features have values never seen before?

    The share of rows outside the reference's range, compared with that of the most unusual ordinary day. The range runs
    between the days' 0.1 and 99.9 % quantiles and is widened by about a quarter of its span, more if days differ much;
    it is not widened past a value at which nearly all days end, as counts do at 0. Also alerts on new codes of a
    feature with few whole numbers, a value that many rows share although values hardly ever repeat, a constant that
    changed, and a feature frozen at one value. The values themselves prove all of these, so no significance test is
    needed.
    """

    name: ClassVar[str] = "value_range"
    needs: ClassVar[Need] = "numeric"
    by_column: ClassVar[bool] = True
    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.frozen, "frozen", "at least", 1.0, "critical", certain=True, yes_or_no=True),
        Gate(DriftTrigger.value_range, "excess", "at least", 0.20, "critical", certain=True),
        Gate(DriftTrigger.value_range, "excess", "at least", REPORTED_FROM, "warning", certain=True),
        Gate(DriftTrigger.value_range, "changed", "at least", 0.05, "warning", certain=True),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        for name in named("numeric", reference, current):
            yield column_measured("numeric", name, reference, current, partial(_measure, name, reference, current))

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Never-seen values in")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        (name,) = alert.affected_features
        values = rows.numbers(name)
        if current.numeric[name].minimum == current.numeric[name].maximum:
            return np.asarray((values == current.numeric[name].minimum) * 1.0)
        return reach(reference, current, name).beyond(values)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        (name,) = alert.affected_features
        if alert.trigger is DriftTrigger.frozen:
            return lambda day: _is_one_value(day.numeric[name]) if name in day.numeric else None
        found = reach(reference, current, name)
        return lambda day: (
            found.share_beyond(day.numeric[name]) if name in day.numeric and day.rows >= FEW_ROWS else None
        )


def _is_one_value(profile: NumericProfile) -> float | None:
    return float(profile.minimum == profile.maximum) if profile.finite else None


def _measure(name: str, reference: WindowProfile, current: WindowProfile) -> Measurement:
    before, now = summary(reference, name), current.numeric[name]
    rows = (before.finite, now.known)
    if min(rows) < FEW_ROWS:
        return Measurement(subject=name, rows=rows)
    settled, last = ([day.numeric[name] for day in some] for some in _settled_and_last(reference, current, name))
    days = [*settled, *last]
    found = reach(reference, current, name)
    excess = found.outside if found.is_news else 0.0
    is_constant = before.minimum == before.maximum
    frozen = _is_frozen(now) and before.points > 1
    if frozen:
        is_unusual = partial(_is_unusually_frozen, reference.numeric[name], now)
        stays = last and _is_frozen(last[-1]) and is_unusual(settled, besides=last)
        frozen = stays or is_unusual(days)
    values = {
        "share_outside": found.outside,
        "usual_outside": found.usual,
        "excess": None if is_constant else excess,
        "changed": excess if is_constant else None,
        "frozen": float(frozen),
        "frozen_at": now.minimum if frozen else None,
        "p_value": None,
        "usual_repeated": found.usually_repeated if found.is_news else None,
        "low": found.low,
        "high": found.high,
    }
    unknown = UNCALIBRATED if len(days) < LEAST_DAYS else None
    named_values = tuple(f"{value:.12g}" for value in found.unseen) if found.is_news else ()
    return Measurement(subject=name, rows=rows, values=values, categories=named_values, unknown=unknown)


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
        return share_outside(profile, (self.low, self.high)) + _share_at(profile, self.unseen)


def reach(reference: WindowProfile, current: WindowProfile, name: str) -> Reach:
    """The reach of all the reference's days; or of those before the last ones, if one of the last days was reportable
    on its day and the latest still is. A feature with one value a day, such as a date, is reported only once."""
    settled, last = _settled_and_last(reference, current, name)
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
    """The reach of some days, and the share of ``now`` that lies outside it."""
    of_days = [summary(day, name) for day in days]
    low, high = ordinary_range(summary(reference, name), of_days)
    codes = Codes.of(of_days)
    unseen = codes.unseen(now) if codes else np.empty(0)
    unseen = unseen[(unseen >= low) & (unseen <= high)]
    usually_repeated = None
    if codes is None and low <= (repeated := _repeated(now, of_days))[0] <= high:
        unseen, usually_repeated = np.array(repeated[:1]), repeated[1]
    outside = share_outside(now, (low, high)) + _share_at(now, unseen)
    usual = max(_ordinary_shares(name, days, (low, high), now), default=0.0)
    if unseen.size and codes:
        usual += max(without_accidents(codes.usual(of_days)), default=0.0)
    rows = now.known
    is_news = outside * rows > FEWEST_OUTSIDE - 0.5 and is_more(outside * rows, usual, of=rows)
    return Reach(low, high, outside, usual, is_news, unseen, usually_repeated)


def _repeated(now: NumericProfile, days: Sequence[ColumnSummary]) -> tuple[float, float | None]:
    """A value that many rows share although the feature's values hardly ever repeat within a day, such as a filled-in
    default, and the largest share that one value usually has; NaN and None if there is no such value."""
    shares = without_accidents([day.most_at_one / day.finite for day in days if day.finite])
    hardly = max([REPORTED_FROM, *(1 / day.finite for day in days if day.finite)])  # one row repeats nothing
    column, usual = ColumnSummary.of(now), max(shares, default=1.0)
    is_told = column.most_at_one >= max(FEW_REPEATED, REPORTED_FROM * column.finite)
    ordinary = ALONE * usual * column.finite
    if len(shares) < LEAST_DAYS or usual > hardly or not is_told or column.most_at_one <= ordinary:
        return float("nan"), None
    if _is_coarse(column, max(FEW_REPEATED, ordinary)):
        return float("nan"), None
    return column.mode, usual


def _is_coarse(column: ColumnSummary, many: float) -> bool:
    """Whether nearly all rows hold one of several values that many share, as rounded numbers do: none is a default."""
    counts = np.empty(0) if column.counts is None else column.counts[column.counts >= many]
    return counts.size > 1 and int(counts.sum()) >= MOSTLY * column.finite


def _ordinary_shares(
    name: str, days: Sequence[WindowProfile], reach: tuple[float, float], now: NumericProfile
) -> list[float]:
    """The days' shares outside a reach, without a single episode of the very value that is outside now, such as a
    sentinel: one episode does not make it ordinary. Extreme days of other values, as of weather, are kept."""
    shares = [share_outside(day.numeric[name], reach) for day in days]
    value = _sole_value(now, ColumnSummary.of(now), reach) if share_outside(now, reach) >= REPORTED_FROM else None
    same = [
        place
        for place, day in enumerate(days)
        if value is not None
        and shares[place] >= REPORTED_FROM
        and _sole_value(day.numeric[name], summary(day, name), reach) == value
    ]
    left_out = same if is_accident(same, of=len(days)) else []
    return [share for place, share in enumerate(shares) if place not in left_out]


def _sole_value(profile: NumericProfile, column: ColumnSummary, reach: tuple[float, float]) -> float | None:
    """The value, infinite or an extreme, that nearly all rows outside the reach have; None if there is no such
    value."""
    rows = {
        np.inf: profile.positive_infinite,
        -np.inf: profile.negative_infinite,
        profile.minimum: column.at_ends[0] * (profile.minimum < reach[0]),
        profile.maximum: column.at_ends[1] * (profile.maximum > reach[1]),
    }
    value = max(rows, key=lambda each: rows[each])
    beyond = share_outside(profile, reach) * profile.known
    return value if rows[value] >= MOSTLY * beyond else None


def _settled_and_last(
    reference: WindowProfile, current: WindowProfile, name: str
) -> tuple[list[WindowProfile], list[WindowProfile]]:
    settled, last = (_sound_days(reference, some, name) for some in settled_and_last(reference, current))
    return settled, last


def _sound_days(reference: WindowProfile, days: Sequence[WindowProfile], name: str) -> list[WindowProfile]:
    left_out = broken_days(reference, name)
    return [day for day in days if name in day.numeric and id(day) not in left_out]


def _is_unusually_frozen(
    reference: NumericProfile,
    now: NumericProfile,
    days: Sequence[NumericProfile],
    *,
    besides: Sequence[NumericProfile] = (),
) -> bool:
    """Whether a day of a single value is unusual among ``days``; ``besides`` are the reference's other days."""
    return not _was_often_frozen(reference, days, now, besides=besides) and _is_beyond_chance(days, now)


def _was_often_frozen(
    reference: NumericProfile,
    days: Sequence[NumericProfile],
    now: NumericProfile,
    *,
    besides: Sequence[NumericProfile],
) -> bool:
    """Whether frozen days are frequent; or one was frozen at this very value, and the value is common on other days."""
    frozen = [day for day in days if _is_frozen(day)]
    if not is_exception(len(frozen), len(days)):
        return bool(frozen)
    own = sum(day.finite for day in (*frozen, *filter(_is_frozen, besides)) if day.minimum == now.minimum)
    is_common = _rows_at(reference, now.minimum) - own > COMMON * reference.finite
    return is_common and any(day.minimum == now.minimum for day in frozen)


def _is_beyond_chance(days: Sequence[NumericProfile], now: NumericProfile) -> bool:
    """Whether chance cannot give every row the same value, and the day with the value's largest share is further from a
    full day than ordinary days are from each other, because rows of one day are alike."""
    shares = [_rows_at(day, now.minimum) / day.finite for day in days if day.finite >= FEW_ROWS and not _is_frozen(day)]
    if not shares:
        return False
    most = max(shares)
    ordinary = most + (most - float(np.quantile(shares, 0.1)))
    return most <= MOSTLY and ordinary < 1 and most**now.finite < NO_CHANCE


def _rows_at(profile: NumericProfile, value: float) -> int:
    at = np.array([value])
    return int(profile.rows_at_or_below(at)[0][0] - profile.rows_below(at)[0][0])


def _is_frozen(profile: NumericProfile) -> bool:
    return profile.finite >= FEW_ROWS and profile.minimum == profile.maximum


def share_outside(profile: NumericProfile, reach: tuple[float, float]) -> float:
    """The share of a column's values, including infinite ones, outside a reach."""
    reach = _a_hair_wider(*reach)
    if not profile.finite:
        return float(profile.infinite > 0)
    if reach[0] <= profile.minimum and profile.maximum <= reach[1]:
        return profile.infinite / profile.known
    below = profile.rows_below(np.array([reach[0]]))[0][0]
    inside = profile.rows_at_or_below(np.array([reach[1]]))[1][0]
    return float(below + profile.finite - inside + profile.infinite) / profile.known


def _share_at(profile: NumericProfile, values: Floats) -> float:
    if not values.size:
        return 0.0
    return sum(_rows_at(profile, value) for value in values.tolist()) / profile.known if profile.known else 0.0


def _a_hair_wider(low: float, high: float) -> tuple[float, float]:
    """The range with a tolerance, so that a value at its very end stays inside in whatever precision it is written."""
    return low - A_HAIR * (high - low), high + A_HAIR * (high - low)


CHECK = ValueRange
