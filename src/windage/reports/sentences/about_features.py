"""A sentence for each alert about the model's inputs: features, categories, missing values, rows."""

from __future__ import annotations

from collections.abc import Sequence

from windage.checks.missingness import PARTS
from windage.reports.formats import (
    UNKNOWN,
    are_whole,
    number,
    p_value,
    percent,
    points,
    times,
    told_apart,
    unsigned_points,
    whole,
)
from windage.reports.sentences.about_structure import emptied
from windage.reports.sentences.limits import (
    Details,
    against_limit,
    certainty,
    features,
    from_to,
    judged,
    medians,
    over_days,
)
from windage.reports.sentences.text import Name, Sentence, enumerated, say
from windage.vocabulary import DriftAlert, DriftTrigger

_EFFECTS = ("effect", "effect_least")
_MOSTLY = 0.5
"""If the change to both sides is a larger part of the effect than this, the feature did not move up or down."""


def numeric_feature(alert: DriftAlert) -> Sentence:
    """Worded for the limit that was crossed: an effect compared with ordinary days, or a fixed threshold."""
    details = alert.details
    if details.get("statistic") in _EFFECTS:
        return _moved(alert)
    ks_crossed = str(details.get("statistic") or alert.trigger).removeprefix("feature_").startswith("ks")
    psi = say("PSI ", against_limit(details, "psi", number, known=not ks_crossed))
    ks = _ks(details, crossed=ks_crossed)
    ordered = (ks, "; ", psi) if ks_crossed else (psi, "; ", ks)
    return say(_whom(alert), " moved: ", *ordered, ".")


def category_shift(alert: DriftAlert) -> Sentence:
    changed = judged(alert.details, "effect", unsigned_points)
    days = over_days(alert.details)
    which, moved = _categories(alert)[1:], from_to(alert.details)
    told = say()
    if which and (alert.details.get("new_share") or not (moved or alert.details.get("vanished_share"))):
        told = say("; new: ", *which)
    elif which and alert.details.get("vanished_share"):
        told = say("; no longer seen: ", *which)
    elif which and not days:  # of days together, the shares are others
        told = say(": mostly ", *which, moved)
    return say(
        "The categories of ", _whom(alert), " shifted by ", changed, f"{days}", told, f"{certainty(alert.details)}."
    )


def new_category(alert: DriftAlert) -> Sentence:
    seen = against_limit(alert.details, "new_share", percent, digits=1, of=" of rows")
    return say(_whom(alert), " has new categories, in ", seen, _categories(alert), ".")


def vanished_category(alert: DriftAlert) -> Sentence:
    gone = against_limit(alert.details, "vanished_share", percent, digits=1, of=" of rows")
    return say(_whom(alert), " lost categories that every day had, at least ", gone, _categories(alert), ".")


def _categories(alert: DriftAlert) -> Sentence:
    listed = alert.details.get("categories")
    return say(
        [": ", *enumerated([Name(each) for each in listed])] if isinstance(listed, list | tuple) and listed else []
    )


def part_words(alert: DriftAlert) -> str:
    """The words for what is missing if it is not a feature; empty if it is one."""
    return next((f"the {each}" for each in alert.affected_features if each in PARTS), "")


def missingness(alert: DriftAlert) -> Sentence:
    details = alert.details
    if details.get("statistic") == "users_emptied":
        return emptied(alert)
    whom = say(part_words(alert)) if part_words(alert) else _whom(alert)
    shares = f"{percent(details.get('cur_share'))} of rows, {percent(details.get('ref_share'))} before"
    if details.get("statistic") == "all_missing":
        limit = f", limit {percent(details.get('limit'), 0)}"
        return say(whom, f" is missing in {shares}{limit}.")
    changed = say("at least ", against_limit(details, "rise_least", unsigned_points, digits=1))
    if details.get("statistic") != "rise_least":
        signed = {**details, "effect": details.get("move", details.get("effect"))}
        changed = against_limit(signed, "effect", points, known=details.get("statistic") == "effect", digits=1)
    days = over_days(details)
    return say(whom, f" is missing in {shares} (", changed, f"{days}){certainty(details)}.")


def frozen(alert: DriftAlert) -> Sentence:
    value = alert.details.get("frozen_at")
    which = f", {value:g}" if isinstance(value, int | float) else ""
    return say(_whom(alert), f" is frozen: every row has the same value{which}, unlike any ordinary day.")


def value_range(alert: DriftAlert) -> Sentence:
    details = alert.details
    is_news = not had_some_before(alert)
    most = (
        "no ordinary day had any" if is_news else f"ordinary days had at most {percent(details.get('usual_outside'))}"
    )
    outside = against_limit(details, "share_outside", percent, digits=1, of=" of rows")
    moved = details.get("shift_sd")
    whole = f" Overall it {_how(details)}." if isinstance(moved, int | float) and moved else ""
    codes = alert.details.get("categories")
    if repeated := repeated_value(alert):
        return say(
            _whom(alert),
            " holds ",
            *enumerated(repeated),
            " again and again: ",
            outside,
            f"; on ordinary days no value made up more than {percent(details['usual_repeated'])}.{whole}",
        )
    new = say(" or are ", *enumerated(codes)) if isinstance(codes, list | tuple) and codes else ""
    return say(
        _whom(alert),
        " has values never seen before: " if is_news else " has more values out of range than any ordinary day: ",
        outside,
        f", {_beyond(details)}",
        new,
        f"; {most}.{whole}",
    )


