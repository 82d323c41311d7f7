"""The text that labels, categories and users are counted and shown under."""

from __future__ import annotations

from numbers import Integral, Real

BEYOND_INTEGERS = 2.0**64


def as_text(value: object) -> str:
    """A value as text; a whole float is written as an integer, because pandas makes floats of integers beside a
    null."""
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        if number.is_integer() and abs(number) < BEYOND_INTEGERS:
            return str(int(number))
    return str(value)


def as_counted(value: object) -> str:
    """A value as the text that it is counted under; a lone surrogate, which no document can encode, is escaped."""
    text = as_text(value)
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def is_missing(value: object) -> bool:
    """Whether ``value`` is None, NaN, NaT or pandas' NA: what is not equal to itself."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # bool() refuses pandas' NA and arrays; only NA has no length
        return not hasattr(value, "__len__")
