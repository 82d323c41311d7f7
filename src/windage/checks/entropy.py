"""Has the classifier become less certain?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Conclusion, Family, Floats, Gate, Need, Rows, Verdict, alert, without
from windage.checks.mean_evidence import mean_evidence
from windage.profiles.window import WindowProfile
from windage.stats.entropy import entropy
from windage.vocabulary import DriftTrigger, EntropyDrift, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Entropy:
    """Has the classifier become less certain?

    Mean Shannon entropy of the predicted probabilities in nats (clipped to [1e-8, 1]), current over reference.
    Rows with a non-finite probability have no entropy and are left out.
    """

    name: ClassVar[str] = "entropy"
    needs: ClassVar[Need] = "probabilities"
    report_field: ClassVar[str | None] = "entropy_drift"
    gates: ClassVar[tuple[Gate, ...]] = (Gate(DriftTrigger.entropy_spike, "ratio", "above", 2.0, "warning"),)

    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.entropy_spike, "ratio_least", "at least", 2.0, "critical"),
        Gate(DriftTrigger.entropy_spike, "ratio", "at least", 1.15, "warning"),
        Gate(DriftTrigger.entropy_drop, "ratio", "below", 0.85, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        before = reference.scores.entropy if reference.scores else None
        now = current.scores.entropy if current.scores else None
        rows = (before.finite if before else 0, now.finite if now else 0)
        if before and now and all(rows) and "scores" not in current.faults:
            means = before.moments.mean, now.moments.mean
            values = {"ref_mean_entropy": means[0], "cur_mean_entropy": means[1]}
            if means[0] > 0:
                evidence = mean_evidence(reference, current, _mean_entropy)
                yield Measurement(
                    subject="entropy",
                    rows=rows,
                    values={**values, "ratio": means[1] / means[0], **evidence},
                    partners=("probabilities",),
                )
            else:
                reason = "the reference's entropy is 0, so there is no ratio to it"
                yield Measurement(subject="entropy", rows=rows, values=values, unknown=reason)
        else:
            yield without("scores", "entropy", reference, current, rows=rows)

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

    def row_excess(
        self,
        rows: Rows,
        reference: WindowProfile,
        current: WindowProfile,  # noqa: ARG002 — the signature of every check
        subjects: Sequence[str],  # noqa: ARG002
    ) -> Floats:
        before = reference.scores.entropy.moments.mean if reference.scores else 0.0
        return np.nan_to_num(entropy(rows.probabilities()) - before, nan=0.0)


def _mean_entropy(day: WindowProfile) -> tuple[float, float, int] | None:
    if day.scores is None or not day.scores.entropy.finite:
        return None
    entropy = day.scores.entropy
    return entropy.moments.mean, entropy.moments.m2 / entropy.finite, entropy.finite


CHECK = Entropy
