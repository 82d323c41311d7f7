"""What holds of every alert of a trigger, whoever asks: a new trigger says it here, and nowhere else but in its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from windage.vocabulary.words import DriftTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFacts:
    kind: Literal["broken", "inputs", "outputs"]
    """Whether something is certainly broken, the inputs moved, or what the classifier answers did."""
    of_window: str = ""
    """What of the window as a whole it is about; rises and falls of one thing are one subject. Its alerts name classes, if
    anything. Empty where it is about the features that its alerts name."""
    of_numbers: bool = False
    """Whether those are numeric columns, of which a picture can be drawn."""
    may_be_slow: bool = False
    """Whether it can go away from a baseline little by little; all else is sudden, and a trailing reference shows it."""


FACTS: Mapping[DriftTrigger, TriggerFacts] = {
    DriftTrigger.schema_change: TriggerFacts(kind="broken"),
    DriftTrigger.missingness: TriggerFacts(kind="broken", of_numbers=True, may_be_slow=True),
    DriftTrigger.frozen: TriggerFacts(kind="broken", of_numbers=True),
    DriftTrigger.value_range: TriggerFacts(kind="broken", of_numbers=True),
    DriftTrigger.row_volume: TriggerFacts(kind="broken", of_window="row"),
    DriftTrigger.freshness: TriggerFacts(kind="broken", of_window="freshness"),
    DriftTrigger.duplicate_partition: TriggerFacts(kind="broken", of_window="duplicate"),
    DriftTrigger.invalid_probabilities: TriggerFacts(kind="broken", of_window="invalid"),
    DriftTrigger.feature_psi: TriggerFacts(kind="inputs", of_numbers=True, may_be_slow=True),
    DriftTrigger.feature_ks: TriggerFacts(kind="inputs", of_numbers=True, may_be_slow=True),
    DriftTrigger.category_shift: TriggerFacts(kind="inputs", may_be_slow=True),
    DriftTrigger.new_category: TriggerFacts(kind="inputs"),
    DriftTrigger.vanished_category: TriggerFacts(kind="inputs"),
    DriftTrigger.segment: TriggerFacts(kind="inputs", of_numbers=True),
    DriftTrigger.correlation: TriggerFacts(kind="inputs"),
    DriftTrigger.joint_drift: TriggerFacts(kind="inputs", of_window="joint"),
    DriftTrigger.class_shift: TriggerFacts(kind="outputs", of_window="class", may_be_slow=True),
    DriftTrigger.new_class: TriggerFacts(kind="outputs", of_window="class"),
    DriftTrigger.reject_rate_increase: TriggerFacts(kind="outputs", of_window="reject", may_be_slow=True),
    DriftTrigger.reject_rate_decrease: TriggerFacts(kind="outputs", of_window="reject", may_be_slow=True),
    DriftTrigger.entropy_spike: TriggerFacts(kind="outputs", of_window="entropy", may_be_slow=True),
    DriftTrigger.entropy_drop: TriggerFacts(kind="outputs", of_window="entropy", may_be_slow=True),
    DriftTrigger.confidence_drop: TriggerFacts(kind="outputs", of_window="confidence", may_be_slow=True),
    DriftTrigger.confidence_rise: TriggerFacts(kind="outputs", of_window="confidence", may_be_slow=True),
    DriftTrigger.realised_performance: TriggerFacts(kind="outputs"),
    DriftTrigger.other: TriggerFacts(kind="outputs"),
}
