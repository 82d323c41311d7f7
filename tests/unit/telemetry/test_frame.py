"""Aggregates of a window: by hand, against pandas and numpy, and never a NaN."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.errors import InvalidInput
from windage.telemetry import TelemetryStore, compute_telemetry
from windage.vocabulary import TelemetrySnapshot, utc_now


def frame(rows=4, **columns):
    return pd.DataFrame({"x": np.arange(rows, dtype=float), **columns})


def test_an_empty_frame_without_anything_works():
    before = utc_now()
    snapshot = compute_telemetry(pd.DataFrame())
    assert before <= snapshot.timestamp <= utc_now()
    assert snapshot == TelemetrySnapshot(timestamp=snapshot.timestamp, total_windows=0)
    assert compute_telemetry(frame(0), labels=[], confidences=[], core_probs=np.empty((0, 3))).total_windows == 0


def test_what_is_no_frame_is_refused():
    with pytest.raises(InvalidInput, match=r"^features_df must be a pandas DataFrame; got dict\."):
        compute_telemetry({"x": [1]})


def test_every_part_of_a_window():
    start = datetime(2026, 3, 1, tzinfo=UTC)
    snapshot = compute_telemetry(
        frame(4, bucket_start_ts=[start + timedelta(hours=h) for h in (2, 0, 3, 1)], schema_version="7"),
        labels=["walk", "Mixed/Unknown", "run", "walk"],
        confidences=[0.2, 0.4, 0.6, 0.8],
        core_probs=[[0.5, 0.5], [1.0, 0.0], [0.5, 0.5], [0.25, 0.75]],
        user_id="ada",
    )
    assert (snapshot.user_id, snapshot.total_windows, snapshot.schema_version) == ("ada", 4, "features_7")
    assert (snapshot.window_start, snapshot.window_end) == (start, start + timedelta(hours=3))
    assert snapshot.reject_rate == 0.25
    assert snapshot.class_distribution == {"Mixed/Unknown": 0.25, "run": 0.25, "walk": 0.5}
    assert list(snapshot.class_distribution) == ["Mixed/Unknown", "run", "walk"]
    assert snapshot.confidence_stats.model_dump() == pytest.approx(
        {"mean": 0.5, "median": 0.5, "p5": 0.23, "p95": 0.77, "std": math.sqrt(0.05)}
    )
    certain = -1e-8 * math.log(1e-8)
    uneven = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert snapshot.mean_entropy == pytest.approx((2 * math.log(2) + certain + uneven) / 4, rel=1e-12)


def test_nulls_and_nans_are_missing_and_infinity_is_not():
    features = pd.DataFrame(
        {
            "plain": [1.0, np.nan, np.inf, -np.inf],
            "whole": [1, 2, 3, 4],
            "flag": [True, False, True, False],
            "nullable": pd.array([1, None, None, None], dtype="Int64"),
            "nullable_flag": pd.array([True, None, False, True], dtype="boolean"),
            "arrow": pd.array([1.0, None, None, 4.0], dtype="double[pyarrow]"),
            "text": ["a", None, "b", "c"],
            "user_id": [1, 2, 3, 4],
            "trip_id": [1, 2, 3, 4],
            "bucket_start_ts": pd.date_range("2026-03-01", periods=4),
            "seen_at": [1.0, 2.0, 3.0, 4.0],
            "timestamp": [1, 2, 3, 4],
            "schema_version": [1, 1, 1, 1],
        }
    )
    assert compute_telemetry(features).feature_missingness == {
        "plain": 0.25,
        "whole": 0.0,
        "flag": 0.0,
        "nullable": 0.75,
        "nullable_flag": 0.25,
        "arrow": 0.5,
    }


@pytest.mark.parametrize(
    "starts",
    [
        pd.to_datetime(["2026-03-02", None, "2026-03-01"]),
        pd.to_datetime(["2026-03-02", None, "2026-03-01"], utc=True),
        pd.to_datetime(["2026-03-02 01:00", None, "2026-03-01 01:00"]).tz_localize("Europe/Paris"),
        ["2026-03-02", None, "2026-03-01T00:00:00Z"],
        [datetime(2026, 3, 2, tzinfo=UTC), None, datetime(2026, 3, 1)],  # noqa: DTZ001
    ],
    ids=["naive", "utc", "paris", "text", "objects"],
)
def test_the_window_is_from_the_first_to_the_last_bucket_in_utc(starts):
    snapshot = compute_telemetry(frame(3, bucket_start_ts=starts))
    assert (snapshot.window_start, snapshot.window_end) == (
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 2, tzinfo=UTC),
    )


def test_a_window_without_times_has_none():
    assert compute_telemetry(frame(2, bucket_start_ts=[pd.NaT, pd.NaT])).window_start is None
    with pytest.raises(InvalidInput, match="bucket_start_ts has values that are not times") as caught:
        compute_telemetry(frame(2, bucket_start_ts=["secret", "2026-03-01"]))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [(["v3", "v4"], "features_v3"), ([2, 2], "features_2"), ([None, "v3"], "features_v1"), ([pd.NA, 1], "features_v1")],
)
def test_the_schema_version_is_that_of_the_first_row(versions, expected):
    assert compute_telemetry(frame(2, schema_version=versions)).schema_version == expected
    assert compute_telemetry(frame(0, schema_version=[])).schema_version == "features_v1"


@pytest.mark.parametrize(
    "labels",
    [
        [1, 2, 2, None],
        [1, 2, np.nan, 2],
        pd.Series([1, 2, 2, None], dtype="Int64"),
        np.array(["1", "2", "2", None], dtype=object),
        pd.Series(["1", "2", "2", None], dtype="category"),
    ],
    ids=["list", "nan", "nullable", "object", "category"],
)
def test_labels_are_text_and_a_null_is_of_no_class(labels):
    snapshot = compute_telemetry(frame(4), labels=labels, reject_label="2")
    assert snapshot.class_distribution == {"1": 1 / 3, "2": 2 / 3}
    assert snapshot.reject_rate == 2 / 3


def test_nothing_is_ever_nan():
    snapshot = compute_telemetry(
        frame(3), labels=[None, np.nan, pd.NA], confidences=[np.nan, None, np.inf], core_probs=np.full((3, 2), np.nan)
    )
    assert snapshot.confidence_stats is None
    assert (snapshot.reject_rate, snapshot.mean_entropy, snapshot.class_distribution) == (0.0, 0.0, {})


def test_rows_with_a_probability_that_is_no_number_have_no_entropy():
    rows = [[0.5, 0.5], [np.nan, 1.0], [np.inf, 0.0], [np.inf, -np.inf]]
    assert compute_telemetry(frame(4), core_probs=rows).mean_entropy == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("rows", "given", "words"),
    [
        (3, {"labels": ["a"]}, "3 rows but 1 labels"),
        (0, {"labels": ["a"]}, "0 rows but 1 labels"),
        (3, {"confidences": [0.1, 0.2]}, "3 rows but 2 confidences"),
        (3, {"core_probs": [[1.0]]}, "3 rows but 1 probabilities"),
        (3, {"core_probs": [0.1, 0.2, 0.7]}, r"shape \(3,\)"),
        (1, {"core_probs": [[[0.1]]]}, r"shape \(1, 1, 1\)"),
        (2, {"core_probs": [[0.1], [0.2, 0.8]]}, "probabilities cannot be read as numbers"),
        (1, {"core_probs": [[10**400]]}, "too large"),
        (1, {"confidences": [10**400]}, "too large"),
        (1, {"confidences": ["high"]}, "confidences cannot be read as numbers"),
        (1, {"confidences": [[0.1, 0.2]]}, r"shape \(1, 2\)"),
    ],
)
def test_what_does_not_fit_together_is_refused(rows, given, words):
    with pytest.raises(InvalidInput, match=words):
        compute_telemetry(frame(rows), **given)


@given(
    st.lists(
        st.tuples(
            st.floats(width=64) | st.none(),
            st.sampled_from(["a", "b", "Mixed/Unknown", None]),
            st.lists(st.floats(0, 1), min_size=3, max_size=3),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_window_agrees_with_pandas_and_can_be_kept(rows):
    confidence, labels, probabilities = (list(column) for column in zip(*rows, strict=True))
    finite = [c for c in confidence if c is not None and abs(c) < 1e100]
    confidence = [c if c is None or c in finite else math.nan for c in confidence]
    snapshot = compute_telemetry(
        pd.DataFrame({"x": pd.Series(confidence, dtype=float)}),
        labels=labels,
        confidences=confidence,
        core_probs=probabilities,
    )
    assert snapshot.feature_missingness["x"] == pytest.approx(1 - len(finite) / len(rows))
    assert snapshot.class_distribution == pytest.approx(dict(pd.Series(labels).value_counts(normalize=True)))
    if finite:
        assert snapshot.confidence_stats.std == pytest.approx(float(np.std(finite)), rel=1e-9)
        assert snapshot.confidence_stats.p95 == float(np.percentile(finite, 95))
    else:
        assert snapshot.confidence_stats is None
    assert TelemetrySnapshot.model_validate_json(snapshot.model_dump_json()) == snapshot


def test_what_was_computed_can_be_read_again(tmp_path):
    store = TelemetryStore(tmp_path)
    snapshot = compute_telemetry(frame(4), labels=["a", "b", "b", "c"], confidences=[0.1, 0.2, 0.3, 0.4], user_id="ada")
    store.append(snapshot)
    assert store.read_recent(user_id="ada") == [snapshot]


def test_a_label_with_half_a_surrogate_is_spelled_out():
    snapshot = compute_telemetry(frame(2), labels=["half \ud800", "a"])
    assert snapshot.class_distribution == {"a": 0.5, "half \\ud800": 0.5}
    assert "half" in snapshot.model_dump_json()
