"""All facts in an alert, each number formatted according to its name."""

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
from windage.vocabulary import DriftAlert

_LABELS: Mapping[str, str] = {
    "statistic": "judged by",
    "adjusted_p": "adjusted p",
    "p_value": "p against ordinary days",
    "ks_p_value": "KS p-value",
    "move": "largest change of a share",
    "effect": "size of that change",
    "effect_least": "at least (95 %)",
    "rise_least": "rise, at least (95 %)",
    "fall_least": "fall, at least (95 %)",
    "invalid_share": "rows with invalid probabilities",
    "usual_invalid": "on the most unusual ordinary day",
    "increase_least": "increase, at least (95 %)",
    "ratio_least": "ratio, at least (95 %)",
    "ratio_most": "ratio if every row were as uncertain as one",
    "collapse_least": "the same on a scale where 2 is nearly guessing",
    "total_variation_least": "total variation, at least (95 %)",
    "shift_sd": "equivalent shift of a normal feature",
    "widening": "wider (+) or narrower (−)",
    "day_share": "variance explained by ordinary days",
    "span_days": "days judged together",
    "gradual": "came little by little",
    "deviation": "change on an ordinary day (standard deviation)",
    "freedom": "its degrees of freedom",
    "looks": "places looked at",
    "detectable": "smallest change that would have alerted",
    "share_outside": "outside the ordinary range",
    "usual_outside": "outside on the most unusual ordinary day",
    "excess": "outside, in excess of ordinary",
    "low": "ordinary range from",
    "high": "ordinary range to",
    "all_missing": "missing (no ordinary day misses all)",
    "usual_median": "median before",
    "median": "median now",
    "frozen_at": "the only value",
}
"""Readable labels of statistics whose names do not explain themselves."""

_SHARES = frozenset(
    {
        "new_share",
        "share_outside",
        "usual_outside",
        "excess",
        "all_missing",
        "invalid_share",
        "usual_invalid",
        "invalid_excess",
        "vanished_share",
    }
)
_CHANGES = frozenset({"increase", "max_shift", "move", "widening"})
_SIZES = frozenset(
    {
        "decrease",
        "effect",
        "effect_least",
        "rise_least",
        "fall_least",
        "fall",
        "rise",
        "increase_least",
        "total_variation_least",
        "deviation",
        "detectable",
        "shift",
    }
)
_COUNTS = frozenset({"span_days", "freedom", "looks", "usual_rows", "current_rows"})


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
    return _LABELS.get(key) or clean(key.replace("_", " "))


def fact(key: str, value: object, bounds: object = None) -> str:
    """One detail of an alert, formatted according to its name."""
    match value, bounds:
        case bool(), _:
            return "yes" if value else "no"
        case dict(), _:
            return shortened(", ".join(f"{inner} {fact(str(inner), each)}" for inner, each in value.items()), 160)
        case list() | tuple(), _:
            return shortened(", ".join(fact(key, each) for each in value) or "none", 160)
        case str(), _:
            return shortened(value, 160)
        case float(), [float() | int() as low, float() | int() as high] if not key.endswith(("rate", "share")):
            return certified(value, (low, high))
        case _:
            return _form(key)(value)


def _form(key: str) -> Callable[[object], str]:
    if key.endswith("p_value") or key == "adjusted_p":
        return p_value
    if key.endswith(("rate", "share")) or key in _SHARES:
        return percent
    if key in _CHANGES:
        return points
    if key in _SIZES:
        return unsigned_points
    if key in _COUNTS:
        return lambda value: number(whole(value))
    if key == "shift_sd":
        return lambda value: f"{number(value)} sd"
    if key == "frozen":
        return lambda value: "yes" if value else "no"
    return number
