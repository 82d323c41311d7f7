"""Did a categorical feature's categories change?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import (
    STRICT,
    Check,
    Conclusion,
    Family,
    Gate,
    Level,
    Need,
    Rows,
    Verdict,
    alerted_each,
    column_measured,
    named,
)
from windage.evidence.counted import FEW_ROWS, Counted
from windage.evidence.new_categories import GONE_FROM, News, familiar, news, seen_on, vanished
from windage.evidence.other_subjects import other_features
from windage.evidence.shares import LEAST_EFFECT, strongest
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

NEW_FROM = 0.01
VANISHED_FROM_DAYS = 14
MOST_LISTED = 8
MOST_CATEGORIES = 50
"""Categories counted by themselves, the most frequent of the reference; the others together, the new ones together."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CategoricalFeature(Check):
    """Did a categorical feature's categories change?

    The share of each category, total variation ½ Σ|q − p| over all of them, the share of categories that the
    reference never had, or not before its last days, of at least five rows and beyond what its most unusual day brought,
    and the share of those gone that every day of the reference had.
    """

    name: ClassVar[str] = "categorical_feature"
    needs: ClassVar[Need] = "categorical"
    by_column: ClassVar[bool] = True
    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.new_category, "new_share", "at least", 0.20, "critical", certain=True),
        Gate(DriftTrigger.category_shift, "effect_least", "at least", 0.30, "critical", p_below=1e-4),
        Gate(DriftTrigger.new_category, "new_share", "at least", 0.01, "warning", certain=True),
        Gate(DriftTrigger.category_shift, "effect", "at least", 0.06, "warning"),
        Gate(DriftTrigger.vanished_category, "vanished_share", "at least", GONE_FROM, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        for name in named("categorical", reference, current):
            yield column_measured("categorical", name, reference, current, partial(_measure, name, reference, current))

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Categories changed in")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        """What a row of its category counts for, less what the reference had of them."""
        (name,) = alert.affected_features
        counting = weights(alert.trigger, name, reference, current)
        usual = sum(weight * reference.categorical[name].share(each) for each, weight in counting.items())
        excess: dict[str | None, float] = {**{each: weight - usual for each, weight in counting.items()}, None: 0.0}
        values = rows.texts(name)
        return np.fromiter((excess.get(each, -usual) for each in values), np.float64, values.size)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        """The share of the categories that the alert is about; of new ones, whether a day's rows of them would have been news: a
        user who sends them may send few."""
        (name,) = alert.affected_features
        if alert.trigger is DriftTrigger.new_category:
            return _news_of(name, news(name, reference, current))
        counting = weights(alert.trigger, name, reference, current)

        def level(day: WindowProfile) -> float | None:
            profile = day.categorical.get(name)
            return None if profile is None else sum(weight * profile.share(each) for each, weight in counting.items())

        return level


def _news_of(name: str, found: News) -> Level:
    def level(day: WindowProfile) -> float | None:
        profile = day.categorical.get(name)
        if profile is None:
            return None
        rows = {each: profile.counts.get(each, 0) for each in found.rows}
        return float(found._replace(rows=rows, known=profile.known).is_told)

    return level


def weights(trigger: DriftTrigger, name: str, reference: WindowProfile, current: WindowProfile) -> Mapping[str, float]:
    """What a row of each category counts for in an alert: 1 if the alert is about it being new, −1 about it being gone;
    of all that shifted, ½ for one that grew and −½ for one that shrank. Any other counts for nothing."""
    before, now = reference.categorical[name], current.categorical[name]
    if trigger is DriftTrigger.new_category:
        return dict.fromkeys(news(name, reference, current).rows, 1.0)
    if trigger is DriftTrigger.vanished_category:
        return dict.fromkeys(vanished(name, reference, current)[0], -1.0)
    names = dict.fromkeys([*before.counts, *now.counts])
    return {each: float(np.sign(now.share(each) - before.share(each)) / 2) for each in names}


def _measure(name: str, reference: WindowProfile, current: WindowProfile) -> Measurement:
    before, now = reference.categorical[name], current.categorical[name]
    rows = (before.known, now.known)
    if not all(rows):
        return Measurement(subject=name, rows=rows)
    names = sorted({*before.counts, *now.counts})
    frequent, counted = _counted(name, reference)
    found = news(name, reference, current)
    is_news = before.is_exact and min(rows) >= FEW_ROWS and found.is_told
    gone, chance = vanished(name, reference, current)
    if sum(name in day.categorical for day in reference.days) < VANISHED_FROM_DAYS:
        gone = {}
    said = found.rows if is_news else gone
    listed = sorted(said, key=lambda each: (-said[each], each))
    values: dict[str, float | None] = {
        "total_variation": sum(abs(now.share(each) - before.share(each)) for each in names) / 2,
        "new_share": None if len(found.usual) < LEAST_DAYS else found.share if is_news else 0.0,
        "vanished_share": sum(gone.values()),
    }
    shares = counted(reference.days[0]) or counted(current)
    least = np.full(shares[0].size if shares else 1, LEAST_EFFECT)
    least[-1] = NEW_FROM
    least[[place for place, each in enumerate(frequent) if each in gone]] = GONE_FROM
    evidence = strongest(reference, current, counted, least=least, prior=other_features(reference))
    if gone and evidence:
        evidence["p_value"] = min(evidence["p_value"] or 0.0, chance)
    return Measurement(
        subject=name,
        rows=rows,
        values={**values, **evidence},
        categories=tuple(listed[:MOST_LISTED]),
    )


def _counted(name: str, reference: WindowProfile) -> tuple[list[str], Counted]:
    """The reference's most frequent categories; and the rows of each, of its others, and of new ones.

    On a day of the reference, new is what no other of its days has: some features bring new categories every day.
    """
    days = [day for day in reference.days if name in day.categorical]
    _, once = seen_on(reference, name)
    frequent = [each for each in reference.categorical[name].counts if each not in once][:MOST_CATEGORIES]
    others = familiar(reference, name) - set(frequent)
    own = {id(day): others - once for day in days}

    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        if name not in day.categorical:
            return None
        counts = day.categorical[name].counts
        known = [counts.get(each, 0) for each in frequent]
        familiar = own.get(id(day), others)
        rest = sum(rows for category, rows in counts.items() if category in familiar)
        total = day.categorical[name].known
        return np.array([*known, rest, total - sum(known) - rest], dtype=np.float64), total

    return frequent, count


CHECK = CategoricalFeature
