"""The performance by the labels of a queue, and which labels say nothing of it."""

from datetime import UTC, datetime, timedelta

import pytest

from windage.labeling.performance import realised_performance
from windage.labeling.request import LabelRequest

START = datetime(2026, 3, 2, tzinfo=UTC)


def request(k, *, label="a", predicted="a", probability=0.5, status="labeled", user=None):
    at = START + timedelta(minutes=k)
    return LabelRequest(
        request_id=str(k), user_id=user or f"u{k}", bucket_start_ts=at, bucket_end_ts=at + timedelta(minutes=1),
        reason="drift", created_at=START, status=status, label=label if status == "labeled" else None,
        predicted_label=predicted, inclusion_probability=probability,
    )  # fmt: skip


def test_without_labels_nothing_is_known():
    found = realised_performance([request(0, status="pending"), request(1, status="skipped")])
    assert (found.rows, found.accuracy, found.accuracy_interval, found.macro_f1, found.confusion) == (
        0,
        None,
        None,
        None,
        {},
    )


def test_labels_weigh_by_how_many_rows_they_stand_for():
    asked = [request(k, label="a" if k < 10 else "b", probability=1.0 if k < 10 else 0.25) for k in range(20)]
    found = realised_performance(asked)
    assert found.accuracy == pytest.approx(10 / 50)
    assert found.accuracy_interval[0] < 0.2 < found.accuracy_interval[1]
    assert found.confusion == {"a": {"a": pytest.approx(0.2)}, "b": {"a": pytest.approx(0.8)}}
    assert (found.rows, found.users, found.left_out) == (20, 20, 0)


def test_labels_that_say_nothing_are_counted():
    found = realised_performance([request(0), request(1, predicted=None), request(2, probability=None)])
    assert (found.rows, found.left_out) == (1, 2)
    assert found.macro_f1_interval == (0.0, 1.0)


def test_a_selection_that_is_answered_in_part_weighs_as_much_as_one_that_is_answered_in_full():
    """Ten rows of each day stand for as many; of the second day half were labelled, and all of them wrongly predicted."""
    first = [request(k) for k in range(10)]
    second = [request(k, label="b", status="labeled" if k % 2 else "expired") for k in range(10, 20)]
    asked = [*first, *(each.model_copy(update={"created_at": START + timedelta(days=1)}) for each in second)]
    assert realised_performance(asked).accuracy == pytest.approx(0.5)
