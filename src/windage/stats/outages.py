"""Reference days on which something was broken: they say nothing of how ordinary days differ."""

from __future__ import annotations

import numpy as np

from windage.arrays import Bools, Floats, Ints
from windage.stats.day_model import DayCounts, DayMeans

LEAST_CHANGE = 0.2
LEAST_OF_MANY = 0.15
"""``LEAST_CHANGE`` with at least ``MANY_DAYS`` days, among which none stands alone by chance."""
MANY_DAYS = 14
ALONE = 3.0
"""How many times further from its season's median than the next day an outage lies."""
TIMES = 2
"""A kind of day that came so often before is one that recurs."""


def is_exception(times: int, days: int) -> bool:
    """Whether what happened ``times`` times in ``days`` days is not ordinary: once, or on at most a tenth of them."""
    return days > 2 and times <= max(1, days // 10)


def without_outages(reference: DayCounts, recurring: Bools | None = None) -> DayCounts:
    """The days less the few that stand alone: a share far from its season's median, and all other days near to it.

    Kept, one broken day would make every later fault look ordinary for as long as it is in the reference. ``recurring`` are
    days that stay all the same.
    """
    _, kept = _shares_and_kept(reference)
    return reference.among(kept if recurring is None else kept | recurring)


def means_without_outages(reference: DayMeans, current: DayMeans) -> DayMeans:
    """The same for the mean of a score, whose change is held against its usual size."""
    now = float(np.average(current.means, weights=current.rows))
    kept = usual(reference.means, reference.season, now, least=LEAST_CHANGE * abs(float(np.median(reference.means))))
    return reference.among(kept)


def usual(values: Floats, season: Ints, now: float, *, least: float) -> Bools:
    """Which days' values do not stand alone, further than ``least`` from all others, or come again ``now``."""
    found = values[:, None]
    kept = _ordinary(found, season, least)
    return kept | _again(found, kept, np.array([now]))


def recurring(reference: DayCounts, current: DayCounts) -> Bools:
    """Which days stand alone and are like the current ones: what comes back, such as a payday, is no outage."""
    shares, kept = _shares_and_kept(reference)
    return _again(shares, kept, current.hits.sum(axis=0) / current.rows.sum())


def not_over(reference: DayCounts, current: DayCounts) -> Bools:
    """All days but outages that are over: days that stand alone and are not like the current ones."""
    shares, kept = _shares_and_kept(reference)
    return kept | _alike(shares, kept, current.hits.sum(axis=0) / current.rows.sum())


def _shares_and_kept(counts: DayCounts) -> tuple[Floats, Bools]:
    """Each day's shares, and which days do not stand alone."""
    shares = counts.hits / counts.rows[:, None]
    least = LEAST_OF_MANY if counts.rows.size >= MANY_DAYS else LEAST_CHANGE
    return shares, _ordinary(shares, counts.season, least)


def _again(values: Floats, kept: Bools, now: Floats) -> Bools:
    """The outlying days that are like the current ones, if such days came several times: once is an accident, and the
    last days may be the beginning of today's change."""
    alike = _alike(values, kept, now)
    times = int((alike & ~np.append(False, alike[:-1])).sum()) - int(alike[-1])
    return alike if times >= TIMES else np.zeros_like(alike)


def _alike(values: Floats, kept: Bools, now: Floats) -> Bools:
    """The days that are not kept but lie nearer to the current ones than half their distance from the median."""
    if kept.all():
        return ~kept
    apart = np.abs(values - np.median(values[kept], axis=0)).max(axis=1)
    return np.asarray(~kept & (np.abs(values - now).max(axis=1) < apart / 2))


def _ordinary(values: Floats, season: Ints, least: float) -> Bools:
    """Which days lie near to others of their season."""
    kept = np.ones(len(values), dtype=bool)
    if not len(values) or (values.max(axis=0) - values.min(axis=0)).max() < least:
        return kept  # as nearly always: no day lies so far from any other
    for each in np.unique(season):
        days = np.flatnonzero(season == each)
        apart = np.abs(values[days] - np.median(values[days], axis=0)).max(axis=1)
        order = np.argsort(-apart)
        most = sum(is_exception(times, days.size) for times in range(1, days.size))
        for times in range(most, 0, -1):
            if apart[order[times - 1]] >= max(least, ALONE * apart[order[times]]):
                kept[days[order[:times]]] = False
                break
    return kept
