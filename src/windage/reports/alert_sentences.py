"""One plain sentence for every alert: what moved, by how much, past which limit, how surely, and whose rows moved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from windage.reports import feature_sentences, prediction_sentences, structure_sentences
from windage.reports.alert_facts import evidence, said
from windage.reports.formats import shortened
from windage.reports.limit_phrases import direction, features
from windage.reports.wording import Name, Sentence, Who, enumerated, say
from windage.vocabulary import DriftAlert, DriftTrigger

_MOST_FACTS = 6
_MOST_OF_IT = 0.5
_TOLD_APART = {"feature", "judged by", "undecided", "note"}


def alert_sentence(alert: DriftAlert) -> Sentence:
    """What a person who is paged at night wants to read about this alert."""
    told = _TOLD.get(alert.trigger, _anything)(alert)
    baseline = alert.details.get("against")
    how = "drifted slowly" if alert.details.get("gradual") else "moved"
    away = f" It {how} away from the baseline of {baseline}." if isinstance(baseline, str) else ""
    since = f" Since {alert.since:%Y-%m-%d}." if alert.since else ""
    return say(told, away, _doubts(alert), since, _whose(alert))


def _whose(alert: DriftAlert) -> Sentence:
    """The users whose rows moved; of a change that is mostly left without them, that it is everybody's."""
    named = alert.affected_user_ids
    if not named or (alert.check == "segment" and len(named) <= structure_sentences.MOST_NAMED):
        return say()
    splits = alert.attribution.values()
    theirs = next((each for each in splits if [group.name for group in each.groups] == named), None)
    if theirs and theirs.scope == "global" and theirs.remainder > _MOST_OF_IT:
        return say(" All users are affected.")
    alone = "; without them it would not have alerted" if any(each.scope == "localised" for each in splits) else ""
    return say(" Mostly ", *enumerated(map(Who, named), left_out="more users"), alone, ".")


def subject(alert: DriftAlert) -> str:
    """What the alert is about, for a headline: a feature's name, or words."""
    is_part = alert.trigger is DriftTrigger.missingness and feature_sentences.part_words(alert)
    known = is_part or _SUBJECTS.get(alert.trigger)
    if known:
        return known
    named = features(alert)
    return named[0] if named else trigger_words(alert)


def trigger_words(alert: DriftAlert) -> str:
    name = alert.check if alert.trigger is DriftTrigger.other and alert.check else str(alert.trigger)
    return name.replace("_", " ")


def verb(alert: DriftAlert) -> str:
    """What the alert's subject did, for a headline."""
    if alert.details.get("statistic") == "users_emptied":
        return "lost the values of single users"
    before, now = (alert.details.get(key) for key in ("ref_share", "cur_share"))
    if alert.trigger is DriftTrigger.missingness and direction(before, now, "more", "less", "") == "more":
        return "lost values"
    return _VERBS.get(alert.trigger, "changed")


def _doubts(alert: DriftAlert) -> str:
    """What stands between this alert and certainty."""
    undecided = " The limit is within the certified error." if alert.details.get("undecided") else ""
    note = alert.details.get("note")
    if not isinstance(note, str) or not note.strip(". "):
        return undecided
    note = shortened(note.strip(". "), 160)
    return f"{undecided} {note[:1].upper()}{note[1:]}."


def _anything(alert: DriftAlert) -> Sentence:
    """A trigger of a check that nobody wrote a sentence for: its name, its features and its first facts."""
    named = features(alert)
    known = {name: f"{shortened(name)} {value}" for name, value in evidence(alert) if name not in _TOLD_APART}
    judged_by = said(str(alert.details.get("statistic", "")))
    if judged_by in known and "limit" in known:
        known = {judged_by: f"{known.pop(judged_by)} ({known.pop('limit')})", **known}
    return say(
        Name(alert.check or alert.trigger),
        [" on ", *enumerated(named)] if named else [],
        ": " if known else " crossed its limit",
        "; ".join([*known.values()][:_MOST_FACTS]),
        ".",
    )


