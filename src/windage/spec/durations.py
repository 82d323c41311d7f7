"""Durations as people write them (``15m``, ``6h``, ``1d``, ``4w``), days of the week, and moments."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from windage.vocabulary import UtcDatetime

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of ``datetime.weekday``."""

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_PATTERN = r"^\s*(\d+)\s*([wdhm])\s*$"
_EXAMPLES = ["15m", "6h", "1d", "4w"]
LONGEST = timedelta(days=36525)


def parse(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = re.match(_PATTERN, value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a whole number and a unit, such as 15m, 6h, 1d or 4w")
    try:
        duration = timedelta(**{_UNITS[match[2]]: int(match[1])})
    except OverflowError:
        duration = timedelta.max
    if duration > LONGEST:
        raise ValueError(f"must be at most {LONGEST.days}d (100 years)")
    return duration


def text(duration: timedelta) -> str:
    """The duration as a whole number of the largest unit that divides it."""
    minutes = int(duration.total_seconds() // 60)
    for unit, size in (("w", 10080), ("d", 1440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _is_positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise ValueError("must be longer than 0")
    return duration


def _is_no_number(moment: Any) -> Any:
    """Refuse a number such as 20240101, quoted or not: pydantic would read it as seconds since 1970."""
    if isinstance(moment, int | float) or (isinstance(moment, str) and moment.strip().isdecimal()):
        raise ValueError("must be a date or time, such as 2024-01-31 or 2024-01-31T06:00")
    return moment


Moment = Annotated[UtcDatetime, BeforeValidator(_is_no_number)]
"""A moment in UTC."""
Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(text),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": _EXAMPLES}),
]
"""A length of time; ``0m`` is allowed."""
Width = Annotated[
    Duration,
    BeforeValidator(lambda value: _is_positive(parse(value))),
    WithJsonSchema({"type": "string", "pattern": r"^\s*0*[1-9]\d*\s*[wdhm]\s*$", "examples": _EXAMPLES}),
]
"""A length of time above zero."""
