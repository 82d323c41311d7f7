"""Has the classifier become less certain?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Rows, Verdict, alert, unmeasured
from windage.checks.probabilities import misnamed, mostly_invalid
from windage.evidence.means import mean_evidence, ratio_by_rows_alone
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.stats.entropy import entropy
from windage.vocabulary import DriftAlert, DriftTrigger, EntropyDrift, Measurement

WARNS_FROM = 1.15
NEARLY_GUESSING = 0.75
"""A mean this far on the way from the reference's mean entropy to the largest entropy of any row counts as twice the
reference's, because a classifier that is seldom sure can never reach twice."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Entropy(Check):
    """Has the classifier become less certain?

    The ratio, current over reference, of the mean Shannon entropy of the predicted probabilities, in nats
    (probabilities clipped to [1e-8, 1]). Rows with a non-finite probability are left out. Critical if the mean has
    surely doubled or risen three quarters of the way to the largest entropy of any row, whichever is less.
    """

    name: ClassVar[str] = "entropy"
    needs: ClassVar[Need] = "probabilities"
    report_field: ClassVar[str | None] = "entropy_drift"
    gates: ClassVar[tuple[Gate, ...]] = (Gate(DriftTrigger.entropy_spike, "ratio", "above", 2.0, "warning"),)

    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.entropy_spike, "collapse_least", "at least", 2.0, "critical"),
        Gate(DriftTrigger.entropy_spike, "ratio", "at least", WARNS_FROM, "warning"),
        Gate(DriftTrigger.entropy_drop, "ratio", "below", 0.85, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        before, now = _entropies(reference), _entropies(current)
        rows = (before.finite if before else 0, now.finite if now else 0)
        if before is None or now is None or not all(rows) or "scores" in current.faults:
            yield unmeasured("scores", "entropy", reference, current, rows=rows)
            return
        usual, mean = before.moments.mean, now.moments.mean
        values: dict[str, float | None] = {"ref_mean_entropy": usual, "cur_mean_entropy": mean}
        unknown = misnamed(reference) or mostly_invalid(current, "this window's")
        if not unknown and not usual > 0:
            unknown = "the reference's entropy is 0, so there is no ratio to it"
        if unknown:
            yield Measurement(subject="entropy", rows=rows, values=values, unknown=unknown)
            return
        evidence = mean_evidence(reference, current, _entropies)
        found = evidence or ratio_by_rows_alone(reference, current, _entropies)
        most = max(before.maximum, now.maximum) / usual
        least = _of_twice(found.get("ratio_least", 0.0), most=most)
        values |= {"ratio": mean / usual, **found, "ratio_most": most, "collapse_least": least}
        yield Measurement(subject="entropy", rows=rows, values=values, partners=("probabilities",))

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        values = verdict.measurement.values
        flagged = verdict.gate is not None
        document = EntropyDrift(
            ref_mean_entropy=values.get("ref_mean_entropy"),
            cur_mean_entropy=values.get("cur_mean_entropy"),
            ratio=values.get("ratio"),
            is_flagged=flagged,
        )
        if not flagged:
            return Conclusion(document, [])
        kind = "drop" if verdict.gate is not None and verdict.gate.trigger is DriftTrigger.entropy_drop else "spike"
        summary = f"Entropy {kind}: {document.ratio:.1f}x reference."
        return Conclusion(document, [alert(verdict, at, features=[], details=dict(values))], summary)

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        before, now = (each.scores.entropy.moments.mean if each.scores else 0.0 for each in (reference, current))
        towards = float(np.sign(now - before))
        return np.nan_to_num(towards * (entropy(rows.probabilities()) - before), nan=0.0)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        return lambda day: day.scores.entropy.moments.mean if day.scores and day.scores.entropy.finite else None


def _of_twice(ratio: float, *, most: float) -> float:
    """The ratio rescaled so that 2 means twice the entropy, or ``NEARLY_GUESSING`` of the way to ``most`` if less."""
    return 1 + (ratio - 1) / min(max(NEARLY_GUESSING * (most - 1), WARNS_FROM - 1), 1.0)


def _entropies(day: WindowProfile) -> NumericProfile | None:
    return day.scores.entropy if day.scores else None


CHECK = Entropy
