"""Did the proportions of the predicted classes change?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.arrays import Floats, median
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Rows, Verdict, alert, unmeasured
from windage.evidence.day_spans import before_the_last
from windage.evidence.new_categories import VANISHED_FROM_DAYS, accident_days, familiar, news, vanished
from windage.evidence.other_subjects import other_classes
from windage.evidence.shares import by_rows_alone, strongest, surest
from windage.evidence.tallies import FEWEST_EXPECTED, Counted, Tally, counted_labels, hours_of
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import REJECT_LABEL, ClassShiftResult, DriftAlert, DriftTrigger, Measurement

WARNS_FROM = 0.05
NEW_FROM = 0.01
LEVEL = 0.001
"""As strict as for features; other outputs need less."""
LEAST_OF_THE_RARE = 0.001
"""A smaller change of a class's share counts for nothing, however rare the class is."""
MOST_MODELLED = 50
"""How many classes, those that moved most, are compared with ordinary days."""
MANY_ROWS = 50
"""In fewer rows, classes may seldom repeat too."""
TWICE = 2
"""If a label's most frequent values occur fewer times than this on average, the label is a number or an id."""
MOVED_LESS: Mapping[str, float | None] = {"p_value": 1.0, "looks": 0.0}
"""The evidence on the other classes: at most forty classes can move by five points each, so they stay in the gate."""
DAY_MODEL = (
    "new_share",
    "move",
    "effect",
    "effect_least",
    "total_variation_least",
    "p_value",
    "adjusted_p",
    "day_share",
    "span_days",
    "deviation",
    "freedom",
    "looks",
    "detectable",
)
"""The statistics that an alert holds about its leading class: of the worst severity, the one that moved most."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ClassShift(Check):
    """Did the proportions of the predicted classes change?

    Compares each class's share of the labelled rows with the reference, in share points. Under the policy ``reference``
    the reject label is one of the classes; under ``calibrated`` it is left to the check ``reject_rate``. New classes
    are judged together. If new classes come while a class that every day had is gone, the classes were renamed and
    readers of the predictions misread them. If only one class is left of several, the classifier collapsed. Where
    nearly all rows have one class, the others alert when their rows surely double or halve.
    """

    name: ClassVar[str] = "class_shift"
    needs: ClassVar[Need] = "labels"
    report_field: ClassVar[str | None] = "class_shift"
    gates: ClassVar[tuple[Gate, ...]] = (Gate(DriftTrigger.class_shift, "shift", "above", 0.15, "warning"),)

    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.new_class, "renamed", "at least", 1.0, "critical", certain=True, yes_or_no=True),
        Gate(DriftTrigger.class_shift, "collapsed", "at least", 1.0, "critical", certain=True, yes_or_no=True),
        Gate(DriftTrigger.new_class, "new_share", "at least", 0.20, "critical"),
        Gate(DriftTrigger.class_shift, "total_variation_least", "at least", 0.40, "critical"),
        Gate(DriftTrigger.new_class, "new_share", "at least", NEW_FROM, "warning"),
        Gate(DriftTrigger.class_shift, "gone", "at least", 1.0, "warning", p_below=LEVEL, yes_or_no=True),
        Gate(DriftTrigger.class_shift, "effect", "at least", WARNS_FROM, "warning", p_below=LEVEL),
        Gate(DriftTrigger.class_shift, "of_the_rare", "at least", 1.0, "warning", p_below=LEVEL, yes_or_no=True),
    )

    listed: Annotated[
        int, Field(ge=1, description="Maximum number of classes in the report, those that moved most first.")
    ] = 1000
    reject_label: Annotated[
        str,
        Field(min_length=1, description="Label of rejected rows; the day model leaves it to the reject_rate check."),
    ] = REJECT_LABEL

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        before, now = (each.labels or CategoricalProfile(counts={}) for each in (reference, current))
        rows = (before.known, now.known)
        if not all(rows) or "labels" in current.faults:
            yield unmeasured("labels", "classes", reference, current, rows=rows)
            return
        if sum(before.counts.values()) < TWICE * len(before.counts) and before.known >= MANY_ROWS:
            reason = (
                f"the reference's labels hold {len(before.counts):,} values that seldom repeat in {before.known:,} rows, "
                "so they are not classes; set the log's label to the column of the predicted class"
            )
            yield Measurement(subject="classes", rows=rows, unknown=reason)
            return
        shares = {name: (before.share(name), now.share(name)) for name in sorted({*before.counts, *now.counts})}
        by_move = sorted(shares, key=lambda name: -abs(shares[name][1] - shares[name][0]))
        found = news(None, reference, current, less=self.reject_label)
        newest = [name for name in by_move if name in found.rows][:1]
        gone = self._gone(reference, current)
        modelled = dict.fromkeys([*by_move[:MOST_MODELLED], *newest, *gone])
        evidence = self._evidence(shares, list(modelled), found.rows, gone, reference, current)
        for name in sorted({*by_move[: self.listed], *newest, *gone}):
            p, q = shares[name]
            own = evidence.get(name) or (MOVED_LESS if evidence and name not in modelled else {})
            values = {"ref_share": p, "cur_share": q, "shift": abs(q - p), **own}
            yield Measurement(subject=name, rows=rows, values=values)

    def _evidence(
        self,
        shares: Mapping[str, tuple[float, float]],
        names: Sequence[str],
        new_ones: Container[str],
        gone: Mapping[str, float],
        reference: WindowProfile,
        current: WindowProfile,
    ) -> dict[str, dict[str, float | None]]:
        """The day model's evidence on each class's share of the rows that were not rejected, on the share of all new
        classes together, and on the total variation."""
        kept = [1 - rejected for rejected in shares.get(self.reject_label, (0.0, 0.0))]
        decided = {name: each for name, each in shares.items() if name != self.reject_label}
        usual = {name: p / kept[0] for name, (p, _) in decided.items() if p}
        left = [name for name, (_, q) in decided.items() if q]
        grown = [name for name, (p, q) in decided.items() if q * kept[0] > p * kept[1]]
        all_grown = _sum_of(grown, less=self.reject_label)
        least = surest(reference, current, all_grown) if grown else 0.0
        if least is None and kept[1]:
            alone = by_rows_alone(reference, current, all_grown).get("effect_least")
            return {name: {"total_variation_least": alone} for name in decided}
        asked = [name for name in names if name in decided and kept[1]]
        of_new_classes: Mapping[str, float | None] = {}
        if any(name in new_ones or name not in usual for name in asked):
            is_late = any(name in new_ones for name in usual)
            of_new_classes = self._of_new_classes(reference, current, is_late=is_late)
        found: dict[str, dict[str, float | None]] = {}
        for name in names:
            if name not in asked:
                found[name] = {"p_value": 1.0, "effect": 0.0}
                continue
            if name in new_ones or name not in usual:
                own = of_new_classes
            else:
                own = self._of_known_class(name, usual, gone if len(left) > 1 else None, reference, current)
            if own:
                found[name] = {"new_share": None, **own, "total_variation_least": least}
            if own and left == [name]:
                found[name]["collapsed"] = float(bool(gone))
        return found

    def _of_known_class(
        self,
        name: str,
        usual: Mapping[str, float],
        gone: Mapping[str, float] | None,
        reference: WindowProfile,
        current: WindowProfile,
    ) -> dict[str, float | None]:
        """The evidence on the share of a class that the reference has: its ``usual`` one, or none at all if it is ``gone``.

        ``gone`` is None if hardly any class is left: then nothing is said of single ones that are gone or rare.
        """
        rare = 1 - max(usual.values(), default=1.0)
        found = strongest(
            reference,
            current,
            counted_labels([name], less=self.reject_label),
            least=min(WARNS_FROM, max(rare / 2, LEAST_OF_THE_RARE)),
            prior=other_classes(reference, hours_of(current)),
        )
        if not found or gone is None:
            return found
        if name in gone and len(reference.days) >= VANISHED_FROM_DAYS:
            found |= {"gone": 1.0, "p_value": min(found["p_value"] or 0.0, gone[name])}
        found["of_the_rare"] = _of_the_rare(found, rare, current) if usual[name] <= rare else None
        return found

    def _of_new_classes(
        self, reference: WindowProfile, current: WindowProfile, *, is_late: bool
    ) -> dict[str, float | None]:
        """The evidence on the share of all new classes together, and whether classes were ``renamed``.

        Classes that first came on the last days (``is_late``) are new only in comparison with the days before them.
        """
        settled = before_the_last(reference, current) if is_late else ()
        before = WindowProfile.merge(settled) if settled else reference
        together = _new_classes(before, less=self.reject_label)
        found = strongest(before, current, together, least=NEW_FROM, prior=other_classes(reference, hours_of(current)))
        if not found:
            return {}
        share = _above_usual(before, current, together)
        lost = sum(before.labels.share(name) for name in self._gone(before, current)) if before.labels else 0.0
        is_renamed = share >= NEW_FROM and lost >= WARNS_FROM
        return {**found, "new_share": share, "renamed": float(is_renamed)}

    def _gone(self, reference: WindowProfile, current: WindowProfile) -> dict[str, float]:
        """The classes that every day before the last ones had and the current window lacks, each with the probability
        that none of today's decided rows has it by chance. Rejected rows might have had any class."""
        now = current.labels
        decided = 0 if now is None else now.known - now.counts.get(self.reject_label, 0)
        expected = {name: share * decided for name, share in vanished(None, reference, current)[0].items()}
        return {
            name: math.exp(-rows)
            for name, rows in expected.items()
            if name != self.reject_label and rows >= FEWEST_EXPECTED
        }

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        values = {each.subject: each.measurement.values for each in verdicts if each.measurement.values}
        shifted = [each for each in verdicts if each.gate is not None]
        shifts = {name: value["shift"] or 0.0 for name, value in values.items()}
        document = ClassShiftResult(
            ref_dist={name: share for name, value in values.items() if (share := value["ref_share"])},
            cur_dist={name: share for name, value in values.items() if (share := value["cur_share"])},
            max_shift=max(shifts.values(), default=None),
            shifted_classes=[each.subject for each in shifted],
            is_flagged=bool(shifted),
        )
        if not shifted:
            return Conclusion(document, [])
        alerts: list[DriftAlert] = []
        for trigger in dict.fromkeys(each.gate.trigger for each in shifted if each.gate is not None):
            group = [each for each in shifted if each.gate is not None and each.gate.trigger is trigger]
            worst = min(group, key=lambda each: (_is_warning(each), -shifts[each.subject]))
            names = [each.subject for each in group]
            details: dict[str, Any] = {"max_shift": max(shifts[name] for name in names), "shifted_classes": names}
            own = worst.measurement.values
            details |= {name: own[name] for name in DAY_MODEL if own.get(name) is not None}
            rejected = values.get(self.reject_label, {}).get("cur_share") or 0.0
            details |= {"class": worst.subject, **_shares_judged(worst, rejected)}
            alerts.append(alert(worst, at, features=names, details=details))
        return Conclusion(
            document,
            alerts,
            f"Class shift in: {', '.join(document.shifted_classes)}.",
        )

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        """+1 on rows of a class that grew and −1 on rows of one that shrank, less the reference's mean of the same."""
        labels = rows.labels()
        labelled = np.asarray(labels != None)  # noqa: E711 — element by element
        excess = np.zeros(labels.size)
        for name in alert.affected_features:
            p = reference.labels.share(name) if reference.labels else 0.0
            q = current.labels.share(name) if current.labels else 0.0
            excess += np.sign(q - p) * np.where(labelled, (labels == name) - p, 0.0)
        return excess

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level | None:
        """The total share of the alert's classes that grew; of all its classes if none did."""
        before, now = reference.labels, current.labels
        if before is None or now is None:
            return None
        names = alert.affected_features
        grown = [each for each in names if now.share(each) > before.share(each)] or names
        return lambda day: sum(map(day.labels.share, grown)) if day.labels else None


