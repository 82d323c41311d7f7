"""Phrases that sentences share: a value with the limit that it crossed, and how surely it is not an ordinary day's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from windage.reports.formats import UNKNOWN, are_whole, number, p_value, percent, told_apart, whole
from windage.reports.sentences.text import Name, Sentence, say
from windage.vocabulary import DriftAlert, declared

Details = Mapping[str, Any]
Form = Callable[[object, int], str]

_NONE_CAME_NEAR = 1e-4
"""No ordinary day comes near an adjusted p-value below this."""


def features(alert: DriftAlert) -> list[Name]:
    """The features, classes or columns that an alert names."""
    named: Iterable[object] = alert.affected_features or [alert.details.get("feature")]
    return [Name(each) for each in named if each is not None]


def against_limit(
    details: Details, key: str, form: Form, *, known: bool = True, digits: int = 2, of: str = ""
) -> Sentence:
    """``0.61, limit 0.40``: the value followed by ``of``, and the limit if it is ``known`` to be this value's."""
    value, limit = details.get(key), details.get("limit")
    if not known or limit is None:
        return say(f"{form(value, digits)}{of}")
    shown, bound = told_apart(value, limit, form, digits)
    return say(f"{shown}{of}, limit {bound.removeprefix('+')}")


def judged(details: Details, estimate: str, form: Form, *, of: str = "") -> Sentence:
    """The value that was compared with the limit: the estimate, or its lower bound."""
    statistic, least = details.get("statistic"), declared(estimate).least
    if statistic == least:
        return say("at least ", against_limit(details, least, form, digits=1, of=of))
    return against_limit(details, estimate, form, known=statistic == estimate, digits=1, of=of)


def certainty(details: Details) -> str:
    """The end of a sentence that says how surely the value is not an ordinary day's; empty without an adjusted p."""
    p = details.get("adjusted_p")
    if isinstance(p, bool) or not isinstance(p, int | float) or math.isnan(p):
        return ""
    near = "far beyond any ordinary day" if p < _NONE_CAME_NEAR else "beyond nearly all ordinary days"
    return f"; {near} (adjusted p {p_value(p)})"


def medians(details: Details, way: str) -> str:
    """The medians before and now in the feature's unit; empty unless the median moved ``way``, up or down."""
    found = details.get("usual_median"), details.get("median")
    before, now = map(number, map(whole, found) if are_whole(found) else found)
    if before == now or UNKNOWN in (before, now) or direction(*found, "up", "down", "") != way:
        return ""
    unit = details.get("unit")
    return f" (median {before} → {now}{f' {unit}' if isinstance(unit, str) else ''})"


def over_days(details: Details) -> str:
    """The number of pooled days and whether the change came gradually; empty if only this window was judged."""
    days = details.get("span_days")
    if isinstance(days, bool) or not isinstance(days, int | float) or not 1 < days < float("inf"):
        return ""
    return f" over the last {days:.0f} days{', a slow drift' if details.get('gradual') else ' together'}"


def from_to(details: Details) -> str:
    """The share of what moved most, before and now: `` 12.0 % → 31.5 %``; empty if it is not known."""
    before, now = (details.get(key) for key in ("ref_share", "cur_share"))
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (before, now)):
        return ""
    return f" {percent(before)} → {percent(now)}"


def direction(before: object, now: object, up: str, down: str, neither: str) -> str:
    if not (isinstance(before, int | float) and isinstance(now, int | float)) or before == now:
        return neither
    return up if now > before else down
