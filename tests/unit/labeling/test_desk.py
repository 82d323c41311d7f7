"""One request at a time: the row in plain words, the guess hidden, undo, and a day's share."""

from datetime import timedelta
from pathlib import Path

import pytest

from builders import FIRST_DAY, days
from daily_log import job_on, rows
from windage.labeling.desk import label_desk
from windage.labeling.queue import ActiveLabelingQueue

LABELS = ("a", "b")


@pytest.fixture
def job(log):
    return job_on(log(rows(0), rows(1)), None, log={"units": {"age": "years"}})


@pytest.fixture(params=["json", "sqlite", "postgresql"])
def queue(request, tmp_path):
    place = tmp_path / "queue.json" if request.param == "json" else request.getfixturevalue(f"{request.param}_url")
    return ActiveLabelingQueue(place, 3)


def ask(queue, frame, n=5, monitor="m"):
    queue.enqueue(
        [
            {
                "monitor": monitor,
                "user_id": row["user"],
                "bucket_start_ts": row["at"],
                "bucket_end_ts": row["at"] + timedelta(minutes=1),
                "confidence": 0.4,
                "predicted_label": "b",
            }
            for row in frame.head(n).to_dict("records")
        ],
        reason="uniform",
    )


def desk(job, queue, person="ann", **about):
    return label_desk(job.spec, queue, person, labels=LABELS, **about)


def test_nothing_is_given_by_looking(job, queue):
    ask(queue, rows(0))
    seen = desk(job, queue)
    assert (seen.question, seen.waiting, seen.answered, seen.most) == (None, 5, 0, 3)


def test_the_row_is_shown_in_plain_words_and_the_guess_after_the_answer(job, queue):
    frame = rows(0)
    ask(queue, frame, n=2)
    (held,) = queue.lease("ann", monitor="m")
    row = frame[frame["at"] == held.bucket_start_ts].iloc[0]
    question = desk(job, queue).question
    shown = {each.name: each.value for each in question.features}
    assert shown["amount"] == f"{row['amount']:,.6g}"
    assert shown["age"] == ("missing" if row["age"] != row["age"] else f"{row['age']:,.6g} years")
    assert question.why == "it was drawn at random"
    assert (question.guess, question.confidence) == (None, None)
    queue.mark_done(held.request_id, label="a", person="ann")
    after = desk(job, queue)
    assert (after.last.label, after.last.guess, after.answered) == ("a", "b", 1)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (12600.0, "12\u202f600"),
        (8303847.21, "8\u202f303\u202f847"),
        (-1e6, "-1\u202f000\u202f000"),
        (2.5e-7, "2.5e-07"),
    ],
)
def test_thousands_are_set_apart_as_in_reports(log, queue, amount, written):
    frame = rows(0).assign(amount=amount)
    job = job_on(log(frame, rows(1)), None, log={"units": {"amount": "EUR"}})
    ask(queue, frame)
    queue.lease("ann", monitor="m")
    shown = {each.name: each.value for each in desk(job, queue).question.features}
    assert shown["amount"] == f"{written} EUR"


def test_a_monitor_may_show_the_guess_at_once(job, queue):
    labeling = job.spec.labeling.model_copy(update={"hide_guess": False})
    job.spec = job.spec.model_copy(update={"labeling": labeling})
    ask(queue, rows(0))
    queue.lease("ann", monitor="m")
    question = desk(job, queue).question
    assert (question.guess, question.confidence) == ("b", 0.4)


def test_two_people_never_hold_the_same_and_other_monitors_are_left_alone(job, queue):
    ask(queue, rows(0), n=2)
    ask(queue, rows(1), n=2, monitor="other")
    held = [queue.lease(person, monitor="m")[0] for person in ("ann", "bob")]
    assert held[0].request_id != held[1].request_id
    assert {each.monitor for each in held} == {"m"}
    assert queue.lease("eve", monitor="m") == []
    assert desk(job, queue, "eve").waiting == 0


def test_an_answer_is_taken_back_by_who_gave_it_and_by_nobody_else(job, queue):
    ask(queue, rows(0))
    (held,) = queue.lease("ann", monitor="m")
    queue.mark_done(held.request_id, label="a", person="ann")
    assert queue.reopen(held.request_id, "bob") is None
    assert queue.reopen("no such request", "ann") is None
    again = queue.reopen(held.request_id, "ann")
    assert (again.status, again.label, again.done_at, again.person) == ("leased", None, None, "ann")
    seen = desk(job, queue)
    assert (seen.question.request_id, seen.last, seen.answered) == (held.request_id, None, 0)
    assert queue.reopen(held.request_id, "ann") is None


def test_a_share_is_a_share_and_what_was_given_back_is_none_of_it(job, queue):
    ask(queue, rows(0), n=5)
    (first,) = queue.lease("ann", monitor="m")
    queue.release(first.request_id, "ann")
    for _ in range(3):
        (held,) = queue.lease("ann", monitor="m")
        queue.mark_done(held.request_id, label="a", person="ann")
    assert queue.lease("ann", monitor="m") == []
    seen = desk(job, queue)
    assert (seen.answered, seen.most, seen.waiting) == (3, 3, 2)
    assert len(queue.lease("bob", monitor="m")) == 1


def test_a_row_that_is_gone_is_said(job, queue):
    ask(queue, rows(0).assign(at=FIRST_DAY + timedelta(days=90)), n=1)
    queue.lease("ann", monitor="m")
    assert "the log no longer has this row" in desk(job, queue).question.note.lower()


def test_a_partition_that_cannot_be_read_is_said(job, queue, log):
    ask(queue, rows(0), n=1)
    queue.lease("ann", monitor="m")
    (partition,) = job.partitions(days(0, 1))
    Path(partition.files[0]).write_bytes(b"torn")
    assert "could not be read" in desk(job, queue).question.note
