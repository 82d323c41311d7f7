"""A sentence for each alert about structure: single users, correlations, and rows as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from windage.checks.segment import apart
from windage.reports.formats import number, plural
from windage.reports.sentences.limits import against_limit, certainty, features, medians
from windage.reports.sentences.text import Name, Sentence, Who, enumerated, say
from windage.vocabulary import DriftAlert

MOST_NAMED = 3


def segment(alert: DriftAlert) -> Sentence:
    details = alert.details
    change = details.get("rank_change", details.get("move"))  # as earlier versions named it
    up, down = ("up", "down") if (change or 0) > 0 else ("down", "up")
    moved = against_limit(details, "rank_move", number, of=" in mean rank")
    whom = say(*enumerated(features(alert) or [Name("")]), f" moved {up} for ")
    along, against = apart(details, alert.affected_user_ids)
    if against:
        theirs = say(*single_users(along), f" and {down} for ", *single_users(against), ", relative to each other")
        return say(whom, *theirs, ", by ", moved, f"{certainty(details)}.")
    return say(whom, *single_users(along), " only, by ", moved, f"{medians(details, up)}{certainty(details)}.")


def emptied(alert: DriftAlert) -> Sentence:
    users = alert.affected_user_ids
    before = "who had values before." if len(users) == 1 else "who all had values before."
    return say(
        *enumerated(features(alert) or [Name("")]), " is missing in all rows of ", *single_users(users), f", {before}"
    )


def single_users(users: Sequence[str]) -> Sentence:
    """The users, or their number if they are too many for a sentence."""
    return enumerated(map(Who, users)) if len(users) <= MOST_NAMED else say(plural(len(users), "user"))


def correlation(alert: DriftAlert) -> Sentence:
    details = alert.details
    values = details.get("ref_correlation"), details.get("cur_correlation")
    before, now = map(number, values)
    feature, *others = features(alert) or [Name("")]
    partners = [Name(each) for each in details.get("partners") or ()] or others
    pair = [" with ", *enumerated(partners)] if partners else []
    moved = against_limit(details, "correlation_move", number)
    does, than = (
        ("correlates", " more strongly than before") if _grew(*values) else ("no longer correlates", " as before")
    )
    return say(
        feature,
        f" {does}",
        *pair,
        f"{than}: rank correlation {before} → {now} (",
        moved,
        f"){certainty(details)}.",
    )


def _grew(before: object, now: object) -> bool:
    """Whether a correlation became stronger, and is not mainly the other way round."""
    if not (isinstance(before, int | float) and isinstance(now, int | float)):
        return False
    return abs(now) - abs(before) > abs(now - before) / 2


def joint_drift(alert: DriftAlert) -> Sentence:
    details = alert.details
    mostly = [", mostly by ", *enumerated(features(alert))] if alert.affected_features else []
    auc, usual = number(details.get("auc")), number(details.get("usual_auc"))
    return say(
        f"A classifier tells current rows from reference rows with AUC {auc}, ordinary days up to {usual}",
        *mostly,
        f"{certainty(details)}.",
    )
