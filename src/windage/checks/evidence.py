"""A window's shares day by day, and how surely they differ from what ordinary days show."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

import numpy as np

from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.stats.day_model import DayCounts, DayMeans, Difference, Floats, difference, mean_difference

LEAST_DAYS = 4
"""With fewer reference days nothing can be known of how days differ."""
QUANTILES = np.arange(1, 20) / 20
FEW_VALUES = 24

Counted = Callable[[WindowProfile], tuple[Floats, int] | None]
"""Of one day: rows in each share and rows in all, or None where the day has no such part."""


WEEK = 7
"""Days pooled to see a slow drift that no single day shows."""


def statistics(found: Difference | None) -> dict[str, float | None]:
    """What the day model says of one subject, by the names that measurements and gates use.

    ``effect`` is the largest change of a share, ``effect_least`` its lower confidence bound, ``detectable`` the change
    that would alert today, ``day_share`` how much of the variance differences between ordinary days explain.
    """
    if found is None:
        return {}
    k = found.largest
    return {
        "p_value": min(float(found.p_value.min()) * found.looks, 1.0),
        "move": float(found.moved[k]),
        "effect": abs(float(found.moved[k])),
        "effect_least": found.least_move(),
        "detectable": found.detectable(0.001),
        "day_share": float(found.day_share[k]),
        "span_days": 1.0,
    }


def strongest(reference: WindowProfile, current: WindowProfile, counted: Counted) -> dict[str, float | None]:
    """The current window by itself, or pooled with the days before it, whichever speaks louder; both looks are paid for."""
    alone = _over_every_season(statistics(compared(reference, current, counted)), reference, current, counted)
    days, now = reference.days, current.days
    joined = WEEK - len(now)
    if not alone or joined <= 0 or len(days) - joined < 2 * WEEK:
        return alone
    pooled = statistics(
        compared(WindowProfile.merge(days[:-joined]), WindowProfile.merge([*days[-joined:], *now]), counted)
    )
    pooled = {**pooled, "span_days": float(WEEK)}
    louder = min(alone, pooled, key=lambda each: each.get("p_value", 1.0) or 0.0)
    return {**louder, "p_value": min(2 * float(louder["p_value"] or 0.0), 1.0)}


def _over_every_season(
    alone: dict[str, float | None], reference: WindowProfile, current: WindowProfile, counted: Counted
) -> dict[str, float | None]:
    """The least effect over all seasons: a weekday that looks like a Sunday is a holiday and no page."""
    if (alone.get("effect_least") or 0.0) < PAGEABLE:
        return alone
    before, now = (_stacked(window.days, counted) for window in (reference, current))
    if before is None or now is None:
        return alone
    others = set(np.unique(before.season).tolist()) - set(np.unique(now.season).tolist())
    least = [
        difference(before, now._replace(season=np.full_like(now.season, other))).least_move()
        for other in others
        if (before.season == other).sum() >= LEAST_DAYS
    ]
    return {**alone, "effect_least": min([alone["effect_least"] or 0.0, *least])}


def compared(reference: WindowProfile, current: WindowProfile, counted: Counted) -> Difference | None:
    """Both windows' shares under the day model; None when the reference has too few days to know how days differ."""
    before, now = (_stacked(window.days, counted) for window in (reference, current))
    if before is None or now is None or before.rows.size < LEAST_DAYS:
        return None
    return difference(before, now)


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


def counted_below(name: str, cuts: Floats, *, left_out: Container[int] = ()) -> Counted:
    """Rows of a numeric column below each cut; from an inexact profile, the middle of what is certain.

    Days are left out by their ``id``.
    """

    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        if name not in day.numeric or id(day) in left_out:
            return None
        profile = day.numeric[name]
        low, high = profile.rows_below(cuts)
        return (low + high) / 2, profile.finite

    return count


def broken_days(reference: WindowProfile, name: str) -> set[int]:
    """The reference's days on which a numeric column was broken and not merely unusual, by their ``id``.

    Broken is: nearly all missing, or mostly beyond the middle 90 % of the reference by more than its whole span. Such a
    day says nothing of how ordinary days differ.
    """
    low, high = reference.numeric[name].quantiles(np.array([0.05, 0.95])).tolist()
    reach = np.array([low - (high - low), np.nextafter(high + (high - low), np.inf)])
    found = set()
    for day in reference.days:
        profile = day.numeric.get(name)
        if profile is None or not profile.rows:
            continue
        below = profile.rows_below(reach)[0]
        outside = below[0] + profile.finite - below[1]
        if profile.missing_share >= NEARLY_ALL or (profile.finite and high > low and outside > MOST * profile.finite):
            found.add(id(day))
    return found


PAGEABLE = 0.06
"""No gate pages for a smaller effect."""
NEARLY_ALL = 0.98
MOST = 0.6


def counted_labels(names: Sequence[str], *, less: str | None = None) -> Counted:
    """Rows of each label, out of all labelled rows less those of one label."""

    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        if day.labels is None:
            return None
        left_out = day.labels.counts.get(less, 0) if less is not None else 0
        return np.array(
            [day.labels.counts.get(name, 0) for name in names], dtype=np.float64
        ), day.labels.known - left_out

    return count


def mean_evidence(
    reference: WindowProfile,
    current: WindowProfile,
    mean_of: Callable[[WindowProfile], tuple[float, float, int] | None],
) -> dict[str, float | None]:
    """The day model for the mean of a score: ``mean_of`` gives a day's mean, variance and rows.

    A score of mean μ and variance σ² is a share in all but its sampling variance, which is σ²/n in place of p(1 − p)/n.
    """
    before, now = (
        [(*found, season(day)) for day in window.days if (found := mean_of(day)) is not None]
        for window in (reference, current)
    )
    if len(before) < LEAST_DAYS or not now:
        return {}
    means = mean_difference(DayMeans.of(before), DayMeans.of(now))
    if means.reference <= 0:
        return {}
    return {
        "p_value": means.p_value,
        "ratio_least": max((means.current - means.margin) / means.reference, 0.0),
        "day_share": means.day_share,
        "span_days": 1.0,
    }
