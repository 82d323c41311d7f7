"""The seasons of days: weekdays, weekends, and weekdays that look like weekends, such as public holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from windage.arrays import Floats, Ints
from windage.evidence.day_ends import ends_early
from windage.profiles.ranks import RankProfile
from windage.profiles.summary import summary
from windage.profiles.window import WEEKDAY, WEEKEND, WindowProfile
from windage.stats.day_model import difference
from windage.stats.days import DayCounts
from windage.stats.ordinary import LEAST_DAYS

MOST_ASKED = 32
"""Further features would show much the same."""
CLEARLY = 4.0
"""A feature indicates a season if its mean squared deviation is smaller there by at least this."""
MOST_SAID = 25.0
SURELY = 30.0
LEAST_AGREEING = 3


def other_season(own: int) -> int:
    """The weekend season of a weekday's season, and vice versa."""
    return own ^ 1


def same_season(days: Sequence[WindowProfile], current: WindowProfile) -> Sequence[WindowProfile]:
    """The days of the current window's season; all days if the season has too few."""
    seasons = {day.season for day in current.days}
    same = [day for day in days if day.season in seasons]
    return same if len(same) >= LEAST_DAYS else days


def ranks_of(days: Sequence[WindowProfile], current: WindowProfile) -> list[RankProfile]:
    """The rank profiles of the days of the current window's season."""
    return [day.ranks for day in same_season(days, current) if day.ranks is not None]


def as_lived(reference: WindowProfile, current: WindowProfile) -> WindowProfile:
    """The current window; a weekday whose features as a whole look like the reference's weekends counts as a weekend.

    On a public holiday many features at once look as they do on weekends. One broken feature is not enough, nor are
    several that moved away from weekends too; a day whose last hours are missing is never a holiday.
    """
    if len(current.days) != 1 or current.season % 2 != WEEKDAY or ends_early(current.days[-1], reference.days):
        return current
    leanings = np.array(list(_leanings(reference, current)))
    agreeing = int((leanings > CLEARLY).sum())
    contrary = int((leanings < -CLEARLY).sum())
    if agreeing >= LEAST_AGREEING and agreeing > 2 * contrary and float(leanings.sum()) > SURELY:
        return replace(current, lived_as=WEEKEND)
    return current


def _leanings(reference: WindowProfile, current: WindowProfile) -> list[float]:
    """For each feature, and for the classes, by how much nearer the current day is to a weekend than to a weekday."""
    own = current.season
    days = [day for day in reference.days if day.season in (own, other_season(own))]
    seasons = np.array([day.season % 2 for day in days])
    if min((seasons == WEEKDAY).sum(), (seasons == WEEKEND).sum()) < LEAST_DAYS:
        return []
    leanings = []
    for name in list(reference.numeric)[:MOST_ASKED]:
        if name not in current.numeric or not current.numeric[name].finite:
            continue
        cuts = np.unique(summary(reference, name).quantile(0.2, 0.4, 0.6, 0.8))
        counts = [_below(day, name, cuts) for day in (*days, current)]
        leanings.append(_leaning(counts, seasons))
    if current.labels is not None:
        names = list(current.labels.counts)[:MOST_ASKED]
        leanings.append(_leaning([_labelled(day, names) for day in (*days, current)], seasons))
    return leanings


def _below(day: WindowProfile, name: str, cuts: Floats) -> tuple[Floats, int]:
    if name not in day.numeric:
        return np.zeros(cuts.size), 0
    low, high = day.numeric[name].rows_below(cuts)
    return (low + high) / 2, day.numeric[name].finite


def _labelled(day: WindowProfile, names: Sequence[str]) -> tuple[Floats, int]:
    if day.labels is None:
        return np.zeros(len(names)), 0
    return np.array([float(day.labels.counts.get(name, 0)) for name in names]), day.labels.known


def _leaning(counts: Sequence[tuple[Floats, int]], seasons: Ints) -> float:
    hits, rows = np.array([hit for hit, _ in counts]), np.array([float(n) for _, n in counts])
    if not hits.size or rows[-1] == 0:
        return 0.0
    before = DayCounts(hits[:-1], rows[:-1], seasons).seen()
    if min((before.season == each).sum() for each in (WEEKDAY, WEEKEND)) < LEAST_DAYS:
        return 0.0  # a column may be new, or hold values on some days only
    away = []
    for each in (WEEKDAY, WEEKEND):
        found = difference(before, DayCounts(hits[-1:], rows[-1:], np.array([each])))
        away.append(float(np.mean((found.moved / np.maximum(found.deviation, 1e-12)) ** 2)))
    return float(np.clip(away[0] - away[1], -MOST_SAID, MOST_SAID))
