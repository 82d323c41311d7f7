"""Numbers, windows and names in readable form. All rounding of the views is done here; the JSON is never rounded."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import timedelta

from windage.vocabulary import Window

THIN = "\N{NARROW NO-BREAK SPACE}"
NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN = "unknown"
_BETWEEN_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_KEPT = f"\u200c\u200d{THIN}{NBSP}"
"""What joins letters and numbers, though Python counts none of it as printable."""


def number(value: object, digits: int = 2) -> str:
    """At least ``digits`` decimals, and for values below one at least as many significant digits.

    >>> number(0.612), number(0.4), number(0.00412), number(12), number(None)
    ('0.61', '0.40', '0.0041', '12', 'unknown')
    """
    found = _finite(value)
    if found is None:
        return _not_a_number(value)
    size = abs(found)
    if size == 0 or (isinstance(value, int) and size < 1e15):
        return spaced(f"{found:,.0f}")
    if size >= 1e9 or size < 1e-4:
        return _scientific(found, digits)
    if size >= 1000:
        return spaced(f"{found:,.{digits - 2}f}")
    return f"{found:.{max(digits, digits - 1 - math.floor(math.log10(size)))}f}"


def p_value(value: object) -> str:
    """Two significant digits, one below a thousandth, and never zero.

    >>> p_value(0.0421), p_value(3.2e-41), p_value(0.0)
    ('0.042', '3e-41', '< 1e-300')
    """
    found = _finite(value)
    if found is None:
        return _not_a_number(value)
    if found < 1e-300:
        return "< 1e-300"
    return f"{found:.2g}" if found >= 1e-3 else _scientific(found, 1)


def percent(value: object, digits: int = 1) -> str:
    """A share in [0, 1] in per cent; only exactly 1 is shown as 100 % and only exactly 0 as 0 %."""
    found = _finite(value)
    if found is None:
        return _not_a_number(value)
    hundredths = found * 100
    if found in (0, 1):
        return f"{abs(hundredths):.0f}{THIN}%"
    text = f"{hundredths:.{digits}f}"
    if float(text) == 0:  # no minus before zero
        text = text.removeprefix("-")
    if found < 1 and float(text) == 100:
        return f"> 99.9{THIN}%"
    if 0 < hundredths < 0.1:
        text = f"{hundredths:.{digits}g}" if hundredths >= 0.001 else "< 0.001"
    return f"{text}{THIN}%"


def points(value: object, digits: int = 1) -> str:
    """A difference of two shares, in percentage points with its sign."""
    found = _finite(value)
    return _not_a_number(value) if found is None else f"{found * 100:+.{digits}f} points"


def unsigned_points(value: object, digits: int = 1) -> str:
    """A difference of two shares without its plus sign: the words beside it say the direction."""
    return points(value, digits).removeprefix("+")


def times(value: object, digits: int = 2) -> str:
    """A ratio: ``×1.07``."""
    return _not_a_number(value) if _finite(value) is None else f"×{number(value, digits)}"


def count(value: int | None) -> str:
    return UNKNOWN if value is None else spaced(f"{value:,}")


def whole(value: object) -> object:
    """A count that averaging left with decimals, rounded to the nearest whole number."""
    return round(value) if isinstance(value, float) and math.isfinite(value) else value


def are_whole(values: Iterable[object]) -> bool:
    return all(isinstance(each, float) and each.is_integer() for each in values)


def plural(n: int, one: str, many: str | None = None) -> str:
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def certified(value: float | None, bounds: tuple[float, float] | None) -> str:
    """A value with the error that its profile certifies: ``0.28 ± 0.0005``; the value alone if it is exact."""
    if value is None or bounds is None or not math.isfinite(value) or bounds[0] == bounds[1]:
        return number(value)
    below, above = value - bounds[0], bounds[1] - value
    error = max(below, above)
    if not math.isfinite(error) or min(below, above) < 0.8 * error:
        return f"{number(value)} ({number(bounds[0])} to {number(bounds[1])})"
    place = math.floor(math.log10(error))
    rounded_up = math.ceil(error / 10.0**place - 1e-9) * 10.0**place
    decimals = max(-place, 2)
    return f"{value:.{decimals}f} ±{NBSP}{rounded_up:.{max(-place, 0)}f}"


def told_apart(value: object, limit: object, form: Callable[[object, int], str], digits: int = 2) -> tuple[str, str]:
    """A value and the limit that it crossed, or the ends of a range, with enough digits to show that they differ."""
    for more in range(digits, digits + 8):
        pair = form(value, more), form(limit, more)
        if pair[0] != pair[1]:
            return pair
    return form(value, digits), form(limit, digits)


def window(period: Window | None) -> str:
    """A half-open interval and its width: ``2013-03-08 – 2013-03-09 UTC (1 day)``."""
    return UNKNOWN if period is None else f"{period} UTC ({width(period.width)})"


def width(period: timedelta) -> str:
    """A length of time as a whole number of days, hours or minutes.

    >>> width(timedelta(days=28)), width(timedelta(hours=6)), width(timedelta(minutes=15))
    ('28 days', '6 hours', '15 minutes')
    """
    for size, unit in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour")):
        if period >= size and not period % size:
            return plural(period // size, unit)
    return plural(round(period / timedelta(minutes=1)), "minute")


def clean(text: object) -> str:
    """Text from the data on one line, without control characters and without characters that reverse the text
    direction."""
    return "".join(
        each if each.isprintable() or each in _KEPT else " " if each.isspace() else "\N{REPLACEMENT CHARACTER}"
        for each in (text if isinstance(text, str) else str(text))
    )


def shortened(text: object, most: int = 60) -> str:
    """Clean text of at most ``most`` characters."""
    whole = clean(text).strip()
    return whole if len(whole) <= most else f"{whole[: most - 1].rstrip()}…"


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _not_a_number(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    if isinstance(value, float):
        return "∞" if value > 0 else "−∞"
    return shortened(value)


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def spaced(text: str) -> str:
    """The text with a narrow space in place of each comma between thousands."""
    return _BETWEEN_THOUSANDS.sub(THIN, text)
