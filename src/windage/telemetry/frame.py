"""Telemetry of a window of predictions in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from windage.errors import DataError, InvalidInput
from windage.partitions.frames import (
    as_matrix,
    confidences_of_caller,
    feature_columns,
    numbers,
    one_per_row,
    require_frame,
)
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.stats.entropy import entropy
from windage.telemetry.profile import confidence_stats
from windage.vocabulary import REJECT_LABEL, TelemetrySnapshot, utc_now

if TYPE_CHECKING:
    import pandas as pd

_WHERE = "the telemetry window"


def compute_telemetry(
    features_df: pd.DataFrame,
    *,
    labels: Sequence[Any] | None = None,
    confidences: npt.ArrayLike | None = None,
    core_probs: npt.ArrayLike | None = None,
    user_id: str | None = None,
    reject_label: str = REJECT_LABEL,
) -> TelemetrySnapshot:
    """The aggregates of one window of predictions.

    A null or NaN feature is missing, an infinite one is not. Labels are compared as text; a null label belongs to no
    class, so reject rate and class shares refer to the labelled rows; of more than 10,000 classes the most frequent
    are listed. Entropy is in nats with probabilities clipped to [1e-8, 1]; rows with a non-finite probability are left
    out. A value without rows to compute it from is 0, None (the confidences) or absent, never NaN. The window reaches
    from the first to the last ``bucket_start_ts``.

    Raises:
        InvalidInput: ``features_df`` is not a frame, or labels, confidences or probabilities are not one per row, or cannot
            be read as such.
    """
    require_frame(features_df, "features_df")
    rows = len(features_df)
    shares = {}
    if labels is not None:
        shares = CategoricalProfile.of(one_per_row(labels, rows, where=_WHERE, what="labels")).shares()
    confidence = None
    if confidences is not None:
        known = confidences_of_caller(confidences, rows, where=_WHERE)
        confidence = confidence_stats(NumericProfile.of(known, reuse=True))
    start, end = _span(features_df)
    return TelemetrySnapshot(
        timestamp=utc_now(),
        user_id=user_id,
        window_start=start,
        window_end=end,
        total_windows=rows,
        feature_missingness=_missingness(features_df) if rows else {},
        confidence_stats=confidence,
        reject_rate=shares.get(reject_label, 0.0),
        mean_entropy=0.0 if core_probs is None else _mean_entropy(core_probs, rows),
        class_distribution=shares,
        schema_version=_schema_version(features_df),
    )


def _missingness(frame: pd.DataFrame) -> dict[str, float]:
    """Missing shares by feature; columns that cannot be read, such as two of the same name, are left out."""
    shares: dict[str, float] = {}
    for name in feature_columns(frame):
        with suppress(DataError):
            shares[name] = float(np.isnan(numbers(frame, name, where=_WHERE)).mean())
    return shares


def _mean_entropy(probabilities: npt.ArrayLike, rows: int) -> float:
    matrix = one_per_row(as_matrix(probabilities, where=_WHERE), rows, where=_WHERE, what="probabilities")
    entropies = entropy(matrix)
    known = entropies[np.isfinite(entropies)]
    return float(known.mean()) if known.size else 0.0


def _span(frame: pd.DataFrame) -> tuple[datetime | None, datetime | None]:
    import pandas as pd

    if "bucket_start_ts" not in frame.columns:
        return None, None
    try:
        starts = pd.to_datetime(frame["bucket_start_ts"], utc=True, format="ISO8601").dropna()
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{_WHERE}'s column bucket_start_ts has values that are not times ({type(error).__name__}). Write ISO 8601 or timestamps."
        ) from None
    if starts.empty:
        return None, None
    return starts.min().to_pydatetime(warn=False), starts.max().to_pydatetime(warn=False)


def _schema_version(frame: pd.DataFrame) -> str:
    if len(frame) == 0 or "schema_version" not in frame.columns or frame["schema_version"].isna().iloc[0]:
        return "features_v1"
    return f"features_{frame['schema_version'].iloc[0]}"
