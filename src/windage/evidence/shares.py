"""A window's shares on each day, and how surely they differ from those of ordinary days."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeGuard, TypeVar

import numpy as np

from windage.arrays import Bools, Floats
from windage.evidence.day_spans import FEW, WEEK, Span, by_weekday, last_days
from windage.evidence.other_subjects import day_memory
from windage.evidence.seasons import other_season
from windage.evidence.senders import largest_kinship, senders
from windage.evidence.tallies import Counted, Stacked, hours_of, stacked
from windage.profiles.window import WindowProfile
from windage.stats.day_model import NOTHING_ELSE, Background, Difference, difference
from windage.stats.days import DayCounts, DayMeans
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS, Ordinary
from windage.stats.seasons import present

UNCALIBRATED = "uncalibrated, as the reference has too few days like this to know how ordinary days vary"

D = TypeVar("D")
C = TypeVar("C", DayCounts, DayMeans)

LEAST_EFFECT = 0.06
"""The smallest change of a share that alerts, unless a check has another."""
TELLING_DAYS = 6
"""Fewer days may lie close together by chance, as in a week of calm weather."""
SAMPLING = 4.0
"""Sampling alone moves a share by hardly ever more than this many standard deviations."""
UNUSUAL = 0.05
"""If a day's p-value is below this, the next day is also compared with the days before both."""
Least = float | Floats
"""The smallest change of a share that alerts: one number for all shares, or one for each."""
Evidence = dict[str, float]
"""Statistics of one subject, by the names that measurements and gates use; empty without days to compare with."""


def statistics(found: Difference | None, least: Least = LEAST_EFFECT) -> Evidence:
    """The day model's statistics for one subject, by the names that measurements and gates use.

    ``effect`` is the largest change of a share and ``effect_least`` its lower confidence bound. ``deviation`` is the
    standard deviation of a share's change if nothing is wrong, with ``freedom`` degrees of freedom; ``day_share`` is
    the fraction of its variance due to differences between ordinary days. ``looks`` is the number of shares compared.
    The p-value is the smallest among shares that changed by at least ``least``, if there are any: a rare share that
    surely changed by little must not make another significant that wandered by much.
    """
    if found is None:
        return {}
    k = found.largest
    enough = _enough(found, least)
    p_value = found.chance(enough if enough.any() else slice(k, k + 1)).min()
    return {
        "p_value": min(float(p_value) * found.looks, 1.0) if found.looks else 1.0,
        "move": float(found.moved[k]),
        "effect": abs(float(found.moved[k])),
        "effect_least": found.least_move,
        "deviation": found.usual_deviation,
        "freedom": found.freedom,
        "looks": float(found.looks),
        "day_share": float(found.day_share[k]),
        "span_days": 1.0,
    }


def _enough(found: Difference, least: Least) -> Bools:
    return np.asarray(np.abs(found.moved) >= least)


def strongest(
    reference: WindowProfile,
    current: WindowProfile,
    counted: Counted,
    *,
    least: Least = LEAST_EFFECT,
    prior: Ordinary | None = None,
    kinship: float | None = None,
) -> Evidence:
    """The strongest of several looks at the current window: alone against all days, against its own weekday, pooled
    with the days before it, and, after an unusual day, against the days before the last ones, so that the first days of
    a lasting fault do not explain it. The p-value is corrected for the number of looks.

    Among the looks in which a share changed by ``least``, the p-value is the smallest and the other numbers are those
    of the largest certain effect. Pooled days count only if today takes part in their change, because a fault that is
    over is not reported. ``kinship`` is how much users differ in what is counted; by default, as much as in the
    feature in which they differ most.
    """
    return strongest_of(reference, current, counted, least=least, prior=prior, kinship=kinship)[1]


