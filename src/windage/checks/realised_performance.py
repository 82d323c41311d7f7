"""Is the classifier as accurate as promised, according to people's labels?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Need, Verdict, alert
from windage.profiles.window import WindowProfile
from windage.vocabulary import OF_LABELS, DriftTrigger, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RealisedPerformance(Check):
    """Is the classifier as accurate as promised, according to people's labels?

    Estimates the accuracy over all rows of the last ``days`` from the labelled rows, each weighted by the inverse of
    its probability of being asked about (Hájek 1971). The 95 % interval allows for rows of one user being alike.
    Critical if the whole interval lies below the promised accuracy, warning if only its lower end does.
    """

    name: ClassVar[str] = OF_LABELS
    needs: ClassVar[Need] = "answers"
    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.realised_performance, "surely_missing", "above", 0.0, "critical", certain=True),
        Gate(DriftTrigger.realised_performance, "perhaps_missing", "above", 0.0, "warning", certain=True),
    )
    by_default: ClassVar[bool] = False  # the promised accuracy has no sensible default

    promised: Annotated[
        float | None,
        Field(gt=0, lt=1, description="Accuracy that must be met; without it nothing is judged."),
    ] = None
    days: Annotated[
        int, Field(ge=1, description="How many days back labels count; a single window rarely has enough.")
    ] = 28
    width: Annotated[
        float, Field(gt=0, le=1, description="Maximum width of the interval; if it is wider, the outcome is unknown.")
    ] = 0.2

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        found = current.realised
        if "answers" in current.faults:
            yield Measurement(subject=self.name, error=current.faults["answers"])
            return
        if found is None or found.accuracy is None or found.accuracy_interval is None:
            reason = f"no row of the last {self.days} days was labelled"
            if found is not None and found.left_out:
                without = "have no prediction or inclusion probability; see labeling.uniform_share"
                reason = f"{found.left_out} labels of the last {self.days} days {without}"
            yield Measurement(subject=self.name, unknown=reason)
            return
        if self.promised is None:
            yield Measurement(subject=self.name, unknown="no accuracy was promised; set the key promised")
            return
        low, high = found.accuracy_interval
        too_wide = high - low > self.width
        yield Measurement(
            subject=self.name,
            rows=(found.rows, found.rows),
            values={"accuracy": found.accuracy, "accuracy_least": low, "accuracy_most": high, "promised": self.promised}
            | ({} if too_wide else {"surely_missing": self.promised - high, "perhaps_missing": self.promised - low}),
            unknown=f"{found.rows} labels put the accuracy between {low:.0%} and {high:.0%}, too wide to judge"
            if too_wide
            else None,
        )

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        if verdict.gate is None:
            return Conclusion(None, [])
        labels = verdict.measurement.rows[1]
        details = {**verdict.measurement.values, "labels": labels}
        found = alert(verdict, at, features=[], details=details)
        said = f"Realised accuracy {details['accuracy']:.1%} of {details['promised']:.1%} promised."
        return Conclusion(None, [found], said)


CHECK = RealisedPerformance
