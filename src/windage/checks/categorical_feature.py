"""Did a categorical feature's categories change?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
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
    columns_measured,
)
from windage.evidence.new_categories import GONE_FROM, VANISHED_FROM_DAYS, News, familiar, news, seen_on, vanished
from windage.evidence.other_subjects import other_features
from windage.evidence.senders import rows_of_a_newcomer
from windage.evidence.shares import LEAST_EFFECT, by_rows_alone, strongest_of
from windage.evidence.tallies import FEW_ROWS, Counted, Tally, hours_of
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

NEW_FROM = 0.01
MOST_LISTED = 8
MOST_CATEGORIES = 50
"""How many categories are counted one by one, the reference's most frequent; the others are counted together, and so
are new ones."""
SELDOM = 1
"""A category that at most so many other days have is counted with the new ones."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CategoricalFeature(Check):
    """Did a categorical feature's categories change?

    Compares the share of each category with the reference, and reports the total variation distance ½ Σ|q − p|.
    New categories are those that the reference never had, or had only on its last days; they alert if they make up at
    least five rows and clearly more than on the reference's most unusual day. Where hardly any two rows of a day share a
    value, as with ids and free text, a value that many rows share alerts. Vanished categories are those that every day of
    the reference had, its last days aside; finding them takes 14 days with the feature.
    """

    name: ClassVar[str] = "categorical_feature"
    needs: ClassVar[Need] = "categorical"
    by_column: ClassVar[bool] = True
    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.new_category, "new_share", "at least", 0.20, "critical", certain=True),
        Gate(DriftTrigger.category_shift, "effect_least", "at least", 0.30, "critical", p_below=1e-4),
        Gate(DriftTrigger.new_category, "new_share", "at least", NEW_FROM, "warning", certain=True),
        Gate(DriftTrigger.category_shift, "effect", "at least", LEAST_EFFECT, "warning"),
        Gate(DriftTrigger.vanished_category, "vanished_share", "at least", GONE_FROM, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        return columns_measured("categorical", reference, current, _measure, of_values=True)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Categories changed in")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        """The weight of each row's category, less the mean weight in the reference."""
        (name,) = alert.affected_features
        counting = weights(alert.trigger, name, reference, current)
        usual = sum(weight * reference.categorical[name].share(each) for each, weight in counting.items())
        excess: dict[str | None, float] = {**{each: weight - usual for each, weight in counting.items()}, None: 0.0}
        values = rows.texts(name)
        return np.fromiter((excess.get(each, -usual) for each in values), np.float64, values.size)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        """The weighted share of the alert's categories. For new categories, 1 if a day's rows of them would have been
        reported and 0 if not, because a user who sends them may send few."""
        (name,) = alert.affected_features
        if alert.trigger is DriftTrigger.new_category:
            return _is_reported_on(name, news(name, reference, current))
        counting = weights(alert.trigger, name, reference, current)

        def level(day: WindowProfile) -> float | None:
            profile = day.categorical.get(name)
            return None if profile is None else sum(weight * profile.share(each) for each, weight in counting.items())

        return level


def _is_reported_on(name: str, found: News) -> Level:
    def level(day: WindowProfile) -> float | None:
        profile = day.categorical.get(name)
        if profile is None:
            return None
        rows = {each: profile.counts.get(each, 0) for each in found.rows}
        return float(found._replace(rows=rows, known=profile.known).is_told)

    return level


def weights(trigger: DriftTrigger, name: str, reference: WindowProfile, current: WindowProfile) -> Mapping[str, float]:
    """The weight of each category's rows in an alert: 1 for a new category, −1 for a vanished one. In an alert about
    shifted shares, ½ for a category that grew and −½ for one that shrank. Categories that are not listed weigh 0."""
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
    has_new = (before.is_exact or found.alone) and min(rows) >= FEW_ROWS and found.is_told
    gone, chance = vanished(name, reference, current)
    if sum(name in day.categorical for day in reference.days) < VANISHED_FROM_DAYS:
        gone = {}
    changed = found.rows if has_new else gone
    listed = sorted(changed, key=lambda each: (-changed[each], each))
    most = max(names, key=lambda each: abs(now.share(each) - before.share(each)))
    values: dict[str, float | None] = {
        "total_variation": sum(abs(now.share(each) - before.share(each)) for each in names) / 2,
        "vanished_share": sum(gone.values()),
        **({} if listed else {"ref_share": before.share(most), "cur_share": now.share(most)}),
    }
    tally = counted(reference.days[0]) or counted(current)
    least = np.full(tally.hits.size if tally else 1, LEAST_EFFECT)
    least[-1] = NEW_FROM
    least[[place for place, each in enumerate(frequent) if each in gone]] = GONE_FROM
    place, evidence = strongest_of(
        reference, current, counted, least=least, prior=other_features(reference, hours_of(current))
    )
    if evidence and not listed and evidence["span_days"] == 1 and place < len(frequent):
        # Told as it was judged, against ordinary days: the two shares then differ by the effect.
        most = frequent[place]
        share = now.share(most)
        values |= {"ref_share": max(share - evidence["move"], 0.0), "cur_share": share}
    if evidence and len(found.usual) >= LEAST_DAYS:  # on a first weekend, what is new may belong to weekends
        values["new_share"] = found.share if has_new else 0.0
        values["newcomer_share"] = min(rows_of_a_newcomer(reference, current) / now.known, 1.0)
    if gone and evidence:
        evidence["p_value"] = min(evidence["p_value"], chance)
    return Measurement(
        subject=name,
        rows=rows,
        values={**values, **(evidence or by_rows_alone(reference, current, _each(name, list(before.counts))))},
        categories=tuple(listed[:MOST_LISTED]) or (most,),
    )


def _counted(name: str, reference: WindowProfile) -> tuple[list[str], Counted]:
    """The reference's most frequent categories, and a function that counts the rows of each, of the reference's other
    categories, and of those that are new or seldom.

    On any day, a category is seldom if at most one other day of the reference has it: some features bring new
    categories every day, or come back to one after weeks.
    """
    days = [day for day in reference.days if name in day.categorical]
    times, _ = seen_on(reference, name)
    known = {each for each in familiar(reference, name) if times[each] > SELDOM}
    often = {each for each in known if times[each] > SELDOM + 1}
    frequent = [each for each in reference.categorical[name].counts if each in often][:MOST_CATEGORIES]
    others = known - set(frequent)
    own = {id(day): others & often for day in days}

    def count(day: WindowProfile) -> Tally | None:
        if name not in day.categorical:
            return None
        counts = day.categorical[name].counts
        known = [counts.get(each, 0) for each in frequent]
        familiar = own.get(id(day), others)
        rest = sum(rows for category, rows in counts.items() if category in familiar)
        total = day.categorical[name].known
        return Tally(np.array([*known, rest, total - sum(known) - rest], dtype=np.float64), total)

    return frequent, count


def _each(name: str, categories: Sequence[str]) -> Counted:
    """Counts the rows of each of some categories, the most frequent ones first, and of all others."""

    def count(day: WindowProfile) -> Tally | None:
        if name not in day.categorical:
            return None
        profile = day.categorical[name]
        rows = [profile.counts.get(each, 0) for each in categories[:MOST_CATEGORIES]]
        return Tally(np.array([*rows, profile.known - sum(rows)], dtype=np.float64), profile.known)

    return count


CHECK = CategoricalFeature