def strongest_of(
    reference: WindowProfile,
    current: WindowProfile,
    counted: Counted,
    *,
    least: Least,
    prior: Ordinary | None,
    kinship: float | None = None,
) -> tuple[int, Evidence]:
    """Which of the shares the strongest look is about, by its place, and that look's statistics."""
    both = _both(reference, current, counted)
    if both is None or not has_seasons(both[0].counts, both[1].counts):
        return 0, {}
    before, now = both
    kinship = largest_kinship(reference) if kinship is None else kinship
    compare = partial(_compared, background=Background(prior, day_memory(reference, hours_of(current)), kinship))
    looks = _Looks(before, now, before.counts.recurring(now.counts), least, compare)
    spans = last_days(reference, current)
    settled = [looks.among(span.earlier) for span in spans]
    alone = looks.alone(settled[0] if settled else looks.all_days)
    if alone is None:
        return 0, {}
    if not alone.found.looks:
        return alone.found.largest, alone.values
    tried = [alone if _enough(alone.found, least).any() else None, *looks.on_its_weekday(reference, current)]
    if spans:
        tried += looks.after_an_unusual_day(spans[0], settled[0], alone)
    tried += [looks.pooled(span, earlier, alone) for span, earlier in zip(spans, settled, strict=True)]
    return _of_all(alone, [look for look in tried if look is not None], times=len(tried))


class Look(NamedTuple):
    """One comparison of the current window with earlier days, and its statistics from the day model."""

    found: Difference
    values: Evidence

    def no_surer_than(self, other: Look) -> Look:
        least = min(look.values["effect_least"] for look in (self, other))
        return Look(self.found, {**self.values, "effect_least": least})


class _Days(NamedTuple):
    """Some of the reference's days, and which of their outlying ones are of a kind that recurs."""

    counts: DayCounts
    recurring: Bools

    @property
    def without_outages(self) -> DayCounts:
        return self.counts.without_outages(self.recurring)


@dataclass(frozen=True, slots=True)
class _Looks:
    """The looks at one question about shares. A look is None if it found no large enough change, but it counts in the
    correction.

    ``recurring`` marks the reference's outlying days of a kind that recurs.
    """

    before: Stacked
    now: Stacked
    recurring: Bools
    least: Least
    compare: Callable[..., Difference | None]

    @property
    def all_days(self) -> _Days:
        return _Days(self.before.counts, self.recurring)

    def among(self, days: Bools) -> _Days:
        """The reference's days in the mask ``days``."""
        chosen = days[self.before.places]
        return _Days(self.before.counts.among(chosen), self.recurring[chosen])

    def alone(self, settled: _Days) -> Look | None:
        """The current window against all days. Its lower bound over all seasons uses only the days before the last ones, because
        today's change may have begun on those."""
        found = self.compare(self.all_days, self.now.counts)
        return None if found is None else self._surely(found, settled)

    def on_its_weekday(self, reference: WindowProfile, current: WindowProfile) -> list[Look | None]:
        of_weekdays = by_weekday(self.before, self.now, reference, current)
        if of_weekdays is None:
            return []
        before, now = of_weekdays
        days = _Days(before, self.recurring)
        found = self.compare(days, now)
        if not self._is_enough(found):
            return [None]
        surely = _over_every_weekday(found, days, now)
        return [Look(found, {**statistics(found, self.least), "effect_least": surely})]

    def after_an_unusual_day(self, span: Span, settled: _Days, alone: Look) -> list[Look | None]:
        """The current window against the days before the last ones, if the day before it was unusual among those. With
        very few such days, this look is no surer than the one against all days."""
        recent = self.among(span.recent).counts
        yesterday = self.compare(settled, recent.among(np.arange(recent.rows.size) == recent.rows.size - 1))
        p_value = statistics(yesterday, self.least).get("p_value")
        if p_value is None or p_value >= UNUSUAL:
            return []
        found = self.compare(settled, self.now.counts, known_by=self._but_yesterday())
        if not self._is_enough(found) or not _takes_part(alone.found, found):
            return [None]
        look = self._surely(found, settled)
        return [look if settled.counts.rows.size >= TELLING_DAYS else look.no_surer_than(alone)]

    def pooled(self, span: Span, settled: _Days, alone: Look) -> Look | None:
        """The current window together with the days before it. Three pooled days are no surer than today alone, because
        slow wandering looks the same."""
        recent = self._not_over(span, settled)
        if not recent.any():
            return None
        together = self.before.counts.among(recent).followed_by(self.now.counts)
        found = self.compare(settled, together, growing=span.days == WEEK, known_by=self._but_yesterday())
        if not self._is_enough(found) or not _takes_part(alone.found, found):
            return None
        look = Look(found, {**statistics(found, self.least), "span_days": float(span.days)})
        return look.no_surer_than(alone) if span.days == FEW else look

    def _not_over(self, span: Span, settled: _Days) -> Bools:
        """The days of the span without those that stand alone among the days that they are compared with and are not like
        today."""
        counts, now = self.before.counts, self.now.counts
        kept = span.recent[self.before.places] & counts.not_over(now)
        for day in np.flatnonzero(kept):
            beside = settled.without_outages.followed_by(counts.among(np.arange(kept.size) == day))
            kept[day] = beside.not_over(now)[-1]
        return kept

    def _is_enough(self, found: Difference | None) -> TypeGuard[Difference]:
        return found is not None and bool(_enough(found, self.least).any())

    def _surely(self, found: Difference, settled: _Days) -> Look:
        surely = _over_every_season(found, settled, self.now.counts)
        return Look(found, {**statistics(found, self.least), "effect_least": surely})

    def _but_yesterday(self) -> DayCounts:
        """All days but yesterday, which may be part of a fault. They show how much a subject ordinarily varies; the few
        days before a span may lie close together by chance."""
        counts = self.before.counts
        return counts.among(np.arange(counts.rows.size) < counts.rows.size - 1)


