"""Which days are compared: the last three or seven with the days before them, and a day with others of its weekday."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from windage.arrays import Bools, Ints
from windage.evidence.tallies import Stacked, at_hours, hours_of
from windage.profiles.window import NEARLY_A_DAY, WindowProfile, once_per_window
from windage.stats.days import DayCounts
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.seasons import masks, present
from windage.vocabulary import Window

A_DAY = timedelta(days=1)
WEEK = 7
"""Days pooled to detect a slow drift that no single day shows, if two weeks are left before them."""
FEW = 3
"""Days pooled to detect a change that a single day does not show surely, before it becomes part of the reference."""
OF_A_WEEKDAY = 3
MUCH_LESS = 0.5
"""Weekdays differ if, with each weekday as its own season, less than this fraction of the days' variance is left."""
UNDATED = 0


class Span(NamedTuple):
    """A span of the last ``days`` days, today included: masks of the reference's days within it (``recent``) and before
    it (``earlier``)."""

    days: int
    earlier: Bools
    recent: Bools


def in_days(
    parts: list[WindowProfile], *, within: Window, like: Window, starts: Collection[datetime] = ()
) -> list[WindowProfile]:
    """The partitions merged into windows as wide as the current one (``like``), but at most a day, because the hours of one day
    resemble each other. Windows that reach beyond ``within`` are left out.

    Partitions stay as they are if they are not shorter than that, or if such windows would not begin at the same time
    every day.

    Args:
        starts: when the current window's partitions begin. The hours that it lacks are left out of every day.
    """
    width = min(like.width, A_DAY)
    is_shorter = all(each.period is not None and each.period.width < width for each in parts)
    if not is_shorter or A_DAY % width or like.width % width:
        return parts
    hours: dict[datetime, list[WindowProfile]] = {}
    present = {(start - like.start) % width for start in starts}
    for each in parts:
        if each.period is not None and (not present or (each.period.start - like.start) % width in present):
            start = like.start + (each.period.start - like.start) // width * width
            hours.setdefault(start, []).append(each)
    return [
        WindowProfile.of_hours(some, Window(start=start, end=start + width))
        for start, some in hours.items()
        if within.start <= start and start + width <= within.end
    ]


def of_other_days(days: Sequence[WindowProfile], current: WindowProfile) -> Sequence[WindowProfile]:
    """The reference's windows without those that are shorter than a day and began less than a day before the current
    window: a fault that began earlier today would otherwise count as ordinary variation.

    All windows if the remaining ones hold too few of the current window's season.
    """
    last = current.days[-1].starts_at
    if last is None:
        return days
    others = [day for day in days if not _began_after(last - A_DAY, day)]
    known = Counter(day.season for day in others)
    return others if len(others) >= LEAST_DAYS and all(known[day.season] > 1 for day in current.days) else days


def _began_after(at: datetime, day: WindowProfile) -> bool:
    return day.period is not None and day.period.width < NEARLY_A_DAY and day.period.start > at


@once_per_window
def last_days(reference: WindowProfile, current: WindowProfile) -> list[Span]:
    """The last week if two weeks are left before it, and the last three days if enough days are left before them.

    Each of a span's seasons must occur at least twice before it: a weekend compared with weekdays only would look like
    drift.
    """
    last, first = current.days[-1].starts_at, current.days[0].starts_at
    found: list[Span] = []
    if last is None or first is None:
        return found
    dates, seasons = _calendar(reference)
    chosen = set(map(id, at_hours(reference.days, hours_of(current))))
    own = np.array([id(day) in chosen for day in reference.days])
    for span, left in ((WEEK, 2 * WEEK), (FEW, LEAST_DAYS + 1)):
        since = last.toordinal() - (span - 1) * _dates_apart(current)
        recent = (dates >= since) & (dates < first.toordinal())
        earlier = (dates > UNDATED) & (dates < since)
        known = Counter(seasons[earlier].tolist())
        asked = {*seasons[recent].tolist(), *(day.season for day in current.days)}
        if recent.any() and (earlier & own).sum() >= left and all(known[each] > 1 for each in asked):
            found.append(Span(span, earlier, recent))
    return found


