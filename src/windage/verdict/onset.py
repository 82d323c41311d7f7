"""The onset of an alert: the first day of the unbroken run, up to the current window, on which its change was present."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from windage.arrays import Floats, Ints
from windage.checks.check import Check, Level
from windage.profiles.window import WindowProfile
from windage.stats.gradual import came_gradually
from windage.stats.ordinary import LEAST_DAYS
from windage.verdict.details import detail_of
from windage.vocabulary import DriftAlert, DriftReport, DriftTrigger

TWO_WEEKS = timedelta(days=14)
LASTED = 0.5
"""A day with at least this part of the change belongs to the run."""
BEGUN, BEYOND = 0.1, 2.0
"""So does the day before, on whose evening the change may have come, with this part of it, if that is more than so many times
what any earlier day moved by."""


def with_onset_of_missing_rows(report: DriftReport, days: Iterable[WindowProfile]) -> DriftReport:
    """The report of a window without rows, with the onset of its row-volume alerts: the start of the unbroken run of
    missing or empty partitions that ends with it. One of a weekday that never has rows belongs to a run and begins none.
    Any other report is unchanged."""
    window = report.current_window
    if report.current_rows != 0 or window is None:
        return report
    days = [day for day in days if day.period]
    written = {day.starts_at.weekday() for day in days if day.rows and day.starts_at}
    known_from = min((day.starts_at for day in days if day.rows and day.starts_at), default=window.start)
    without_rows = [*report.missing_partitions, *(day.period for day in days if day.period and not day.rows)]
    start = since = window.start
    for period in sorted(without_rows, key=lambda each: each.start, reverse=True):
        if period.end == start:
            start = period.start
            is_ordinary = start.weekday() not in written and start - known_from >= TWO_WEEKS
            since = since if is_ordinary else start
    alerts = [
        each.model_copy(update={"since": since}) if each.trigger is DriftTrigger.row_volume else each
        for each in report.alerts
    ]
    return report.model_copy(update={"alerts": alerts})


def with_onsets(
    report: DriftReport,
    checks: Sequence[Check],
    reference: WindowProfile,
    current: WindowProfile,
    *,
    between: Sequence[WindowProfile] = (),
) -> DriftReport:
    """The report with the onsets of its alerts, if the reference has enough days.

    Args:
        between: days before the current window that are not part of the reference.
    """
    if len(reference.days) < LEAST_DAYS:
        return report
    by_name = {check.name: check for check in checks}
    dated = partial(_dated, checks=by_name, reference=reference, current=current, between=between)
    alerts = [detail_of(alert, dated) or alert for alert in report.alerts]
    return report.model_copy(update={"alerts": alerts})


def _dated(
    alert: DriftAlert,
    checks: Mapping[str, Check],
    reference: WindowProfile,
    current: WindowProfile,
    *,
    between: Sequence[WindowProfile],
) -> DriftAlert:
    """The alert with its onset and, if it is about more than the current window, with whether it came gradually."""
    check = checks.get(alert.check)
    level = check.day_level(reference, current, alert) if check else None
    since = onset(level, reference, current, between=between) if level else None
    details = dict(alert.details)
    of_days = (details.get("span_days") or 1) > 1 or "against" in details
    if level and since and of_days and came_gradually(*_by_date(level, (*reference.days, *between, *current.days))):
        details["gradual"] = True
    return alert.model_copy(update={"since": since or alert.since, "details": details})


def _by_date(level: Level, days: Iterable[WindowProfile]) -> tuple[Ints, Floats]:
    """The dates that show a level, ascending, and the mean level of each date's windows."""
    levels: dict[int, list[float]] = {}
    for day in days:
        if day.starts_at is not None and (value := level(day)) is not None:
            levels.setdefault(day.starts_at.toordinal(), []).append(value)
    dates = sorted(levels)
    return np.array(dates), np.array([np.mean(levels[date]) for date in dates])


def onset(
    level: Level, reference: WindowProfile, current: WindowProfile, *, between: Sequence[WindowProfile] = ()
) -> datetime | None:
    """The start of the last run of days that are at least half as far as the current one, of a window of several days the
    farthest, from what is usual for days like them, or of the day in whose course it began; None without enough levels."""
    usual = _Usual(level, reference.days)
    now = [moved for day in current.days if (moved := usual.moved(day)) is not None]
    if not now:
        return None
    change = max(now, key=abs)
    first = current.days[0].starts_at
    if change == 0 or first is None:
        return first
    before = {day.starts_at: day for day in (*between, *reference.days) if day.starts_at and day.starts_at < first}
    found = None
    days = sorted((*before.values(), *current.days), key=_start, reverse=True)
    for k, day in enumerate(days, 1):
        moved = usual.moved(day)
        if moved is None:
            continue  # a day without values, as in an outage, says nothing
        if moved / change >= LASTED:
            found = day.starts_at
        elif found is not None:
            is_part = _began_on(moved / change, (usual.moved(each) for each in days[k:]), change)
            return day.starts_at if is_part else found
    return found


def _began_on(part: float, earlier: Iterable[float | None], change: float) -> bool:
    """Whether a day that shows only a part of the change shows more of it than the days before it by chance."""
    parts = [abs(moved / change) for moved in earlier if moved is not None]
    return len(parts) >= LEAST_DAYS and part > max(BEGUN, BEYOND * max(parts))


class _Usual:
    """The median level of days like one: of its season if enough days are, else of its hour, else of all."""

    def __init__(self, level: Level, days: Iterable[WindowProfile]) -> None:
        self._level = level
        levels: dict[tuple[int, ...], list[float]] = {}
        for day in days:
            if (value := level(day)) is not None:
                for kin in _from_nearest(day):
                    levels.setdefault(kin, []).append(value)
        self._medians = {kin: float(np.median(each)) for kin, each in levels.items() if len(each) >= LEAST_DAYS}

    def moved(self, day: WindowProfile) -> float | None:
        """By how much the day differs from it; None if either is not known."""
        value = self._level(day)
        median = next((self._medians[kin] for kin in _from_nearest(day) if kin in self._medians), None)
        return None if value is None or median is None else value - median


def _from_nearest(day: WindowProfile) -> tuple[tuple[int, ...], ...]:
    """The kinds of days that a day is one of, the one whose days are most alike first."""
    return (day.hour, day.part_of_week), (day.hour,), ()


def _start(day: WindowProfile) -> datetime:
    if day.starts_at is None:
        raise ValueError("a day without a date has no place in time")
    return day.starts_at
