"""Fixed thresholds on each statistic by itself: the contract of ``run_drift_check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from windage.checks.check import Check, Gate, Judged, Measured, Verdict, too_few_rows
from windage.errors import InvalidInput
from windage.faults import fault_in_words
from windage.vocabulary import DriftTrigger, Measurement, Outcome


@contextmanager
def limits_of_caller() -> Iterator[None]:
    """Limits given in code: one that cannot be a limit is the caller's error, in one sentence.

    Raises:
        InvalidInput: which limit, and what it must be.
    """
    try:
        yield
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise InvalidInput(" ".join(f"{each['loc'][0]}: {fault_in_words(each)}" for each in found)) from error


Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ReferencePolicy(BaseModel):
    """Fixed thresholds on each statistic by itself: no correction for many features, no regard for ordinary days.

    A check that this policy has no field for is judged by the gates in the check's own file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    name: ClassVar[str] = "reference"
    knows_days: ClassVar[bool] = False
    """Whether reports say since when, whose of any group, and which alerts belong together."""

    preset: Literal["reference"] = "reference"
    psi_threshold: Annotated[
        Positive, Field(description="PSI above this is drift; above twice this it is critical.")
    ] = 0.2
    ks_alpha: Annotated[Share, Field(description="A KS p-value below this is drift.")] = 0.05
    reject_increase_threshold: Annotated[
        Share, Field(description="A reject rate higher than the reference's by more than this share is critical.")
    ] = 0.10
    entropy_multiplier: Annotated[
        Positive, Field(description="Mean entropy above this many times the reference's is a spike.")
    ] = 2.0
    class_shift_threshold: Annotated[
        Share, Field(description="A class whose share changed by more than this has shifted.")
    ] = 0.15
    min_rows: Annotated[
        int, Field(ge=1, description="Minimum rows in each window; with fewer, the outcome is unknown.")
    ] = 50

    def judge_all(self, asked: Measured) -> Judged:
        """The verdicts on each check's measurements; here every measurement is judged by itself."""
        return [(check, [self.judge(check, each) for each in measurements]) for check, measurements in asked]

    def is_undecided(self, check: Check, measurement: Measurement) -> bool:
        """Whether a limit lies inside the measurement's certified interval."""
        return self.judge(check, measurement).undecided

    def judge(self, check: Check, measurement: Measurement) -> Verdict:
        """Hold one measurement against the gates of its check; the first gate crossed, strictest first, decides."""
        if measurement.error is not None:
            return Verdict(measurement, Outcome.error, reason=measurement.error)
        reason = measurement.unknown or too_few_rows(measurement.rows, self.min_rows)
        if reason:
            return Verdict(measurement, Outcome.unknown, reason=reason)
        undecided = False
        for gate in self.gates(check):
            value, interval = measurement.values.get(gate.statistic), measurement.interval(gate.statistic)
            if value is None or interval is None:
                continue
            undecided |= gate.splits(interval)
            if gate.crossed_by(value):
                return Verdict(measurement, Outcome.alert, gate=gate, undecided=undecided)
        return Verdict(measurement, Outcome.ok, undecided=undecided)

    def level(self, check: Check | type[Check], gate: Gate) -> float | None:  # noqa: ARG002 — as in every policy
        """None: a fixed threshold needs no p-value as well."""
        return None

    def asks(self, check: type[Check]) -> bool:
        """Whether this policy has limits for a check."""
        return bool(check.gates)

    def gates(self, check: Check) -> tuple[Gate, ...]:
        limits = self._limits()
        return tuple(replace(gate, limit=limits.get((gate.trigger, gate.severity), gate.limit)) for gate in check.gates)

    def _limits(self) -> Mapping[tuple[DriftTrigger, str], float]:
        return {
            (DriftTrigger.feature_psi, "critical"): 2 * self.psi_threshold,
            (DriftTrigger.feature_psi, "warning"): self.psi_threshold,
            (DriftTrigger.feature_ks, "warning"): self.ks_alpha,
            (DriftTrigger.reject_rate_increase, "critical"): self.reject_increase_threshold,
            (DriftTrigger.entropy_spike, "warning"): self.entropy_multiplier,
            (DriftTrigger.class_shift, "warning"): self.class_shift_threshold,
        }
