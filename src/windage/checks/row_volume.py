"""Did the number of rows change?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import compress, pairwise
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Bools, Floats, Ints
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Verdict, alerted_each
from windage.errors import DataError
from windage.evidence.day_spans import MUCH_LESS, OF_A_WEEKDAY, WEEK, settled_and_last
from windage.evidence.repeated_rows import times_written
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.window import WindowProfile
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import are_usual, is_outage
from windage.stats.tails import student_above
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

HALF, DOUBLE = 0.6, 1.8
"""Half and twice the rows, with some room for chance."""
NEARLY_NONE = 0.05
"""Fewer than this part of the usual rows are nearly none."""
ORDINARY = 0.01
"""An ordinary day may have as few or as many rows if the p-value is not below this."""
OFTEN, OFTEN_EMPTY = 4, 0.25
"""A log is written on some days only if it had so many gaps, and so large a part of its days had no rows."""
OUTAGE = -math.log(HALF)
"""A day whose log count lies at least this far from its season's median, with no other day near it, was an outage and
is left out of the ordinary days' variance."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RowVolume(Check):
    """Did the number of rows change?

    Compares the logarithm of the number of rows per partition with the reference's days of the same season, or of the same
    weekday where those are much more alike, as when only Sundays or only Fridays are quiet. A ratio below 0.6 or above 1.8
    alerts if ordinary days vary by less; one below 0.05 pages unless ordinary days vary by so much. Rows that were all
    written several times alert in any case, unless the reference often has such days; the greatest common divisor of all
    counts of labels, users, categories and values shows them.
    """

    name: ClassVar[str] = "row_volume"
    needs: ClassVar[Need] = "rows"
    family: ClassVar[Family] = "volume"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.row_volume, "unusual_ratio", "below", NEARLY_NONE, "critical", certain=True),
        Gate(DriftTrigger.row_volume, "times", "at least", 2.0, "warning", certain=True),
        Gate(DriftTrigger.row_volume, "ratio", "below", HALF, "warning"),
        Gate(DriftTrigger.row_volume, "ratio", "above", DOUBLE, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        rows = (reference.rows, current.rows)
        found = None if _has_no_such_day(reference, current) else _beside(reference.days, current)
        if found is None:
            yield Measurement(subject="rows", rows=rows, unknown=UNCALIBRATED)
            return
        settled, last = settled_and_last(reference, current)
        before = _beside(settled, current) if last else None
        if before is not None and _is_much(before["ratio"]) and _is_much(last[-1].rows / before["usual_rows"]):
            # A lasting fault is not usual; the p-value is corrected for the two looks.
            found = {**before, "p_value": min(2 * before["p_value"], 1.0)}
        usual = {"usual_rows": found["usual_rows"] * len(current.days), "current_rows": float(current.rows)}
        is_ordinary = current.rows > 0 and found["p_value"] >= ORDINARY
        values = {**found, **usual, "unusual_ratio": None if is_ordinary else found["ratio"]}
        yield Measurement(subject="rows", rows=rows, values={**values, "times": _times(settled, current.days)})

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Changed number of")

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        if alert.details.get("statistic") == "times":
            return lambda day: float(_times_written(day))
        return lambda day: float(day.rows)


class _Usual(NamedTuple):
    """The ordinary number of rows of some days of one season, and how much its logarithm varies from day to day."""

    rows: float
    days: int
    spread: float
    freedom: int

    def beside(self, now: float) -> dict[str, float]:
        z = _log_ratio(now, self.rows) / (self.spread * math.sqrt(1 + 1 / self.days))
        p_value = min(2 * float(student_above(self.freedom, abs(z))), 1.0)
        return {"ratio": now / self.rows, "usual_rows": self.rows, "z": z, "p_value": p_value}


def _beside(days: Sequence[WindowProfile], current: WindowProfile) -> dict[str, float] | None:
    """Compares the rows a day of the current window with these days: with those of its seasons, or of its weekday where
    days of one weekday are much more alike. None if there are too few days."""
    written, now = [day for day in days if day.rows], current.rows / len(current.days)
    counts = np.array([day.rows for day in written], dtype=np.float64)
    season = np.array([day.season for day in written], dtype=np.int64)
    own = np.isin(season, [day.season for day in current.days])
    if not own.any() or own.size < LEAST_DAYS:
        return None
    if own.sum() < LEAST_DAYS:
        return _usual_of(counts, season, own, now).beside(now)
    counts, season = counts[own], season[own]
    usual = _usual_of(counts, season, np.ones_like(season, dtype=bool), now)
    weekdays = _weekdays(list(compress(written, own)), current)
    if weekdays is not None:
        # Only the reference decides which days are compared, so that today's chance variation cannot.
        alike = _usual_of(counts, *weekdays, now)
        usual = alike if alike.spread**2 < MUCH_LESS * usual.spread**2 else usual
    return usual.beside(now)


def _usual_of(counts: Floats, season: Ints, own: Bools, now: float) -> _Usual:
    """``own`` are the days that today is like. A season with few days gives its own median, and the days of all seasons
    together give the variance."""
    middles = {each: float(median(counts[season == each])) for each in set(season.tolist())}
    middle = float(median(counts[own]))
    logs = np.log(counts / [middles[each] for each in season.tolist()])
    logs = logs[are_usual(logs, season, _log_ratio(now, middle), least=OUTAGE)]
    freedom = max(logs.size - len(middles), 1)
    # Counts differ by chance even if the expected number of rows is the same.
    spread = math.sqrt(max(float(logs @ logs) / freedom, 1 / middle))
    return _Usual(rows=middle, days=int(own.sum()), spread=spread, freedom=freedom)


def _log_ratio(now: float, usual_rows: float) -> float:
    return math.log(max(now, 0.5) / usual_rows)


def _weekdays(days: Sequence[WindowProfile], current: WindowProfile) -> tuple[Ints, Bools] | None:
    """The weekday and hour of each day, and which are today's; None if too few are, or if today is a holiday."""
    (today, *others), known = current.days, [(day.starts_at, day.hour) for day in days]
    if others or today.starts_at is None or today.lived_as is not None:
        return None
    of_week = np.array([-1 if at is None else WEEK * hour + at.weekday() for at, hour in known], dtype=np.int64)
    own = of_week == WEEK * today.hour + today.starts_at.weekday()
    return (of_week, own) if own.sum() >= OF_A_WEEKDAY and (of_week >= 0).all() else None


def _times(usual: Sequence[WindowProfile], now: Sequence[WindowProfile]) -> float:
    """How many times each row was written; 1 if such days are ordinary in the reference, and not a single outage."""
    found = max(map(_times_written, now))
    before = [place for place, day in enumerate(usual) if _times_written(day) > 1] if found > 1 else []
    return 1.0 if before and not is_outage(before, of=len(usual)) else float(found)


def _times_written(day: WindowProfile) -> int:
    try:
        return times_written(day)
    except DataError:  # a column cannot be read
        return 1


def _is_much(ratio: float) -> bool:
    return ratio < HALF or ratio > DOUBLE


def _has_no_such_day(reference: WindowProfile, current: WindowProfile) -> bool:
    """Whether an empty window is ordinary in a reference of at least two weeks: its weekday never has rows, or days of the
    weekdays that have rows are empty again and again, as in a log that is written on some days only."""
    today = current.starts_at
    with_rows = [day.starts_at for day in reference.days if day.rows and day.starts_at is not None]
    if current.rows or today is None or not with_rows or (today - min(with_rows)).days < 2 * WEEK:
        return False
    weekdays = {at.weekday() for at in with_rows}
    if today.weekday() not in weekdays:
        return True
    known = {at.toordinal() for at in with_rows}
    asked = [day for day in range(min(known), today.toordinal()) if date.fromordinal(day).weekday() in weekdays]
    empty = [day not in known for day in asked]
    gaps = sum(now and not before for before, now in pairwise([False, *empty]))
    return gaps >= OFTEN and sum(empty) >= OFTEN_EMPTY * len(empty)


CHECK = RowVolume
