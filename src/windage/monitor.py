"""The public Python API: judge two windows, queue what should be labelled, write the report."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from windage.arrays import Texts
from windage.checks.check import Check
from windage.checks.class_shift import ClassShift
from windage.checks.entropy import Entropy
from windage.checks.numeric_feature import NumericFeature
from windage.checks.reject_rate import RejectRate
from windage.errors import InvalidInput
from windage.files import write_atomically
from windage.partitions.frames import (
    FrameRows,
    confidences_of_caller,
    feature_columns,
    one_per_row,
    profile_frame,
    require_frame,
)
from windage.policy import Policy, ReferencePolicy, limits_of_caller
from windage.profiles.categorical import texts
from windage.profiles.names import as_text, is_missing
from windage.reports.document import to_json
from windage.telemetry.frame import compute_telemetry
from windage.verdict.attribution import attribute
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.verdict.pictures import illustrate
from windage.vocabulary import REJECT_LABEL, DriftAlert, DriftReport, DriftTrigger, utc_now

if TYPE_CHECKING:
    import pandas as pd

    from windage.labeling.queue import ActiveLabelingQueue

__all__ = [
    "DriftAlert",
    "DriftReport",
    "DriftTrigger",
    "auto_enqueue_drift_labels",
    "run_drift_check",
    "write_drift_report",
]

log = logging.getLogger(__name__)

BUCKET_COLUMNS = ("user_id", "bucket_start_ts", "bucket_end_ts", "predicted_label")


def run_drift_check(
    ref_features_df: pd.DataFrame,
    cur_features_df: pd.DataFrame,
    ref_labels: Sequence[Any],
    cur_labels: Sequence[Any],
    *,
    ref_probs: npt.ArrayLike | None = None,
    cur_probs: npt.ArrayLike | None = None,
    cur_confidences: npt.ArrayLike | None = None,
    user_ids: Sequence[Any] | None = None,
    psi_threshold: float = 0.2,
    ks_alpha: float = 0.05,
    reject_increase_threshold: float = 0.10,
    entropy_multiplier: float = 2.0,
    class_shift_threshold: float = 0.15,
    reject_label: str = REJECT_LABEL,
    numerical_features: Sequence[str] | None = None,
    policy: Policy | None = None,
) -> DriftReport:
    """Has anything changed between a reference and a current window of predictions?

    Every check answers for itself: one with too little data is *unknown*, one that breaks is an *error*, and the
    others still count. The entropy check runs when both probability matrices are given.

    Args:
        ref_probs, cur_probs: matrices of shape (rows, classes).
        cur_confidences: the largest probability of each current row, for telemetry.
        user_ids: the user of each current row; without it the column ``user_id`` is used where there is one.
        numerical_features: columns to compare; None takes the reference's columns that are numeric in either frame, without
            identifiers and timestamps. A column that is missing from one frame, or text in one, is an error.
        policy: limits to judge by; None is the ``reference`` policy with the thresholds given here.

    Raises:
        InvalidInput: a window is not a frame; labels, probabilities, confidences or users are not one per row; or a limit
            is not a valid one.
    """
    require_frame(ref_features_df, "ref_features_df")
    require_frame(cur_features_df, "cur_features_df")
    with limits_of_caller():
        policy = policy or ReferencePolicy(
            psi_threshold=psi_threshold,
            ks_alpha=ks_alpha,
            reject_increase_threshold=reject_increase_threshold,
            entropy_multiplier=entropy_multiplier,
            class_shift_threshold=class_shift_threshold,
        )
        checks = _checks(reject_label, with_scores=ref_probs is not None and cur_probs is not None)
    columns = _features(ref_features_df, cur_features_df) if numerical_features is None else numerical_features
    reference, current = (
        profile_frame(frame, numeric=columns, labels=labels, probabilities=probabilities, where=where)
        for frame, labels, probabilities, where in (
            (ref_features_df, ref_labels, ref_probs, "the reference window"),
            (cur_features_df, cur_labels, cur_probs, "the current window"),
        )
    )
    users = _users(cur_features_df, user_ids)
    telemetry = compute_telemetry(
        cur_features_df,
        labels=cur_labels,
        confidences=cur_confidences,
        core_probs=cur_probs,
        reject_label=reject_label,
    )
    report = consolidate(
        [measure(check, reference, current, policy=policy) for check in checks],
        checks,
        policy=policy,
        at=utc_now(),
        telemetry_snapshot=telemetry,
        reference_rows=reference.rows,
        current_rows=current.rows,
    )
    report = illustrate(report, reference, current)
    if users is None or not report.alerts:
        return report
    rows = FrameRows(cur_features_df, cur_labels, cur_probs)
    return attribute(report, checks, (reference, current), rows=rows, users=users)


def _checks(reject_label: str, *, with_scores: bool) -> list[Check]:
    scores = [Entropy()] if with_scores else []
    return [NumericFeature(), RejectRate(reject_label=reject_label), *scores, ClassShift(reject_label=reject_label)]


def _features(reference: pd.DataFrame, current: pd.DataFrame) -> list[str]:
    numeric = dict.fromkeys([*feature_columns(reference), *feature_columns(current)])
    known = set(map(str, reference.columns))
    return [name for name in numeric if name in known]


def _users(frame: pd.DataFrame, user_ids: Sequence[Any] | None) -> Texts | None:
    if user_ids is None:
        given = frame.get("user_id")
        if given is not None and given.ndim != 1:
            raise InvalidInput("the current window has more than one column 'user_id'. Drop all but one.")
        return None if given is None else texts(given)
    return texts(one_per_row(user_ids, len(frame), where="the current window", what="user_ids"))


def auto_enqueue_drift_labels(
    drift_report: DriftReport,
    cur_features_df: pd.DataFrame,
    queue_path: str | Path | ActiveLabelingQueue,
    *,
    cur_confidences: npt.ArrayLike | None = None,
    limit: int = 50,
) -> int:
    """Queue the rows of a drifted window that the classifier was least sure of; returns how many are newly queued.

    Nothing is queued without an alert, and no row twice. Rows without a confidence come last; without any
    confidences the first rows are taken. A bucket without an end lasts one minute; a row without a beginning cannot be
    asked about, and how many there are is logged.

    Args:
        queue_path: a queue, or the path of its JSON file or the URL of its database.

    Raises:
        InvalidInput: confidences are not one per row; the frame has no ``bucket_start_ts``, or that holds something that is
            not a time; or ``queue_path`` cannot hold a queue.
        StoreUnavailable: the queue could not be written; what was there before is intact.
        CorruptDocument: the queue cannot be parsed; it is left untouched.
    """
    from windage.labeling.queue import ActiveLabelingQueue

    if not drift_report.alerts or limit <= 0 or not len(cur_features_df):
        return 0
    if "bucket_start_ts" not in cur_features_df.columns:
        raise InvalidInput("the current window has no column 'bucket_start_ts', so its rows cannot be queued.")
    confidences = np.full(len(cur_features_df), np.nan)
    if cur_confidences is not None:
        confidences = confidences_of_caller(cur_confidences, len(cur_features_df), where="the current window")
    askable = np.flatnonzero(cur_features_df["bucket_start_ts"].notna())
    if timeless := len(cur_features_df) - askable.size:
        log.warning("%d of %d rows have no bucket_start_ts and cannot be queued", timeless, len(cur_features_df))
    least_sure = askable[np.argsort(confidences[askable], kind="stable")[:limit]]
    known = cur_features_df[[name for name in BUCKET_COLUMNS if name in cur_features_df.columns]]
    buckets = [
        {**_bucket(row, confidence), "monitor": drift_report.monitor}
        for row, confidence in zip(known.iloc[least_sure].to_dict("records"), confidences[least_sure], strict=True)
    ]
    queue = queue_path if isinstance(queue_path, ActiveLabelingQueue) else ActiveLabelingQueue(queue_path)
    return queue.enqueue_drift(buckets)


def _bucket(row: dict[Any, Any], confidence: float) -> dict[str, Any]:
    import pandas as pd

    from windage.labeling.rows import BUCKET_SECONDS

    given = {name: value for name, value in row.items() if not is_missing(value)}
    if isinstance(given["bucket_start_ts"], int | float | np.number):
        raise InvalidInput("column bucket_start_ts has numbers without a unit. Write timestamps.")
    try:
        start = pd.Timestamp(given["bucket_start_ts"])
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            "column bucket_start_ts has values that are not times. Write ISO 8601 or timestamps."
        ) from error
    return {
        "user_id": as_text(given.get("user_id", "unknown")),
        "bucket_start_ts": start,
        "bucket_end_ts": given.get("bucket_end_ts", start + pd.Timedelta(seconds=BUCKET_SECONDS)),
        "confidence": None if np.isnan(confidence) else float(confidence),
        "predicted_label": given.get("predicted_label"),
    }


def write_drift_report(report: DriftReport, path: str | Path) -> Path:
    """Write the report's JSON, whole or not at all; missing folders are created.

    Raises:
        InvalidInput: the report holds what JSON cannot, such as an object in an alert's details.
        StoreUnavailable: the disk refused; what was there before is intact.
    """
    write_atomically(path, to_json(report))
    return Path(path)
