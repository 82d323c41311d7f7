"""What pydantic refuses, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from windage.errors import did_you_mean, listed

if TYPE_CHECKING:
    from pydantic import ValidationError

_OUR_WORDS = {
    r"^\w+ should ": "must ",
    r"a valid tuple|a valid list": "a list such as [a, b]",
    r"a (valid )?dictionary.*": "a mapping of keys to values",
    r"a valid date.*": "a date or time, such as 2024-01-31 or 2024-01-31T06:00",
    r"(in )?a valid time .*": "a time such as 08:00",
    r"a valid integer.*": "a whole number",
    r"a valid number.*": "a number",
    r"a valid string": "text",
    r"a valid boolean.*": "true or false",
    r"greater than or equal to": "at least",
    r"less than or equal to": "at most",
    r" after validation, not \d+": "",
}
_OWN = "Value error, "
A_KEY = "[key]"
"""How pydantic ends the location of a key that is itself at fault."""


def fault_in_words(fault: Mapping[str, Any], *, allowed: Iterable[str] = ()) -> str:
    """One of pydantic's faults in our words, without its key: ``must be at least 2; got 1.``

    Args:
        allowed: the keys to choose from where an unknown one was given.
    """
    what: str = fault["msg"]
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"unknown key.{did_you_mean(str(fault['loc'][-1]), allowed)}"
    if fault["type"] in ("missing", "missing_argument"):
        return "missing."
    if not what.startswith(_OWN):
        for theirs, ours in _OUR_WORDS.items():
            what = re.sub(theirs, ours, what)
    if fault["type"] in ("literal_error", "enum"):
        what = _of_a_choice(what, re.findall("'([^']*)'", fault["ctx"]["expected"]), fault.get("input"))
    what = what.removeprefix(_OWN)
    wrong, stop, remedy = what.partition(". ")
    given = fault.get("input", ())
    is_told = "; got " in wrong or (isinstance(given, str) and repr(given) in wrong)
    if isinstance(given, str | int | float | bool | None) and not is_told:
        wrong = f"{wrong}; got {given!r}"
    return f"{wrong}{stop}{remedy}." if not remedy.endswith("?") else f"{wrong}{stop}{remedy}"


def _of_a_choice(wrong: str, allowed: Sequence[str], given: object) -> str:
    """The sentence that a word is not one of the allowed ones, and which was probably meant."""
    few = wrong if len(allowed) <= 8 else f"must be one of {listed(allowed)}"
    near = did_you_mean(given, allowed) if isinstance(given, str) else ""
    return f"{few}.{near}" if near else few


def broken_place(error: ValidationError) -> str:
    """Where a document is broken and how, without its values."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    first = ".".join(map(str, found[0]["loc"])) or "the document"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{first}: {fault_in_words(found[0]).removesuffix('.')}{more}"
