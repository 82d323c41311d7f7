"""The contract of the queue, the same in a JSON file, SQLite and PostgreSQL."""

import pickle
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from windage.errors import InvalidInput
from windage.labeling.queue import ActiveLabelingQueue, LabelRequest
from windage.labeling.request import Answer


def ids(requests):
    return [one.request_id for one in requests]


def frame(*rows):
    return pd.DataFrame(rows).assign(predicted_label="work")


def test_an_empty_queue_asks_for_nothing(queue):
    assert (queue.get_pending(), queue.all_items, queue.mark_done("nobody")) == ([], [], None)


def test_low_confidence_is_strictly_below_the_threshold(queue, bucket):
    predictions = frame(
        bucket(0, confidence=0.3), bucket(1, confidence=0.55), bucket(2, confidence=0.54), bucket(3, confidence=0.99)
    )
    assert queue.enqueue_low_confidence(predictions) == 2
    assert queue.enqueue_low_confidence(predictions, threshold=0.6) == 1
    assert [one.confidence for one in queue.all_items] == [0.3, 0.54, 0.55]


def test_a_request_carries_what_the_row_said(queue, bucket, clock):
    queue.enqueue_drift([bucket(monitor="m", predicted_label="run", confidence=0.4, inclusion_probability=0.25)])
    (only,) = queue.all_items
    assert only == LabelRequest(
        request_id=only.request_id,
        user_id="ada",
        bucket_start_ts=datetime(2026, 3, 1, tzinfo=UTC),
        bucket_end_ts=datetime(2026, 3, 1, 0, 1, tzinfo=UTC),
        reason="drift",
        confidence=0.4,
        predicted_label="run",
        created_at=clock.moment,
        monitor="m",
        inclusion_probability=0.25,
    )
    assert only.bucket_start_ts.utcoffset() == timedelta(0)


def test_the_same_bucket_is_never_asked_twice(queue, bucket):
    twice = frame(bucket(0, confidence=0.1), bucket(0, confidence=0.2))
    assert queue.enqueue_low_confidence(twice) == 1
    assert queue.enqueue_low_confidence(twice) == 0
    assert queue.enqueue_drift([bucket(0), bucket(0), bucket(1), bucket(1)]) == 1
    assert [one.reason for one in queue.all_items] == ["low_confidence", "drift"]
    assert queue.all_items[0].confidence == 0.1


def test_monitors_users_and_times_are_told_apart(queue, bucket):
    assert queue.enqueue_drift([bucket(), bucket(user="bob"), bucket(1), bucket(monitor="m"), bucket(monitor="")]) == 5


def test_one_moment_in_two_zones_is_one_bucket(queue, bucket):
    paris = timezone(timedelta(hours=1))
    start, end = datetime(2026, 3, 1, 1, tzinfo=paris), datetime(2026, 3, 1, 1, 1, tzinfo=paris)
    naive = {"bucket_start_ts": datetime(2026, 3, 1), "bucket_end_ts": datetime(2026, 3, 1, 0, 1)}  # noqa: DTZ001
    assert queue.enqueue_drift([bucket() | {"bucket_start_ts": start, "bucket_end_ts": end}, bucket() | naive]) == 1


def test_the_identity_is_the_same_wherever_and_whenever_it_was_enqueued(queue, bucket, clock, tmp_path):
    elsewhere = ActiveLabelingQueue(tmp_path / "other.json")
    queue.enqueue_drift([bucket()])
    elsewhere.enqueue_drift([bucket(confidence=0.5)])
    assert ids(queue.all_items) == ids(elsewhere.all_items)


@pytest.mark.parametrize("answer", ["labeled", "skipped"])
def test_what_was_answered_rests_for_thirty_days(queue, bucket, clock, answer):
    queue.enqueue_drift([bucket()])
    queue.mark_done(queue.all_items[0].request_id, answer)
    clock.forward(days=29, hours=23)
    assert queue.enqueue_drift([bucket()]) == 0
    clock.forward(hours=1)
    assert queue.enqueue_drift([bucket(), bucket()]) == 1
    assert queue.enqueue_drift([bucket()]) == 0
    assert len(set(ids(queue.all_items))) == 2
    queue.mark_done(queue.all_items[1].request_id)
    clock.forward(days=30)
    assert queue.enqueue_drift([bucket()]) == 1


