"""One plain sentence for every alert: what moved, by how much, past which limit, and whose rows moved it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from windage.reports.formats import certified, clean, number, p_value, percent, points, shortened, told_apart
from windage.reports.wording import Name, Sentence, Who, enumerated, say
from windage.vocabulary import DriftAlert, DriftTrigger

_Details = Mapping[str, Any]
_MOST_FACTS = 6
_TOLD_APART = {"feature", "statistic", "undecided"}


def alert_sentence(alert: DriftAlert) -> Sentence:
    """What a person who is paged at night wants to read about this alert."""
    told = _TOLD.get(alert.trigger, _anything)(alert)
    whose = [Who(user) for user in alert.affected_user_ids]
    undecided = " The limit lies within the certified error." if alert.details.get("undecided") else ""
    return say(told, undecided, [" Mostly ", *enumerated(whose, left_out="more users"), "."] if whose else [])


def subject(alert: DriftAlert) -> str:
    """What the alert is about, for a headline: a feature's name, or words."""
    known = _SUBJECTS.get(alert.trigger)
    if known:
        return known
    features = _features(alert)
    return features[0] if features else trigger_words(alert)


def trigger_words(alert: DriftAlert) -> str:
    return str(alert.trigger).replace("_", " ")


def evidence(alert: DriftAlert) -> list[tuple[str, str]]:
    """Everything the alert knows, as (what, how much): each number with the error that its profile certifies."""
    bounds = alert.details.get("bounds")
    known = bounds if isinstance(bounds, dict) else {}
    told = {key: value for key, value in alert.details.items() if key != "bounds"}
    return [(clean(key.replace("_", " ")), fact(key, value, known.get(key))) for key, value in told.items()]


def fact(key: str, value: object, bounds: object = None) -> str:
    """One detail of an alert, formatted by what its name says it is."""
    match value, bounds:
        case bool(), _:
            return "yes" if value else "no"
        case dict(), _:
            return shortened(", ".join(f"{inner} {fact(str(inner), each)}" for inner, each in value.items()), 160)
        case list() | tuple(), _:
            return shortened(", ".join(fact(key, each) for each in value) or "none", 160)
        case _ if key.endswith("p_value"):
            return p_value(value)
        case _ if key.endswith(("rate", "share")):
            return percent(value)
        case _ if key in {"increase", "max_shift"}:
            return points(value)
        case str(), _:
            return shortened(value, 160)
        case float(), [float() | int() as low, float() | int() as high]:
            return certified(value, (low, high))
        case _:
            return number(value)


def _feature(alert: DriftAlert) -> Sentence:
    details = alert.details
    ks_crossed = str(details.get("statistic") or alert.trigger).removeprefix("feature_").startswith("ks")
    psi = say("PSI ", _against_limit(details, "psi", number, known=not ks_crossed))
    ks = _ks(details, crossed=ks_crossed)
    ordered = (ks, "; ", psi) if ks_crossed else (psi, "; ", ks)
    return say(enumerated(_features(alert) or [Name("")]), " moved: ", *ordered, ".")


def _ks(details: _Details, *, crossed: bool) -> Sentence:
    if crossed and details.get("statistic") == "ks_statistic":
        distance = _against_limit(details, "ks_statistic", number, known=True)
        return say("KS distance ", distance, f" (p {p_value(details.get('ks_p_value'))})")
    limit = f", limit {p_value(details['limit'])}" if crossed and details.get("limit") is not None else ""
    return say(f"KS distance {number(details.get('ks_statistic'))} (p {p_value(details.get('ks_p_value'))}{limit})")


def _reject_rate(alert: DriftAlert) -> Sentence:
    before, now = (alert.details.get(key) for key in ("ref_rate", "cur_rate"))
    return say(
        f"The reject rate {_direction(before, now, 'rose', 'fell', 'moved')} from {percent(before)} to {percent(now)} (",
        _against_limit(alert.details, "increase", points, known=True, digits=1),
        ").",
    )


def _entropy(alert: DriftAlert) -> Sentence:
    before, now = (alert.details.get(key) for key in ("ref_mean_entropy", "cur_mean_entropy"))
    certainty = _direction(before, now, "less certain", "more certain", "differently certain")
    return say(
        f"Predictions became {certainty}: mean entropy went from {number(before)} to {number(now)} nats (",
        _against_limit(alert.details, "ratio", _times, known=True),
        ").",
    )


def _class_shift(alert: DriftAlert) -> Sentence:
    shifted = alert.details.get("shifted_classes")
    classes = [Name(each) for each in (shifted if isinstance(shifted, list | tuple) else alert.affected_features)]
    return say(
        "The mix of predicted classes shifted by up to ",
        _against_limit(alert.details, "max_shift", _unsigned_points, known=True, digits=1),
        [": ", *enumerated(classes)] if classes else [],
        ".",
    )


def _anything(alert: DriftAlert) -> Sentence:
    """A trigger of a check that this file does not know: its name, its features and its first facts."""
    features = _features(alert)
    facts = [f"{shortened(name)} {value}" for name, value in evidence(alert) if name not in _TOLD_APART][:_MOST_FACTS]
    return say(
        trigger_words(alert)[:1].upper() + trigger_words(alert)[1:],
        [" of ", *enumerated(features)] if features else [],
        ": " if facts else " crossed its limit",
        "; ".join(facts),
        ".",
    )


def _against_limit(
    details: _Details, key: str, form: Callable[[object, int], str], *, known: bool, digits: int = 2
) -> Sentence:
    """``0.61, limit 0.40``: the value, and the limit where it is known to belong to this value."""
    value, limit = details.get(key), details.get("limit")
    if not known or limit is None:
        return say(form(value, digits))
    shown, bound = told_apart(value, limit, form, digits)
    return say(f"{shown}, limit {bound.removeprefix('+')}")


def _times(value: object, digits: int = 2) -> str:
    return f"×{number(value, digits)}"


def _unsigned_points(value: object, digits: int = 1) -> str:
    return points(value, digits).removeprefix("+")


def _direction(before: object, now: object, up: str, down: str, neither: str) -> str:
    if not (isinstance(before, int | float) and isinstance(now, int | float)) or before == now:
        return neither
    return up if now > before else down


def _features(alert: DriftAlert) -> list[Name]:
    named: Iterable[object] = alert.affected_features or [alert.details.get("feature")]
    return [Name(each) for each in named if each is not None]


_TOLD: Mapping[str, Callable[[DriftAlert], Sentence]] = {
    DriftTrigger.feature_psi: _feature,
    DriftTrigger.feature_ks: _feature,
    DriftTrigger.reject_rate_increase: _reject_rate,
    DriftTrigger.entropy_spike: _entropy,
    DriftTrigger.class_shift: _class_shift,
}
_SUBJECTS: Mapping[str, str] = {
    DriftTrigger.reject_rate_increase: "the reject rate",
    DriftTrigger.entropy_spike: "the prediction entropy",
    DriftTrigger.class_shift: "the class mix",
}
