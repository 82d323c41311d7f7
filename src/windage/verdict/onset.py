"""Since when: the first of the days in a row, up to this one, on which an alert's change was there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

import numpy as np

from windage.arrays import Floats, Ints
from windage.checks.categorical_feature import weights
from windage.checks.duplicate_partition import repeated
from windage.checks.missingness import values_of
from windage.checks.value_range import reach
from windage.evidence.counted import FEW_ROWS, numeric_cuts
from windage.evidence.new_categories import news
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.stats.gradual import came_gradually
from windage.stats.ordinary import LEAST_DAYS
from windage.verdict.details import detail_of
from windage.vocabulary import DriftAlert, DriftReport, DriftTrigger

LASTED = 0.5
"""A day on which this part of the change was there belongs to it."""
REJECTS = (DriftTrigger.reject_rate_increase, DriftTrigger.reject_rate_decrease)

Level = Callable[[WindowProfile], float | None]
"""The height of a day on the scale that the alert is about; None where the day does not show it."""


def with_onset_of_missing_rows(report: DriftReport, days: Iterable[WindowProfile] = ()) -> DriftReport:
    """The report of a window without any rows, which lacks them since the first of the consecutive partitions that are
    missing or empty; any other report as it is."""
    window = report.current_window
    if report.current_rows != 0 or window is None:
        return report
    start = window.start
    without_rows = [*report.missing_partitions, *(day.period for day in days if day.period and not day.rows)]
    for period in sorted(without_rows, key=lambda each: each.start, reverse=True):
        if period.end == start:
            start = period.start
    alerts = [
        each.model_copy(update={"since": start}) if each.trigger is DriftTrigger.row_volume else each
        for each in report.alerts
    ]
    return report.model_copy(update={"alerts": alerts})


def with_onsets(
    report: DriftReport,
    reference: WindowProfile,
    current: WindowProfile,
    *,
    reject_label: str,
    between: Sequence[WindowProfile] = (),
) -> DriftReport:
    """The report whose alerts say since when, where the reference's days can tell.

    Args:
        between: days before the current window that are no part of the reference.
    """
    if len(reference.days) < LEAST_DAYS:
        return report
    told = partial(_dated, reference=reference, current=current, between=between, reject_label=reject_label)
    alerts = [detail_of(alert, told) or alert for alert in report.alerts]
    return report.model_copy(update={"alerts": alerts})


def _dated(
    alert: DriftAlert,
    reference: WindowProfile,
    current: WindowProfile,
    *,
    reject_label: str,
    between: Sequence[WindowProfile],
) -> DriftAlert:
    """The alert with since when; and with whether it came gradually, where it is about more days than today."""
    level = _level_of(alert, reference, current, reject_label)
    since = onset(alert, reference, current, reject_label=reject_label, between=between)
    details = dict(alert.details)
    of_days = (details.get("span_days") or 1) > 1 or "against" in details
    if level and since and of_days and came_gradually(*_by_date(level, (*reference.days, *between, *current.days))):
        details["gradual"] = True
    return alert.model_copy(update={"since": since or alert.since, "details": details})


def _level_of(alert: DriftAlert, reference: WindowProfile, current: WindowProfile, reject_label: str) -> Level | None:
    about = _BY_TRIGGER.get(alert.trigger)
    names = [reject_label] if alert.trigger in REJECTS else alert.affected_features
    return about(names, reference, current) if about else None


def _by_date(level: Level, days: Iterable[WindowProfile]) -> tuple[Ints, Floats]:
    """The dates, in order, that show a level, and their levels: of several windows, the mean."""
    levels: dict[int, list[float]] = {}
    for day in days:
        if day.starts_at is not None and (found := level(day)) is not None:
            levels.setdefault(day.starts_at.toordinal(), []).append(found)
    dates = sorted(levels)
    return np.array(dates), np.array([np.mean(levels[date]) for date in dates])


def onset(
    alert: DriftAlert,
    reference: WindowProfile,
    current: WindowProfile,
    *,
    reject_label: str,
    between: Sequence[WindowProfile] = (),
) -> datetime | None:
    """The beginning of the first day in a row that lies at least half way from the reference's median day to this one."""
    level = _level_of(alert, reference, current, reject_label)
    if level is None:
        return None
    usual = [found for day in reference.days if (found := level(day)) is not None]
    now = level(current.days[-1])
    if len(usual) < LEAST_DAYS or now is None:
        return None
    middle = float(np.median(usual))
    change = now - middle
    first = current.days[0].starts_at
    if change == 0 or first is None:
        return first
    before = {day.starts_at: day for day in (*between, *reference.days) if day.starts_at and day.starts_at < first}
    for day in sorted(before.values(), key=_start, reverse=True):
        found = level(day)
        if found is None or (found - middle) / change < LASTED:
            break
        first = day.starts_at
    return first


def _start(day: WindowProfile) -> datetime:
    if day.starts_at is None:
        raise ValueError("a day without a date has no place in time")
    return day.starts_at


def _numeric(names: Sequence[str], reference: WindowProfile, current: WindowProfile) -> Level | None:
    """The share of values below the point where both windows are furthest apart."""
    (name,) = names
    before, now = reference.numeric[name], current.numeric[name]
    cuts = numeric_cuts(summary(reference, name))
    if not cuts.size:
        return None
    shares = [np.mean(each.rows_below(cuts), axis=0) / max(each.finite, 1) for each in (before, now)]
    cut = cuts[[int(np.abs(shares[1] - shares[0]).argmax())]]

    def level(day: WindowProfile) -> float | None:
        profile = day.numeric.get(name)
        if profile is None or profile.finite < FEW_ROWS:
            return None
        return float(np.mean(profile.rows_below(cut))) / profile.finite

    return level


