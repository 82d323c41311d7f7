"""All that a policy may do differently: a pure function of the past and today.

A policy with memory reads it in the past, so a fault's run can go on from quiet days that were judged already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from windage.profiles.window import WindowProfile
from windage.vocabulary import DriftReport
from world import Day

REFERENCE = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A day gone by: its profile and rows, and its report once days were judged."""

    start: datetime
    profile: WindowProfile
    rows: Day
    report: DriftReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The day to judge; its rows stay readable for attribution, as in production."""

    start: datetime
    profile: WindowProfile
    rows: Day


Judge = Callable[[Sequence[Past], Today], DriftReport]
