"""The stand-in for an installed check that cannot be used: it fails in every window with the reason, and others run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from windage.checks.check import Check, Conclusion, Verdict
from windage.errors import WindageError
from windage.profiles.window import WindowProfile
from windage.vocabulary import Measurement


def unusable_check(name: str, reason: str) -> type[Check]:
    """A check named ``name`` that accepts any settings and always fails with ``reason``."""

    def measure(self: Check, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:  # noqa: ARG001
        raise WindageError(reason)

    def conclude(self: Check, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:  # noqa: ARG001
        return Conclusion(None, [])

    about: dict[str, Any] = {
        "__doc__": reason,
        "__module__": __name__,
        "name": name,
        "needs": "rows",
        "family": "inputs",
        "calibrated": (),
        "measure": measure,
        "conclude": conclude,
    }
    made: Any = dataclass(frozen=True, config=ConfigDict(extra="ignore"))(type("UnusableCheck", (Check,), about))
    found: type[Check] = made
    return found


def reason_of(check: type[Check]) -> str:
    """Why a check cannot be used; empty for one that can."""
    return check.__doc__ or "" if check.__module__ == __name__ else ""