def test_a_run_is_kept_in_the_order_of_its_rows_new_or_not(queue, bucket, clock):
    queue.enqueue_drift([bucket(1)])
    queue.mark_done(queue.all_items[0].request_id)
    clock.forward(days=30)
    assert queue.enqueue_drift([bucket(1), bucket(2), bucket(1), bucket(0)]) == 3
    assert [one.bucket_start_ts.minute for one in queue.all_items] == [1, 1, 2, 0]


def test_what_still_waits_is_not_asked_again_however_old(queue, bucket, clock):
    queue.enqueue_drift([bucket()])
    clock.forward(days=400)
    assert queue.enqueue_drift([bucket()]) == 0


def test_the_least_certain_comes_first_and_the_unknown_before(queue, bucket):
    queue.enqueue_drift([bucket(n, confidence=confidence) for n, confidence in enumerate([0.5, 0.0, None, 0.1, -1.0])])
    assert [one.confidence for one in queue.get_pending()] == [None, -1.0, 0.0, 0.1, 0.5]
    assert [one.confidence for one in queue.all_items] == [0.5, 0.0, None, 0.1, -1.0]


def test_ties_are_broken_by_time_whatever_the_order_of_arrival(queue, opened, bucket):
    queue.enqueue_drift([bucket(n, user=user, confidence=0.2) for n, user in [(2, "a"), (0, "b"), (1, "c"), (0, "a")]])
    shown = queue.get_pending()
    assert [one.bucket_start_ts.minute for one in shown] == [0, 0, 1, 2]
    assert ids(shown[:2]) == sorted(ids(shown[:2]))
    assert ids(opened().get_pending(limit=3)) == ids(shown)[:3]


def test_pending_can_be_asked_for_one_user(queue, bucket):
    queue.enqueue_drift([bucket(n, user=user) for n, user in enumerate(["ada", "bob", "ada"])])
    assert [one.user_id for one in queue.get_pending("ada")] == ["ada", "ada"]
    assert queue.get_pending("eve") == queue.get_pending("nul\x00") == queue.get_pending("\ud800") == []


def test_nobody_is_overrun(opened, bucket, clock):
    queue = opened(cap=3)
    queue.enqueue_drift([bucket(n) for n in range(10)])
    assert len(queue.get_pending()) == 3
    assert len(queue.get_pending(limit=2)) == 2
    assert queue.get_pending(limit=0) == queue.get_pending(limit=-1) == []
    for answer in ("labeled", "skipped"):
        queue.mark_done(queue.get_pending()[0].request_id, answer)
    assert len(queue.get_pending()) == len(queue.get_pending("ada", limit=2)) == 1
    queue.mark_done(queue.get_pending()[0].request_id)
    assert queue.get_pending() == []
    assert opened(cap=2).get_pending() == []
    clock.moment = datetime(2026, 3, 10, 23, 59, 59, 999_999, tzinfo=UTC)
    assert queue.get_pending() == []
    clock.forward(microseconds=1)
    assert len(queue.get_pending()) == 3


def test_an_answer_is_kept(queue, opened, bucket, clock):
    queue.enqueue_drift([bucket()])
    clock.forward(minutes=5)
    request = queue.get_pending()[0]
    done = queue.mark_done(request.request_id, label="walk <b>⛰</b>")
    assert done is not None
    assert (done.status, done.label, done.done_at) == ("labeled", "walk <b>⛰</b>", clock.moment)
    assert opened().all_items == [done]


