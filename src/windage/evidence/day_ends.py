"""How near to a day's end its last row lies."""

from __future__ import annotations

from collections.abc import Sequence

from windage.evidence.tallies import FEW_ROWS
from windage.profiles.window import WindowProfile
from windage.stats.median import median

ORDINARY = 3.0
"""A gap up to this many times as far beyond the median gap as the longest ordinary one is still ordinary."""
ENDS_EARLY_FROM = 0.10
"""The least part of a day by which it must end earlier than usual to end early."""


def gap(day: WindowProfile) -> float | None:
    """The part of the day's period after its last row, in [0, 1]; None if it is unknown or the day has too few rows."""
    left = None if day.rows < FEW_ROWS else after_the_last_row(day)
    return None if left is None else min(max(left, 0.0), 1.0)


def after_the_last_row(day: WindowProfile) -> float | None:
    if day.period is None or day.last_at is None:
        return None
    return (day.period.end - day.last_at) / day.period.width


def is_early(now: float, gaps: Sequence[float], *, least: float = 0.0) -> bool:
    """Whether a gap is beyond ordinary ones. What counts is how far these lie from their median, not from 0: of a log that
    stops at six every evening, all are a quarter of the day long. ``least`` is the least of the longest."""
    usual = float(median(gaps))
    return now >= usual + ENDS_EARLY_FROM and now > usual + ORDINARY * (max(*gaps, least) - usual)


def ends_early(day: WindowProfile, others: Sequence[WindowProfile]) -> bool:
    """Whether a day's rows end much earlier than those of every other day."""
    now, usual = gap(day), [found for each in others if (found := gap(each)) is not None]
    return now is not None and bool(usual) and is_early(now, usual)
