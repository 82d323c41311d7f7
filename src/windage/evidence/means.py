"""The mean of a score on each day, and how surely the current one differs from ordinary days."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from windage.arrays import Floats
from windage.evidence.other_subjects import day_memory
from windage.evidence.senders import largest_kinship, senders
from windage.evidence.shares import SAMPLING, Evidence, as_other_seasons, has_seasons, knows_seasons
from windage.evidence.tallies import at_hours, hours_of
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.stats.day_model import Background, MeanDifference, mean_difference
from windage.stats.days import DayMeans
from windage.stats.ordinary import LEAST_DAYS

ScoreOf = Callable[[WindowProfile], NumericProfile | None]
"""Maps a day to the profile of a score of its rows; None if the day lacks the score.

The day model treats a mean like a share, except that its sampling variance is σ²/n in place of p(1 − p)/n.
"""


def mean_evidence(reference: WindowProfile, current: WindowProfile, score_of: ScoreOf) -> Evidence:
    """The day model's statistics for the ratio of two means, by the names that measurements and gates use.

    Days' means of what is never negative are skewed: a classifier that is nearly sure on most days is many times less
    sure on a few. So the p-value is no smaller than for their cube roots, which are nearly symmetric. Source: Wilson &
    Hilferty (1931).
    """
    stacked = _stacked(reference, current, score_of)
    if stacked is None:
        return {}
    compare = _compare(reference, current)
    means = compare(*stacked)
    if means.reference <= 0:
        return {}
    before, now = stacked
    roots = compare(before.in_cube_roots(), now.in_cube_roots())
    seasons = [means, *as_other_seasons(*stacked, compare)]
    ratios = [max((each.current - each.margin) / max(each.reference, 1e-300), 0.0) for each in seasons]
    return {
        "p_value": max(means.p_value, roots.p_value),
        "ratio_least": min(ratios) if knows_seasons(*stacked) else 0.0,
        "day_share": means.day_share,
        "span_days": 1.0,
    }


def ratio_by_rows_alone(reference: WindowProfile, current: WindowProfile, score_of: ScoreOf) -> Evidence:
    """The lower bound of the ratio of two means as if days did not differ; it is 0 if the reference's few days differ half
    as much among themselves. There is no p-value, as in ``by_rows_alone``."""
    before, now = _mean(score_of(reference)), _mean(score_of(current))
    days = _by_day(reference, score_of, None, hours_of(current))
    if before is None or now is None or days is None or before[0] <= 0:
        return {}
    is_clear = abs(now[0] - before[0]) > 2 * float(np.ptp(days.means))
    deviation = math.sqrt(sum(variance / rows for _, variance, rows in (before, now)))
    least = now[0] - SAMPLING * deviation if is_clear else 0.0
    return {"ratio_least": max(least / before[0], 0.0), "span_days": 1.0}


def means_of_days(reference: WindowProfile, current: WindowProfile, score_of: ScoreOf) -> MeanDifference | None:
    """Both windows' means under the day model; None if the reference has too few days to show how days differ."""
    stacked = _stacked(reference, current, score_of)
    return None if stacked is None else _compare(reference, current)(*stacked)


def _compare(reference: WindowProfile, current: WindowProfile) -> Callable[[DayMeans, DayMeans], MeanDifference]:
    memory = day_memory(reference, hours_of(current))
    return partial(mean_difference, background=Background(None, memory, largest_kinship(reference)))


def _stacked(reference: WindowProfile, current: WindowProfile, score_of: ScoreOf) -> tuple[DayMeans, DayMeans] | None:
    who = senders(reference, current) or (None, None)
    hours = hours_of(current)
    before, now = (
        _by_day(window, score_of, sent_by, hours) for window, sent_by in zip((reference, current), who, strict=True)
    )
    if before is None or now is None or before.rows.size < LEAST_DAYS or not has_seasons(before, now):
        return None
    return before.without_outages(now), now


def _by_day(window: WindowProfile, score_of: ScoreOf, senders: Floats | None, hours: frozenset[int]) -> DayMeans | None:
    chosen = set(map(id, at_hours(window.days, hours)))
    found = [
        (*mean, day.season, k)
        for k, day in enumerate(window.days)
        if id(day) in chosen and (mean := _mean(score_of(day))) is not None
    ]
    if not found:
        return None
    days, places = [each[:-1] for each in found], [each[-1] for each in found]
    return DayMeans.of(days, None if senders is None else senders[places])


def _mean(score: NumericProfile | None) -> tuple[float, float, int] | None:
    """A score's mean, variance and number of rows; None without rows."""
    if score is None or not score.finite:
        return None
    return score.moments.mean, score.moments.m2 / score.finite, score.finite
