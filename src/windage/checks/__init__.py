"""Checks: each file asks one question about (reference, current) and holds its settings, limits and documentation."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from windage.checks.check import Check
from windage.checks.unusable import unusable_check
from windage.errors import InvalidInput
from windage.extensions import Extensions


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
            found[name] = _named(name, installed.load(name))
        except InvalidInput as error:
            found[name] = unusable_check(name, str(error))
    return found


def _named(name: str, check: type[Check]) -> type[Check]:
    if check.name != name:
        raise InvalidInput(f"the entry point {name!r} adds a check that is named {check.name!r}. Give both one name.")
    return check
