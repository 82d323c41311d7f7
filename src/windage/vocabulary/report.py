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
    """A feature's two distributions, small enough to travel in the report: histogram shares and an ECDF.

    ``edges`` has one element more than each share list; ``ecdf_x`` are support points and ``ecdf_*`` the share of
    rows at or below them. ``ks_at`` is where the two ECDFs are furthest apart.
    """

    edges: tuple[float, ...]
    reference_shares: tuple[float, ...]
    current_shares: tuple[float, ...]
    ecdf_x: tuple[float, ...]
    reference_ecdf: tuple[float, ...]
    current_ecdf: tuple[float, ...]
    ks_at: float | None = None


OF_LABELS = "realised_performance"
"""The check whose answer waits for people's labels, as any other is not known without rows."""


def of_rows(outcomes: Mapping[str, CheckOutcome]) -> dict[str, CheckOutcome]:
    """The outcomes of the checks that a window's own rows answer: people's labels come later, and judge no window."""
    return {check: each for check, each in outcomes.items() if check != OF_LABELS}


class DriftReport(OpenDocument):
    """The consolidated verdict on one window. JSON of this document is the only truth; every view renders it.

    ``unread`` says what lies at the partitions' places and was not read.
    ``not_asked`` maps a check to the kind of column that the log does not name for it: what nobody can know.
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
        """The partitions of the current window itself that are missing."""
        window = self.current_window
        return [
            each for each in self.missing_partitions if window and each.end > window.start and each.start < window.end
        ]

    @property
    def outcome(self) -> Outcome:
        """The report in one word: an alert before a broken check, a broken check before an unknown, ok last."""
        found = {each.outcome for each in self.of_rows.values()}
        if self.alerts:
            return Outcome.alert
        return next((one for one in (Outcome.error, Outcome.unknown) if one in found), Outcome.ok)

    @property
    def is_judged(self) -> bool:
        """Whether the window as a whole was judged: something was found, or nothing broke and at least half of all questions
        were answered. A column that never holds a value leaves its own questions open, and not the window's."""
        if self.outcome is not Outcome.unknown:
            return self.outcome is not Outcome.error
        asked = self.of_rows.values()
        return sum(each.answered for each in asked) >= sum(len(each.unknown) or not each.answered for each in asked)
