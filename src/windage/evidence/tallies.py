"""A day's rows counted in some shares, from its profile; and which days say nothing of ordinary ones."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import ColumnSummary, summary
from windage.profiles.window import WindowProfile, once_per_window
from windage.stats.days import DayCounts
from windage.stats.distinct import distinct
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import is_outage

NEARLY_ALL = 0.98
"""A column that lacks values in this share of a day's rows is as good as gone."""
MOSTLY_OUTSIDE = 0.6
"""A day is broken if more than this share of its values is far outside."""
FEW_ROWS = 50
"""In fewer rows, a pattern that all of them share may be chance."""
FEWEST_EXPECTED = 20
"""If fewer rows are expected, there may be none by chance."""


class Tally(NamedTuple):
    """A day's rows in each of some shares (``hits``), out of its ``rows``."""

    hits: Floats
    rows: int

    @property
    def share(self) -> float:
        """The share, in a tally of a single one."""
        (hits,) = self.hits.tolist()
        return float(hits) / self.rows


Counted = Callable[[WindowProfile], Tally | None]
"""Maps a day to its tally; None if the day lacks the part that is counted."""


class Stacked(NamedTuple):
    """The counts of the window's days that have any such rows, and the positions of those days in the window."""

    counts: DayCounts
    places: Ints

    def sent_by(self, senders: Floats) -> Stacked:
        """The same counts, with ``senders``: the share of each day's rows that each user sent, by (day, user)."""
        return Stacked(replace(self.counts, senders=senders[self.places]), self.places)


def stacked(days: Sequence[WindowProfile], counted: Counted, *, hours: frozenset[int] | None = None) -> Stacked | None:
    """The counts of the days that have any such rows, only of those of these ``hours`` if given; None if no day has any."""
    chosen = set(map(id, days if hours is None else at_hours(days, hours)))
    found = [
        (*tally, day.season, place)
        for place, day in enumerate(days)
        if id(day) in chosen
        if (tally := counted(day)) is not None and tally.rows > 0
    ]
    if not found:
        return None
    hits, rows, seasons, places = zip(*found, strict=True)
    counts = DayCounts(np.array(hits, dtype=np.float64), np.array(rows, dtype=np.float64), np.array(seasons))
    return Stacked(counts, np.array(places))


def hours_of(window: WindowProfile) -> frozenset[int]:
    """The hours at which the window's parts begin; those of whole days count as one."""
    return frozenset(day.hour for day in window.days)


def at_hours(days: Sequence[WindowProfile], hours: frozenset[int]) -> Sequence[WindowProfile]:
    """The days; of windows shorter than a day, only those that begin at these hours, because the hours of one day resemble
    each other and do not count as so many days. All if these are too few."""
    same = [day for day in days if day.hour in hours]
    return same if len(same) >= LEAST_DAYS else days


def numeric_cuts(reference: ColumnSummary, now: NumericProfile) -> Floats:
    """The points at which a numeric feature's cumulative shares are compared: every 5 % quantile, and both sides of a
    frequent value. For a feature of few values, each value but the first, and the other side of those after which the
    current window has rows before the next one. A constant has none.
    """
    if reference.values is not None:
        cuts, after = reference.values[1:], np.nextafter(reference.values[:-1], np.inf)
        rows_until, rows_of = (np.mean(now.rows_below(each), axis=0) for each in (cuts, after))
        return np.sort(np.concatenate([cuts, after[rows_until > rows_of]]))
    quantiles = reference.quantiles[1:-1]
    frequent = quantiles[1:][quantiles[1:] == quantiles[:-1]]
    return distinct(np.sort(np.concatenate([quantiles, np.nextafter(frequent, np.inf)])))


def counted_below(name: str, cuts: Floats, *, left_out: Container[int] = ()) -> Counted:
    """Counts the rows of a numeric column below each cut; for an inexact profile, the midpoint of the certified
    interval.

    ``left_out`` holds the ``id`` of each day to leave out.
    """

    return counted_in(lambda day: None if id(day) in left_out else day.numeric.get(name), cuts)


def counted_in(profile_of: Callable[[WindowProfile], NumericProfile | None], cuts: Floats) -> Counted:
    """Counts the rows below each cut in the profile that ``profile_of`` takes from a day."""

    def count(day: WindowProfile) -> Tally | None:
        profile = profile_of(day)
        if profile is None:
            return None
        low, high = profile.rows_below(cuts)
        return Tally((low + high) / 2, profile.finite)

    return count


def counted_between(name: str, low: Floats, high: Floats, *, left_out: Container[int] = ()) -> Counted:
    """Counts the rows of a numeric column in each interval [low, high)."""
    below = counted_below(name, np.concatenate([low, high]), left_out=left_out)

    def count(day: WindowProfile) -> Tally | None:
        found = below(day)
        return None if found is None else Tally(found.hits[low.size :] - found.hits[: low.size], found.rows)

    return count


def is_of_the_day(name: str, reference: WindowProfile, current: WindowProfile) -> bool:
    """Whether all rows of a day share one value, on every day, as in a calendar feature, whose days need not be
    alike."""
    days = [day.numeric[name] for day in (*reference.days, *current.days) if name in day.numeric]
    return all(day.minimum == day.maximum for day in days if day.finite)


@once_per_window
def broken_days(reference: WindowProfile, name: str) -> frozenset[int]:
    """The ``id`` of each reference day on which a numeric column was broken and not merely unusual.

    A day is broken if nearly all its values are missing, or if most of them are outside the middle 90 % of the
    reference by more than the span of these. Such a day does not show how ordinary days differ. If a season has many of
    them, they are ordinary and none is left out.
    """
    low, high = summary(reference, name).quantile(0.05, 0.95).tolist()
    reach = np.array([low - (high - low), np.nextafter(high + (high - low), np.inf)])

    def is_broken(profile: NumericProfile) -> bool:
        below = profile.rows_below(reach)[0]
        outside = below[0] + profile.finite - below[1]
        is_outside = profile.finite > 0 and high > low and outside > MOSTLY_OUTSIDE * profile.finite
        return profile.rows > 0 and (profile.missing_share >= NEARLY_ALL or bool(is_outside))

    found: set[int] = set()
    for season in {day.season for day in reference.days}:
        days = [day for day in reference.days if name in day.numeric and day.season == season]
        broken = [place for place, day in enumerate(days) if is_broken(day.numeric[name])]
        if is_outage(broken, of=len(days)):
            found.update(id(days[place]) for place in broken)
    return frozenset(found)


def counted_categories(name: str, categories: Sequence[str]) -> Counted:
    """Counts the rows of each of a column's categories, among all rows that have one."""

    def count(day: WindowProfile) -> Tally | None:
        profile = day.categorical.get(name)
        if profile is None:
            return None
        return Tally(np.array([profile.counts.get(each, 0) for each in categories], dtype=np.float64), profile.known)

    return count


def counted_labels(names: Sequence[str], *, less: str | None = None) -> Counted:
    """Counts the rows of each label, among all labelled rows without those of the label ``less``."""

    def count(day: WindowProfile) -> Tally | None:
        if day.labels is None:
            return None
        left_out = day.labels.counts.get(less, 0) if less is not None else 0
        hits = np.array([day.labels.counts.get(name, 0) for name in names], dtype=np.float64)
        return Tally(hits, day.labels.known - left_out)

    return count
