"""One window in a few numbers: what a page shows of it without reading its report."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from windage.checks import discovered
from windage.checks.check import OF_FEATURES, Check
from windage.errors import InvalidInput
from windage.reports.sentences.report import alerts_by_severity, headline, status
from windage.vocabulary import (
    CheckOutcome,
    CheckResult,
    Document,
    DriftAlert,
    DriftReport,
    Outcome,
    SeverityName,
    Window,
)

WindowState = Literal["critical", "warning", "error", "unknown", "ok"]
"""A window, or a subject in it, in one word: ``unknown`` had too little data to be judged, and on ``error`` a check broke."""

WORST_FIRST: tuple[WindowState, ...] = ("critical", "warning", "error", "unknown", "ok")
OF_ONE_COLUMN = ("numeric", "categorical")
"""The needs of checks whose answers are each about one feature, so that the feature's cell shows them."""
LINES_OF_SHARES = ("reject_rate", "confidence", "estimated_accuracy", "realised_accuracy")
"""The lines whose values are shares, or lie between 0 and 1 as shares do."""


class Cell(NamedTuple):
    """A subject in one window: the largest certain change of a share of its rows, and what was found. Each is None if it is not
    known."""

    effect: float | None
    state: WindowState | None


class Line(NamedTuple):
    """A number of a window, with an interval where it is an estimate.

    For the accuracy by labels it is the 95 % interval. For the accuracy estimated without labels it reaches to the one-sided
    95 % bound of the difference from the reference on either side, so it is a 90 % interval.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class StripWindow:
    """A window in a strip of many."""

    start: datetime
    end: datetime
    state: WindowState
    n_alerts: int
    rows: int | None
    headline: str


class WindowRecord(Document):
    """A window of a monitor.

    ``cells`` are by feature, ``wholes`` by check that asks about the window as a whole, and ``classes`` are the shares of
    the predicted classes. ``alerted`` says by feature which checks alerted about it and how severely, the most urgent
    first; windows kept by earlier versions lack it. ``inputs`` are the fingerprints of the partitions that the window was
    judged from, by their starts; they are empty for missing partitions.
    """

    monitor: str
    window: Window
    state: WindowState
    n_alerts: int
    rows: int | None = None
    run_id: str | None = None
    headline: str = ""
    lines: Mapping[str, Line] = Field(default_factory=dict)
    classes: Mapping[str, float] = Field(default_factory=dict)
    wholes: Mapping[str, Cell] = Field(default_factory=dict)
    cells: Mapping[str, Cell] = Field(default_factory=dict)
    alerted: Mapping[str, Mapping[str, SeverityName]] = Field(default_factory=dict)
    inputs: Mapping[datetime, str] = Field(default_factory=dict)

    def in_strip(self) -> StripWindow:
        return StripWindow(self.window.start, self.window.end, self.state, self.n_alerts, self.rows, self.headline)


def record_of(report: DriftReport, results: Sequence[CheckResult], *, run_id: str | None = None) -> WindowRecord:
    """The record of a window from its report, and from what its checks measured.

    Raises:
        InvalidInput: the report names no monitor or window.
    """
    if report.monitor is None or report.current_window is None:
        raise InvalidInput("A window's record needs a monitor and a window; this report lacks them. Set both.")
    features, wholes = _cells(report, results)
    telemetry = report.telemetry_snapshot
    return WindowRecord(
        monitor=report.monitor,
        window=report.current_window,
        state=status(report).name,
        n_alerts=len(report.alerts),
        rows=report.current_rows,
        run_id=run_id,
        headline=str(headline(report)),
        lines=dict(_lines(report)),
        classes=telemetry.class_distribution if telemetry else {},
        wholes=wholes,
        cells=features,
        alerted=_alerted(report, features.keys()),
    )


def _lines(report: DriftReport) -> Iterator[tuple[str, Line]]:
    telemetry, estimated, realised = (
        report.telemetry_snapshot,
        report.estimated_accuracy,
        report.realised_performance,
    )
    if report.current_rows is not None:
        yield "rows", Line(report.current_rows)
    if telemetry is not None and telemetry.class_distribution:
        yield "reject_rate", Line(telemetry.reject_rate)
    if report.entropy_drift is not None and report.entropy_drift.cur_mean_entropy is not None:
        yield "entropy", Line(report.entropy_drift.cur_mean_entropy)
    if telemetry is not None and telemetry.confidence_stats is not None:
        yield "confidence", Line(telemetry.confidence_stats.mean)
    if estimated is not None and estimated.current is not None:
        margin = estimated.margin
        around = () if margin is None else (max(estimated.current - margin, 0.0), min(estimated.current + margin, 1.0))
        yield "estimated_accuracy", Line(estimated.current, *around)
    if realised is not None and realised.accuracy is not None:
        yield "realised_accuracy", Line(realised.accuracy, *(realised.accuracy_interval or ()))


def _cells(report: DriftReport, results: Sequence[CheckResult]) -> tuple[dict[str, Cell], dict[str, Cell]]:
    """The cells of features, and of checks that ask about the window as a whole."""
    checks = discovered()
    asked = [(checks[each.check], each) for each in results if each.check in checks]
    names = set(_features_in(asked))
    features: dict[str, Cell] = {}
    wholes: dict[str, Cell] = {}
    for check, result in asked:
        outcome = report.outcomes.get(check.name)
        for each in result.measurements:
            if each.subject in names and check.needs in OF_FEATURES:
                _add(features, each.subject, _answered(check, outcome, each.subject), _certain(each.values))
            else:
                state: WindowState = "error" if each.error else "unknown" if each.unknown else "ok"
                _add(wholes, check.name, state, _certain(each.values))
        if outcome and (whole := _state_as_whole(check, result, outcome)):
            _add(wholes, check.name, whole)
    for alert in report.alerts:
        painted = _features(alert, names)
        for name in painted:
            _add(features, name, alert.severity)
        if not painted:
            _add(wholes, alert.check or str(alert.trigger), alert.severity)
    return features, wholes


def _add(cells: dict[str, Cell], subject: str, state: WindowState, effect: float | None = None) -> None:
    """Keep the largest effect and the worst state of a subject."""
    before = cells.get(subject, Cell(None, state))
    largest = max((each for each in (before.effect, effect) if each is not None), default=None)
    cells[subject] = Cell(largest, next(each for each in WORST_FIRST if each in (before.state, state)))


def _features_in(asked: Iterable[tuple[type[Check], CheckResult]]) -> Iterator[str]:
    """The features that checks measured, without what a check says about all columns together under its own name."""
    for check, result in asked:
        if check.needs in OF_ONE_COLUMN:
            for each in result.measurements:
                if check.by_column or (each.values and each.subject != check.name):
                    yield each.subject


def _state_as_whole(check: type[Check], result: CheckResult, outcome: CheckOutcome) -> WindowState | None:
    """The state of a check that could not answer, if no feature's cell shows it: a check of the window, of users or of all
    columns, or a check of features that broke before it measured any. None if it answered."""
    if outcome.outcome is Outcome.error and (check.needs not in OF_FEATURES or not result.measurements):
        return "error"
    return "unknown" if outcome.outcome is Outcome.unknown and check.needs not in OF_ONE_COLUMN else None


def _alerted(report: DriftReport, names: Collection[str]) -> dict[str, dict[str, SeverityName]]:
    found: dict[str, dict[str, SeverityName]] = {}
    for alert in alerts_by_severity(report):
        for name in _features(alert, names):
            found.setdefault(name, {}).setdefault(alert.check, alert.severity)
    return found


def _features(alert: DriftAlert, names: Collection[str]) -> list[str]:
    """The features that an alert is about; none where its check asks about the window as a whole."""
    source = discovered().get(alert.check)
    is_of_features = source is None or source.needs in OF_FEATURES
    return [name for name in alert.affected_features if name in names] if is_of_features else []


def _answered(check: type[Check], outcome: CheckOutcome | None, subject: str) -> WindowState:
    if outcome is None or check.needs not in OF_ONE_COLUMN:
        return "ok"
    return "error" if subject in outcome.errors else "unknown" if subject in outcome.unknown else "ok"


def _certain(values: Mapping[str, float | None]) -> float | None:
    found = [
        values.get("effect") if values.get("effect_least") is None else values["effect_least"],
        values.get("excess"),
    ]
    known = [abs(value) for value in found if value is not None and math.isfinite(value)]
    return round(max(known), 4) if known else None
