"""Alarms worth waking up for: what chance and ordinary days do not explain, and large enough to matter."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from windage.checks import discovered
from windage.checks.check import Check, Family, Gate, Verdict
from windage.errors import listed
from windage.evidence.shares import UNCALIBRATED
from windage.policy.measured import Measured, too_few_rows
from windage.stats.day_model import benjamini_hochberg, detectable
from windage.vocabulary import DriftTrigger, Measurement, Outcome, SeverityName

Level = Annotated[float, Field(gt=0, lt=1)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Limits = Mapping[DriftTrigger, Mapping[SeverityName, Limit]]

MOST_SPECIFIC_FIRST = (
    DriftTrigger.schema_change,
    DriftTrigger.invalid_probabilities,
    DriftTrigger.missingness,
    DriftTrigger.frozen,
    DriftTrigger.segment,
    DriftTrigger.value_range,
    DriftTrigger.new_category,
)
"""Of equally severe findings on one feature the first of these is its cause; any other is a consequence. Two that are none of
these are two questions, as where a check of another package asks one of its own, and both alert."""
CUT_SHORT = "cut_short"
DEVIATIONS = 2.0
"""How many standard deviations of the number of rows a day may be busier than usual."""
CUT_SHORT_ALONE = "no page: the window is cut short, and the missing rows alone may explain this"
ROWS_ARE_MISSING = "no page: rows are missing, and these alone may explain this"
LEAST_SPECIFIC = (
    DriftTrigger.correlation,
    DriftTrigger.joint_drift,
    DriftTrigger.confidence_drop,
    DriftTrigger.confidence_rise,
)
"""What any other finding on the same subject, or on one that changed together with it, explains."""
LAST_TOLD = DriftTrigger.label_mismatch
"""Told only if nothing else is found about the outputs: labels or probabilities that changed by themselves no longer agree
either."""


def can_be_set(check: Check | type[Check], gate: Gate) -> bool:
    """Whether ``limits`` can set a gate: it is the check's only one of its trigger and severity, or of several the only
    one that needs a p-value. One number for two gates would mean another thing to each."""
    if gate.yes_or_no:
        return False
    sizes = [each for each in check.calibrated if not each.yes_or_no]
    alike = [each for each in sizes if (each.trigger, each.severity) == (gate.trigger, gate.severity)]
    return alike == [gate] or [each for each in alike if not each.certain] == [gate]


class CalibratedPolicy(BaseModel):
    """An alert needs enough data, a p-value beyond ordinary days and chance, and an effect beyond its gate.

    Inputs, outputs and the structure among them each share one false-alarm budget (Benjamini–Hochberg 1995); how many rows
    came is one question with a budget of its own. A window whose reference has too few
    days to know how days differ is *uncalibrated*: it warns at most. A feature alerts once, by its most severe finding, and of
    equally severe ones by the most specific cause.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    name: ClassVar[str] = "calibrated"
    knows_days: ClassVar[bool] = True
    """Whether reports say since when, whose of any group, and which alerts belong together."""

    preset: Literal["calibrated"] = "calibrated"
    input_level: Annotated[Level, Field(description="Adjusted p-value below which a finding on a feature alerts.")] = (
        0.001
    )
    output_level: Annotated[
        Level, Field(description="Adjusted p-value below which a finding on the predictions alerts.")
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

    def judge_all(self, asked: Measured) -> list[list[Verdict]]:
        """The verdicts on each check's measurements, which share their families' budgets."""
        families = self._families(asked)
        p_values = _adjusted(families.values())
        verdicts = [
            [
                self._judge(
                    check,
                    each,
                    1.0 if _is_no_test(each) else p_values.get((check.name, each.subject)),
                    tests=len(families.get(check.family, ())),
                )
                for each in measurements
            ]
            for check, measurements in asked
        ]
        checks = [check for check, _ in asked]
        return _last_told(checks, _causes_alone(checks, _milder_where_rows_are_missing(checks, verdicts)))

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
        """``tests`` share the family's budget: alone among them, a finding needs a p-value so many times smaller."""
        if measurement.error is not None:
            return Verdict(measurement, Outcome.error, reason=measurement.error)
        certain = next((gate for gate in self.gates(check) if gate.certain and _crosses(gate, measurement)), None)
        if certain is not None and _knows_days(check, measurement):
            return Verdict(measurement, Outcome.alert, gate=certain)
        if certain is not None:
            return Verdict(measurement, Outcome.alert, gate=replace(certain, severity="warning"), reason=UNCALIBRATED)
        reason = measurement.unknown or self._too_few_rows(check, measurement)
        if reason:
            return Verdict(measurement, Outcome.unknown, reason=reason)
        if p_value is None:
            return self._uncalibrated(check, measurement)
        values = {**measurement.values, "adjusted_p": p_value, **self._detectable(check, measurement, tests)}
        told = measurement.model_copy(update={"values": values})
        for gate in self.gates(check):
            level = self.level(check, gate)
            if level is not None and p_value < level and _crosses(gate, measurement):
                return Verdict(told, Outcome.alert, gate=gate)
        return Verdict(told, Outcome.ok)

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
        """Why a measurement rests on too few rows; of the number of rows itself, few say enough."""
        return "" if check.needs in ("rows", "times", "answers") else too_few_rows(measurement, self.min_rows)

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
    """Whether there was nothing that could have differed, such as nulls where no row of either window has any: counted as a
    test it would make every other less sure. Source: Tarone (1990)."""
    return measurement.values.get("looks") == 0


def _adjusted(families: Iterable[Sequence[tuple[tuple[str, str], float]]]) -> dict[tuple[str, str], float]:
    """Adjusted p-values by check and subject, each family by itself."""
    return {
        key: float(adjusted)
        for found in families
        for (key, _), adjusted in zip(found, benjamini_hochberg(np.array([p for _, p in found])), strict=True)
    }


def _knows_days(check: Check, measurement: Measurement) -> bool:
    """Whether the measurement was held against days enough: it has a p-value, or its check never needs one."""
    if all(gate.certain for gate in check.calibrated):
        return measurement.unknown is None
    return measurement.values.get("p_value") is not None


def _crosses(gate: Gate, measurement: Measurement) -> bool:
    value = measurement.values.get(gate.statistic)
    return value is not None and gate.crossed_by(value)


def _milder_where_rows_are_missing(checks: Sequence[Check], verdicts: list[list[Verdict]]) -> list[list[Verdict]]:
    """The verdicts; in a window that ends early or has too few rows, a critical one whose change the missing rows alone
    may explain becomes a warning."""
    cut = next((each for group in verdicts for each in group if each.gate and each.gate.statistic == CUT_SHORT), None)
    volumes = [
        each
        for check, group in zip(checks, verdicts, strict=True)
        if check.family == "volume"
        for each in group
        if cut is not None or each.gate is not None
    ]
    shares = [_most_lost(each.measurement.values) for each in volumes]
    if cut is not None:
        shares.append(cut.measurement.values.get(CUT_SHORT) or 0.0)
    lost = max(shares, default=0.0)
    if lost <= 0:
        return verdicts
    reason = ROWS_ARE_MISSING if cut is None else CUT_SHORT_ALONE

    def milder(verdict: Verdict) -> Verdict:
        gate = verdict.gate
        if gate is None or gate.certain or gate.severity != "critical":
            return verdict
        value = verdict.measurement.values.get(gate.statistic)
        if value is None or value > lost:
            return verdict
        return verdict._replace(gate=replace(gate, severity="warning"), reason=reason)

    return [list(map(milder, group)) for group in verdicts]


def _most_lost(values: Mapping[str, float | None]) -> float:
    """The largest share of rows that may be missing: on a busy day it is larger than their number shows."""
    ratio, z = values.get("ratio"), values.get("z")
    if not ratio:
        return 0.0 if ratio is None else 1.0
    busy = DEVIATIONS * math.log(ratio) / z if z else 0.0
    return 1 - ratio * math.exp(-busy)


def _causes_alone(checks: Sequence[Check], verdicts: list[list[Verdict]]) -> list[list[Verdict]]:
    """The verdicts with all alerts on a subject but one made quiet: the most severe, of these the most specific."""
    found: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for check, group in zip(checks, verdicts, strict=True):
        for verdict in group:
            if verdict.gate is not None:
                found[_realm(check, verdict), verdict.subject].append(verdict)
    causes = {about: min(_not_outweighed(each), key=_rank) for about, each in found.items()}

    def cause(check: Check, verdict: Verdict) -> Verdict:
        """The finding that explains this one: on its own subject, or on one that it changed together with."""
        realm = _realm(check, verdict)
        about = [(realm, name) for name in (verdict.subject, *verdict.measurement.partners)]
        found = (causes[each] for each in about if each in causes)
        return min((each for each in found if _may_explain(each, verdict)), key=_rank, default=verdict)

    return [
        [_unless_explained(each, cause(check, each)) for each in group]
        for check, group in zip(checks, verdicts, strict=True)
    ]


def _last_told(checks: Sequence[Check], verdicts: list[list[Verdict]]) -> list[list[Verdict]]:
    """The verdicts; what is told last is made quiet if a check of outputs alerts."""
    outputs = [
        each for check, group in zip(checks, verdicts, strict=True) if check.family == "outputs" for each in group
    ]
    cause = next((each.gate.trigger for each in outputs if each.gate), None)
    if cause is None:
        return verdicts

    def quiet(verdict: Verdict) -> Verdict:
        if verdict.gate is None or verdict.gate.trigger is not LAST_TOLD:
            return verdict
        return verdict._replace(outcome=Outcome.ok, gate=None, explained_by=cause)

    return [list(map(quiet, group)) for group in verdicts]


def _realm(check: Check, verdict: Verdict) -> str:
    """The namespace of a verdict's subject: all checks of features share one, checks of the window as a whole, whose
    subject is their own name, share another, and any other check has its own."""
    if check.needs in ("numeric", "categorical", "columns", "users"):
        return "features"
    return "windows" if verdict.subject == check.name else check.name


def _not_outweighed(alerts: Sequence[Verdict]) -> list[Verdict]:
    """The alerts on one subject that may be its cause: a few users cannot cause a change of more rows than theirs."""
    most = max(map(_changed_rows, alerts))
    return [each for each in alerts if most <= (each.measurement.values.get("their_part") or most)]


def _may_explain(cause: Verdict, verdict: Verdict) -> bool:
    """Users of a part w of the rows make up to 1 − (1 − w)³ of a rank correlation where there was none, if all their rows
    come to lie at one end of both features, and as much of the way from another to 1 or −1. One that moved by more is hardly
    theirs alone: both are told."""
    values, part = verdict.measurement.values, cause.measurement.values.get("their_part")
    moved, before, now = (values.get(name) for name in ("correlation_move", "ref_correlation", "cur_correlation"))
    if moved is None or part is None:
        return True
    way = 1.0 if before is None or now is None else 1 - before if now > before else 1 + before
    return moved <= (1 - (1 - part) ** 3) * way


def _rank(verdict: Verdict) -> tuple[bool, int]:
    """A sort key, the verdict that explains others first: a warning explains no critical one."""
    trigger = verdict.gate.trigger if verdict.gate else None
    place = MOST_SPECIFIC_FIRST.index(trigger) if trigger in MOST_SPECIFIC_FIRST else len(MOST_SPECIFIC_FIRST)
    if trigger in LEAST_SPECIFIC:
        place += 1
    return verdict.gate is None or verdict.gate.severity == "warning", place


def _changed_rows(verdict: Verdict) -> float:
    """Of how many rows, as a share, a finding certainly shows that they changed."""
    values = verdict.measurement.values
    return max(values.get("effect_least") or 0.0, values.get("excess") or 0.0)


def _unless_explained(verdict: Verdict, cause: Verdict) -> Verdict:
    if verdict.gate is None:
        return verdict
    is_another_question = _rank(verdict) == _rank(cause) and verdict.gate.trigger not in MOST_SPECIFIC_FIRST
    if verdict is cause or is_another_question:
        return verdict
    return verdict._replace(outcome=Outcome.ok, gate=None, explained_by=cause.gate.trigger if cause.gate else None)
