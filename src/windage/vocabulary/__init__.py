"""The nouns of drift monitoring, as documents that cross borders: XCom, report, queue, API.

Every model loads documents of older versions: a field added later has a default.
"""

from windage.vocabulary.measured import (
    Attribution,
    CheckOutcome,
    CheckResult,
    DriftAlert,
    Finding,
    GroupShare,
    Measurement,
)
from windage.vocabulary.report import OF_LABELS, DriftReport, Picture
from windage.vocabulary.results import (
    ClassShiftResult,
    ConfidenceStats,
    EntropyDrift,
    EstimatedAccuracy,
    FeatureDriftReport,
    FeatureDriftResult,
    KsResult,
    RealisedPerformance,
    RejectRateDrift,
    TelemetrySnapshot,
)
from windage.vocabulary.words import (
    EPOCH,
    REJECT_LABEL,
    Document,
    DriftTrigger,
    OpenDocument,
    Outcome,
    PartitionRef,
    Severity,
    SeverityName,
    UtcDatetime,
    Window,
    aware_utc,
    utc_now,
)

__all__ = [
    "EPOCH",
    "OF_LABELS",
    "REJECT_LABEL",
    "Attribution",
    "CheckOutcome",
    "CheckResult",
    "ClassShiftResult",
    "ConfidenceStats",
    "Document",
    "DriftAlert",
    "DriftReport",
    "DriftTrigger",
    "EntropyDrift",
    "EstimatedAccuracy",
    "FeatureDriftReport",
    "FeatureDriftResult",
    "Finding",
    "GroupShare",
    "KsResult",
    "Measurement",
    "OpenDocument",
    "Outcome",
    "PartitionRef",
    "Picture",
    "RealisedPerformance",
    "RejectRateDrift",
    "Severity",
    "SeverityName",
    "TelemetrySnapshot",
    "UtcDatetime",
    "Window",
    "aware_utc",
    "utc_now",
]
