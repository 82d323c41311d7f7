"""How accurate is the classifier, if its probabilities are calibrated?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Need, Verdict, unmeasured
from windage.evidence.means import means_of_days
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.window import WindowProfile
from windage.vocabulary import EstimatedAccuracy as Estimate
from windage.vocabulary import Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class EstimatedAccuracy(Check):
    """How accurate is the classifier, if its probabilities are calibrated?

    Confidence-based performance estimation (NannyML's CBPE): the mean of the largest probability estimates the accuracy
    without labels, as long as the probabilities are calibrated. Drift can break their calibration, so the estimate is
    advice only: it never raises and never suppresses an alert.
    """

    name: ClassVar[str] = "estimated_accuracy"
    needs: ClassVar[Need] = "confidence"
    report_field: ClassVar[str | None] = "estimated_accuracy"
    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = ()

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        before, now = reference.confidence, current.confidence
        rows = (before.finite if before else 0, now.finite if now else 0)
        if before is None or now is None or not all(rows) or "confidence" in current.faults:
            yield unmeasured("confidence", self.name, reference, current, rows=rows)
            return
        least, most = now.points[0], now.points[-1]
        if least < 0 or most > 1:
            reason = f"confidences must be between 0 and 1; these are between {least:.3g} and {most:.3g}"
            yield Measurement(subject=self.name, rows=rows, unknown=reason)
            return
        means = means_of_days(reference, current, lambda day: day.confidence)
        values = {"ref_accuracy": before.moments.mean, "cur_accuracy": now.moments.mean}
        if means is not None:
            values |= {"ref_accuracy": means.reference, "margin": means.margin}
        yield Measurement(subject=self.name, rows=rows, values=values, unknown=UNCALIBRATED if means is None else None)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        values = verdict.measurement.values
        return Conclusion(
            Estimate(
                reference=values.get("ref_accuracy"), current=values.get("cur_accuracy"), margin=values.get("margin")
            ),
            [],
        )


CHECK = EstimatedAccuracy
