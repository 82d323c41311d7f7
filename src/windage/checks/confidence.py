"""Did the classifier's confidence change?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Rows, Verdict, alert, unmeasured
from windage.evidence.shares import by_rows_alone, strongest
from windage.evidence.tallies import counted_in, numeric_cuts
from windage.profiles.summary import ColumnSummary
from windage.profiles.window import WindowProfile
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

LEAST = 0.10
LEVEL = 0.001
"""Stricter than for other outputs, because a classifier is surer on an easy day without any fault."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Confidence(Check):
    """Did the classifier's confidence change?

    Compares the cumulative shares of the largest probability with the reference; a fall and a rise are separate alerts.
    It stays quiet if an alert about entropy, rejections or invalid probabilities explains the change. If the log has
    the probabilities, only the check ``entropy`` can be critical, because it shows the severity better.
    """

    name: ClassVar[str] = "confidence"
    needs: ClassVar[Need] = "confidence"
    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.confidence_drop, "fall_least", "at least", 0.40, "critical", p_below=1e-4),
        Gate(DriftTrigger.confidence_drop, "fall", "at least", LEAST, "warning", p_below=LEVEL),
        Gate(DriftTrigger.confidence_rise, "rise", "at least", LEAST, "warning", p_below=LEVEL),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        before, now = reference.confidence, current.confidence
        rows = (before.finite if before else 0, now.finite if now else 0)
        if before is None or now is None or not all(rows) or "confidence" in current.faults:
            yield unmeasured("confidence", self.name, reference, current, rows=rows)
            return
        cuts = numeric_cuts(ColumnSummary.of(before), now)
        if not cuts.size and before.points[0] == now.minimum == now.maximum:
            # As where labels come without a probability.
            yield Measurement(subject=self.name, rows=rows, values={"p_value": 1.0, "looks": 0.0})
            return
        if not cuts.size:
            reason = (
                f"the reference's confidence is always {before.points[0]:.3g}, so there is no distribution to compare"
            )
            yield Measurement(subject=self.name, rows=rows, unknown=reason)
            return
        counted = counted_in(lambda day: day.confidence, cuts)
        values = strongest(reference, current, counted, least=LEAST) or by_rows_alone(reference, current, counted)
        move = values.get("move", 0.0)  # change of the share below a confidence: positive if confidence fell
        judged_by_entropy = bool(reference.scores and current.scores)
        yield Measurement(
            subject=self.name,
            rows=rows,
            values={
                "ref_mean_confidence": before.moments.mean,
                "cur_mean_confidence": now.moments.mean,
                **values,
                "fall": max(move, 0.0),
                "rise": max(-move, 0.0),
                "fall_least": None if judged_by_entropy or move <= 0 else values["effect_least"],
            },
            partners=("entropy", "reject_rate", "probabilities"),
        )

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        if verdict.gate is None:
            return Conclusion(None, [])
        fell = verdict.gate.trigger is DriftTrigger.confidence_drop
        found = alert(verdict, at, features=[], details=dict(verdict.measurement.values))
        return Conclusion(None, [found], f"Confidence {'fell' if fell else 'rose'}.")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        if reference.confidence is None or current.confidence is None:
            return np.zeros(current.rows)
        before, now = reference.confidence.moments.mean, current.confidence.moments.mean
        towards = 1.0 if now > before else -1.0
        return np.nan_to_num(towards * (rows.confidence() - before), nan=0.0)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        return lambda day: day.confidence.moments.mean if day.confidence and day.confidence.finite else None


CHECK = Confidence