def _of_the_rare(found: Mapping[str, float | None], rare: float, current: WindowProfile) -> float:
    """How far a rare class moved, where nearly all rows have another: 1 if the rows of all rare classes, ordinarily a
    share of ``rare``, surely doubled or halved by it. 0 if that is only a few rows."""
    move, least = found["move"] or 0.0, found["effect_least"] or 0.0
    if rare <= 0 or current.labels is None or abs(move) * current.labels.known < FEWEST_EXPECTED:
        return 0.0
    return least / rare if move > 0 else 2 * least / rare


def _shares_judged(verdict: Verdict, rejected: float) -> dict[str, float | None]:
    """A class's share before and now as it was judged: by the day model, of what was not rejected and beside ordinary days,
    so that the two differ by the effect."""
    values = verdict.measurement.values
    before, now, move = (values.get(name) for name in ("ref_share", "cur_share", "move"))
    is_of_known = verdict.gate is not None and verdict.gate.statistic != "shift" and values.get("new_share") is None
    if is_of_known and now is not None and move is not None and values.get("span_days") == 1 and rejected < 1:
        now /= 1 - rejected
        before = max(now - move, 0.0)
    return {"ref_share": before, "cur_share": now}


def _is_warning(verdict: Verdict) -> bool:
    return verdict.gate is not None and verdict.gate.severity == "warning"


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


CHECK = ClassShift