def _of_all(alone: Look, looks: Sequence[Look], *, times: int) -> tuple[int, Evidence]:
    found = looks or [alone]
    p_value = min(look.values["p_value"] for look in found)
    is_holiday = 2 * alone.values["effect_least"] < alone.found.least_move  # the other season explains most of it
    clearest = alone if is_holiday else max(found, key=_certainty)
    return clearest.found.largest, {
        **clearest.values,
        "p_value": min(times * p_value, 1.0),
        "looks": times * clearest.values["looks"],
    }


def _certainty(look: Look) -> tuple[float, float]:
    """A sort key: the certain change, then the number of days."""
    return look.values["effect_least"], look.values["span_days"]


def _takes_part(today: Difference, pooled: Difference) -> bool:
    """Whether today moved in the same direction as the pooled days, and at least half as far."""
    k = pooled.largest
    return 2 * float(today.moved[k] * np.sign(pooled.moved[k])) >= abs(float(pooled.moved[k]))


def _over_every_season(today: Difference, before: _Days, now: DayCounts) -> float:
    """The least effect over all seasons, so that a weekday that looks like a Sunday, a holiday, pages nobody.

    0 if the reference does not know a season of the current window, such as the first Saturday.
    """
    own = today.least_move
    if own < LEAST_EFFECT:
        return own
    if not knows_seasons(before.counts, now):
        return 0.0
    return min([own, *(each.least_move for each in as_other_seasons(before.without_outages, now, difference))])


def _over_every_weekday(today: Difference, before: _Days, now: DayCounts) -> float:
    """The least effect over all weekdays, each a season, so that a day that looks like another weekday, as the one after a
    holiday looks like a Monday, pages nobody."""
    own = today.least_move
    if own < LEAST_EFFECT:
        return own
    usual = before.without_outages
    known = (each for each in present(usual.season) if (usual.season == each).sum() > 1)
    return min([own, *(difference(usual, now.in_seasons(np.full_like(now.season, each))).least_move for each in known)])