def _missing(names: Sequence[str], _reference: WindowProfile, _current: WindowProfile) -> Level:
    (name,) = names

    def level(day: WindowProfile) -> float | None:
        profile = values_of(day, name)
        return None if profile is None or day.rows < FEW_ROWS else profile.missing_share

    return level


def _outside(names: Sequence[str], reference: WindowProfile, current: WindowProfile) -> Level:
    (name,) = names
    found = reach(reference, current, name)
    return lambda day: found.share_beyond(day.numeric[name]) if name in day.numeric and day.rows >= FEW_ROWS else None


def _held_still(names: Sequence[str], _reference: WindowProfile, _current: WindowProfile) -> Level:
    """Whether every row of a day holds one value."""
    (name,) = names

    def level(day: WindowProfile) -> float | None:
        profile = day.numeric.get(name)
        return None if profile is None or not profile.finite else float(profile.minimum == profile.maximum)

    return level


def _of_today(names: Sequence[str], _reference: WindowProfile, current: WindowProfile) -> Level:
    """Whether a day's columns are of the kinds that they are of today, or gone as they are today."""
    today = current.days[-1].schema
    return lambda day: float(all(day.schema.get(name) == today.get(name) for name in names)) if day.schema else None


def _repeats(_names: Sequence[str], reference: WindowProfile, current: WindowProfile) -> Level:
    """Whether a day holds what another one holds."""
    repeating = set(repeated([*reference.days, *current.days]))
    return lambda day: float(day in repeating)


def _cut(_names: Sequence[str], _reference: WindowProfile, _current: WindowProfile) -> Level:
    """The part of a day after its last row."""

    def level(day: WindowProfile) -> float | None:
        if day.period is None or day.last_at is None:
            return None
        return (day.period.end - day.last_at) / day.period.width

    return level


def _categories(trigger: DriftTrigger, names: Sequence[str], reference: WindowProfile, current: WindowProfile) -> Level:
    """The share of the categories that the alert is about."""
    (name,) = names
    counting = weights(trigger, name, reference, current)

    def level(day: WindowProfile) -> float | None:
        profile = day.categorical.get(name)
        return None if profile is None else sum(weight * profile.share(each) for each, weight in counting.items())

    return level


def _new_categories(names: Sequence[str], reference: WindowProfile, current: WindowProfile) -> Level:
    """Whether a day's rows of the categories that are new today would have been news: a user who sends them may send few."""
    (name,) = names
    found = news(name, reference, current)

    def level(day: WindowProfile) -> float | None:
        profile = day.categorical.get(name)
        if profile is None:
            return None
        rows = {each: profile.counts.get(each, 0) for each in found.rows}
        return float(found._replace(rows=rows, known=profile.known).is_told)

    return level


def _classes(names: Sequence[str], reference: WindowProfile, current: WindowProfile) -> Level | None:
    before, now = reference.labels, current.labels
    if before is None or now is None:
        return None
    grown = [each for each in names if now.share(each) > before.share(each)] or list(names)
    return lambda day: sum(map(day.labels.share, grown)) if day.labels else None


def _entropy(_names: Sequence[str], _reference: WindowProfile, _current: WindowProfile) -> Level:
    return lambda day: day.scores.entropy.moments.mean if day.scores and day.scores.entropy.finite else None


def _confidence(_names: Sequence[str], _reference: WindowProfile, _current: WindowProfile) -> Level:
    return lambda day: day.confidence.moments.mean if day.confidence and day.confidence.finite else None


def _invalid(_names: Sequence[str], _reference: WindowProfile, _current: WindowProfile) -> Level:
    return lambda day: day.scores.invalid / day.rows if day.scores and day.rows else None


def _rows(_names: Sequence[str], _reference: WindowProfile, _current: WindowProfile) -> Level:
    return lambda day: float(day.rows)


_BY_TRIGGER: dict[str, Callable[[Sequence[str], WindowProfile, WindowProfile], Level | None]] = {
    DriftTrigger.feature_ks: _numeric,
    DriftTrigger.feature_psi: _numeric,
    DriftTrigger.missingness: _missing,
    DriftTrigger.value_range: _outside,
    DriftTrigger.frozen: _held_still,
    DriftTrigger.schema_change: _of_today,
    DriftTrigger.freshness: _cut,
    DriftTrigger.duplicate_partition: _repeats,
    DriftTrigger.category_shift: partial(_categories, DriftTrigger.category_shift),
    DriftTrigger.new_category: _new_categories,
    DriftTrigger.vanished_category: partial(_categories, DriftTrigger.vanished_category),
    DriftTrigger.class_shift: _classes,
    DriftTrigger.new_class: _classes,
    DriftTrigger.reject_rate_increase: _classes,
    DriftTrigger.reject_rate_decrease: _classes,
    DriftTrigger.entropy_spike: _entropy,
    DriftTrigger.entropy_drop: _entropy,
    DriftTrigger.confidence_drop: _confidence,
    DriftTrigger.confidence_rise: _confidence,
    DriftTrigger.invalid_probabilities: _invalid,
    DriftTrigger.row_volume: _rows,
}
