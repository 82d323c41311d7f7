"""A window's shares day by day, and how surely they differ from what ordinary days show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from datetime import timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from windage.checks.seasons import other_season, season
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import ColumnSummary, summary
from windage.profiles.window import WindowProfile
from windage.stats.day_model import (
    DayCounts,
    DayMeans,
    Difference,
    Floats,
    difference,
)
from windage.stats.ordinary import FEW_DAYS, Ordinary, ordinary, spread_between
from windage.stats.outages import is_exception, without_outages

LEAST_DAYS = 4
"""With fewer reference days nothing can be known of how days differ."""
UNCALIBRATED = "uncalibrated: the reference has too few days to know how ordinary days differ"

D = TypeVar("D")
Days = TypeVar("Days", DayCounts, DayMeans)
Counted = Callable[[WindowProfile], tuple[Floats, int] | None]
"""Of one day: rows in each share and rows in all, or None where the day has no such part."""


AllDays = Sequence[WindowProfile]
"""A window's days, which need not be put together to be counted one by one."""

WEEK = 7
"""Days pooled to see a slow drift that no single day shows."""
FEWER = 3
"""Days pooled where the reference is short."""
PAGEABLE = 0.06
"""No gate pages for a smaller effect."""
Limits = float | Floats
"""The smallest change of a share that alerts; one for all shares, or one for each."""


def statistics(found: Difference | None, least: Limits = PAGEABLE) -> dict[str, float | None]:
    """What the day model says of one subject, by the names that measurements and gates use.

    ``effect`` is the largest change of a share, ``effect_least`` its lower confidence bound, ``deviation`` (of ``freedom``)
    what a share changes by when nothing is wrong, ``looks`` in how many places it was looked for, ``day_share`` how much
    of that variance differences between ordinary days explain. The p-value is that of a share that changed by ``least``, where one did: a rare share that surely changed by little says nothing
    of another that wandered by much.
    """
    if found is None:
        return {}
    k = found.largest
    enough = _enough(found, least)
    p_value = found.p_value[enough].min() if enough.any() else found.p_value[k]
    return {
        "p_value": min(float(p_value) * found.looks, 1.0),
        "move": float(found.moved[k]),
        "effect": abs(float(found.moved[k])),
        "effect_least": found.least_move(),
        "deviation": found.usual_deviation,
        "freedom": found.freedom,
        "looks": float(found.looks),
        "day_share": float(found.day_share[k]),
        "span_days": 1.0,
    }


def _enough(found: Difference, least: Limits) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(found.moved) >= least)


def strongest(
    reference: WindowProfile,
    current: WindowProfile,
    counted: Counted,
    *,
    least: Limits = PAGEABLE,
    prior: Ordinary | None = None,
) -> dict[str, float | None]:
    """The current window by itself, or pooled with the days before it; both looks are paid for.

    Of the looks at which a share changed by ``least``, the p-value is the smaller and the numbers are those of the
    larger effect. The week counts only where today takes part in its change: a fault that is over is no news.
    """
    today = compared(reference.days, current.days, counted, prior=prior)
    if today is None:
        return {}
    alone = {**statistics(today, least), **_over_every_season(today, reference, current, counted)}
    windows = _last_days(reference, current)
    if windows is None:
        return alone
    earlier, recent, span = windows
    week = compared(earlier, recent, counted, prior=prior)
    looks = [(today, alone)]
    if week is not None and 2 * float(today.moved[week.largest] * np.sign(week.moved[week.largest])) >= abs(
        float(week.moved[week.largest])
    ):
        looks.append((week, {**statistics(week, least), "span_days": float(span)}))
    told = [values for found, values in looks if _enough(found, least).any()] or [alone]
    p_value = min(values["p_value"] or 0.0 for values in told)
    is_holiday = (alone["effect_least"] or 0.0) < today.least_move()
    clearest = alone if is_holiday else max(told, key=lambda values: values["effect_least"] or 0.0)
    surely = clearest["effect_least"] or 0.0
    if clearest["span_days"] == FEWER:  # a few days beside a few others may warn: what wanders slowly looks the same
        surely = min(surely, alone["effect_least"] or 0.0)
    return {
        **clearest,
        "p_value": min(2 * p_value, 1.0),
        "effect_least": surely,
        "looks": 2 * (clearest["looks"] or 1.0),
    }


