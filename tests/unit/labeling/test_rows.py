from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from windage.errors import InvalidInput
from windage.labeling.rows import low_confidence_rows, requests

AT = datetime(2026, 3, 10, tzinfo=UTC)
START = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


def row(**fields):
    return {"user_id": "ada", "bucket_start_ts": START, "bucket_end_ts": START} | fields


def request_of(**fields):
    return requests([row(**fields)], reason="drift", at=AT)[0]


@pytest.mark.parametrize(
    "start",
    [
        START,
        START.replace(tzinfo=None),
        pd.Timestamp(START),
        pd.Timestamp("2026-03-01T06:30:00.000000999"),
        pd.Timestamp("2026-03-01 07:30", tz="Europe/Paris"),
        np.datetime64("2026-03-01T06:30"),
        np.datetime64("2026-03-01T06:30:00", "ns"),
        "2026-03-01T06:30:00Z",
        "2026-03-01 07:30:00+01:00",
        "2026-03-01T06:30",
    ],
    ids=repr,
)
def test_a_time_may_come_in_many_forms(start):
    assert request_of(bucket_start_ts=start).bucket_start_ts == START


@pytest.mark.parametrize("start", [None, pd.NaT, np.datetime64("NaT", "ns"), pd.NA, float("nan")], ids=repr)
def test_a_missing_time_is_named(start):
    with pytest.raises(InvalidInput, match="Row 1 of the label requests has no bucket_start_ts"):
        requests([row(), row(bucket_start_ts=start)], reason="drift", at=AT)


@pytest.mark.parametrize(
    "fields",
    [
        {"bucket_start_ts": "yesterday"},
        {"bucket_start_ts": 1_700_000_000},
        {"bucket_end_ts": b"no time"},
        {"confidence": "high"},
        {"confidence": float("inf")},
        {"inclusion_probability": 0.0},
        {"inclusion_probability": 1.5},
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_without_showing_it(fields):
    with pytest.raises(InvalidInput, match="Row 0 of the label requests is invalid") as caught:
        request_of(**fields)
    assert str(next(iter(fields.values()))) not in str(caught.value)


def test_scalars_of_numpy_and_pandas_become_plain_values():
    one = request_of(user_id=np.int64(7), confidence=np.float32(0.5), predicted_label=np.str_("walk"), monitor=pd.NA)
    assert (one.user_id, one.confidence, one.predicted_label, one.monitor) == ("7", 0.5, "walk", None)
    assert type(one.confidence) is float


def test_nothing_known_is_none():
    one = request_of(confidence=float("nan"), predicted_label=None, inclusion_probability=pd.NA)
    assert (one.confidence, one.predicted_label, one.inclusion_probability) == (None, None, None)


def frame(confidence):
    rows = len(confidence)
    return pd.DataFrame(
        {
            "user_id": ["ada"] * rows,
            "bucket_start_ts": pd.date_range("2026-03-01", periods=rows, freq="h"),
            "bucket_end_ts": pd.date_range("2026-03-01", periods=rows, freq="h"),
            "confidence": confidence,
            "predicted_label": "walk",
        },
        index=[0] * rows,
    )


@pytest.mark.parametrize(
    "confidence",
    [
        [0.1, None, 0.9, np.nan, np.inf, -np.inf, 0.2],
        pd.array([0.1, None, 0.9, None, None, None, 0.2], dtype="Float64"),
        np.array([0.1, None, 0.9, None, None, None, 0.2], dtype=object),
    ],
    ids=["float", "nullable", "object"],
)
def test_a_row_without_confidence_is_left_out_and_counted(confidence, caplog):
    rows = low_confidence_rows(frame(confidence), 0.55)
    assert [one["confidence"] for one in rows] == [0.1, 0.2]
    assert "4 of 7 predictions have no confidence" in caplog.text


def test_further_columns_travel_along():
    rows = low_confidence_rows(frame([0.1]).assign(monitor="m", inclusion_probability=0.5, secret=1), 0.55)
    assert (rows[0]["monitor"], rows[0]["inclusion_probability"], "secret" in rows[0]) == ("m", 0.5, False)


def test_an_empty_frame_asks_for_nothing():
    assert low_confidence_rows(frame([]), 0.55) == []


def test_missing_columns_are_named():
    with pytest.raises(InvalidInput, match="lack the columns confidence, predicted_label"):
        low_confidence_rows(frame([0.1]).drop(columns=["confidence", "predicted_label"]), 0.55)


def test_confidence_and_threshold_are_numbers():
    with pytest.raises(InvalidInput, match="has values that are not numbers"):
        low_confidence_rows(frame(["high"]), 0.55)
    with pytest.raises(InvalidInput, match="threshold is NaN"):
        low_confidence_rows(frame([0.1]), float("nan"))
