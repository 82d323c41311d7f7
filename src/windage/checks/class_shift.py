"""Are the classes predicted in other proportions?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Conclusion, Floats, Gate, Need, Rows, Verdict, alert, without
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import ClassShiftResult, DriftTrigger, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ClassShift:
    """Are the classes predicted in other proportions?

    The change of each class's share of the labelled rows, in share points; the reject label counts as a class.
    """

    name: ClassVar[str] = "class_shift"
    needs: ClassVar[Need] = "labels"
    report_field: ClassVar[str | None] = "class_shift"
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate(trigger=DriftTrigger.class_shift, statistic="shift", side="above", limit=0.15, severity="warning"),
    )

    listed: Annotated[
        int, Field(ge=1, description="Classes measured, those that moved most first; the report grows with it.")
    ] = 1000

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        before, now = (each.labels or CategoricalProfile(counts={}) for each in (reference, current))
        rows = (before.known, now.known)
        if not all(rows):
            yield without("labels", "classes", reference, current, rows=rows)
            return
        shares = {name: (before.share(name), now.share(name)) for name in sorted({*before.counts, *now.counts})}
        moved_most = sorted(shares, key=lambda name: -abs(shares[name][1] - shares[name][0]))[: self.listed]
        for name in sorted(moved_most):
            p, q = shares[name]
            yield Measurement(subject=name, rows=rows, values={"ref_share": p, "cur_share": q, "shift": abs(q - p)})

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
        worst = max(shifted, key=lambda each: shifts[each.subject])
        details = {"max_shift": document.max_shift, "shifted_classes": document.shifted_classes}
        return Conclusion(
            document,
            [alert(worst, at, features=document.shifted_classes, details=details)],
            f"Class shift in: {', '.join(document.shifted_classes)}.",
        )

    def row_excess(
        self, rows: Rows, reference: WindowProfile, current: WindowProfile, subjects: Sequence[str]
    ) -> Floats:
        """+1 on rows of a class that grew and −1 on one that shrank, less what the reference had of them."""
        labels = rows.labels()
        labelled = np.asarray(labels != None)  # noqa: E711 — element by element
        excess = np.zeros(labels.size)
        for name in subjects:
            p = reference.labels.share(name) if reference.labels else 0.0
            q = current.labels.share(name) if current.labels else 0.0
            excess += np.sign(q - p) * np.where(labelled, (labels == name) - p, 0.0)
        return excess


CHECK = ClassShift
