"""Does the classifier reject rows more or less often?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Rows, Verdict, alert, unmeasured
from windage.evidence.other_subjects import other_classes
from windage.evidence.shares import by_rows_alone, strongest
from windage.evidence.tallies import counted_labels, hours_of
from windage.profiles.window import WindowProfile
from windage.vocabulary import REJECT_LABEL, DriftAlert, DriftTrigger, Measurement, RejectRateDrift

WARNS_FROM = 0.03


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RejectRate(Check):
    """Does the classifier reject rows more or less often?

    The share of labelled rows with the reject label, current less reference, in share points. Under the policy
    ``calibrated`` a decrease also alerts, if it is at least half of the reference's share.
    """

    name: ClassVar[str] = "reject_rate"
    needs: ClassVar[Need] = "labels"
    report_field: ClassVar[str | None] = "reject_rate_drift"
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.reject_rate_increase, "increase", "at least", 0.10, "critical"),
    )

    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.reject_rate_increase, "increase_least", "at least", 0.06, "critical"),
        Gate(DriftTrigger.reject_rate_increase, "rise", "at least", WARNS_FROM, "warning"),
        Gate(DriftTrigger.reject_rate_decrease, "decrease", "at least", 0.05, "warning"),
    )

    reject_label: Annotated[str, Field(min_length=1, description="Label of rows that the classifier rejected.")] = (
        REJECT_LABEL
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        before, now = reference.labels, current.labels
        rows = (before.known if before else 0, now.known if now else 0)
        if before is None or now is None or not all(rows) or "labels" in current.faults:
            yield unmeasured("labels", "reject_rate", reference, current, rows=rows)
            return
        usual, rate = before.share(self.reject_label), now.share(self.reject_label)
        values: dict[str, float | None] = {"ref_rate": usual, "cur_rate": rate, "increase": rate - usual}
        counted, prior = counted_labels([self.reject_label]), other_classes(reference, hours_of(current))
        if found := strongest(reference, current, counted, least=WARNS_FROM, prior=prior):
            move = found["move"]
            values |= found
            values["rise"] = max(move, 0.0)
            values["increase_least"] = found["effect_least"] if move > 0 else 0.0
            values["decrease"] = -move if -move >= usual / 2 else 0.0
        else:
            alone = by_rows_alone(reference, current, counted)
            values["increase_least"] = alone.get("effect_least") if rate > usual else 0.0
        yield Measurement(subject="reject_rate", rows=rows, values=values)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        values = verdict.measurement.values
        flagged = verdict.gate is not None
        document = RejectRateDrift(
            ref_rate=values.get("ref_rate"),
            cur_rate=values.get("cur_rate"),
            increase=values.get("increase"),
            is_flagged=flagged,
        )
        if not flagged:
            return Conclusion(document, [])
        word = "decreased" if (document.increase or 0.0) < 0 else "increased"
        summary = f"Reject rate {word} from {document.ref_rate:.2%} to {document.cur_rate:.2%}."
        details: dict[str, Any] = dict(values)
        move = values.get("move")
        is_raw = verdict.gate is not None and verdict.gate.statistic == "increase"
        if not is_raw and move is not None and values.get("span_days") == 1:
            # Told as it was judged, against ordinary days: the two rates then differ by the change that is told.
            details |= {"ref_rate": max((document.cur_rate or 0.0) - move, 0.0), "increase": move}
        return Conclusion(document, [alert(verdict, at, features=[], details=details)], summary)

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        before, now = (float(alert.details[key]) for key in ("ref_rate", "cur_rate"))
        labels = rows.labels()
        labelled = np.asarray(labels != None)  # noqa: E711 — element by element
        return np.where(labelled, np.sign(now - before) * ((labels == self.reject_label) - before), 0.0)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        return lambda day: day.labels.share(self.reject_label) if day.labels else None


CHECK = RejectRate
