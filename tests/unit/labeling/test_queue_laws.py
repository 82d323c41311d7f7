"""Whatever is enqueued, answered and repeated in whatever order: the queue is a plain list with three rules.

The model below is that list. A JSON file and SQLite run beside it and must agree with it and with each other.
"""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from windage.labeling.queue import ActiveLabelingQueue
from windage.store.database import Database

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, tzinfo=UTC)
CAP = 3
USERS = st.sampled_from(["ada", "bob", "é/😀"])
CONFIDENCES = st.none() | st.sampled_from([0.0, 0.3, 0.5, 0.55, 0.9])
BUCKETS = st.lists(st.tuples(USERS, st.integers(0, 4), CONFIDENCES), max_size=8)


def row(user, minute, confidence):
    start = START + timedelta(minutes=minute)
    return {"user_id": user, "bucket_start_ts": start, "bucket_end_ts": start, "confidence": confidence}


@cache
def with_tables() -> bytes:
    """The file of a database that has its tables, and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        with Database(f"sqlite:///{folder}/x.db").reading():
            pass
        return Path(folder, "x.db").read_bytes()


class Queues(RuleBasedStateMachine):
    @initialize()
    def open_queues(self):
        self.moment = START
        self.folder = Path(tempfile.mkdtemp())
        (self.folder / "x.db").write_bytes(with_tables())
        places = [self.folder / "queue.json", f"sqlite:///{self.folder}/x.db"]
        self.queues = [ActiveLabelingQueue(place, CAP, now=lambda: self.moment) for place in places]
        self.asked = []  # dicts in the order of asking

    def teardown(self):
        shutil.rmtree(self.folder)

    def expect_new(self, rows):
        new = 0
        for user, minute, confidence in rows:
            earlier = [one for one in self.asked if one["key"] == (user, minute)]
            rested = all(one["done_at"] and self.moment - one["at"] >= timedelta(days=30) for one in earlier)
            if rested:
                self.asked.append(
                    {
                        "key": (user, minute),
                        "at": self.moment,
                        "confidence": confidence,
                        "done_at": None,
                        "answer": None,
                    }
                )
                new += 1
        return new

    @rule(rows=BUCKETS)
    def enqueue_drift(self, rows):
        new = self.expect_new(rows)
        assert [queue.enqueue_drift([row(*each) for each in rows]) for queue in self.queues] == [new, new]

    @rule(rows=BUCKETS)
    def enqueue_low_confidence(self, rows):
        columns = ["user_id", "bucket_start_ts", "bucket_end_ts", "confidence", "predicted_label"]
        frame = pd.DataFrame([row(*each) for each in rows], columns=columns).astype({"confidence": float})
        new = self.expect_new([each for each in rows if each[2] is not None and each[2] < 0.55])
        assert [queue.enqueue_low_confidence(frame) for queue in self.queues] == [new, new]

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), answer=st.sampled_from(["labeled", "skipped"]))
    def answer(self, data, answer):
        number = data.draw(st.integers(0, len(self.asked) - 1))
        one = self.asked[number]
        one["done_at"], one["answer"] = one["done_at"] or self.moment, answer
        for queue in self.queues:
            assert queue.mark_done(queue.all_items[number].request_id, answer).status == answer

    @rule(hours=st.sampled_from([1, 11, 24, 24 * 29, 24 * 30]))
    def let_time_pass(self, hours):
        self.moment += timedelta(hours=hours)

    @invariant()
    def all_agree(self):
        files, rows = (queue.all_items for queue in self.queues)
        assert files == rows
        found = [(one.user_id, one.bucket_start_ts, one.confidence, one.created_at, one.done_at) for one in files]
        assert found == [
            (each["key"][0], START + timedelta(minutes=each["key"][1]), each["confidence"], each["at"], each["done_at"])
            for each in self.asked
        ]
        assert len({one.request_id for one in files}) == len(files)
        waiting = [(one.user_id, one.bucket_start_ts) for one in files if one.status == "pending"]
        assert len(set(waiting)) == len(waiting)

    @invariant()
    def nobody_is_overrun_and_the_least_certain_comes_first(self):
        today = sum(one["done_at"] is not None and one["done_at"].date() == self.moment.date() for one in self.asked)
        waiting = sorted(
            (-1.0 if one["confidence"] is None else one["confidence"], one["key"][1])
            for one in self.asked
            if one["answer"] is None
        )
        for queue in self.queues:
            shown = queue.get_pending()
            assert len(shown) == min(len(waiting), max(0, CAP - today))
            found = [(-1.0 if one.confidence is None else one.confidence, one.bucket_start_ts.minute) for one in shown]
            assert found == waiting[: len(shown)]


TestQueues = Queues.TestCase
TestQueues.settings = settings(
    max_examples=60,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.reuse, Phase.generate],  # to shrink a failure takes minutes, and its steps are readable as they are
)
