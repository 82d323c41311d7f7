"""The scope of a silence that is made at an incident: no wider than needed, and stated before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from windage.incidents.model import Seen
from windage.reports.wording import Name, Sentence, say
from windage.vocabulary import DriftTrigger


class Cover(NamedTuple):
    """The feature or the trigger of a silence, neither for the whole monitor; ``sentence`` says what it hides besides."""

    feature: str
    trigger: str
    sentence: Sentence


def cover_of(seen: Seen) -> Cover:
    """The silence that covers a finding: of its one feature, else of its one trigger, else of everything.

    >>> str(cover_of(Seen(subjects=("feature x",), triggers=("frozen",), severity="critical", headline="", features=("x",))).sentence)
    'This silences every alert that is only about `x`, not just this incident.'
    """
    if len(seen.features) == 1:
        (feature,) = seen.features
        about = say("This silences every alert that is only about ", Name(feature), ", not just this incident.")
        return Cover(feature, "", about)
    if len(seen.triggers) == 1:
        (trigger,) = seen.triggers
        what = ABOUT.get(trigger, trigger.replace("_", " "))
        return Cover(
            "", trigger, say(f"This silences every alert about {what} in this monitor, not just this incident.")
        )
    return Cover("", "", say("This silences every alert of this monitor, not just this incident."))


ABOUT: Mapping[str, str] = {
    DriftTrigger.feature_psi: "moved distributions",
    DriftTrigger.feature_ks: "moved distributions",
    DriftTrigger.missingness: "missing values",
    DriftTrigger.frozen: "frozen features",
    DriftTrigger.value_range: "values never seen before",
    DriftTrigger.category_shift: "shifted categories",
    DriftTrigger.new_category: "new categories",
    DriftTrigger.vanished_category: "vanished categories",
    DriftTrigger.class_shift: "the mix of predicted classes",
    DriftTrigger.new_class: "new predicted classes",
    DriftTrigger.reject_rate_increase: "a higher reject rate",
    DriftTrigger.reject_rate_decrease: "a lower reject rate",
    DriftTrigger.entropy_spike: "a higher entropy",
    DriftTrigger.entropy_drop: "a lower entropy",
    DriftTrigger.confidence_rise: "a higher confidence",
    DriftTrigger.confidence_drop: "a lower confidence",
    DriftTrigger.invalid_probabilities: "invalid probabilities",
    DriftTrigger.row_volume: "the number of rows",
    DriftTrigger.schema_change: "missing columns and changed types",
    DriftTrigger.freshness: "logs that end early",
    DriftTrigger.duplicate_partition: "partitions that repeat the one before",
    DriftTrigger.segment: "changes for single users",
    DriftTrigger.correlation: "correlations",
    DriftTrigger.joint_drift: "rows as a whole",
    DriftTrigger.realised_performance: "accuracy by labels",
    DriftTrigger.other: "findings of checks from other packages",
    "unknown": "windows that could not be judged",
}
"""The triggers by what a person calls their findings."""
