"""Categories that a feature never had: which of them are news, where some features bring new ones every day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from windage.checks.looks import before_the_last
from windage.profiles.window import WindowProfile, once_per_window
from windage.stats.ordinary import LEAST_DAYS

FEWEST_NEW = 5
"""Fewer rows of categories never seen may be a rare one's turn."""
ORDINARY_EXCESS = 1.5
"""How many times the new categories of the reference's most unusual day are still ordinary."""


class News(NamedTuple):
    """A day's categories that none of some days had, with their rows, and the part of a day's rows that such ones made up on
    those days themselves."""

    rows: Mapping[str, int]
    known: int
    usual: Sequence[float]

    @property
    def is_told(self) -> bool:
        found = sum(self.rows.values())
        return found >= FEWEST_NEW and found > ORDINARY_EXCESS * max(self.usual, default=0.0) * self.known

    @property
    def share(self) -> float:
        """Of the day's rows, beyond what is usual."""
        usual = float(np.median([0.0, *self.usual]))
        return max(sum(self.rows.values()) / self.known - usual, 0.0) if self.is_told else 0.0


def news(name: str, reference: WindowProfile, current: WindowProfile) -> News:
    """What the reference's days never had; and if that is nothing to tell, what those before the last days did not: a new
    category that stays is as new on its second day."""
    now = current.categorical[name]
    days = [day for day in reference.days if name in day.categorical]
    times, once = seen_on(reference, name)
    first = _news(now.counts, now.known, set(times), [_share(day, name, once) for day in days])
    earlier = [day for day in before_the_last(reference, current) if name in day.categorical]
    if first.is_told or len(earlier) < LEAST_DAYS:
        return first
    left_out = len(days) - len(earlier)
    known: set[str] = set()
    usual = []
    for k, day in enumerate(earlier):
        if k >= left_out:
            known |= set(earlier[k - left_out].categorical[name].counts)
        if k - left_out >= len(earlier) // 2:
            usual.append(_share(day, name, set(day.categorical[name].counts) - known))
    before = {category for day in earlier for category in day.categorical[name].counts}
    later = _news(now.counts, now.known, before, [*usual, *first.usual[: len(earlier)]])
    return later if later.is_told else first


@once_per_window
def seen_on(reference: WindowProfile, name: str) -> tuple[Mapping[str, int], set[str]]:
    """On how many of the reference's days a feature had each category, and the ones that it had on one of several."""
    days = [day for day in reference.days if name in day.categorical]
    times = Counter(category for day in days for category in day.categorical[name].counts)
    return times, {category for category, seen in times.items() if seen == 1 and len(days) > 1}


def _news(counts: Mapping[str, int], known: int, before: set[str], usual: Sequence[float]) -> News:
    return News({each: rows for each, rows in counts.items() if each not in before}, known, usual)


def _share(day: WindowProfile, name: str, categories: set[str]) -> float:
    found = day.categorical[name]
    return sum(found.counts.get(each, 0) for each in categories) / found.known if found.known else 0.0
