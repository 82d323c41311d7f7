"""Rows of a frame or of a selection, as label requests."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from windage.errors import InvalidInput, listed
from windage.faults import fault_in_words
from windage.labeling.request import LabelRequest, Reason
from windage.profiles.names import as_text, is_missing

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("user_id", "bucket_start_ts", "bucket_end_ts")
FRAME_COLUMNS = (*REQUIRED, "confidence", "predicted_label")
FURTHER_COLUMNS = ("monitor", "inclusion_probability")
BUCKET_SECONDS = 60
"""Length of a bucket in a log that says only when buckets begin."""

_log = logging.getLogger(__name__)


def low_confidence_rows(predictions: pd.DataFrame, threshold: float) -> list[dict[Any, Any]]:
    """The rows whose confidence is known, finite and below ``threshold``; how many have no confidence is logged.

    Raises:
        InvalidInput: a column is missing, or confidence or threshold is not a number.
    """
    if missing := [name for name in FRAME_COLUMNS if name not in predictions.columns]:
        raise InvalidInput(f"The predictions lack the columns {listed(missing)}. Add them to the frame.")
    if math.isnan(threshold):
        raise InvalidInput("The confidence threshold is NaN. Give a number in [0, 1].")
    try:
        confidence = predictions["confidence"].to_numpy(dtype=float, na_value=math.nan)
    except (TypeError, ValueError):
        raise InvalidInput(
            "The column confidence has values that are not numbers. Give shares in [0, 1] or nulls."
        ) from None
    known = abs(confidence) < math.inf  # false for NaN
    if unknown := len(known) - int(known.sum()):
        _log.warning("%d of %d predictions have no confidence and were not considered", unknown, len(known))
    columns = [*FRAME_COLUMNS, *(name for name in FURTHER_COLUMNS if name in predictions.columns)]
    return predictions.loc[known & (confidence < threshold), columns].to_dict("records")


def requests(rows: Iterable[Mapping[Any, Any]], *, reason: Reason, at: datetime) -> list[LabelRequest]:
    """One request per row, each asked for the first time.

    Raises:
        InvalidInput: a row lacks a field or holds what cannot be used; it is named by its number, never by its values.
    """
    return [_request(row, number, reason=reason, at=at) for number, row in enumerate(rows)]


def _request(row: Mapping[Any, Any], number: int, *, reason: Reason, at: datetime) -> LabelRequest:
    if lacking := [name for name in REQUIRED if is_missing(row.get(name))]:
        raise InvalidInput(f"Row {number} of the label requests has no {listed(lacking)}. Every row needs them.")
    try:
        return LabelRequest(
            request_id="",
            user_id=as_text(row["user_id"]),
            bucket_start_ts=_moment(row["bucket_start_ts"]),
            bucket_end_ts=_moment(row["bucket_end_ts"]),
            reason=reason,
            confidence=_number(row.get("confidence")),
            predicted_label=_text(row.get("predicted_label")),
            created_at=at,
            monitor=_text(row.get("monitor")),
            inclusion_probability=_number(row.get("inclusion_probability")),
        ).asked_for_the(1)
    except (ValidationError, ValueError, TypeError) as error:
        raise InvalidInput(
            f"Row {number} of the label requests is invalid: {_what_is_wrong(error)} Correct it and try again."
        ) from None


def _what_is_wrong(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "a time or number in it cannot be read."
    return " ".join(f"{each['loc'][0]}: {fault_in_words(each)}" for each in error.errors(include_input=False))


def _text(value: object) -> str | None:
    return None if is_missing(value) else as_text(value)


def _number(value: Any) -> float | None:
    return None if is_missing(value) else float(value)


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    if hasattr(value, "to_pydatetime"):  # pandas, whose nanoseconds no store keeps
        value = value.to_pydatetime(warn=False)
    elif hasattr(value, "astype"):  # numpy
        value = value.astype("datetime64[us]").item()
    if not isinstance(value, datetime):
        raise TypeError
    return value
