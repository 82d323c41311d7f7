"""All facts in an alert, each number formatted as what it is declared to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from windage.reports.formats import (
    certified,
    clean,
    number,
    p_value,
    percent,
    points,
    shortened,
    unsigned_points,
    whole,
)
from windage.vocabulary import DriftAlert, StatisticKind, declared

_FORMS: Mapping[StatisticKind, Callable[[object], str]] = {
    "share": percent,
    "change": points,
    "size": unsigned_points,
    "sd": lambda value: f"{number(value)} sd",
    "count": lambda value: number(whole(value)),
    "p_value": p_value,
    "yes_or_no": lambda value: "yes" if value else "no",
}
"""How values of a kind are written; those of any other are plain numbers."""
_RESTATED = {
    "share_outside": "excess",
    "all_missing": "cur_share",
    "rise_least": "effect_least",
    "invalid_share": "invalid_excess",
}
"""Statistics that are left out if they equal the other one."""


def evidence(alert: DriftAlert) -> list[tuple[str, str]]:
    """All facts in the alert, as (label, value); each number has the error that its profile certifies."""
    bounds = alert.details.get("bounds")
    known = bounds if isinstance(bounds, dict) else {}
    told = {key: value for key, value in alert.details.items() if key != "bounds" and value is not None}
    statistic = str(told.get("statistic", ""))
    for key, same in _RESTATED.items():
        if key in told and told[key] == told.get(same):
            del told[same if key == statistic else key]
    if not told.get("frozen"):
        told.pop("frozen", None)
    keys = list(told)
    if {"low", "high"} <= told.keys():
        keys.remove("low")
        keys.insert(keys.index("high"), "low")
    return [
        (said(key), said(statistic))
        if key == "statistic"
        else (said(key), fact(statistic if key == "limit" else key, told[key], known.get(key)))
        for key in keys
    ]


def said(key: str) -> str:
    """A statistic's name in words."""
    return declared(key).label or clean(key.replace("_", " "))


def fact(key: str, value: object, bounds: object = None) -> str:
    """One detail of an alert, formatted as what it is declared to be."""
    kind = declared(key).kind
    match value, bounds:
        case bool(), _:
            return "yes" if value else "no"
        case dict(), _:
            return shortened(", ".join(f"{inner} {fact(str(inner), each)}" for inner, each in value.items()), 160)
        case list() | tuple(), _:
            return shortened(", ".join(fact(key, each) for each in value) or "none", 160)
        case str(), _:
            return shortened(value, 160)
        case float(), [float() | int() as low, float() | int() as high] if kind != "share":
            return certified(value, (low, high))
        case _:
            return _FORMS.get(kind, number)(value)
