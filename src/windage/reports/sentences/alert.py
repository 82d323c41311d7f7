"""A plain sentence for each alert: what moved, by how much, past which limit, how surely, and whose rows moved."""

from __future__ import annotations

from windage.reports.formats import shortened
from windage.reports.sentences import about_features, about_structure
from windage.reports.sentences.facts import evidence, said
from windage.reports.sentences.limits import direction, features
from windage.reports.sentences.text import Name, Sentence, Who, enumerated, say
from windage.reports.sentences.triggers import wording
from windage.vocabulary import Attribution, DriftAlert, DriftTrigger, day_or_minute

_MOST_FACTS = 6
_SILENT = "it would not have alerted."
_MOST_OF_IT = 0.5
_TOLD_APART = {"feature", "judged by", "undecided", "note"}


def alert_sentence(alert: DriftAlert) -> Sentence:
    """The alert in the words that a person paged at night needs."""
    told = (wording(alert.trigger).sentence or _anything)(alert)
    baseline = alert.details.get("against")
    how = "drifted slowly" if alert.details.get("gradual") else "moved"
    away = f" It {how} away from the baseline of {baseline}." if isinstance(baseline, str) else ""
    since = f" Since {day_or_minute(alert.since)}." if alert.since else ""
    return say(told, away, _doubts(alert), since, _whose(alert))


def _whose(alert: DriftAlert) -> Sentence:
    """The users whose rows moved, or that all are affected if most of the change remains without these; and where else than
    among users the change lies, such as in one version of an app."""
    named, theirs = alert.affected_user_ids, _of_users(alert)
    elsewhere = [
        say(" Mostly where ", Name(column), " is ", *enumerated(map(Name, _groups(found))), "; elsewhere ", _SILENT)
        for column, found in alert.attribution.items()
        if found is not theirs and found.scope == "localised"
    ]
    if not named or (alert.check == "segment" and len(named) <= about_structure.MOST_NAMED):
        return say(*elsewhere)
    if is_everybodys(alert):
        return say(" All users are affected.", *elsewhere)
    alone = f"; without them {_SILENT}" if theirs is not None and theirs.scope == "localised" else "."
    return say(" Mostly ", *enumerated(map(Who, named), left_out="more users"), alone, *elsewhere)


def _groups(found: Attribution) -> list[str]:
    return [group.name for group in found.groups]


def _of_users(alert: DriftAlert) -> Attribution | None:
    """How the change splits over the users that the alert names."""
    named = alert.affected_user_ids
    return next((each for each in alert.attribution.values() if _groups(each) == named), None)


def is_everybodys(alert: DriftAlert) -> bool:
    """Whether most of the change remains without the users that the alert names, or they are all that there are."""
    theirs = _of_users(alert)
    return theirs is not None and theirs.scope == "global" and (theirs.is_everybody or theirs.remainder > _MOST_OF_IT)


def subject(alert: DriftAlert) -> str:
    """The alert's subject for a headline: a feature's name, or words."""
    if about_features.is_misdated(alert):
        return "no row"
    is_part = alert.trigger is DriftTrigger.missingness and about_features.part_words(alert)
    known = is_part or wording(alert.trigger).subject
    if known:
        return known
    named = features(alert)
    return named[0] if named else trigger_words(alert)


def trigger_words(alert: DriftAlert) -> str:
    name = alert.check if alert.trigger is DriftTrigger.other and alert.check else str(alert.trigger)
    return name.replace("_", " ")


def verb(alert: DriftAlert) -> str:
    """The verb for the alert's subject in a headline."""
    if alert.details.get("statistic") == "users_emptied":
        return "lost the values of single users"
    if about_features.is_misdated(alert):
        return f"has a time within {about_features.part_asked(alert)}"
    if about_features.had_some_before(alert):
        return "had more values out of range than ever"
    if about_features.repeated_value(alert):
        return "held one value again and again"
    if alert.trigger is DriftTrigger.schema_change and alert.details:
        return "vanished" if about_features.is_gone(alert) else "changed type"
    before, now = (alert.details.get(key) for key in ("ref_share", "cur_share"))
    if alert.trigger is DriftTrigger.missingness and direction(before, now, "more", "less", "") == "more":
        return "lost values"
    return wording(alert.trigger).verb


def _doubts(alert: DriftAlert) -> str:
    """The reasons to doubt the alert: a limit within the certified error, and the alert's note."""
    undecided = " The limit is within the certified error." if alert.details.get("undecided") else ""
    note = alert.details.get("note")
    if not isinstance(note, str) or not note.strip(". "):
        return undecided
    note = shortened(note.strip(". "), 160)
    return f"{undecided} {note[:1].upper()}{note[1:]}."


def _anything(alert: DriftAlert) -> Sentence:
    """The sentence for a trigger without wording: its name, its features and its first facts."""
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
