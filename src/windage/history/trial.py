"""A monitor's limits, and what other limits would have done to its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml
from pydantic import ValidationError

from windage.checks.check import Gate
from windage.errors import InvalidInput
from windage.faults import fault_in_words
from windage.history.replay import Comparison, compared, judged
from windage.history.store import HistoryStore
from windage.policy import CalibratedPolicy
from windage.policy.calibrated import can_be_set
from windage.spec.model import MonitorSpec
from windage.vocabulary import Document, DriftTrigger, SeverityName, Window

Gates = Mapping[str, float]
"""Limits by ``<trigger>.<severity>``."""


class GateInForce(Document):
    """A limit of a check.

    ``limit`` is what is judged by; ``base`` is what a monitor's file sets, before a critical limit is multiplied by
    ``critical_scale``; ``default`` is the check's own. ``p_below`` is the adjusted p-value that is needed as well. The limit
    of a gate that is ``yes_or_no`` is 1 for yes.
    """

    check: str
    trigger: DriftTrigger
    severity: SeverityName
    statistic: str
    side: str
    limit: float
    base: float
    default: float
    p_below: float | None
    can_be_set: bool
    yes_or_no: bool

    @property
    def name(self) -> str:
        return f"{self.trigger}.{self.severity}"


def gates_in_force(spec: MonitorSpec) -> list[GateInForce]:
    """Every limit that the monitor judges by, in the order of its checks."""
    policy = spec.policy
    calibrated = policy if isinstance(policy, CalibratedPolicy) else None
    found = []
    for check in spec.checks_to_run():
        own: Sequence[Gate] = check.gates if calibrated is None else check.calibrated
        for gate, default in zip(policy.gates(check), own, strict=True):
            found.append(
                GateInForce(
                    check=check.name,
                    trigger=gate.trigger,
                    severity=gate.severity,
                    statistic=gate.statistic,
                    side=gate.side,
                    limit=gate.limit,
                    base=gate.limit if calibrated is None else calibrated.base(check, default),
                    default=default.limit,
                    p_below=None if calibrated is None else calibrated.level(check, gate),
                    can_be_set=calibrated is not None and can_be_set(check, default),
                    yes_or_no=gate.yes_or_no,
                )
            )
    return found


def with_gates(spec: MonitorSpec, *, gates: Gates, critical_scale: float | None = None) -> CalibratedPolicy:
    """The monitor's policy with some of its gates changed.

    Raises:
        InvalidInput: the monitor's policy is not the calibrated one, or has no such gate.
    """
    present = spec.policy
    if not isinstance(present, CalibratedPolicy):
        raise InvalidInput(
            f"monitor {spec.monitor} uses policy {present.name}, which has no gates to try. "
            "Run windage replay --policy calibrated."
        )
    limits: dict[str, dict[str, float]] = {
        str(trigger): {str(severity): limit for severity, limit in own.items()}
        for trigger, own in present.limits.items()
    }
    for name, limit in gates.items():
        trigger, _, severity = name.partition(".")
        limits.setdefault(trigger, {})[severity] = limit
    scale = present.critical_scale if critical_scale is None else critical_scale
    try:
        return CalibratedPolicy.model_validate({**present.model_dump(), "limits": limits, "critical_scale": scale})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise InvalidInput(
            f"Invalid gates: {'.'.join(map(str, first['loc']))}: {fault_in_words(first)} Correct them."
        ) from error


def tried(history: HistoryStore, spec: MonitorSpec, policy: CalibratedPolicy, period: Window) -> Comparison:
    """The changed policy's verdicts on the period's windows, beside those of the monitor's own policy."""
    measured, checks = history.measured(spec.monitor, period), spec.checks_to_run()
    return compared(spec.monitor, judged(measured, checks, spec.policy), judged(measured, checks, policy))


def as_yaml(policy: CalibratedPolicy) -> str:
    """The part of a monitor's file that selects this policy."""
    settings = policy.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump({"policy": {"preset": policy.name, **settings}}, sort_keys=False)
