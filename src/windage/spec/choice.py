"""Which checks run: those that a monitor's file names, or all that its log has columns for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windage.checks import discovered
from windage.checks.check import Check
from windage.errors import InvalidInput, did_you_mean, listed
from windage.policy import Policy
from windage.spec.log import Log

DEFAULTS = "defaults"


def known_check(name: str) -> type[Check]:
    """The check of this name.

    Raises:
        InvalidInput: there is none.
    """
    found = discovered().get(name)
    if found is None:
        meant = did_you_mean(name, discovered()) or f" Available checks: {listed(discovered(), most=40)}."
        raise InvalidInput(f"unknown check {name!r}.{meant}")
    return found


def checks_for(log: Log, policy: Policy, chosen: Mapping[str, Any] | None = None) -> list[Check]:
    """The chosen checks with their settings; without a choice, the default checks.

    The default checks are those that the policy has limits for and the log has columns for; the key ``defaults`` in a
    choice adds them. A check that is not ``by_default``, because it costs more than others, runs only if it is chosen.
    One that is set to false does not run.
    """
    chosen = {DEFAULTS: None} if chosen is None else chosen
    checks = []
    for name, kind in sorted(discovered().items()):
        if chosen.get(name) is False:
            continue
        if name in chosen or (DEFAULTS in chosen and kind.by_default and log.has(kind.needs) and policy.asks(kind)):
            checks.append(_check(kind, chosen.get(name) or {}, log))
    return checks


def _check(kind: type[Check], settings: Mapping[str, Any], log: Log) -> Check:
    if "reject_label" in getattr(kind, "__dataclass_fields__", {}):
        settings = {"reject_label": log.reject_label, **settings}
    return kind(**settings)
