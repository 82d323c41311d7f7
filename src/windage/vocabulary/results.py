"""The result documents of checks, as the report holds them."""

from __future__ import annotations

from pydantic import Field

from windage.vocabulary.words import OpenDocument, UtcDatetime


class KsResult(OpenDocument):
    """The two-sample Kolmogorov–Smirnov test; ``None`` means too little data."""

    statistic: float | None
    p_value: float | None

    def is_significant(self, alpha: float = 0.05) -> bool:
        return self.p_value is not None and self.p_value < alpha


class FeatureDriftResult(OpenDocument):
    """How far one feature moved; ``bounds`` holds the certified interval of each distance that is not exact.

    If the day model judged the feature, ``effect`` is the largest change of a cumulative share; ``shift_sd`` is that
    change as the signed shift of a normal feature, in standard deviations; ``adjusted_p`` is its p-value among ordinary
    days, corrected for many features; and ``detectable_sd`` is the smallest shift that would have alerted.
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
    """Whether each feature's distribution moved; ``unknown`` maps the features that could not be judged to the
    reason."""

    results: list[FeatureDriftResult]
    flagged_features: list[str]
    timestamp: UtcDatetime
    unknown: dict[str, str] = Field(default_factory=dict)


class RejectRateDrift(OpenDocument):
    """Shares of rejected rows among labelled rows; ``increase`` is current less reference, in share points."""

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
    """Accuracy estimated without labels, correct only if the probabilities are calibrated. ``margin`` is the half-width
    of the one-sided 95 % interval of current less reference, given how ordinary days vary."""

    reference: float | None
    current: float | None
    margin: float | None = None


class RealisedPerformance(OpenDocument):
    """Performance over all rows of the windows that were sampled for labelling, estimated from the labelled rows.

    Intervals are 95 % intervals. ``rows`` and ``users`` count the labelled rows and their users. ``confusion`` holds
    shares of all rows by true, then predicted class. ``left_out`` rows were labelled without a prediction or an
    inclusion probability, so they cannot represent others. ``since`` is the beginning of the period.
    """

    rows: int
    users: int
    left_out: int = 0
    since: UtcDatetime | None = None
    accuracy: float | None = None
    accuracy_interval: tuple[float, float] | None = None
    macro_f1: float | None = None
    macro_f1_interval: tuple[float, float] | None = None
    confusion: dict[str, dict[str, float]] = Field(default_factory=dict)


class ClassShiftResult(OpenDocument):
    """Shares of the predicted classes; ``max_shift`` is the largest absolute change of one share."""

    ref_dist: dict[str, float]
    cur_dist: dict[str, float]
    max_shift: float | None
    shifted_classes: list[str]
    is_flagged: bool


class ConfidenceStats(OpenDocument):
    """Statistics of a window's finite confidences; ``std`` divides by their number (``ddof=0``)."""

    mean: float
    median: float
    p5: float
    p95: float
    std: float


class TelemetrySnapshot(OpenDocument):
    """Aggregates of one prediction window, without data of any single row."""

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
    labels: int = 0
    realised_accuracy: float | None = None
    realised_accuracy_interval: tuple[float, float] | None = None
    realised_macro_f1: float | None = None
