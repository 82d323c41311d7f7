"""Which rows of a window are worth a person's time: one file for each strategy, and the rules that all keep."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from windage.errors import InvalidInput
from windage.extensions import Extensions
from windage.selection.strategy import Candidates, Selection, Strategy, select

__all__ = ["Candidates", "Selection", "Strategy", "select", "strategies", "strategy_named"]


@cache
def strategies() -> Mapping[str, Strategy]:
    """Every strategy by name: the files of this folder that end in ``STRATEGY = …``, then installed entry points that can
    be used."""
    found = dict(_built_in())
    for name in _installed().added:
        try:
            found[name] = _added(name)
        except InvalidInput:
            continue
    return found


def strategy_named(name: str) -> Strategy:
    """The strategy of this name.

    Raises:
        InvalidInput: there is none, or it cannot be used.
    """
    return strategies().get(name) or _added(name)


def _added(name: str) -> Strategy:
    found = _installed().load(name)
    if not isinstance(found, Strategy) or found.name != name:
        raise InvalidInput(
            f"the strategy {name!r} cannot be used: its entry point must name a windage.selection.Strategy of that name. "
            "Correct the package that adds it, or uninstall it."
        )
    return found


@cache
def _built_in() -> Mapping[str, Strategy]:
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    return {module.STRATEGY.name: module.STRATEGY for module in modules if hasattr(module, "STRATEGY")}


@cache
def _installed() -> Extensions[Strategy]:
    return Extensions("windage.strategies", "strategy", built_in=tuple(_built_in()))
