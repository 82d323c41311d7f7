"""Days on which something was broken: they do not show how ordinary days differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from windage.arrays import Bools, Floats, Ints
from windage.stats.median import median
from windage.stats.seasons import masks

ALONE = 3.0
"""How many times further from its season's median than the next day an outage lies."""
ONE_EPISODE = 3
"""An episode that is over is an accident if it took at most one day in so many."""
RECURS_FROM = 2
"""A kind of day recurs if it came at least this often before."""


def is_exception(times: int, days: int) -> bool:
    """Whether what happened ``times`` times in ``days`` days is not ordinary: once, or on at most a tenth of them."""
    return days > 2 and times <= _most_exceptions(days)


def _most_exceptions(days: int) -> int:
    return max(1, days // 10)


def are_usual(values: Floats, season: Ints, now: float, *, least: float) -> Bools:
    """Which days' values do not stand alone, further than ``least`` from all others, or come again ``now``."""
    found = values[:, None]
    kept = not_alone(found, season, least)
    return kept | coming_again(found, kept, np.array([now]))


def is_accident(those: Sequence[int], *, of: int) -> bool:
    """Whether ``those`` days (positions in a reference of ``of`` days) are a single episode: one day or at most a third
    of the days, consecutive, and neither the first nor the last, where it may be part of something longer."""
    in_a_row = bool(those) and those[-1] - those[0] < len(those)
    is_short = of > 2 and len(those) <= max(1, of // ONE_EPISODE)
    return in_a_row and is_short and those[0] > 0 and those[-1] < of - 1


def is_outage(those: Sequence[int], *, of: int) -> bool:
    """Whether what happened on ``those`` days is not ordinary: it happened seldom, or in a single episode."""
    return is_exception(len(those), of) or is_accident(those, of=of)


def not_alone(values: Floats, season: Ints, least: float) -> Bools:
    """Which days lie near to others of their season, or nearer than ``least``; values are of shape (days, shares), in
    the order of time. All if those that do not are several episodes on more days than weekdays and weekends could have,
    a tenth of all and one more: they are ordinary, although each is alone in a season of few days."""
    kept = np.ones(len(values), dtype=bool)
    if not len(values) or (values.max(axis=0) - values.min(axis=0)).max() < least:
        return kept  # as nearly always: no day lies so far from any other
    for days in map(np.flatnonzero, masks(season)):
        of_season = values[days]
        apart = np.abs(of_season - median(of_season)).max(axis=1)
        if apart.max() < least:
            continue
        order = np.argsort(-apart)
        most = min(_most_exceptions(days.size), days.size - 1) if days.size > 2 else 0
        for times in range(max(most, days.size // ONE_EPISODE), 0, -1):
            are_far = apart[order[times - 1]] >= max(least, ALONE * apart[order[times]])
            if are_far and (times <= most or is_accident(np.sort(order[:times]).tolist(), of=days.size)):
                kept[days[order[:times]]] = False
                break
    alone = np.flatnonzero(~kept)
    in_a_row = alone.size and alone[-1] - alone[0] < alone.size
    return kept if in_a_row or alone.size <= _most_exceptions(kept.size) + 1 else np.ones_like(kept)


def coming_again(values: Floats, kept: Bools, now: Floats) -> Bools:
    """The outlying days that are like the current ones, if such days came several times: once is an accident, of which some
    days may lie in a season where they do not stand alone, and the last days may be the beginning of today's change."""
    if kept.all():
        return ~kept
    like = _are_like_now(values, kept, now)
    found = like & ~kept
    first = like & ~np.append(False, like[:-1])
    episodes = np.where(like, np.cumsum(first), 0)
    times = np.unique(episodes[found]).size - int(like[-1] and found[episodes == episodes[-1]].any())
    return found if times >= RECURS_FROM else np.zeros_like(found)


def alike(values: Floats, kept: Bools, now: Floats) -> Bools:
    """The days that are not kept but are like the current ones."""
    return ~kept if kept.all() else ~kept & _are_like_now(values, kept, now)


def _are_like_now(values: Floats, kept: Bools, now: Floats) -> Bools:
    """The days that lie nearer to the current ones than half their distance from the median of those that are kept."""
    apart = np.abs(values - median(values[kept])).max(axis=1)
    return np.asarray(np.abs(values - now).max(axis=1) < apart / 2)