_TOLD: Mapping[str, Callable[[DriftAlert], Sentence]] = {
    DriftTrigger.feature_psi: feature_sentences.numeric_feature,
    DriftTrigger.feature_ks: feature_sentences.numeric_feature,
    DriftTrigger.category_shift: feature_sentences.category_shift,
    DriftTrigger.new_category: feature_sentences.new_category,
    DriftTrigger.vanished_category: feature_sentences.vanished_category,
    DriftTrigger.missingness: feature_sentences.missingness,
    DriftTrigger.frozen: feature_sentences.frozen,
    DriftTrigger.value_range: feature_sentences.value_range,
    DriftTrigger.row_volume: feature_sentences.row_volume,
    DriftTrigger.schema_change: feature_sentences.schema_change,
    DriftTrigger.freshness: feature_sentences.freshness,
    DriftTrigger.duplicate_partition: feature_sentences.duplicate_partition,
    DriftTrigger.segment: structure_sentences.segment,
    DriftTrigger.correlation: structure_sentences.correlation,
    DriftTrigger.joint_drift: structure_sentences.joint_drift,
    DriftTrigger.reject_rate_increase: prediction_sentences.reject_rate,
    DriftTrigger.reject_rate_decrease: prediction_sentences.reject_rate,
    DriftTrigger.entropy_spike: prediction_sentences.entropy,
    DriftTrigger.entropy_drop: prediction_sentences.entropy,
    DriftTrigger.confidence_drop: prediction_sentences.confidence,
    DriftTrigger.confidence_rise: prediction_sentences.confidence,
    DriftTrigger.invalid_probabilities: prediction_sentences.invalid_probabilities,
    DriftTrigger.realised_performance: prediction_sentences.realised_performance,
    DriftTrigger.class_shift: prediction_sentences.class_shift,
    DriftTrigger.new_class: prediction_sentences.new_class,
}
_SUBJECTS: Mapping[str, str] = {
    DriftTrigger.reject_rate_increase: "the reject rate",
    DriftTrigger.reject_rate_decrease: "the reject rate",
    DriftTrigger.entropy_spike: "the prediction entropy",
    DriftTrigger.entropy_drop: "the prediction entropy",
    DriftTrigger.confidence_drop: "the confidence",
    DriftTrigger.confidence_rise: "the confidence",
    DriftTrigger.invalid_probabilities: "the probabilities",
    DriftTrigger.realised_performance: "the accuracy",
    DriftTrigger.class_shift: "the class mix",
    DriftTrigger.new_class: "the class mix",
    DriftTrigger.row_volume: "the number of rows",
    DriftTrigger.freshness: "the log",
    DriftTrigger.duplicate_partition: "the partition before",
    DriftTrigger.joint_drift: "rows as a whole",
}
_VERBS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            DriftTrigger.feature_psi,
            DriftTrigger.feature_ks,
            DriftTrigger.reject_rate_increase,
            DriftTrigger.reject_rate_decrease,
            DriftTrigger.entropy_spike,
            DriftTrigger.entropy_drop,
            DriftTrigger.confidence_drop,
            DriftTrigger.confidence_rise,
            DriftTrigger.class_shift,
            DriftTrigger.category_shift,
        ),
        "moved",
    ),
    DriftTrigger.schema_change: "vanished or changed type",
    DriftTrigger.freshness: "ended early",
    DriftTrigger.duplicate_partition: "came again",
    DriftTrigger.segment: "moved for single users",
    DriftTrigger.correlation: "changed correlation",
    DriftTrigger.frozen: "froze",
    DriftTrigger.value_range: "showed values never seen before",
    DriftTrigger.vanished_category: "lost categories",
    DriftTrigger.invalid_probabilities: "are invalid",
    DriftTrigger.realised_performance: "is below the promised value",
    DriftTrigger.new_category: "showed new categories",
}
