"""Categories or classes that are new or have vanished, and whether new ones are reported if some come every day."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from windage.evidence.day_spans import before_the_last, settled_and_last
from windage.evidence.excess import (
    ENOUGH_DAYS,
    FEW_REPEATED,
    REPORTED_FROM,
    is_more,
    without_accidents,
)
from windage.evidence.tallies import FEW_ROWS, FEWEST_EXPECTED
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.window import WindowProfile, once_per_window
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import ALONE, is_accident

FEWEST_NEW = 5
"""Fewer rows of new categories may be chance, because a rare category occurs now and then."""
GONE_FROM = 0.01
"""A category with a smaller share is not missed."""
VANISHED_FROM_DAYS = 14
"""In fewer days, that every day had a category may be chance."""


class News(NamedTuple):
    """The rows of each new category in a day or window, the ``known`` rows with any category, and ``usual``: the share
    of new categories on each of the earlier days. ``alone`` is set for one value that many rows share where values
    hardly ever come twice in a day; then ``usual`` is the share of each day's most frequent value."""

    rows: Mapping[str, int]
    known: int
    usual: Sequence[float]
    alone: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the new categories are reported: enough rows, and clearly more than on any ordinary day."""
        found = sum(self.rows.values())
        return found >= FEWEST_NEW and is_more(found, max(without_accidents(self.usual), default=0.0), of=self.known)

    @property
    def share(self) -> float:
        """The share of new categories less that of the median earlier day; 0 if they are not reported."""
        usual = float(median([0.0, *self.usual]))
        return max(sum(self.rows.values()) / self.known - usual, 0.0) if self.is_told else 0.0


def news(name: str | None, reference: WindowProfile, current: WindowProfile, *, less: str | None = None) -> News:
    """The categories that the reference never had; or, if these are not reported, those that its days before the last
    ones never had, so that a new category that stays is still new on its second day. Days of a column that was empty tell
    of none. Of a feature of ids or free text, whose values are all new, the one value that many rows share.

    Args:
        name: a categorical feature, or None for the predicted classes.
        less: a category to ignore.
    """
    now = _of(current, name)
    assert now is not None  # noqa: S101 — callers have checked
    days = [found for day in reference.days if (found := _of(day, name))]
    _, once = seen_on(reference, name)
    brought = [max(_share(day, once), arrived) for day, arrived in zip(days, _arrivals(days), strict=True)]
    first = _new_in(now, {*familiar(reference, name), less}, brought)
    settled = [found for day in before_the_last(reference, current) if (found := _of(day, name))]
    is_known = len(settled) >= LEAST_DAYS and sum(day.known for day in settled) >= FEW_ROWS
    if first.is_told or not is_known:
        return first if first.is_told or name is None else _alone(now, familiar(reference, name), days) or first
    left_out = len(days) - len(settled)
    known: set[str] = set()
    usual = []
    for k, day in enumerate(settled):
        if k >= left_out:
            known |= set(settled[k - left_out].counts)
        if k - left_out >= ENOUGH_DAYS:
            usual.append(_share(day, set(day.counts) - known))
    before = {category for day in settled for category in day.counts}
    later = _new_in(now, {*before, less}, [*usual, *first.usual[: len(settled)]])
    if later.is_told or name is None:
        return later if later.is_told else first
    return _alone(now, before, settled) or first


def _alone(now: CategoricalProfile, before: AbstractSet[str], days: Sequence[CategoricalProfile]) -> News | None:
    """The new value that many of today's rows share, if hardly any two rows of an ordinary day share one."""
    most = [next(iter(day.counts.values()), 0) for day in days]
    usual = [(rows - 1) / day.known for rows, day in zip(most, days, strict=True) if rows]
    value, rows = next(iter(now.counts.items()), ("", 0))
    often = max(without_accidents(usual), default=1.0)
    is_many = rows >= max(FEW_REPEATED, REPORTED_FROM * now.known, ALONE * often * now.known)
    if len(usual) < LEAST_DAYS or often > REPORTED_FROM or value in before or not is_many:
        return None
    return News({value: rows}, now.known, usual, alone=True)


def vanished(name: str | None, reference: WindowProfile, current: WindowProfile) -> tuple[dict[str, float], float]:
    """The categories that every day before the last ones had and the current window lacks, with their shares in the
    reference; and the probability that the most frequent of them is absent by chance, at its smallest daily share.

    A category counts only if its smallest daily share would give at least ``FEWEST_EXPECTED`` rows and, unless it is a
    class, of which a rare one may be what the classifier is for, is at least ``GONE_FROM``.
    """
    before, now = _of(reference, name), _of(current, name)
    settled, _ = settled_and_last(reference, current)
    days = [found for day in settled if (found := _of(day, name)) and found.known]
    if before is None or now is None or not days or not now.is_exact or not now.known:
        return {}, 1.0
    least = max(0.0 if name is None else GONE_FROM, FEWEST_EXPECTED / now.known)
    fewest = {each: min(day.share(each) for day in days) for each in days[0].counts if each not in now.counts}
    gone = {each: before.share(each) for each, share in fewest.items() if share >= least}
    return gone, math.exp(-now.known * max((fewest[each] for each in gone), default=0.0))


def _arrivals(days: Sequence[CategoricalProfile]) -> list[float]:
    """The share of each day's rows with categories that no earlier day had, such as the name of a new week; 0 for the first
    half of the days, to which too much is new."""
    found: list[float] = []
    before: set[str] = set()
    for place, day in enumerate(days):
        is_late = place >= max(ENOUGH_DAYS, len(days) / 2)
        found.append(_share(day, set(day.counts) - before) if is_late else 0.0)
        before.update(day.counts)
    return found


@once_per_window
def seen_on(reference: WindowProfile, name: str | None) -> tuple[Mapping[str, int], set[str]]:
    """The number of reference days that had each category, and the categories that only one of several days had."""
    days = [found for day in reference.days if (found := _of(day, name))]
    times = Counter(category for day in days for category in day.counts)
    return times, {category for category, seen in times.items() if seen == 1 and len(days) > 1}


def familiar(reference: WindowProfile, name: str | None) -> set[str]:
    """The reference's categories without those that came only with an accident."""
    times, once = seen_on(reference, name)
    gone = accident_days(reference, name)
    days = [found for day in reference.days if id(day) in gone and (found := _of(day, name))]
    return set(times) - {category for day in days for category in once.intersection(day.counts)}


@once_per_window
def accident_days(reference: WindowProfile, name: str | None) -> frozenset[int]:
    """The ``id`` of each day of a single episode that brought many rows of categories that no other day had."""
    _, once = seen_on(reference, name)
    days = [(id(day), found) for day in reference.days if (found := _of(day, name))]
    brought = [place for place, (_, found) in enumerate(days) if _share(found, once) >= REPORTED_FROM]
    return frozenset(days[place][0] for place in brought) if is_accident(brought, of=len(days)) else frozenset()


def _of(window: WindowProfile, name: str | None) -> CategoricalProfile | None:
    return window.labels if name is None else window.categorical.get(name)


def _new_in(now: CategoricalProfile, before: set[str | None], usual: Sequence[float]) -> News:
    return News({each: rows for each, rows in now.counts.items() if each not in before}, now.known, usual)


def _share(day: CategoricalProfile, categories: set[str]) -> float:
    return sum(day.counts[each] for each in categories.intersection(day.counts)) / day.known if day.known else 0.0
