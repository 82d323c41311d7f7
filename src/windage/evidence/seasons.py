"""The seasons of days: weekdays, weekends, and weekdays that look like weekends, such as public holidays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from windage.evidence.day_ends import ends_early
from windage.evidence.tallies import Counted, counted_below, counted_categories, counted_labels, stacked
from windage.profiles.ranks import RankProfile
from windage.profiles.summary import summary
from windage.profiles.window import WEEKDAY, WEEKEND, WindowProfile
from windage.stats.day_model import difference
from windage.stats.distinct import distinct
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS

MOST_ASKED = 32
"""Further features would show much the same."""
CLEARLY = 4.0
"""A feature indicates a season if its mean squared deviation is smaller there by at least this."""
MOST_SAID = 25.0
NEARER = 2.0
"""A feature is like at weekends only if its squared distance to them is so many times smaller than to weekdays: far from
both, as when it is broken, it is fewer standard deviations from the days that vary more."""
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
    if len(current.days) != 1 or current.part_of_week != WEEKDAY or ends_early(current.days[-1], reference.days):
        return current
    leanings = np.array(_leanings(reference, current))
    agreeing = int((leanings > CLEARLY).sum())
    contrary = int((leanings < -CLEARLY).sum())
    if agreeing >= LEAST_AGREEING and agreeing > 2 * contrary and float(leanings.sum()) > SURELY:
        return replace(current, lived_as=WEEKEND)
    return current


def _leanings(reference: WindowProfile, current: WindowProfile) -> list[float]:
    """For each feature, the classes and the number of rows: by how much nearer the current day is to a weekend than to a
    weekday."""
    own = current.season
    days = [day for day in reference.days if day.season in (own, other_season(own))]
    parts = [day.part_of_week for day in days]
    if min(parts.count(WEEKDAY), parts.count(WEEKEND)) < LEAST_DAYS:
        return []
    features = list(reference.numeric)[:MOST_ASKED]
    asked = [
        counted_below(name, distinct(summary(reference, name).quantile(0.2, 0.4, 0.6, 0.8)))
        for name in features
        if name in current.numeric and current.numeric[name].finite
    ]
    asked += [
        counted_categories(name, list(reference.categorical[name].counts)[:MOST_ASKED])
        for name in list(reference.categorical)[:MOST_ASKED]
        if name in current.categorical and current.categorical[name].known
    ]
    if current.labels is not None:
        asked.append(counted_labels(list(current.labels.counts)[:MOST_ASKED]))
    return [*(_leaning(counted, days, current) for counted in asked), _leaning_of_rows(days, current)]


def _leaning(counted: Counted, days: Sequence[WindowProfile], current: WindowProfile) -> float:
    """By how much nearer the current day is to the weekends among the days than to the weekdays; 0 if too few are known, as
    with a new column, or with one that holds values on some days only."""
    known, now = stacked(days, counted), stacked(current.days, counted)
    if known is None or now is None or not now.counts.hits.size:
        return 0.0
    before = known.counts.in_seasons(np.array([day.part_of_week for day in days])[known.places])
    if min((before.season == each).sum() for each in (WEEKDAY, WEEKEND)) < LEAST_DAYS:
        return 0.0
    weekday, weekend = (difference(before, now.counts.in_seasons(np.array([each]))) for each in (WEEKDAY, WEEKEND))
    away = [np.mean((found.moved / np.maximum(found.deviation, 1e-12)) ** 2) for found in (weekday, weekend)]
    leaning = float(np.clip(away[0] - away[1], -MOST_SAID, MOST_SAID))
    is_near = NEARER * float(weekend.moved @ weekend.moved) <= float(weekday.moved @ weekday.moved)
    return leaning if is_near else min(leaning, 0.0)


def _leaning_of_rows(days: Sequence[WindowProfile], current: WindowProfile) -> float:
    """By how much nearer the current day's number of rows is to the weekends' than to the weekdays', on a logarithmic scale;
    0 if too few are known."""
    written = [(day.part_of_week, math.log(day.rows)) for day in days if day.rows]
    logs = {each: np.array([log for part, log in written if part == each]) for each in (WEEKDAY, WEEKEND)}
    if not current.rows or min(each.size for each in logs.values()) < LEAST_DAYS:
        return 0.0
    apart = np.concatenate([each - median(each) for each in logs.values()])
    variance = max(float(apart @ apart) / (apart.size - len(logs)), 1 / current.rows)
    away = [(math.log(current.rows) - float(median(logs[each]))) ** 2 / variance for each in (WEEKDAY, WEEKEND)]
    return float(np.clip(away[0] - away[1], -MOST_SAID, MOST_SAID))
