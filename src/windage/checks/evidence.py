"""A window's shares day by day, and how surely they differ from what ordinary days show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.stats.day_model import DayCounts, Difference, Floats, difference

LEAST_DAYS = 4
"""With fewer reference days nothing can be known of how days differ."""
QUANTILES = np.arange(1, 20) / 20
FEW_VALUES = 24

Counted = Callable[[WindowProfile], tuple[Floats, int] | None]
"""Of one day: rows in each share and rows in all, or None where the day has no such part."""


class Evidence(NamedTuple):
    """What the day model says of one subject, by the names that measurements and gates use."""

    values: dict[str, float | None]

    @classmethod
    def of(cls, found: Difference | None) -> Evidence:
        if found is None:
            return cls({})
        k = found.largest
        return cls(
            {
                "p_value": min(float(found.p_value.min()) * found.looks, 1.0),
                "move": float(found.moved[k]),
                "effect": abs(float(found.moved[k])),
                "effect_least": found.least_move(),
                "day_share": float(found.day_share[k]),
            }
        )


def compared(reference: WindowProfile, current: WindowProfile, counted: Counted) -> Difference | None:
    """Both windows' shares under the day model; None when the reference has too few days to know how days differ."""
    before, now = (_stacked(window.days, counted) for window in (reference, current))
    if before is None or now is None:
        return None
    before = without_outages(before)
    return difference(before, now) if before.rows.size >= LEAST_DAYS else None


def without_outages(days: DayCounts) -> DayCounts:
    """The days less those that stand far apart from the others, as a broken pipeline's days do.

    A day is left out whose largest distance from the median day exceeds a quarter and six times the usual distance;
    never more than a third of the days, so that a lasting change becomes the new ordinary in the end.
    """
    shares = days.hits / days.rows[:, None]
    apart = np.abs(shares - np.median(shares, axis=0)).max(axis=1)
    outages = apart > np.maximum(0.25, 6 * np.median(apart))
    if not outages.any() or outages.mean() > 1 / 3:
        return days
    return DayCounts(days.hits[~outages], days.rows[~outages], days.season[~outages])


def _stacked(days: Sequence[WindowProfile], counted: Counted) -> DayCounts | None:
    found = [(*counts, season(day)) for day in days if (counts := counted(day)) is not None and counts[1] > 0]
    if not found:
        return None
    hits, rows, seasons = zip(*found, strict=True)
    return DayCounts(np.array(hits, dtype=np.float64), np.array(rows, dtype=np.float64), np.array(seasons))


def season(day: WindowProfile) -> int:
    """0 on a weekday, 1 at the weekend."""
    return int(day.starts_at is not None and day.starts_at.weekday() >= 5)


def numeric_cuts(reference: NumericProfile) -> Floats:
    """Where a numeric feature's cumulative shares are taken: its 5 % quantiles, and both sides of a frequent value."""
    if reference.slack == 0 and np.unique(reference.points).size <= FEW_VALUES:
        return np.unique(reference.points)[1:]
    quantiles = reference.quantiles(QUANTILES)
    values, times = np.unique(quantiles, return_counts=True)
    return np.unique(np.concatenate([values, np.nextafter(values[times > 1], np.inf)]))


def counted_below(name: str, cuts: Floats) -> Counted:
    """Rows of a numeric column below each cut; from an inexact profile, the middle of what is certain."""

    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        if name not in day.numeric:
            return None
        profile = day.numeric[name]
        low, high = profile.rows_below(cuts)
        return (low + high) / 2, profile.finite

    return count
