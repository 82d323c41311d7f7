"""What days say of the predicted classes: how surely each one's share changed, and which are new, renamed or gone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windage.evidence.day_spans import before_the_last
from windage.evidence.new_categories import VANISHED_FROM_DAYS, News, accident_days, familiar, news, vanished
from windage.evidence.other_subjects import other_classes
from windage.evidence.shares import Evidence, by_rows_alone, strongest, surest
from windage.evidence.tallies import FEWEST_EXPECTED, Counted, Tally, counted_labels, hours_of
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.window import WindowProfile
from windage.stats.median import median
from windage.stats.ordinary import Ordinary

WARNS_FROM = 0.05
NEW_FROM = 0.01
LEAST_OF_THE_RARE = 0.001
"""A smaller change of a class's share counts for nothing, however rare the class is."""

Found = dict[str, float | None]
Shares = Mapping[str, tuple[float, float]]
"""Each class's share of the labelled rows, in the reference and now."""


@dataclass(frozen=True, eq=False)
class ClassDays:
    """The classes of a reference's days and of the current window. The label ``reject`` is not a class: shares are those among
    the rows that were not rejected."""

    reference: WindowProfile
    current: WindowProfile
    reject: str

    @cached_property
    def news(self) -> News:
        """The classes that are new."""
        return news(None, self.reference, self.current, less=self.reject)

    @cached_property
    def gone(self) -> dict[str, float]:
        """The classes that every day before the last ones had and the current window lacks, each with the probability
        that none of today's decided rows has it by chance. Rejected rows might have had any class."""
        now = self.current.labels
        decided = 0 if now is None else now.known - now.counts.get(self.reject, 0)
        expected = {name: share * decided for name, share in vanished(None, self.reference, self.current)[0].items()}
        return {
            name: math.exp(-rows) for name, rows in expected.items() if name != self.reject and rows >= FEWEST_EXPECTED
        }

    def evidence(self, shares: Shares, names: Sequence[str]) -> dict[str, Found]:
        """The day model's evidence on each of ``names``, on all new classes together, and on the total variation."""
        kept = [1 - rejected for rejected in shares.get(self.reject, (0.0, 0.0))]
        decided = {name: each for name, each in shares.items() if name != self.reject}
        usual = {name: p / kept[0] for name, (p, _) in decided.items() if p}
        left = [name for name, (_, q) in decided.items() if q]
        grown = [name for name, (p, q) in decided.items() if q * kept[0] > p * kept[1]]
        all_grown = _sum_of(grown, less=self.reject)
        least = surest(self.reference, self.current, all_grown) if grown else 0.0
        if least is None and kept[1]:
            alone = by_rows_alone(self.reference, self.current, all_grown).get("effect_least")
            return {name: {"total_variation_least": alone} for name in decided}
        found: dict[str, Found] = {}
        for name in names:
            if name not in decided or not kept[1]:
                found[name] = {"p_value": 1.0, "effect": 0.0}
                continue
            is_new = name in self.news.rows or name not in usual
            own = self._of_new if is_new else self._of_known(name, usual, is_one_of_several=len(left) > 1)
            if own:
                found[name] = {"new_share": None, **own, "total_variation_least": least}
            if own and left == [name]:
                found[name]["collapsed"] = float(bool(self.gone))
        return found

    def _of_known(self, name: str, usual: Mapping[str, float], *, is_one_of_several: bool) -> Found:
        """The evidence on a class that the reference has in its ``usual`` share. If only one class
        is left, the others are not judged as gone or rare."""
        rare = 1 - max(usual.values(), default=1.0)
        evidence = strongest(
            self.reference,
            self.current,
            counted_labels([name], less=self.reject),
            least=min(WARNS_FROM, max(rare / 2, LEAST_OF_THE_RARE)),
            prior=other_classes(self.reference, hours_of(self.current)),
        )
        found: Found = {**evidence}
        if not evidence or not is_one_of_several:
            return found
        if name in self.gone and len(self.reference.days) >= VANISHED_FROM_DAYS:
            found |= {"gone": 1.0, "p_value": min(evidence["p_value"], self.gone[name])}
        found["of_the_rare"] = _of_the_rare(evidence, rare, self.current) if usual[name] <= rare else None
        return found

    @cached_property
    def _of_new(self) -> Found:
        """The evidence on the share of all new classes together, and whether classes were ``renamed``.

        Classes that first came on the last days are new only in comparison with the days before them.
        """
        known = self.reference.labels
        are_late = known is not None and any(map(known.share, self.news.rows))
        settled = before_the_last(self.reference, self.current) if are_late else ()
        earlier = ClassDays(WindowProfile.merge(settled), self.current, self.reject) if settled else self
        return _of_new_classes(earlier, prior=other_classes(self.reference, hours_of(self.current)))


