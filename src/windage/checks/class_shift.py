"""Did the proportions of the predicted classes change?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Rows, Verdict, alert, unmeasured
from windage.evidence.classes import NEW_FROM, WARNS_FROM, ClassDays
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import REJECT_LABEL, ClassShiftResult, DriftAlert, DriftTrigger, Measurement

LEVEL = 0.001
"""As strict as for features; other outputs need less."""
MOST_MODELLED = 50
"""How many classes, those that moved most, are compared with ordinary days."""
MANY_ROWS = 50
"""In fewer rows, classes may seldom repeat too."""
TWICE = 2
"""If a label's counted values occur fewer times than this on average, the label is a number or an id."""
MOVED_LESS: Mapping[str, float | None] = {"p_value": 1.0, "looks": 0.0}
"""The evidence on the other classes, which moved less than all that are compared: at most forty can move by five points each."""
MOST_OF_IT = 0.5
"""A class that is gone is told first if its rows are at least this part of the largest shift: where they went follows."""
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
        days = ClassDays(reference, current, self.reject_label)
        newest = [name for name in by_move if name in days.news.rows][:1]
        modelled = dict.fromkeys([*by_move[:MOST_MODELLED], *newest, *days.gone])
        evidence = days.evidence(shares, list(modelled))
        for name in sorted({*by_move[: self.listed], *newest, *days.gone}):
            p, q = shares[name]
            own = evidence.get(name) or (MOVED_LESS if evidence and name not in modelled else {})
            values = {"ref_share": p, "cur_share": q, "shift": abs(q - p), **own}
            yield Measurement(subject=name, rows=rows, values=values)

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
            names = [each.subject for each in group]
            most = max(shifts[name] for name in names)
            worst = min(group, key=lambda each: (_is_warning(each), not _leads(each, most), -shifts[each.subject]))
            details: dict[str, Any] = {"max_shift": most, "shifted_classes": names}
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


def _shares_judged(verdict: Verdict, rejected: float) -> dict[str, float | None]:
    """A class's share before and now. If the day model judged it, both are among the rows that were not rejected, and the first
    is that of ordinary days, so that the two differ by the effect."""
    values = verdict.measurement.values
    before, now, move = (values.get(name) for name in ("ref_share", "cur_share", "move"))
    is_of_known = verdict.gate is not None and verdict.gate.statistic != "shift" and values.get("new_share") is None
    if is_of_known and now is not None and move is not None and values.get("span_days") == 1 and rejected < 1:
        now /= 1 - rejected
        before = max(now - move, 0.0)
    return {"ref_share": before, "cur_share": now}


def _leads(verdict: Verdict, most: float) -> bool:
    """Whether a class is gone whose rows are at least half of the largest shift."""
    values = verdict.measurement.values
    return values.get("gone") == 1.0 and (values.get("shift") or 0.0) >= MOST_OF_IT * most


def _is_warning(verdict: Verdict) -> bool:
    return verdict.gate is not None and verdict.gate.severity == "warning"


CHECK = ClassShift
