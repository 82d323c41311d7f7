"""Reference days on which something was broken: they say nothing of how ordinary days differ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from windage.stats.day_model import DayCounts, DayMeans, Floats, Ints

LEAST_CHANGE = 0.2
ALONE = 3.0
"""How many times further from its season's middle than the next day a day must lie to be no part of it."""


def is_exception(times: int, days: int) -> bool:
    """Whether what happened on so many of so many days is no part of their ordinary life: once, or on a tenth of them."""
    return days > 2 and times <= max(1, days // 10)


def without_outages(reference: DayCounts) -> DayCounts:
    """The days less the few that stand alone: a share far from its season's median, and all other days near to it.

    Kept, one broken day would make every later fault look ordinary for as long as it is in the reference.
    """
    return reference.among(_ordinary(reference.hits / reference.rows[:, None], reference.season, LEAST_CHANGE))


def means_without_outages(reference: DayMeans) -> DayMeans:
    """The same for the mean of a score, whose change is held against its usual size."""
    usual = abs(float(np.median(reference.means)))
    kept = _ordinary(reference.means[:, None], reference.season, LEAST_CHANGE * usual)
    return DayMeans(reference.means[kept], reference.variances[kept], reference.rows[kept], reference.season[kept])


def _ordinary(values: Floats, season: Ints, least: float) -> npt.NDArray[np.bool_]:
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
