"""The report on one window."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from windage.vocabulary.measured import CheckOutcome, DriftAlert, Finding
from windage.vocabulary.results import (
    ClassShiftResult,
    EntropyDrift,
    EstimatedAccuracy,
    FeatureDriftReport,
    RealisedPerformance,
    RejectRateDrift,
    TelemetrySnapshot,
)
from windage.vocabulary.words import Document, OpenDocument, Outcome, UtcDatetime, Window


class Picture(Document):
    """A feature's two distributions, small enough to be part of the report: histogram shares and ECDFs.

    ``edges`` has one element more than each list of shares. ``ecdf_x`` are support points, and ``*_ecdf`` the shares of
    rows at or below them. ``ks_at`` is the value at which the two ECDFs are furthest apart.
    """

    edges: tuple[float, ...]
    reference_shares: tuple[float, ...]
    current_shares: tuple[float, ...]
    ecdf_x: tuple[float, ...]
    reference_ecdf: tuple[float, ...]
    current_ecdf: tuple[float, ...]
    ks_at: float | None = None


OF_LABELS = "realised_performance"
"""The check that needs people's labels; all others are answered by the window's rows."""


def of_rows(outcomes: Mapping[str, CheckOutcome]) -> dict[str, CheckOutcome]:
    """The outcomes of the checks that the window's own rows answer: labels come later and do not judge the window."""
    return {check: each for check, each in outcomes.items() if check != OF_LABELS}


class DriftReport(OpenDocument):
    """The consolidated verdict on one window. Its JSON is the only source of truth; every view renders it.

    ``unread`` are sentences on missing partitions and on files that were not read. ``not_asked`` maps each check that
    could not run to what it needs and the log lacks, such as a kind of column that it does not name.
    """

    alerts: list[DriftAlert] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    feature_report: FeatureDriftReport | None = None
    reject_rate_drift: RejectRateDrift | None = None
    entropy_drift: EntropyDrift | None = None
    class_shift: ClassShiftResult | None = None
    estimated_accuracy: EstimatedAccuracy | None = None
    realised_performance: RealisedPerformance | None = None
    telemetry_snapshot: TelemetrySnapshot | None = None
    summary: str = ""
    any_critical: bool = False
    format_version: int = 1
    monitor: str | None = None
    policy: str = "reference"
    reference_window: Window | None = None
    current_window: Window | None = None
    reference_rows: int | None = None
    current_rows: int | None = None
    missing_partitions: list[Window] = Field(default_factory=list)
    unread: list[str] = Field(default_factory=list)
    outcomes: dict[str, CheckOutcome] = Field(default_factory=dict)
    not_asked: dict[str, str] = Field(default_factory=dict)
    pictures: dict[str, Picture] = Field(default_factory=dict)
    generated_at: UtcDatetime | None = None

    @property
    def of_rows(self) -> dict[str, CheckOutcome]:
        return of_rows(self.outcomes)

    @property
    def lacking(self) -> list[Window]:
        """The missing partitions of the current window, without those of the reference."""
        window = self.current_window
        return [each for each in self.missing_partitions if window and window.overlaps(each)]

    @property
    def outcome(self) -> Outcome:
        """The report in one word: alert if there is any alert, else error, else unknown, else ok."""
        found = {each.outcome for each in self.of_rows.values()}
        if self.alerts:
            return Outcome.alert
        return next((one for one in (Outcome.error, Outcome.unknown) if one in found), Outcome.ok)

    @property
    def is_judged(self) -> bool:
        """Whether the window as a whole was judged: there is an alert, or no check broke and at least half of all
        questions were answered. A column without values leaves only its own questions unanswered."""
        if self.outcome is not Outcome.unknown:
            return self.outcome is not Outcome.error
        asked = self.of_rows.values()
        return sum(each.answered for each in asked) >= sum(len(each.unknown) or not each.answered for each in asked)
