"""The terms of drift monitoring, as documents that cross boundaries: XCom, report, queue, API.

Every model loads documents of older versions, because each field that was added later has a default.
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
from windage.vocabulary.report import OF_LABELS, DriftReport, Picture, of_rows
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
from windage.vocabulary.triggers import FACTS, TriggerFacts
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
    day_or_minute,
    utc_now,
)

__all__ = [
    "EPOCH",
    "FACTS",
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
    "TriggerFacts",
    "UtcDatetime",
    "Window",
    "aware_utc",
    "day_or_minute",
    "of_rows",
    "utc_now",
]
