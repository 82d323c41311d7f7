"""The nouns of drift monitoring, as documents that cross borders: XCom, report, queue, API.

Every model loads documents of older versions: a field added later has a default.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

REJECT_LABEL = "Mixed/Unknown"
"""The label a classifier writes when it declines to decide."""


def aware_utc(moment: datetime) -> datetime:
    """The same moment as an aware UTC time; a naive time is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def utc_now() -> datetime:
    return datetime.now(tz=UTC)


UtcDatetime = Annotated[datetime, AfterValidator(aware_utc)]
SeverityName = Literal["warning", "critical"]


class Severity(StrEnum):
    """How soon a person must look: ``critical`` pages, ``warning`` is for working hours."""

    warning = "warning"
    critical = "critical"


class Outcome(StrEnum):
    """What a question was answered with; ``unknown`` and ``error`` are never a pass."""

    ok = "ok"
    alert = "alert"
    unknown = "unknown"
    error = "error"


class DriftTrigger(StrEnum):
    """What an alert is about."""

    feature_psi = "feature_psi"
    feature_ks = "feature_ks"
    reject_rate_increase = "reject_rate_increase"
    entropy_spike = "entropy_spike"
    class_shift = "class_shift"
    entropy_drop = "entropy_drop"
    reject_rate_decrease = "reject_rate_decrease"
    missingness = "missingness"
    frozen = "frozen"
    value_range = "value_range"
    category_shift = "category_shift"
    new_category = "new_category"
    new_class = "new_class"
    row_volume = "row_volume"
    schema_change = "schema_change"
    freshness = "freshness"
    segment = "segment"
    correlation = "correlation"
    confidence_drop = "confidence_drop"
    confidence_rise = "confidence_rise"
    invalid_probabilities = "invalid_probabilities"
    vanished_category = "vanished_category"
    joint_drift = "joint_drift"


class OpenDocument(BaseModel):
    """A model whose validator is built when it is first used: an Airflow task uses few of them."""

    model_config = ConfigDict(defer_build=True)


class Document(OpenDocument):
    """A frozen model: what was found does not change afterwards."""

    model_config = ConfigDict(frozen=True)


# ── Time and place ────────────────────────────────────────────────────────────


class Window(Document):
    """A half-open interval of UTC time, ``[start, end)``."""

    start: UtcDatetime
    end: UtcDatetime

    @model_validator(mode="after")
    def _is_not_empty(self) -> Window:
        if self.end <= self.start:
            raise ValueError(
                f"a window must end after it starts; got {self.start.isoformat()} to {self.end.isoformat()}. "
                "Give the schedule a real data interval."
            )
        return self

    def __str__(self) -> str:
        return f"{_short(self.start)} – {_short(self.end)}"

    @property
    def width(self) -> timedelta:
        return self.end - self.start

    def split(self, every: timedelta) -> Iterator[Window]:
        """The consecutive periods of width ``every`` that make up this window; the last may be shorter."""
        start = self.start
        while start < self.end:
            yield Window(start=start, end=min(start + every, self.end))
            start += every


def _short(moment: datetime) -> str:
    return (
        f"{moment:%Y-%m-%d}"
        if moment == moment.replace(hour=0, minute=0, second=0, microsecond=0)
        else (f"{moment:%Y-%m-%d %H:%M}")
    )


class PartitionRef(Document):
    """One period of the log: where its files lie and what they contained when they were listed."""

    period: Window
    files: tuple[str, ...]
    fingerprint: str


# ── Measured, then judged ─────────────────────────────────────────────────────


class Measurement(Document):
    """What a check measured of one subject: a feature, a class, or the window as a whole.

    ``values`` maps a statistic's name to its value; ``bounds`` holds the certified interval of each value that was
    taken from an inexact profile. ``rows`` are the reference's and current rows that the values rest on. ``users`` are
    those that the subject changed for, ``partners`` other subjects whose alerts explain this one, ``categories`` those
    that are new or gone.
    ``unknown`` or ``error`` says why there is nothing to judge.
    """

    subject: str
    rows: tuple[int, int] = (0, 0)
    values: dict[str, float | None] = Field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = Field(default_factory=dict)
    users: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    unknown: str | None = None
    error: str | None = None

    def interval(self, statistic: str) -> tuple[float, float] | None:
        """The certified interval of a statistic: a single point when it is exact, None when there is no value."""
        value = self.values.get(statistic)
        return None if value is None else self.bounds.get(statistic, (value, value))


class CheckResult(Document):
    """All that one check measured in one window; ``error`` when the check itself broke."""

    check: str
    measurements: tuple[Measurement, ...] = ()
    error: str | None = None


class CheckOutcome(Document):
    """How one check ended, with the subjects it could not judge and why.

    ``detectable`` maps each quiet subject to the smallest change of a share that would have alerted: the size of its
    silence. 1 stands for none: ordinary days differ too much.
    """

    outcome: Outcome
    reason: str = ""
    unknown: dict[str, str] = Field(default_factory=dict)
    errors: dict[str, str] = Field(default_factory=dict)
    detectable: dict[str, float] = Field(default_factory=dict)


class GroupShare(Document):
    """One group's part of a change, as shares of all of it: ``mix`` by more or fewer rows of its own ordinary kind,
    ``behaviour`` by rows of another kind than its own before; both add up to ``contribution``."""

    name: str
    rows: int
    contribution: float
    mix: float
    behaviour: float


class Attribution(Document):
    """Whose rows carry a change: the ``groups`` that behave differently, the largest first.

    ``remainder`` is the part of the change that is left without them; ``localised`` means that what is left would not have
    alerted.
    """

    scope: Literal["localised", "global"]
    groups: tuple[GroupShare, ...] = ()
    remainder: float = 1.0