def test_the_same_answer_twice_changes_nothing_and_another_corrects_it(queue, bucket, clock):
    queue.enqueue_drift([bucket()])
    key = queue.all_items[0].request_id
    first = queue.mark_done(key, label="walk")
    clock.forward(hours=1)
    assert queue.mark_done(key, label="walk") == queue.mark_done(key) == first
    corrected = queue.mark_done(key, label="run")
    assert (corrected.label, corrected.done_at) == ("run", first.done_at)
    skipped = queue.mark_done(key, "skipped")
    assert (skipped.status, skipped.label, skipped.done_at) == ("skipped", None, first.done_at)
    assert queue.all_items == [skipped]


def test_an_answer_that_is_none_is_refused(queue, bucket):
    queue.enqueue_drift([bucket()])
    key = queue.all_items[0].request_id
    for status, label, words in [
        ("labelled", None, "Did you mean 'labeled'"),
        ("pending", None, "must be labeled or skipped; got 'pending'"),
        ("skipped", "walk", "A skipped request cannot have a label"),
        ("labeled", "nul\x00", "NUL"),
        ("labeled", " ", "A label cannot be empty. Give one, or skip the request."),
    ]:
        with pytest.raises(InvalidInput, match=words):
            queue.mark_done(key, status, label)
    assert queue.mark_done("nul\x00") is None
    assert queue.all_items[0].status == "pending"


def test_many_answers_at_once_do_what_each_would_do(opened, clock, bucket):
    queue = opened(100)
    queue.enqueue_drift([bucket(k) for k in range(5)])
    keys = [each.request_id for each in queue.all_items]
    first = queue.mark_done(keys[0], label="walk")
    clock.forward(hours=1)
    said = [(keys[0], "run"), (keys[1], "walk"), (keys[1], None), (keys[2], None), ("nobody", "x"), ("nul\x00", "x")]
    assert queue.mark_all_done([Answer(*each) for each in said]) == set(keys[:3])
    assert [(each.status, each.label) for each in opened().all_items] == [
        ("labeled", "run"), ("skipped", None), ("skipped", None), ("pending", None), ("pending", None),
    ]  # fmt: skip
    assert [each.done_at for each in queue.all_items[:3]] == [first.done_at, clock(), clock()]
    with pytest.raises(InvalidInput, match="NUL character or half a surrogate pair"):
        queue.mark_all_done([Answer(keys[3], "walk"), Answer(keys[4], "nul\x00")])
    assert queue.all_items[3].status == "pending"


def test_an_open_queue_sees_what_others_write(queue, opened, bucket):
    assert queue.get_pending() == []
    opened().enqueue_drift([bucket(), bucket(1)])
    assert len(queue.get_pending()) == 2
    opened().mark_done(queue.all_items[0].request_id)
    assert [one.status for one in queue.all_items] == ["labeled", "pending"]


@pytest.mark.parametrize(
    "user", ["../../etc/passwd", "", "é\u2028😀", "<script>", "'; DROP TABLE x; --", "u" * 5000, "%s %"]
)
def test_a_user_may_have_any_name(queue, bucket, user):
    assert queue.enqueue_drift([bucket(user=user, predicted_label=user)]) == 1
    assert [one.user_id for one in queue.get_pending(user)] == [user]


@pytest.mark.parametrize("user", ["nul\x00", "half \ud800"])
def test_what_no_store_can_keep_is_refused_and_nothing_is_written(queue, bucket, user):
    with pytest.raises(InvalidInput, match=r"Row 1 .* user_id"):
        queue.enqueue_drift([bucket(), bucket(user=user)])
    assert queue.all_items == []


def test_many_requests_at_once(queue, bucket):
    assert queue.enqueue_drift([bucket(n) for n in range(1_200)]) == 1_200
    assert queue.enqueue_drift([bucket(n) for n in range(1_300)]) == 100
    assert [one.bucket_start_ts for one in queue.all_items] == [bucket(n)["bucket_start_ts"] for n in range(1_300)]


def test_a_queue_can_be_sent_to_another_process(place, bucket):
    queue = ActiveLabelingQueue(place)
    queue.enqueue_drift([bucket()])
    assert pickle.loads(pickle.dumps(queue)).all_items == queue.all_items  # noqa: S301
