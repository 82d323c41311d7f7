"""Questions about (reference, current). One file is one question, its configuration, its limits and its documentation."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint

from windage.checks.check import Check
from windage.checks.unloaded import unloaded
from windage.errors import WindageError
from windage.installed import installed

log = logging.getLogger(__name__)

ENTRY_POINTS = "windage.checks"


@cache
def discovered() -> Mapping[str, type[Check]]:
    """Every check by name: the files of this folder that end in ``CHECK = …``, then installed entry points."""
    found: dict[str, type[Check]] = {}
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    built_in = [module.CHECK for module in modules if hasattr(module, "CHECK")]
    for check in [*built_in, *map(_loaded, installed(ENTRY_POINTS))]:
        if found.setdefault(check.name, check) is not check:
            raise WindageError(
                f"two checks are named {check.name!r}: {found[check.name].__module__} and {check.__module__}. "
                "Rename the one that was added."
            )
    return found


def _loaded(point: EntryPoint) -> type[Check]:
    try:
        found: type[Check] = point.load()
    except Exception as error:  # a package of anyone's
        reason = (
            f"the check {point.name} of another package cannot be imported from {point.value}: {type(error).__name__}: {error}. "
            "Fix or uninstall that package."
        )
        log.exception("%s", reason)
        return unloaded(point.name, reason)
    return found
