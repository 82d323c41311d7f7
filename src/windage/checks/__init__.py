"""Checks: each file asks one question about (reference, current) and holds its settings, limits and documentation."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import get_args

from windage.checks.check import Check, Family, Need
from windage.checks.unusable import unusable_check
from windage.errors import InvalidInput, did_you_mean, listed
from windage.extensions import Extensions

REQUIRED = ("name", "needs", "family", "calibrated", "measure", "conclude")
"""What a check defines; the rest of ``Check`` has defaults."""


@cache
def discovered() -> Mapping[str, type[Check]]:
    """Every check by name: the files of this folder that end with ``CHECK = …``, then installed entry points.

    An installed check that cannot be used keeps its name and fails in every window that asks for it.
    """
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = {module.CHECK.name: module.CHECK for module in modules if hasattr(module, "CHECK")}
    installed: Extensions[type[Check]] = Extensions("windage.checks", "check", built_in=tuple(found))
    for name in installed.added:
        try:
            found[name] = _usable(name, installed.load(name))
        except InvalidInput as error:
            found[name] = unusable_check(name, str(error))
    return found


def _usable(name: str, check: type[Check]) -> type[Check]:
    """The check itself.

    Raises:
        InvalidInput: it is none, lacks what every check has, or has another name.
    """
    if Check not in getattr(check, "__mro__", ()):
        raise InvalidInput(
            f"the entry point {name!r} adds no class that inherits from windage.checks.check.Check. Name the check's class."
        )
    if lacking := [each for each in REQUIRED if getattr(check, each, None) is getattr(Check, each, None)]:
        raise InvalidInput(
            f"the check {name!r} has no {listed(lacking)}. Define what is missing in {check.__module__}."
        )
    for field, allowed in (("needs", get_args(Need)), ("family", get_args(Family))):
        if (given := getattr(check, field)) not in allowed:
            raise InvalidInput(
                f"the check {name!r} has {field} {given!r}.{did_you_mean(str(given), allowed)} Use one of {listed(allowed)}."
            )
    if check.name != name:
        raise InvalidInput(f"the entry point {name!r} adds a check that is named {check.name!r}. Give both one name.")
    return check
