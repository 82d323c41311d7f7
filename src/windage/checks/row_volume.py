"""Did the number of rows change?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import median
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Verdict, alerted_each
from windage.errors import DataError
from windage.evidence.day_spans import WEEK, settled_and_last
from windage.evidence.repeated_rows import times_written
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import usual
from windage.stats.tails import student_above
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

HALF, DOUBLE = 0.6, 1.8
"""Half and twice the rows, with some room for chance."""
OFTEN, OFTEN_EMPTY = 4, 0.25
"""A log is written on some days only if it had so many gaps, and so large a part of its days had no rows."""
OUTAGE = -math.log(HALF)
"""A day whose log count lies at least this far from its season's median, with no other day near it, was an outage and
is left out of the ordinary days' variance."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RowVolume(Check):
    """Did the number of rows change?

    Compares the logarithm of the number of rows per partition with the reference's days of the same season. A ratio
    below 0.6 or above 1.8 alerts if ordinary days vary by less. Rows that were all written several times alert in any
    case, unless the reference has such days; the greatest common divisor of all counts of labels, users, categories and
    values shows it.
    """

    name: ClassVar[str] = "row_volume"
    needs: ClassVar[Need] = "rows"
    family: ClassVar[Family] = "volume"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.row_volume, "ratio", "below", 0.05, "critical", certain=True),
        Gate(DriftTrigger.row_volume, "times", "at least", 2.0, "warning", certain=True),
        Gate(DriftTrigger.row_volume, "ratio", "below", HALF, "warning"),
        Gate(DriftTrigger.row_volume, "ratio", "above", DOUBLE, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        rows = (reference.rows, current.rows)
        now, seasons = current.rows / len(current.days), [day.season for day in current.days]
        found = None if _has_no_such_day(reference, current) else _beside(reference.days, seasons, now)
        if found is None:
            yield Measurement(subject="rows", rows=rows, unknown=UNCALIBRATED)
            return
        settled, last = settled_and_last(reference, current)
        before = _beside(settled, seasons, now) if last else None
        if before is not None and _is_much(before["ratio"]) and _is_much(last[-1].rows / before["usual_rows"]):
            # A lasting fault is not usual; the p-value is corrected for the two looks.
            found = {**before, "p_value": min(2 * before["p_value"], 1.0)}
        yield Measurement(subject="rows", rows=rows, values={**found, "times": _times(settled, current.days)})

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Changed number of")

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        return lambda day: float(day.rows)


def _beside(days: Sequence[WindowProfile], seasons: Sequence[int], now: float) -> dict[str, float] | None:
    """Compares the rows a day ``now`` with the days of these seasons; None if there are too few days."""
    counts, season = np.array([(day.rows, day.season) for day in days if day.rows]).reshape(-1, 2).T
    own = np.isin(season, seasons)
    if own.sum() >= LEAST_DAYS:
        counts, season, own = counts[own], season[own], own[own]
    if not own.any() or own.size < LEAST_DAYS:
        return None
    # A season with few days gives its own median, and the days of all seasons together give the variance.
    middles = {each: float(median(counts[season == each])) for each in set(season.tolist())}
    middle = float(median(counts[own]))
    logs, moved = np.log(counts / [middles[each] for each in season.tolist()]), math.log(max(now, 0.5) / middle)
    logs = logs[usual(logs, season, moved, least=OUTAGE)]
    freedom = max(logs.size - len(middles), 1)
    # Counts differ by chance even if the expected number of rows is the same.
    spread = math.sqrt(max(float(logs @ logs) / freedom, 1 / middle))
    z = moved / (spread * math.sqrt(1 + 1 / int(own.sum())))
    p_value = min(2 * float(student_above(freedom, abs(z))), 1.0)
    return {"ratio": now / middle, "usual_rows": middle, "current_rows": now, "z": z, "p_value": p_value}


def _times(usual: Sequence[WindowProfile], now: Sequence[WindowProfile]) -> float:
    """How many times each row was written; 1 if the reference has days on which rows were written several times."""
    found = max(map(_times_written, now))
    return 1.0 if found > 1 and any(_times_written(day) > 1 for day in usual) else float(found)


def _times_written(day: WindowProfile) -> int:
    try:
        return times_written(day)
    except DataError:  # a column cannot be read
        return 1


def _is_much(ratio: float) -> bool:
    return ratio < HALF or ratio > DOUBLE


def _has_no_such_day(reference: WindowProfile, current: WindowProfile) -> bool:
    """Whether an empty window falls on a weekday that never has rows in a reference of at least two weeks, or on one that
    has, where again and again such days have none, as where a log is written on some days only."""
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
