"""The rows of a report's tables, as every view shows them: their order, their numbers, the lengths of their bars."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from windage.reports.formats import UNKNOWN, certified, number, p_value, percent, points, unsigned_points
from windage.reports.sentences.alert import alert_sentence, trigger_words
from windage.reports.sentences.report import alerts_by_severity
from windage.reports.sentences.text import Sentence
from windage.reports.sentences.triggers import wording
from windage.vocabulary import (
    TRIGGER_FACTS,
    ClassShiftResult,
    DriftAlert,
    DriftReport,
    DriftTrigger,
    EstimatedAccuracy,
    FeatureDriftResult,
    SeverityName,
)

MOVED, NOT_JUDGED, STEADY = "moved", "not judged", ""


class FeatureRow(NamedTuple):
    """A row of the table of features: formatted numbers, and the lengths of their bars in per cent.

    ``found`` says in a word what an alert found, and ``severity`` how severe it is. ``note`` replaces the numbers of a
    feature that has none; ``missing`` describes missing values, which no picture of values shows.
    """

    name: str
    state: str
    found: str
    psi: str
    psi_bar: str
    ks: str
    ks_bar: str
    p: str
    shift: str = ""
    note: Sentence | None = None
    missing: str = ""
    severity: SeverityName = "warning"


class ShareRow(NamedTuple):
    """A class or category."""

    name: str
    shifted: bool
    reference: float
    current: float
    reference_bar: str
    current_bar: str


def beside_margin(estimate: EstimatedAccuracy) -> str:
    """The change of the estimated accuracy and its one-sided margin, within which 95 of 100 ordinary days stay."""
    if estimate.reference is None or estimate.current is None:
        return ""
    change = points(estimate.current - estimate.reference)
    margin = None if estimate.margin is None else unsigned_points(estimate.margin)
    return change if margin is None else f"{change} ± {margin} (one-sided 95 %)"


def feature_rows(report: DriftReport) -> list[FeatureRow]:
    """Every feature: first those that an alert names, critical ones before others, then those that could not be judged,
    then the rest; by PSI within each part."""
    features = report.feature_report
    alerted = alerts_by_feature(report)
    results = sorted(features.results, key=lambda each: -magnitude(each.psi)) if features else []
    longest = max((magnitude(each.psi) for each in results), default=0.0)
    rows = [_row(each, longest, alerted.get(each.feature), beside_days=beside_days(report)) for each in results]
    shown = {row.name for row in rows}
    without = [name for name in dict.fromkeys([*alerted, *(features.unknown if features else ())]) if name not in shown]
    rows += [_row_of_alert(name, alerted.get(name)) for name in without]
    return sorted(rows, key=lambda row: ((MOVED, NOT_JUDGED, STEADY).index(row.state), row.severity != "critical"))


def alerts_by_feature(report: DriftReport) -> dict[str, DriftAlert]:
    """The worst alert on each feature; alerts about no feature are left out."""
    found: dict[str, DriftAlert] = {}
    for alert in alerts_by_severity(report):
        for name in alert.affected_features if not TRIGGER_FACTS[alert.trigger].of_window else ():
            found.setdefault(name, alert)
    return found


def severity_of(report: DriftReport, begins: tuple[str, ...]) -> SeverityName:
    """The worst severity of the alerts whose trigger starts with ``begins``; warning without any, as in older
    reports."""
    return (
        "critical"
        if any(each.severity == "critical" and each.trigger.startswith(begins) for each in report.alerts)
        else "warning"
    )


def beside_days(report: DriftReport) -> bool:
    """Whether features were compared with ordinary days, so that their p-values come from the day model."""
    return report.feature_report is not None and any(
        each.adjusted_p is not None for each in report.feature_report.results
    )


def found_by(alert: DriftAlert) -> str:
    """What an alert about a feature found, in a word."""
    return wording(alert.trigger).found or trigger_words(alert)


def class_rows(shift: ClassShiftResult | None) -> list[ShareRow]:
    """The classes, those that shifted first."""
    return [] if shift is None else share_rows(shift.ref_dist, shift.cur_dist, shifted=shift.shifted_classes)


def share_rows(
    reference: Mapping[str, float], current: Mapping[str, float], *, shifted: Collection[str] = ()
) -> list[ShareRow]:
    """Shares before and now: those that shifted first, and the largest change first within each part."""
    pairs = {name: (reference.get(name, 0.0), current.get(name, 0.0)) for name in {**reference, **current}}
    order = sorted(pairs, key=lambda name: (name not in shifted, -abs(pairs[name][1] - pairs[name][0]), name))
    return [ShareRow(name, name in shifted, *pairs[name], *map(bar_length, pairs[name])) for name in order]


def missingness(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    """The features with missing values, the largest missing share first."""
    return sorted(((name, share) for name, share in shares.items() if share > 0), key=lambda each: (-each[1], each[0]))


def pair_bars(values: Iterable[float | None]) -> list[str]:
    """The lengths of bars on one scale, on which the longest is full."""
    found = [magnitude(value) for value in values]
    longest = max(found, default=0.0)
    return [bar_length(each / longest if longest else 0.0) for each in found]


def of_whole(share: float | None) -> str:
    """The length of a share's bar on a track that stands for 1; zero if the share is unknown."""
    return bar_length(magnitude(share))


def _row(result: FeatureDriftResult, longest: float, alert: DriftAlert | None, *, beside_days: bool) -> FeatureRow:
    state = MOVED if result.is_drifted or alert else STEADY if _is_judged(result) else NOT_JUDGED
    return FeatureRow(
        name=result.feature,
        state=state,
        found=found_by(alert) if alert else state,
        psi=certified(result.psi, result.bounds.get("psi")),
        psi_bar=bar_length(magnitude(result.psi) / longest if longest else 0.0),
        ks=certified(result.ks_statistic, result.bounds.get("ks_statistic")),
        ks_bar=bar_length(magnitude(result.ks_statistic)),
        p=p_value(result.adjusted_p if beside_days else result.ks_p_value),
        shift="" if result.shift_sd is None else f"{number(result.shift_sd)} sd",
        missing=_missing(alert) if alert else "",
        severity=alert.severity if alert else "warning",
    )


def _missing(alert: DriftAlert) -> str:
    before, now = (alert.details.get(key) for key in ("ref_share", "cur_share"))
    is_told = alert.trigger is DriftTrigger.missingness and isinstance(now, float)
    return f"{percent(before)} → {percent(now)} of rows" if is_told else ""


def _row_of_alert(name: str, alert: DriftAlert | None) -> FeatureRow:
    """The row of a feature without numbers: what an alert found, or that the feature was not judged."""
    state = MOVED if alert else NOT_JUDGED
    return FeatureRow(
        name=name,
        state=state,
        found=found_by(alert) if alert else state,
        psi=UNKNOWN,
        psi_bar=bar_length(0),
        ks=UNKNOWN,
        ks_bar=bar_length(0),
        p=UNKNOWN,
        note=alert_sentence(alert) if alert else None,
        severity=alert.severity if alert else "warning",
    )


def _is_judged(result: FeatureDriftResult) -> bool:
    return result.psi is not None or result.ks_statistic is not None


def magnitude(value: float | None) -> float:
    """The absolute value, to sort by and for the length of a bar; 0 if it is unknown or infinite."""
    return abs(value) if value is not None and math.isfinite(value) else 0.0


def bar_length(share: float) -> str:
    """The length of a share's bar in per cent, limited to 0–100 %."""
    return f"{min(max(share, 0.0), 1.0) * 100:.1f}%"
