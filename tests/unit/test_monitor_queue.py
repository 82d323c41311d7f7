"""Which rows of a drifted window are queued."""

import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from checked import check, columns
from windage import auto_enqueue_drift_labels
from windage.errors import InvalidInput
from windage.labeling.queue import ActiveLabelingQueue

# ── Which rows are queued ─────────────────────────────────────────────────────

START = datetime(2026, 3, 1, tzinfo=UTC)


def queueable(n=10, **more):
    return pd.DataFrame(
        {
            "user_id": [f"u{k}" for k in range(n)],
            "bucket_start_ts": [START + timedelta(minutes=k) for k in range(n)],
            "predicted_label": "a",
            **more,
        }
    )


@pytest.fixture
def drifted():
    return check(columns() + 9)


@pytest.fixture
def queued(tmp_path, drifted):
    """Queues rows and gives back the users asked about, in the order of asking, with their requests."""

    def enqueue(frame, report=drifted, **more):
        path = tmp_path / "queue.json"
        n = auto_enqueue_drift_labels(report, frame, path, **more)
        items = ActiveLabelingQueue(path).all_items
        assert len(items) == n
        return items

    return enqueue


def users_of(items):
    return [each.user_id for each in items]


def test_nothing_is_queued_without_an_alert(queued, tmp_path):
    assert queued(queueable(), report=check()) == []
    assert list(tmp_path.iterdir()) == []


def test_the_least_sure_rows_are_queued_first_and_no_more_than_the_limit(queued):
    items = queued(queueable(), cur_confidences=[0.9, 0.1, 0.5, 0.2, *[0.95] * 6], limit=3)
    assert users_of(items) == ["u1", "u3", "u2"]
    assert [each.confidence for each in items] == [0.1, 0.2, 0.5]
    assert {each.reason for each in items} == {"drift"}


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf, None, pd.NA])
def test_rows_without_a_confidence_come_last(queued, nothing):
    items = queued(queueable(4), cur_confidences=[0.9, nothing, 0.5, nothing], limit=3)
    assert users_of(items) == ["u2", "u0", "u1"]
    assert items[-1].confidence is None


def test_without_confidences_the_first_rows_are_taken(queued):
    assert users_of(queued(queueable(), limit=2)) == ["u0", "u1"]


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_of_none(queued, limit):
    assert queued(queueable(), limit=limit) == []


def test_the_same_rows_are_not_queued_twice(drifted, tmp_path):
    assert auto_enqueue_drift_labels(drifted, queueable(), tmp_path / "queue.json", limit=4) == 4
    assert auto_enqueue_drift_labels(drifted, queueable(), tmp_path / "queue.json", limit=4) == 0


def test_a_queue_is_taken_as_well_as_its_place(drifted, tmp_path):
    queue = ActiveLabelingQueue(tmp_path / "queue.json")
    assert auto_enqueue_drift_labels(drifted, queueable(), queue) == len(queue.all_items) == 10


def test_users_and_labels_that_are_numbers_keep_their_names_beside_a_null(queued):
    given = queueable(3, user_id=[7.0, 8.0, None], predicted_label=[1.0, None, 0.0])
    assert [(each.user_id, each.predicted_label) for each in queued(given)] == [
        ("7", "1"),
        ("8", None),
        ("unknown", "0"),
    ]


@pytest.mark.parametrize("queue", [None, 7, ["queue.json"], object()], ids=lambda given: type(given).__name__)
def test_what_is_no_queue_is_refused(drifted, tmp_path, monkeypatch, queue):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match="cannot be kept at a"):
        auto_enqueue_drift_labels(drifted, queueable(), queue)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_window_queues_nothing(queued):
    assert queued(queueable().head(0)) == []
    assert queued(pd.DataFrame()) == []


def test_rows_without_a_time_cannot_be_asked_about(drifted, tmp_path):
    with pytest.raises(InvalidInput, match="no column 'bucket_start_ts'"):
        auto_enqueue_drift_labels(drifted, queueable().drop(columns="bucket_start_ts"), tmp_path / "q.json")


@pytest.mark.parametrize("confidences", [[0.5], [0.5] * 11, "x" * 10, ["much"] * 10, [10**400] * 10])
def test_confidences_that_do_not_fit(drifted, tmp_path, confidences):
    with pytest.raises(InvalidInput, match="confidences"):
        auto_enqueue_drift_labels(drifted, queueable(), tmp_path / "q.json", cur_confidences=confidences)
    assert list(tmp_path.iterdir()) == []


def test_what_a_row_lacks_is_filled_in(queued):
    frame = queueable(2, bucket_end_ts=[pd.NaT, START + timedelta(hours=1)], predicted_label=[None, math.nan])
    frame["user_id"] = [None, "u1"]
    first, second = queued(frame)
    assert (first.user_id, first.predicted_label) == ("unknown", None)
    assert first.bucket_end_ts - first.bucket_start_ts == timedelta(minutes=1)
    assert second.predicted_label is None
    assert second.bucket_end_ts == START + timedelta(hours=1)


def test_rows_without_a_beginning_are_left_out_and_counted(queued, caplog):
    frame = queueable(4)
    frame.loc[[0, 2], "bucket_start_ts"] = pd.NaT
    assert users_of(queued(frame, cur_confidences=[0.1, 0.9, 0.2, 0.8])) == ["u3", "u1"]
    assert "2 of 4 rows have no bucket_start_ts" in caplog.text


@pytest.mark.parametrize("value", ["soon", {}])
def test_a_beginning_that_is_no_time(drifted, tmp_path, value):
    frame = queueable(2, bucket_start_ts=[value, START])
    with pytest.raises(InvalidInput, match="not times"):
        auto_enqueue_drift_labels(drifted, frame, tmp_path / "q.json")


def test_a_beginning_that_is_a_number_does_not_say_its_unit(drifted, tmp_path):
    with pytest.raises(InvalidInput, match="numbers without a unit"):
        auto_enqueue_drift_labels(drifted, queueable(2, bucket_start_ts=[1767225600, 1767225660]), tmp_path / "q.json")


def test_columns_of_no_concern_do_not_matter(queued):
    frame = queueable(2)
    frame.insert(0, "x", 1.0)
    frame.insert(0, "x", 2.0, allow_duplicates=True)
    assert users_of(queued(frame)) == ["u0", "u1"]


@pytest.mark.parametrize("naive", [True, False])
def test_times_are_utc(queued, naive):
    frame = queueable(1)
    if naive:
        frame["bucket_start_ts"] = frame["bucket_start_ts"].dt.tz_localize(None)
    else:
        frame["bucket_start_ts"] = frame["bucket_start_ts"].dt.tz_convert("America/New_York")
    assert queued(frame)[0].bucket_start_ts == START
