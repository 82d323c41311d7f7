"""Features of which ordinary days hold too few values to ask how these are distributed."""

from __future__ import annotations

from collections.abc import Mapping

from windage.evidence.seasons import same_season
from windage.evidence.tallies import FEW_ROWS
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS


def is_sparse(kind: str, name: str, reference: WindowProfile, current: WindowProfile) -> bool:
    """Whether a column has too few values in the current window, of enough rows, and on most days of enough rows like it.

    Days without the column do not count. How many values are missing is asked of every column.
    """
    if len(reference.days) < LEAST_DAYS or f"{kind}.{name}" in current.faults:
        return False
    if not _has_few_values(kind, name, current):
        return False
    days = [day for day in same_season(reference.days, current) if day.rows >= FEW_ROWS and name in _of(kind, day)]
    return len(days) >= LEAST_DAYS and 2 * sum(_has_few_values(kind, name, day) for day in days) > len(days)


def _has_few_values(kind: str, name: str, window: WindowProfile) -> bool:
    columns = _of(kind, window)
    return name in columns and window.rows >= FEW_ROWS and columns[name].known < FEW_ROWS


def _of(kind: str, window: WindowProfile) -> Mapping[str, NumericProfile | CategoricalProfile]:
    return window.numeric if kind == "numeric" else window.categorical