def repeated_value(alert: DriftAlert) -> Sequence[str]:
    """The value that an alert says comes again and again; empty if it is about other values."""
    codes, usual = alert.details.get("categories"), alert.details.get("usual_repeated")
    is_of_one = alert.trigger is DriftTrigger.value_range and isinstance(usual, int | float)
    return codes if is_of_one and isinstance(codes, list | tuple) else ()


def had_some_before(alert: DriftAlert) -> bool:
    """Whether an alert about values out of range is that there are more of them than on any ordinary day."""
    usual, is_of_one = alert.details.get("usual_outside"), alert.details.get("usual_repeated") is not None
    return alert.trigger is DriftTrigger.value_range and not is_of_one and (usual or 0.0) > 0


def _beyond(details: Details) -> str:
    """Where the values lie: outside of which range, with enough digits to tell its ends apart."""
    ends = details.get("low"), details.get("high")
    low, high = map(whole, ends) if are_whole(ends) else ends
    if low is not None and low == high:
        return f"are not {number(low)}"
    return "are outside {} to {}".format(*told_apart(low, high, number))


def row_volume(alert: DriftAlert) -> Sentence:
    details = alert.details
    rows = whole(details.get("current_rows"))
    usual = number(whole(details.get("usual_rows")))
    if details.get("statistic") == "times":
        often = number(details.get("times"), 0)
        return say(f"Every row came {often} times: {number(rows)} rows arrived; {usual} are usual.")
    many = against_limit(details, "ratio", times)
    return say(
        f"{number(rows)} {'row' if rows == 1 else 'rows'} arrived; {usual} are usual (",
        many,
        f"){certainty(details)}.",
    )


def schema_change(alert: DriftAlert) -> Sentence:
    harmless = " The monitor does not use this column." if alert.details.get("not_named") else ""
    kinds = alert.details.get("categories")
    if is_gone(alert):
        what_to_do = harmless or " Restore it, or take it out of the monitor's file."
        return say(
            _whom(alert),
            f" is gone: the window or a part of it has no such column; most reference days had it.{what_to_do}",
        )
    changed = f": {kinds[0]} before, {kinds[1]} now" if isinstance(kinds, list) and len(kinds) == 2 else ""
    return say(_whom(alert), f" changed type{changed}.{harmless}")


def is_gone(alert: DriftAlert) -> bool:
    """Whether a change of the schema is a column that is gone."""
    return bool(alert.details.get("gone") or (alert.details.get("not_named") and not alert.details.get("categories")))


def freshness(alert: DriftAlert) -> Sentence:
    details = alert.details
    if is_misdated(alert):
        return say(f"No row has a time within {part_asked(alert)}; ordinary days have such rows.")
    gap = against_limit(details, "gap", percent, digits=1, of=f" of {part_asked(alert)}")
    usual = percent(details.get("usual_gap"))
    return say("The log ends early, by ", gap, f"; the longest gap on an ordinary day is {usual}.")


def part_asked(alert: DriftAlert) -> str:
    """The part of the window that an alert about freshness looked at."""
    return "the window's last day" if (alert.details.get("window_days") or 1) > 1 else "the window"


def is_misdated(alert: DriftAlert) -> bool:
    """Whether an alert about freshness is that all rows have the time of another window."""
    return alert.details.get("statistic") == "misdated"


def duplicate_partition(alert: DriftAlert) -> Sentence:
    details = alert.details
    same_as = details.get("same_as")
    first = same_as[0] if isinstance(same_as, list) and same_as else UNKNOWN
    repeated = details.get("repeated")
    which, of = ("The rows", "this window") if repeated == 1 else (f"{percent(repeated)} of rows", "their time")
    return say(f"{which} are those of {first} again: every feature has the same values, so nothing of {of} was seen.")


def _moved(alert: DriftAlert) -> Sentence:
    details = alert.details
    changed = judged(details, "effect", unsigned_points, of=" of its rows")
    return say(_whom(alert), f" {_how(details)}{over_days(details)}: ", changed, f"{certainty(details)}.")


def _how(details: Details) -> str:
    """How the feature changed: up or down by how much, or wider or narrower wherever its centre went."""
    shift, widening, effect = (details.get(key) for key in ("shift_sd", "widening", "effect"))
    if isinstance(widening, int | float) and isinstance(effect, int | float) and abs(widening) > _MOSTLY * effect > 0:
        return "widened" if widening > 0 else "narrowed"
    if not isinstance(shift, int | float) or shift == 0:
        return "moved"
    way = "up" if shift > 0 else "down"
    return f"moved {way} by {number(abs(shift))} sd{medians(details, way)}"


def _ks(details: Details, *, crossed: bool) -> Sentence:
    if crossed and details.get("statistic") == "ks_statistic":
        distance = against_limit(details, "ks_statistic", number)
        return say("KS distance ", distance, f" (p {p_value(details.get('ks_p_value'))})")
    limit = f", limit {p_value(details['limit'])}" if crossed and details.get("limit") is not None else ""
    return say(f"KS distance {number(details.get('ks_statistic'))} (p {p_value(details.get('ks_p_value'))}{limit})")


def _whom(alert: DriftAlert) -> Sentence:
    return enumerated(features(alert) or [Name("")])
