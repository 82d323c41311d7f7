"""Alarms worth waking up for: what chance and ordinary days do not explain, and large enough to matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from windage.checks import discovered
from windage.checks.check import Check, Family, Gate, Judged, Measured, Verdict, too_few_rows
from windage.errors import listed
from windage.evidence.shares import UNCALIBRATED
from windage.policy.causes import without_consequences
from windage.stats.day_model import detectable
from windage.stats.multiplicity import benjamini_hochberg
from windage.vocabulary import DriftTrigger, Measurement, Outcome, SeverityName

Probability = Annotated[float, Field(gt=0, lt=1)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Limits = Mapping[DriftTrigger, Mapping[SeverityName, Limit]]


def can_be_set(check: Check | type[Check], gate: Gate) -> bool:
    """Whether ``limits`` can set a gate: it is the check's only one of its trigger and severity, or of several the only
    one that needs a p-value. One number for two gates would mean something else to each."""
    if gate.yes_or_no:
        return False
    sizes = [each for each in check.calibrated if not each.yes_or_no]
    alike = [each for each in sizes if (each.trigger, each.severity) == (gate.trigger, gate.severity)]
    return alike == [gate] or [each for each in alike if not each.certain] == [gate]


class CalibratedPolicy(BaseModel):
    """An alert needs enough data, a p-value beyond ordinary days and chance, and an effect beyond its gate.

    Inputs, outputs and structure each share one false-alarm budget (Benjamini–Hochberg 1995); the number of rows is one
    question with a budget of its own. A window whose reference has too few days to show how days differ is *uncalibrated*:
    it warns at most. A feature alerts once, by its most severe finding, and of equally severe ones by the most specific
    cause.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    name: ClassVar[str] = "calibrated"
    knows_days: ClassVar[bool] = True
    """Whether reports say since when, whose of any group, and which alerts belong together."""

    preset: Literal["calibrated"] = "calibrated"
    input_level: Annotated[
        Probability, Field(description="Adjusted p-value below which a finding on a feature alerts.")
    ] = 0.001
    output_level: Annotated[
        Probability, Field(description="Adjusted p-value below which a finding on the predictions alerts.")
    ] = 0.005
    limits: Annotated[
        Limits,
        Field(description="Gates to change, by trigger and severity, for example feature_ks: {warning: 0.10}."),
    ] = {}
    critical_scale: Annotated[
        float,
        Field(
            gt=0,
            allow_inf_nan=False,
            description="Multiplier for every critical gate on an effect; windage replay can find it.",
        ),
    ] = 1.0
    min_rows: Annotated[
        int, Field(ge=1, description="Minimum rows in each window; with fewer, the outcome is unknown.")
    ] = 50

    @field_validator("limits")
    @classmethod
    def _are_of_gates(cls, limits: Limits) -> Limits:
        known = {
            (gate.trigger, gate.severity): gate.limit
            for check in discovered().values()
            for gate in check.calibrated
            if can_be_set(check, gate)
        }
        for trigger, own in limits.items():
            for severity in own:
                if (trigger, severity) not in known:
                    has = listed(sorted(each for name, each in known if name is trigger)) or "none"
                    raise ValueError(f"{trigger}.{severity} cannot be set. Gates of {trigger} to set: {has}")
            critical, warning = (own.get(each, known.get((trigger, each))) for each in ("critical", "warning"))
            if critical is not None and warning is not None and critical < warning:
                raise ValueError(
                    f"puts {trigger}.critical ({critical:g}) below {trigger}.warning ({warning:g}). Set critical to at "
                    "least warning"
                )
        return limits

    def judge_all(self, asked: Measured) -> Judged:
        """The verdicts on each check's measurements, which share their families' budgets."""
        families = self._families(asked)
        p_values = _adjusted(families.values())

        def judged(check: Check, measurement: Measurement) -> Verdict:
            p_value = 1.0 if _is_no_test(measurement) else p_values.get((check.name, measurement.subject))
            return self._judge(check, measurement, p_value, tests=len(families.get(check.family, ())))

        return without_consequences([(check, [judged(check, each) for each in some]) for check, some in asked])

    def is_undecided(self, check: Check, measurement: Measurement) -> bool:  # noqa: ARG002 — as in every policy
        """A profile's certified error is far below what days differ by, so no rows need to be read again."""
        return False

    def gates(self, check: Check) -> tuple[Gate, ...]:
        """The check's limits as this policy sets them, strictest first."""
        return tuple(self._set(check, gate) for gate in check.calibrated)

    def base(self, check: Check, gate: Gate) -> float:
        """One of the check's own limits as a monitor's file sets it, before ``critical_scale``."""
        own = self.limits.get(gate.trigger, {})
        return own[gate.severity] if gate.severity in own and can_be_set(check, gate) else gate.limit

    def _set(self, check: Check, gate: Gate) -> Gate:
        limit = self.base(check, gate)
        if gate.severity == "critical" and not gate.certain:
            limit *= self.critical_scale
        return gate if limit == gate.limit else replace(gate, limit=limit)

    def level(self, check: Check | type[Check], gate: Gate) -> float | None:
        """The adjusted p-value below which a gate opens; None where it needs no p-value, or this policy asks for none."""
        if gate.certain or gate in check.gates:
            return None
        return gate.p_below or (self.output_level if check.family == "outputs" else self.input_level)

    def asks(self, check: type[Check]) -> bool:
        """Whether this policy has limits for a check; one without any, which is advice alone, is asked too."""
        return bool(check.calibrated) or not check.gates

    def _judge(self, check: Check, measurement: Measurement, p_value: float | None, *, tests: int) -> Verdict:
        """``tests`` findings share the family's budget: one alone among them needs a p-value that many times smaller."""
        if measurement.error is not None:
            return Verdict(measurement, Outcome.error, reason=measurement.error)
        certain = next((gate for gate in self.gates(check) if gate.certain and _crosses(gate, measurement)), None)
        reason = measurement.unknown or self._too_few_rows(check, measurement)
        opened = None if reason or p_value is None else self._opened(check, measurement, p_value)
        pages = opened is not None and opened.severity == "critical"
        if certain is not None and (certain.severity == "critical" or not pages):
            if _knows_days(check, measurement):
                return Verdict(measurement, Outcome.alert, gate=certain)
            if certain.severity == "critical" or measurement.unknown is None:
                return Verdict(
                    measurement, Outcome.alert, gate=replace(certain, severity="warning"), reason=UNCALIBRATED
                )
        if reason:
            return Verdict(measurement, Outcome.unknown, reason=reason)
        if p_value is None:
            return self._uncalibrated(check, measurement)
        values = {**measurement.values, "adjusted_p": p_value, **self._detectable(check, measurement, tests)}
        told = measurement.model_copy(update={"values": values})
        return Verdict(told, Outcome.ok) if opened is None else Verdict(told, Outcome.alert, gate=opened)

    def _opened(self, check: Check, measurement: Measurement, p_value: float) -> Gate | None:
        """The strictest gate that opens by a p-value."""
        for gate in self.gates(check):
            level = self.level(check, gate)
            if level is not None and p_value < level and _crosses(gate, measurement):
                return gate
        return None

    def _uncalibrated(self, check: Check, measurement: Measurement) -> Verdict:
        """Without days to compare with, what would page warns if sampling alone does not explain it; nothing may be called
        ordinary."""
        if all(gate.certain for gate in check.calibrated):
            return Verdict(measurement, Outcome.ok)
        pages = (gate for gate in self.gates(check) if gate.severity == "critical" and not gate.certain)
        crossed = next((gate for gate in pages if _crosses(gate, measurement)), None)
        if crossed is None:
            return Verdict(measurement, Outcome.unknown, reason=UNCALIBRATED)
        return Verdict(measurement, Outcome.alert, gate=replace(crossed, severity="warning"), reason=UNCALIBRATED)

    def _too_few_rows(self, check: Check, measurement: Measurement) -> str:
        """Why a measurement rests on too few rows; empty if it does not. The number of rows itself needs none."""
        return "" if check.needs in ("rows", "times", "answers") else too_few_rows(measurement.rows, self.min_rows)

    def _detectable(self, check: Check, measurement: Measurement, tests: int) -> dict[str, float]:
        """The smallest change that would have alerted alone, where the check says by how much ordinary days change."""
        deviation, freedom, looks = (measurement.values.get(name) for name in ("deviation", "freedom", "looks"))
        levels = [level for gate in self.gates(check) if (level := self.level(check, gate)) is not None]
        if deviation is None or freedom is None or looks is None or not levels:
            return {}
        level = max(levels) / max(tests * looks, 1)
        return {"detectable": detectable(level, deviation=deviation, freedom=freedom)}

    def _families(self, asked: Measured) -> dict[Family, list[tuple[tuple[str, str], float]]]:
        """The p-values that share a budget, each with its check and subject."""
        families: dict[Family, list[tuple[tuple[str, str], float]]] = defaultdict(list)
        for check, measurements in asked:
            for each in measurements:
                p_value = each.values.get("p_value")
                if p_value is not None and not _is_no_test(each) and not self._too_few_rows(check, each):
                    families[check.family].append(((check.name, each.subject), p_value))
        return families


def _is_no_test(measurement: Measurement) -> bool:
    """Whether nothing could have differed, as with nulls where neither window has any: counted as a test, it would make all
    others less sure. Source: Tarone (1990)."""
    return measurement.values.get("looks") == 0


def _adjusted(families: Iterable[Sequence[tuple[tuple[str, str], float]]]) -> dict[tuple[str, str], float]:
    """Adjusted p-values by check and subject, each family by itself."""
    return {
        key: float(adjusted)
        for found in families
        for (key, _), adjusted in zip(found, benjamini_hochberg(np.array([p for _, p in found])), strict=True)
    }


def _knows_days(check: Check, measurement: Measurement) -> bool:
    """Whether the measurement was compared with enough days: it has a p-value, or its check never needs one."""
    if all(gate.certain for gate in check.calibrated):
        return measurement.unknown is None
    return measurement.values.get("p_value") is not None


def _crosses(gate: Gate, measurement: Measurement) -> bool:
    value = measurement.values.get(gate.statistic)
    return value is not None and gate.crossed_by(value)