def before_the_last(reference: WindowProfile, current: WindowProfile, *, most: int = WEEK) -> Sequence[WindowProfile]:
    """The reference's days before any fault of the last days, today included: those before the last week if two weeks
    are left, else those before the last three days if enough days are left. Where several days are judged, the first of
    them is today: a fault of those before it may go on.

    Empty if neither holds, or if the whole reference lies before the span, as a frozen one does.

    Args:
        most: the longest span to leave out, today included. A wandering value needs a short one, to be compared with
            days near to today.
    """
    today = current.days[0].starts_at
    dated = [(day, day.starts_at.toordinal()) for day in reference.days if day.starts_at is not None]
    if today is None:
        return ()
    for span, left in ((WEEK, 2 * WEEK), (FEW, LEAST_DAYS)):
        earlier = [day for day, date in dated if date <= today.toordinal() - span * _dates_apart(current)]
        if span <= most and left <= len(earlier):
            return earlier if len(earlier) < len(dated) else ()
    return ()


def _dates_apart(window: WindowProfile) -> int:
    """The dates from one window to the next: of windows wider than a day, such as weekly partitions, each counts as a day."""
    period = window.days[-1].period
    return 1 if period is None else max(round(period.width / A_DAY), 1)


@once_per_window
def settled_and_last(
    reference: WindowProfile, current: WindowProfile
) -> tuple[Sequence[WindowProfile], Sequence[WindowProfile]]:
    """The reference's days split into those before the last ones and the last ones; all and none if they cannot be
    split."""
    settled = before_the_last(reference, current)
    if not settled:
        return reference.days, ()
    known = {id(day) for day in settled}
    return settled, [day for day in reference.days if id(day) not in known]


@once_per_window
def _calendar(window: WindowProfile) -> tuple[Ints, Ints]:
    """Each day's date as a proleptic ordinal (``UNDATED`` if it has none), and its season."""
    starts = [day.starts_at for day in window.days]
    dates = np.array([UNDATED if at is None else at.toordinal() for at in starts])
    return dates, np.array([day.season for day in window.days])


def by_weekday(
    before: Stacked, now: Stacked, reference: WindowProfile, current: WindowProfile
) -> tuple[DayCounts, DayCounts] | None:
    """The counts of both windows with every weekday as its own season; None unless the reference's days differ by
    weekday and it has enough of today's weekday. Only the reference decides, so that today's chance variation
    cannot."""
    if any(day.lived_as is not None for day in current.days):
        return None
    (dates, _), (dates_now, _) = _calendar(reference), _calendar(current)
    if UNDATED in dates or UNDATED in dates_now:
        return None
    known, asked = (
        (WEEK * np.array([day.hour for day in window.days]) + own % WEEK)[places]
        for window, own, places in ((reference, dates, before.places), (current, dates_now, now.places))
    )
    if any((known == each).sum() < OF_A_WEEKDAY for each in present(asked)):
        return None
    counts = before.counts.in_seasons(known)
    usual, own = (_mean_square(each.without_outages()) for each in (before.counts, counts))
    return (counts, now.counts.in_seasons(asked)) if own < MUCH_LESS * usual else None


def _mean_square(counts: DayCounts) -> float:
    """The mean squared deviation of days from their season's mean, over all shares, sampling variance included. The
    part beyond sampling is too noisy to choose seasons by if days hardly differ."""
    squares, freedom = 0.0, 0
    for days in masks(counts.season):
        rows = counts.rows[days]
        mean = counts.hits[days].sum(axis=0) / rows.sum()
        squares += float((rows @ (counts.shares[days] - mean) ** 2).sum())
        freedom += rows.size - 1
    return squares / freedom if freedom else 0.0