class DriftAlert(OpenDocument):
    """One limit crossed in one window.

    ``since`` is the first of the days in a row on which the change was there, as far as the reference reaches back;
    ``attribution`` is by column: the users', and each segment's.
    """

    trigger: DriftTrigger
    details: dict[str, Any] = Field(default_factory=dict)
    severity: SeverityName
    affected_user_ids: list[str] = Field(default_factory=list)
    affected_features: list[str] = Field(default_factory=list)
    attribution: dict[str, Attribution] = Field(default_factory=dict)
    since: UtcDatetime | None = None
    timestamp: UtcDatetime


class Finding(Document):
    """Alerts of one change: ``members`` are their places in the report's alerts, the strongest first.

    They moved ``through`` the same users or at the same moment; an alert that shares neither is a finding alone.
    """

    members: tuple[int, ...]
    through: Literal["users", "moment", "alone"]
    severity: SeverityName
    users: tuple[str, ...] = ()
    since: UtcDatetime | None = None


# ── Results of the checks, as the report shows them ───────────────────────────


class KsResult(OpenDocument):
    """Two-sample Kolmogorov–Smirnov: ``None`` means too little data to say."""

    statistic: float | None
    p_value: float | None

    def is_significant(self, alpha: float = 0.05) -> bool:
        return self.p_value is not None and self.p_value < alpha


class FeatureDriftResult(OpenDocument):
    """How far one feature moved; ``bounds`` holds the certified interval of each distance that is not exact.

    Where ordinary days were known, ``effect`` is the largest change of a cumulative share, ``shift_sd`` that change as
    the signed shift of a normal feature, ``adjusted_p`` its p-value beside ordinary days after correction for many
    features, and ``detectable_sd`` the smallest shift that would have alerted.
    """

    feature: str
    psi: float | None
    ks_statistic: float | None
    ks_p_value: float | None
    is_drifted: bool
    bounds: dict[str, tuple[float, float]] = Field(default_factory=dict)
    effect: float | None = None
    shift_sd: float | None = None
    adjusted_p: float | None = None
    detectable_sd: float | None = None


class FeatureDriftReport(OpenDocument):
    """Per feature, whether its distribution moved; ``unknown`` lists the features that could not be judged and why."""

    results: list[FeatureDriftResult]
    flagged_features: list[str]
    timestamp: UtcDatetime
    unknown: dict[str, str] = Field(default_factory=dict)


class RejectRateDrift(OpenDocument):
    """Shares of rejected rows, of those with a label; ``increase`` is current less reference in share points."""

    ref_rate: float | None
    cur_rate: float | None
    increase: float | None
    is_flagged: bool


class EntropyDrift(OpenDocument):
    """Mean prediction entropy in nats; ``ratio`` is current over reference."""

    ref_mean_entropy: float | None
    cur_mean_entropy: float | None
    ratio: float | None
    is_flagged: bool


class EstimatedAccuracy(OpenDocument):
    """Accuracy estimated without labels, right only as far as the probabilities are calibrated; ``margin`` is the
    half-width of the one-sided 95 % interval of current less reference beside ordinary days."""

    reference: float | None
    current: float | None
    margin: float | None = None


class ClassShiftResult(OpenDocument):
    """Shares of the predicted classes; ``max_shift`` is the largest absolute change of one share."""

    ref_dist: dict[str, float]
    cur_dist: dict[str, float]
    max_shift: float | None
    shifted_classes: list[str]
    is_flagged: bool


class ConfidenceStats(OpenDocument):
    """Of a window's finite confidences; ``std`` divides by their number (``ddof=0``)."""

    mean: float
    median: float
    p5: float
    p95: float
    std: float


class TelemetrySnapshot(OpenDocument):
    """Aggregates of one prediction window, with nothing of any single row."""

    timestamp: UtcDatetime
    user_id: str | None = None
    window_start: UtcDatetime | None = None
    window_end: UtcDatetime | None = None
    total_windows: int
    feature_missingness: dict[str, float] = Field(default_factory=dict)
    confidence_stats: ConfidenceStats | None = None
    reject_rate: float = 0.0
    mean_entropy: float = 0.0
    class_distribution: dict[str, float] = Field(default_factory=dict)
    schema_version: str = "features_v1"
    suggestions_per_day: int = 0
    monitor: str | None = None


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


class DriftReport(OpenDocument):
    """The consolidated verdict on one window. JSON of this document is the only truth; every view renders it.

    ``not_asked`` maps a check to the kind of column that the log does not name for it: what nobody can know.
    """

    alerts: list[DriftAlert] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    feature_report: FeatureDriftReport | None = None
    reject_rate_drift: RejectRateDrift | None = None
    entropy_drift: EntropyDrift | None = None
    class_shift: ClassShiftResult | None = None
    estimated_accuracy: EstimatedAccuracy | None = None
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
    outcomes: dict[str, CheckOutcome] = Field(default_factory=dict)
    not_asked: dict[str, str] = Field(default_factory=dict)
    pictures: dict[str, Picture] = Field(default_factory=dict)
    generated_at: UtcDatetime | None = None

    @property
    def outcome(self) -> Outcome:
        """The report in one word: an alert before a broken check, a broken check before an unknown, ok last."""
        found = {each.outcome for each in self.outcomes.values()}
        if self.alerts:
            return Outcome.alert
        return next((one for one in (Outcome.error, Outcome.unknown) if one in found), Outcome.ok)
