"""Labels, categories and users as the names that they go by."""

from __future__ import annotations

from numbers import Integral, Real

BEYOND_INTEGERS = 2.0**64


def as_text(value: object) -> str:
    """A value as a name; a whole number is the same one as a float, which is what pandas makes of integers beside a null."""
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        if number.is_integer() and abs(number) < BEYOND_INTEGERS:
            return str(int(number))
    return str(value)


def as_counted(value: object) -> str:
    """A value as the name that it is counted by: half a surrogate, which no document can hold, is spelled out."""
    text = as_text(value)
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def is_missing(value: object) -> bool:
    """Whether ``value`` is None, NaN, NaT or pandas' NA: what is not equal to itself."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # pandas' NA is neither true nor false, and an array is both
        return not hasattr(value, "__len__")