def _last_days(reference: WindowProfile, current: WindowProfile) -> tuple[AllDays, AllDays, int] | None:
    """Both windows' days with the days just before the current ones moved to it, and how many days that then spans.

    A week where two weeks are left before it; of a short reference three days, where as many as can be judged are left. A
    weekend beside nothing but weekdays would pass for a drift.
    """
    last, first = current.days[-1].starts_at, current.days[0].starts_at
    if last is None or first is None:
        return None
    for span, left in ((WEEK, 2 * WEEK), (FEWER, LEAST_DAYS + 1)):
        since = last.date() - timedelta(days=span - 1)
        recent = [day for day in reference.days if day.starts_at and since <= day.starts_at.date() < first.date()]
        earlier = [day for day in reference.days if day.starts_at and day.starts_at.date() < since]
        recent = [*recent, *current.days]
        known = Counter(season(day) for day in earlier)
        if len(recent) > len(current.days) and len(earlier) >= left and all(known[season(day)] > 1 for day in recent):
            return earlier, recent, span
    return None


def _over_every_season(
    today: Difference, reference: WindowProfile, current: WindowProfile, counted: Counted
) -> dict[str, float | None]:
    """The least effect over all seasons: a weekday that looks like a Sunday is a holiday and no page.

    Nothing is sure of a season that the reference does not know, such as the first Saturday.
    """
    own = today.least_move()
    if own < PAGEABLE:
        return {"effect_least": own}
    before, now = (_stacked(window.days, counted) for window in (reference, current))
    if before is None or now is None:
        return {"effect_least": own}
    if not knows_seasons(before, now):
        return {"effect_least": 0.0}
    before = without_outages(before)
    return {"effect_least": min([own, *(each.least_move() for each in as_other_seasons(before, now, difference))])}


def surest(reference: WindowProfile, current: WindowProfile, counted: Counted) -> float | None:
    """The lower confidence bound of the largest change over all seasons; None without days to compare with."""
    today = compared(reference.days, current.days, counted)
    return None if today is None else _over_every_season(today, reference, current, counted)["effect_least"]


def knows_seasons(before: Days, now: Days) -> bool:
    return all((before.season == season).sum() > 1 for season in np.unique(now.season))


def as_other_seasons(before: Days, now: Days, compare: Callable[[Days, Days], D]) -> list[D]:
    """The current window held against the days of each season that it is not of, where the reference knows it."""
    own = set(np.unique(now.season).tolist())
    others = {other_season(each) for each in own} - own
    return [
        compare(before, now._replace(season=np.full_like(now.season, other)))
        for other in others
        if (before.season == other).sum() >= LEAST_DAYS
    ]


def compared(
    reference: AllDays, current: AllDays, counted: Counted, *, prior: Ordinary | None = None
) -> Difference | None:
    """Both windows' shares under the day model; None when the reference has too few days to know how days differ."""
    before, now = (_stacked(days, counted) for days in (reference, current))
    if before is None or now is None or before.rows.size < LEAST_DAYS:
        return None
    return difference(without_outages(before), now, prior=prior)


_KNOWN: WeakKeyDictionary[WindowProfile, Ordinary | None] = WeakKeyDictionary()
MOST_ASKED = 32


def other_features(reference: WindowProfile) -> Ordinary | None:
    """How much rows of one day resemble each other in the numeric features together; None where that is not needed.

    Asked only of a reference of few days, whose single features cannot tell.
    """
    if not LEAST_DAYS <= len(reference.days) < FEW_DAYS or not reference.numeric:
        return None
    if reference not in _KNOWN:
        found = []
        for name in list(reference.numeric)[:MOST_ASKED]:
            cuts = np.unique(summary(reference, name).quantile(0.25, 0.5, 0.75))
            days = _stacked(reference.days, counted_below(name, cuts))
            if days is not None and days.rows.size >= LEAST_DAYS:
                kept = without_outages(days)
                found.append(spread_between(kept.hits, kept.rows, kept.season))
        _KNOWN[reference] = ordinary(found)
    return _KNOWN[reference]