def _of_new_classes(days: ClassDays, *, prior: Ordinary | None) -> Found:
    together = _new_classes(days.reference, less=days.reject)
    found = strongest(days.reference, days.current, together, least=NEW_FROM, prior=prior)
    if not found:
        return {}
    share = _above_usual(days.reference, days.current, together)
    labels = days.reference.labels
    lost = sum(map(labels.share, days.gone)) if labels else 0.0
    is_renamed = share >= NEW_FROM and lost >= WARNS_FROM
    return {**found, "new_share": share, "renamed": float(is_renamed)}


def _of_the_rare(found: Evidence, rare: float, current: WindowProfile) -> float:
    """How far a rare class moved, where nearly all rows have another: 1 if the rows of all rare classes, ordinarily a
    share of ``rare``, surely doubled or halved by it. 0 if that is only a few rows."""
    move, least = found["move"], found["effect_least"]
    if rare <= 0 or current.labels is None or abs(move) * current.labels.known < FEWEST_EXPECTED:
        return 0.0
    return least / rare if move > 0 else 2 * least / rare


def _new_classes(reference: WindowProfile, *, less: str) -> Counted:
    """Counts the rows of all classes that the reference never had. On a reference day, a class is new if no other day
    has it: some classifiers name new classes every day."""
    days = [day.labels.counts for day in reference.days if day.labels]
    times = Counter(name for day in days for name in day)
    known = {*familiar(reference, None), less}
    often = {name for name in known if times[name] > 1 or name == less} if len(days) > 1 else known
    own, left_out = {id(day) for day in reference.days}, accident_days(reference, None)

    def count(day: WindowProfile) -> Tally | None:
        if day.labels is None or id(day) in left_out:
            return None
        rows = _rows_of_others(day.labels, often if id(day) in own else known)
        return Tally(np.array([rows], dtype=np.float64), day.labels.known - day.labels.counts.get(less, 0))

    return count


def _rows_of_others(labels: CategoricalProfile, known: AbstractSet[str]) -> int:
    """The number of rows of unknown classes. Rows that the profile does not count by class are included only as far as
    known classes cannot account for them."""
    counted = sum(rows for name, rows in labels.counts.items() if name not in known)
    unseen = len(known - labels.counts.keys())
    return counted + max(labels.other - unseen * min(labels.counts.values(), default=0), 0)


def _above_usual(reference: WindowProfile, current: WindowProfile, counted: Counted) -> float:
    """The counted share of the current window's labelled rows, less that of the median reference day; at least 0."""
    usual, now = (
        [
            (float(found.hits[0]), day.labels.known)
            for day in window.days
            if (found := counted(day)) and day.labels and day.labels.known
        ]
        for window in (reference, current)
    )
    rows = sum(known for _, known in now)
    middle = float(median([new / known for new, known in usual])) if usual else 0.0
    return max(sum(new for new, _ in now) / rows - middle, 0.0) if rows else 0.0


def _sum_of(names: Sequence[str], *, less: str) -> Counted:
    each = counted_labels(names, less=less)

    def count(day: WindowProfile) -> Tally | None:
        found = each(day)
        return None if found is None else Tally(found.hits.sum(keepdims=True), found.rows)

    return count
