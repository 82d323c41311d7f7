"""The words for each trigger. A new trigger is worded here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from windage.reports.sentences import about_features, about_predictions, about_structure
from windage.reports.sentences.text import Sentence
from windage.vocabulary import DriftAlert, DriftTrigger


@dataclass(frozen=True, slots=True)
class TriggerWording:
    """``about`` completes "this silences every alert about …"."""

    about: str
    sentence: Callable[[DriftAlert], Sentence] | None = None
    """Writes one sentence with the alert's facts; if None, the facts are listed by name."""
    subject: str = ""
    """What changed, in a headline; empty if it is the features that the alert names."""
    verb: str = "changed"
    found: str = ""
    """What was found, in the table of features; the trigger's name if empty."""


_MOVED = TriggerWording("moved distributions", about_features.numeric_feature, verb="moved", found="moved")
_CLASS_MIX = "the class mix"
_REJECT_RATE = "the reject rate"
_ENTROPY = "the prediction entropy"
_CONFIDENCE = "the confidence"

WORDING: Mapping[str, TriggerWording] = {
    DriftTrigger.schema_change: TriggerWording(
        "missing columns and changed types",
        about_features.schema_change,
        verb="vanished or changed type",
        found="schema",
    ),
    DriftTrigger.missingness: TriggerWording("missing values", about_features.missingness, found="missing values"),
    DriftTrigger.frozen: TriggerWording("frozen features", about_features.frozen, verb="froze", found="frozen"),
    DriftTrigger.value_range: TriggerWording(
        "values never seen before",
        about_features.value_range,
        verb="showed values never seen before",
        found="out of range",
    ),
    DriftTrigger.row_volume: TriggerWording(
        "the number of rows", about_features.row_volume, subject="the number of rows"
    ),
    DriftTrigger.freshness: TriggerWording(
        "logs that end early", about_features.freshness, subject="the log", verb="ended early"
    ),
    DriftTrigger.duplicate_partition: TriggerWording(
        "partitions that repeat the one before",
        about_features.duplicate_partition,
        subject="the partition before",
        verb="came again",
    ),
    DriftTrigger.invalid_probabilities: TriggerWording(
        "invalid probabilities",
        about_predictions.invalid_probabilities,
        subject="the probabilities",
        verb="are invalid",
    ),
    DriftTrigger.label_mismatch: TriggerWording(
        "labels that are not the likeliest class",
        about_predictions.label_mismatch,
        subject="labels and probabilities",
        verb="no longer agree",
    ),
    DriftTrigger.feature_psi: _MOVED,
    DriftTrigger.feature_ks: _MOVED,
    DriftTrigger.category_shift: TriggerWording(
        "shifted categories", about_features.category_shift, verb="moved", found="moved"
    ),
    DriftTrigger.new_category: TriggerWording(
        "new categories",
        about_features.new_category,
        verb="showed new categories",
        found="new categories",
    ),
    DriftTrigger.vanished_category: TriggerWording(
        "vanished categories",
        about_features.vanished_category,
        verb="lost categories",
        found="vanished categories",
    ),
    DriftTrigger.segment: TriggerWording(
        "changes for single users",
        about_structure.segment,
        verb="moved for single users",
        found="single users",
    ),
    DriftTrigger.correlation: TriggerWording(
        "correlations", about_structure.correlation, verb="changed correlation", found="correlations"
    ),
    DriftTrigger.joint_drift: TriggerWording("rows as a whole", about_structure.joint_drift, subject="rows as a whole"),
    DriftTrigger.class_shift: TriggerWording(
        "the mix of predicted classes", about_predictions.class_shift, subject=_CLASS_MIX, verb="moved"
    ),
    DriftTrigger.new_class: TriggerWording("new predicted classes", about_predictions.new_class, subject=_CLASS_MIX),
    DriftTrigger.reject_rate_increase: TriggerWording(
        "a higher reject rate", about_predictions.reject_rate, subject=_REJECT_RATE, verb="rose"
    ),
    DriftTrigger.reject_rate_decrease: TriggerWording(
        "a lower reject rate", about_predictions.reject_rate, subject=_REJECT_RATE, verb="fell"
    ),
    DriftTrigger.entropy_spike: TriggerWording(
        "a higher entropy", about_predictions.entropy, subject=_ENTROPY, verb="rose"
    ),
    DriftTrigger.entropy_drop: TriggerWording(
        "a lower entropy", about_predictions.entropy, subject=_ENTROPY, verb="fell"
    ),
    DriftTrigger.confidence_drop: TriggerWording(
        "a lower confidence", about_predictions.confidence, subject=_CONFIDENCE, verb="fell"
    ),
    DriftTrigger.confidence_rise: TriggerWording(
        "a higher confidence", about_predictions.confidence, subject=_CONFIDENCE, verb="rose"
    ),
    DriftTrigger.realised_performance: TriggerWording(
        "accuracy by labels",
        about_predictions.realised_performance,
        subject="the accuracy",
        verb="is below the promised value",
    ),
    DriftTrigger.other: TriggerWording("findings of checks from other packages"),
}
"""The wording by trigger. An alert of a newer version may have a trigger that is not here."""


def wording(trigger: str) -> TriggerWording:
    return WORDING.get(trigger) or TriggerWording(trigger.replace("_", " "))