_CLASSES: WeakKeyDictionary[WindowProfile, Ordinary | None] = WeakKeyDictionary()
MOST_CLASSES = 12


def other_classes(reference: WindowProfile) -> Ordinary | None:
    """The same of the shares of the predicted classes together, the reject label among them."""
    if not LEAST_DAYS <= len(reference.days) < FEW_DAYS or reference.labels is None:
        return None
    if reference not in _CLASSES:
        names = list(reference.labels.counts)[:MOST_CLASSES]
        days = _stacked(reference.days, counted_labels(names))
        if days is None or days.rows.size < LEAST_DAYS:
            return None
        kept = without_outages(days)
        found = [spread_between(kept.hits[:, [k]], kept.rows, kept.season) for k in range(len(names))]
        _CLASSES[reference] = ordinary(found)
    return _CLASSES[reference]


def _stacked(days: Sequence[WindowProfile], counted: Counted) -> DayCounts | None:
    found = [(*counts, season(day)) for day in days if (counts := counted(day)) is not None and counts[1] > 0]
    if not found:
        return None
    hits, rows, seasons = zip(*found, strict=True)
    return DayCounts(np.array(hits, dtype=np.float64), np.array(rows, dtype=np.float64), np.array(seasons))


def numeric_cuts(reference: ColumnSummary) -> Floats:
    """Where a numeric feature's cumulative shares are taken: its 5 % quantiles, and both sides of a frequent value.

    A constant has none.
    """
    if reference.values is not None:
        return reference.values[1:]
    quantiles = reference.quantiles[1:-1]
    values, times = np.unique(quantiles, return_counts=True)
    return np.unique(np.concatenate([values, np.nextafter(values[times > 1], np.inf)]))


def counted_below(name: str, cuts: Floats, *, left_out: Container[int] = ()) -> Counted:
    """Rows of a numeric column below each cut; from an inexact profile, the middle of what is certain.

    Days are left out by their ``id``.
    """

    return counted_in(lambda day: None if id(day) in left_out else day.numeric.get(name), cuts)


def counted_in(profile_of: Callable[[WindowProfile], NumericProfile | None], cuts: Floats) -> Counted:
    """Rows below each cut, of whatever numbers of a day are asked for."""

    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        profile = profile_of(day)
        if profile is None:
            return None
        low, high = profile.rows_below(cuts)
        return (low + high) / 2, profile.finite

    return count


def counted_between(name: str, low: Floats, high: Floats, *, left_out: Container[int] = ()) -> Counted:
    """Rows of a numeric column from each low cut to below the high one."""
    below = counted_below(name, np.concatenate([low, high]), left_out=left_out)

    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        found = below(day)
        if found is None:
            return None
        hits, rows = found
        return hits[low.size :] - hits[: low.size], rows

    return count


def broken_days(reference: WindowProfile, name: str) -> set[int]:
    """The reference's days on which a numeric column was broken and not merely unusual, by their ``id``.

    Broken is: nearly all missing, or mostly beyond the middle 90 % of the reference by more than its whole span. Such a
    day says nothing of how ordinary days differ, unless a season has many of them: then that is its ordinary life.
    """
    low, high = summary(reference, name).quantile(0.05, 0.95).tolist()
    reach = np.array([low - (high - low), np.nextafter(high + (high - low), np.inf)])
    found: dict[int, set[int]] = {}
    present = Counter(season(day) for day in reference.days if name in day.numeric)
    for day in reference.days:
        profile = day.numeric.get(name)
        if profile is None or not profile.rows:
            continue
        below = profile.rows_below(reach)[0]
        outside = below[0] + profile.finite - below[1]
        if profile.missing_share >= NEARLY_ALL or (profile.finite and high > low and outside > MOST * profile.finite):
            found.setdefault(season(day), set()).add(id(day))
    return {day for at, days in found.items() if is_exception(len(days), present[at]) for day in days}


NEARLY_ALL = 0.98
MOST = 0.6
FEW_ROWS = 50
"""With fewer rows, what all of them show may be chance."""


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
