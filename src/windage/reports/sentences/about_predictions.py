"""A sentence for each alert about the model's outputs: rejections, certainty, classes."""

from __future__ import annotations

from windage.reports.formats import number, percent, points, times, told_apart, unsigned_points
from windage.reports.sentences.limits import (
    against_limit,
    certainty,
    direction,
    features,
    from_to,
    judged,
    over_days,
)
from windage.reports.sentences.text import Name, Sentence, enumerated, say
from windage.vocabulary import DriftAlert, DriftTrigger


def reject_rate(alert: DriftAlert) -> Sentence:
    details = alert.details
    before, now = (details.get(key) for key in ("ref_rate", "cur_rate"))
    if over_days(details):  # of these days together, not of this window alone
        details = {**details, "increase": details.get("move", details.get("increase"))}
    if details.get("statistic") == "decrease":
        signed = {**details, "decrease": details.get("increase"), "limit": _negative(details.get("limit"))}
        changed = against_limit(signed, "decrease", points, digits=1)
    elif details.get("statistic") == "increase_least":
        changed = judged(details, "increase", unsigned_points)
    else:
        changed = against_limit(details, "increase", points, digits=1)
    return say(
        f"The reject rate {direction(before, now, 'rose', 'fell', 'moved')} from {percent(before)} to {percent(now)} (",
        changed,
        f"{over_days(details)}){certainty(details)}.",
    )


def entropy(alert: DriftAlert) -> Sentence:
    details = alert.details
    before, now = (details.get(key) for key in ("ref_mean_entropy", "cur_mean_entropy"))
    certain = direction(before, now, "less certain", "more certain", "differently certain")
    if details.get("statistic") != "collapse_least":
        risen = against_limit(details, "ratio", times)
    elif details.get("collapse_least") == details.get("ratio_least"):
        risen = say("at least ", against_limit(details, "ratio_least", times))
    else:
        guessing = times(details.get("ratio_most"))
        risen = say(f"at least {times(details.get('ratio_least'))}; {guessing} would be random guessing")
    return say(
        f"Predictions became {certain}: mean entropy went from {number(before)} to {number(now)} nats (",
        risen,
        f"){certainty(details)}.",
    )


def confidence(alert: DriftAlert) -> Sentence:
    details = alert.details
    mean, mean_now = details.get("ref_mean_confidence"), details.get("cur_mean_confidence")
    before, now = told_apart(mean, mean_now, number)
    fell = alert.trigger is DriftTrigger.confidence_drop
    moved = judged(details, "fall" if fell else "rise", percent, of=" of rows crossed one level")
    rise = (mean_now or 0.0) - (mean or 0.0)
    what = (
        f"{'Fewer' if fell else 'More'} predictions are confident, although"
        if (rise > 0 if fell else rise < 0)
        else f"Predictions became {'less' if fell else 'more'} confident:"
    )
    return say(
        f"{what} the mean went from {before} to {now} (",
        moved,
        f"{over_days(details)}){certainty(details)}.",
    )


def invalid_probabilities(alert: DriftAlert) -> Sentence:
    details = alert.details
    seen, usual = percent(details.get("invalid_share")), percent(details.get("usual_invalid"))
    return say(
        f"{seen} of rows have invalid probabilities (not finite, negative, or not summing to 1); at most {usual} before."
    )


def label_mismatch(alert: DriftAlert) -> Sentence:
    details = alert.details
    before, now = (percent(details.get(key)) for key in ("ref_share", "cur_share"))
    changed = against_limit(details, "rise", unsigned_points, digits=1)
    mostly = [", mostly in ", *enumerated(features(alert))] if alert.affected_features else []
    return say(
        f"The label is not the class that usually goes with the highest probability in {now} of rows, {before} before (+",
        changed,
        f"{over_days(details)})",
        *mostly,
        f"{certainty(details)}.",
    )


def realised_performance(alert: DriftAlert) -> Sentence:
    details = alert.details
    accuracy, low, high, promised = (
        percent(details.get(key)) for key in ("accuracy", "accuracy_least", "accuracy_most", "promised")
    )
    verdict = (
        f"below the promised {promised}"
        if details.get("statistic") == "surely_missing"
        else f"which does not prove the promised {promised}"
    )
    return say(f"Accuracy is {accuracy} by {number(details.get('labels'))} labels ({low} to {high}), {verdict}.")


def class_shift(alert: DriftAlert) -> Sentence:
    details = alert.details
    which = _classes_and_lead(alert)
    if details.get("statistic") == "total_variation_least":
        of = " of predictions changed class"
        whole = against_limit(details, "total_variation_least", percent, digits=1, of=of)
        return say("At least ", whole, which, f"{certainty(details)}.")
    if details.get("statistic") == "collapsed":
        moved = "" if over_days(details) else from_to(details).strip()
        return say(
            "Only ",
            Name(details.get("class")),
            " is predicted, of several classes before",
            f" ({moved})" * bool(moved),
            ".",
        )
    if details.get("statistic") in ("gone", "of_the_rare"):
        return _one_class(alert)
    key = "effect" if details.get("statistic") == "effect" else "max_shift"
    shifted = against_limit(details, key, unsigned_points, digits=1)
    days = over_days(details)
    return say("The mix of predicted classes shifted by up to ", shifted, f"{days}", which, f"{certainty(details)}.")


def _one_class(alert: DriftAlert) -> Sentence:
    """The sentence about a class that is gone, or about one of those that few rows have."""
    details = alert.details
    subject, before, now = (details.get(key) for key in ("class", "ref_share", "cur_share"))
    others = [Name(each) for each in alert.affected_features if each != subject]
    so_are = say("; so moved ", *enumerated(others)) if others else say([])
    if details.get("statistic") == "gone":
        return say("No row is predicted as ", Name(subject), f", {percent(before)} before", so_are, ".")
    shares = f" in {percent(now, 2)} of rows, {percent(before, 2)} before"
    return say("The class ", Name(subject), f" is predicted{shares}", so_are, f"{certainty(details)}.")


def new_class(alert: DriftAlert) -> Sentence:
    is_renamed = alert.details.get("statistic") == "renamed"
    seen = against_limit(alert.details, "new_share", percent, known=not is_renamed, digits=1, of=" of rows")
    first = "Classes were renamed: one that every day had is gone, and new ones" if is_renamed else "New classes"
    return say(f"{first} are predicted, in ", seen, _classes(alert), f"{certainty(alert.details)}.")


def _classes(alert: DriftAlert) -> Sentence:
    classes = _class_names(alert)
    return say([": ", *enumerated(classes)] if classes else [])


def _classes_and_lead(alert: DriftAlert) -> Sentence:
    """The classes, and from where to where the one went that moved most; not of days together, whose shares are others."""
    classes, lead, moved = _class_names(alert), alert.details.get("class"), from_to(alert.details)
    if not classes or not moved or not isinstance(lead, str) or over_days(alert.details):
        return _classes(alert)
    which = [Name(lead), moved] if len(classes) > 1 else [moved.strip()]
    return say(": ", *enumerated(classes), " (", *which, ")")


def _class_names(alert: DriftAlert) -> list[Name]:
    shifted = alert.details.get("shifted_classes")
    return [Name(each) for each in shifted] if isinstance(shifted, list | tuple) else features(alert)


def _negative(limit: object) -> object:
    return -limit if isinstance(limit, int | float) and not isinstance(limit, bool) else limit