def surest(reference: WindowProfile, current: WindowProfile, counted: Counted) -> float | None:
    """The lower confidence bound of the largest change, the least over all seasons; None without days to compare
    with."""
    both = _both(reference, current, counted)
    if both is None or not has_seasons(both[0].counts, both[1].counts):
        return None
    before, now = both
    days = _Days(before.counts, before.counts.recurring(now.counts))
    today = _compared(days, now.counts, background=Background(kinship=largest_kinship(reference)))
    return None if today is None else _over_every_season(today, days, now.counts)


def by_rows_alone(reference: WindowProfile, current: WindowProfile, counted: Counted) -> Evidence:
    """The largest change of a share and its lower bound as if days did not differ; it is 0 if the reference's few days
    differ half as much among themselves. There is no p-value: nobody knows whether an ordinary day changes as much."""
    both = _both(reference, current, counted)
    if both is None:
        return {}
    before, now = (each.counts for each in both)
    moved = now.pooled - before.pooled
    k = int(np.abs(moved).argmax())
    move, usual = float(moved[k]), float(before.pooled[k])
    is_clear = abs(move) > 2 * float(np.ptp(before.shares[:, k]))
    least = least_by_rows_alone(move, usual, before.rows.sum(), now.rows.sum()) if is_clear else 0.0
    return {"move": move, "effect": abs(move), "effect_least": least, "span_days": 1.0}


def share_before(now: float, found: Evidence, settled: Sequence[float]) -> float:
    """The share that the change ``found`` starts from: today's less the change, or where days were pooled that of the median
    day before them (``settled``), so that the first days of a lasting fault are not part of it."""
    if found["span_days"] == 1 or not settled:
        return max(now - found["move"], 0.0)
    return float(median(settled))


def least_by_rows_alone(moved: float, before: float, n: float, m: float) -> float:
    """The least change of a share, of ``before`` in ``n`` rows, that ``m`` rows in which it ``moved`` surely show."""
    share = before + moved * m / (n + m)
    return max(abs(moved) - SAMPLING * math.sqrt(max(share * (1 - share), 0.0) * (1 / n + 1 / m)), 0.0)


def _both(reference: WindowProfile, current: WindowProfile, counted: Counted) -> tuple[Stacked, Stacked] | None:
    """The counts of both windows' days, with the senders of their rows if these are known."""
    before, now = (stacked(window.days, counted, hours=hours_of(current)) for window in (reference, current))
    if before is None or now is None:
        return None
    who = senders(reference, current)
    if who is None:
        return before, now
    return before.sent_by(who[0]), now.sent_by(who[1])


def has_seasons(before: C, now: C) -> bool:
    """Whether the reference has a day of each season of the current window: what a first Saturday changes is unknown."""
    return set(now.season.tolist()) <= set(before.season.tolist())


def knows_seasons(before: C, now: C) -> bool:
    return all((before.season == season).sum() > 1 for season in present(now.season))


def as_other_seasons(before: C, now: C, compare: Callable[[C, C], D]) -> list[D]:
    """The current window compared with the other seasons (weekend for weekday, and vice versa) that have enough
    days."""
    own = set(present(now.season))
    others = {other_season(each) for each in own} - own
    return [
        compare(before, now.in_seasons(np.full_like(now.season, other)))
        for other in others
        if (before.season == other).sum() >= LEAST_DAYS
    ]


def _compared(
    before: _Days,
    now: DayCounts,
    *,
    background: Background = NOTHING_ELSE,
    known_by: DayCounts | None = None,
    growing: bool = False,
) -> Difference | None:
    """Both windows' shares under the day model; None if the reference has too few days to show how days differ, or if
    no current day has such rows.

    Outlying days of the reference are left out, except those of a kind that recurs.
    """
    if before.counts.rows.size < LEAST_DAYS or not now.rows.size:
        return None
    return difference(before.without_outages, now, background, known_by=known_by, growing=growing)
