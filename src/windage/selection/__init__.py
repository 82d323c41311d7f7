"""Which rows of a window are worth a person's time: one file for each strategy, and the rules that all keep."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from windage.selection.strategy import Candidates, Selection, Strategy, select

__all__ = ["Candidates", "Selection", "Strategy", "select", "strategies"]


@cache
def strategies() -> dict[str, Strategy]:
    """Every strategy by name: the files of this folder that end in ``STRATEGY = …``."""
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = [module.STRATEGY for module in modules if hasattr(module, "STRATEGY")]
    return {each.name: each for each in found}
