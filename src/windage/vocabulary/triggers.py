"""Facts about each trigger. A new trigger is declared here and worded in ``windage.reports``, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from windage.vocabulary.words import DriftTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFacts:
    kind: Literal["broken", "inputs", "outputs"]
    """Whether something is certainly broken, the inputs moved, or the classifier's outputs moved."""
    of_window: str = ""
    """The subject, if the trigger is about the window as a whole; a rise and a fall of one statistic share a subject.
    Empty if the trigger is about the features that its alerts name."""
    of_arrival: bool = False
    """Whether it says that a feature's values, or new ones, do not arrive: another fault than a change of those that do."""
    of_numbers: bool = False
    """Whether those features are numeric, so that a picture of them can be drawn."""
    may_be_slow: bool = False
    """Whether the change can be a slow drift away from a baseline; other changes are sudden, and a trailing reference
    shows them."""


TRIGGER_FACTS: Mapping[DriftTrigger, TriggerFacts] = {
    DriftTrigger.schema_change: TriggerFacts(kind="broken", of_arrival=True),
    DriftTrigger.missingness: TriggerFacts(kind="broken", of_arrival=True, of_numbers=True, may_be_slow=True),
    DriftTrigger.frozen: TriggerFacts(kind="broken", of_arrival=True, of_numbers=True),
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
    DriftTrigger.label_mismatch: TriggerFacts(kind="outputs", of_window="agreement"),
    DriftTrigger.realised_performance: TriggerFacts(kind="outputs"),
    DriftTrigger.other: TriggerFacts(kind="outputs"),
}
