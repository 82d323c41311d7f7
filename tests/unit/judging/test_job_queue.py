"""Which rows of a window people are asked about."""

import numpy as np
import pandas as pd
import pytest

from daily_log import WINDOW, job_on, rows
from windage.errors import InvalidInput
from windage.judging.job import WindowJob
from windage.labeling.asked_rows import features_of
from windage.labeling.performance import realised_performance
from windage.labeling.queue import ActiveLabelingQueue


def test_the_least_sure_rows_of_the_window_are_queued(log, tmp_path):
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True)]
    frames[3]["p"] = np.linspace(0.9, 0.3, 300)
    frames[3].loc[5, "p"] = np.nan
    frames[3].loc[6, "p"] = -np.inf
    job = job_on(log(*frames), labeling={"limit": 7, "strategy": "lowest_confidence"})
    report = job.judge(WINDOW)
    queue = str(tmp_path / "queue.json")
    assert job.queue_rows(job.plan(WINDOW), report, queue) == 7
    asked = ActiveLabelingQueue(queue).all_items
    assert [each.user_id for each in asked] == list(frames[3]["user"][::-1][:7])
    assert [each.confidence for each in asked] == sorted(frames[3]["p"][1:].dropna())[1:8]
    assert asked[0].bucket_start_ts == frames[3]["at"].iloc[-1]
    assert {each.inclusion_probability for each in asked} == {None}  # no other row could be asked about
    assert job.queue_rows(job.plan(WINDOW), report, queue) == 0
    more = job_on(tmp_path / "log", labeling={"limit": 9, "strategy": "lowest_confidence"})
    assert more.queue_rows(job.plan(WINDOW), report, queue) == 2
    again = ActiveLabelingQueue(queue).all_items
    assert len({(each.user_id, each.bucket_start_ts) for each in again}) == 9


def test_under_drift_the_new_kind_of_rows_is_asked_about_and_some_at_random(log, tmp_path):
    frames = [rows(0), rows(1), rows(2), rows(3)]
    new = np.random.default_rng(8).random(300) < 0.15
    frames[3].loc[new, "amount"] += 500.0
    frames[3]["p"] = np.random.default_rng(0).uniform(0.4, 1.0, 300)
    job = job_on(log(*frames), labeling={"limit": 20})
    report = job.judge(WINDOW)
    assert any("amount" in alert.affected_features for alert in report.alerts)
    queues = [str(tmp_path / name) for name in ("a.json", "b.json")]
    assert [job.queue_rows(job.plan(WINDOW), report, queue) for queue in queues] == [20, 20]
    first, second = (
        [
            (each.user_id, each.bucket_start_ts, each.inclusion_probability)
            for each in ActiveLabelingQueue(queue).all_items
        ]
        for queue in queues
    )
    assert first == second
    chosen = {start for _, start, probability in first if probability == 1.0}
    assert len(chosen) == 14
    of_new = {pd.Timestamp(at) for at in frames[3]["at"][new]}
    assert len([start for start in chosen if pd.Timestamp(start) in of_new]) >= 7  # of one row in seven
    (probability,) = {probability for *_, probability in first if probability < 1}
    assert probability == pytest.approx(6 / (300 - 14))


def test_rows_whose_time_is_not_named_cannot_be_queued(log, tmp_path):
    job = job_on(log(rows(0), rows(1), rows(2), rows(3, moved=True)), log={"bucket_start": None})
    with pytest.raises(InvalidInput, match=r"has no log\.bucket_start"):
        job.queue_rows(job.plan(WINDOW), job.judge(WINDOW), str(tmp_path / "q.json"))


def test_rows_whose_time_is_of_no_calendar_are_not_asked_about(log, tmp_path):
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True)]
    times = frames[3]["at"].dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    frames[3]["p"] = np.linspace(0.9, 0.3, 300)
    times[-5:] = 2**62
    frames[3]["at"] = times.astype("datetime64[us]")
    job = job_on(log(*frames), labeling={"limit": 3, "strategy": "lowest_confidence"})
    report = job.judge(WINDOW)
    queue = str(tmp_path / "queue.json")
    assert [job.queue_rows(job.plan(WINDOW), report, queue) for _ in range(2)] == [3, 0]
    assert [each.user_id for each in ActiveLabelingQueue(queue).all_items] == list(frames[3]["user"][-6:-9:-1])


def test_times_that_are_numbers_of_no_named_unit_are_refused(log, tmp_path):
    """Seconds taken for microseconds would be a day of January 1970, whose rows nobody finds again."""
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True)]
    frames[3]["at"] = frames[3]["at"].astype("int64") // 10**6
    job = job_on(log(*frames))
    with pytest.raises(InvalidInput, match=r"column at has type int64, not times\. Write timestamps or ISO 8601"):
        job.queue_trickle(job.plan(WINDOW), str(tmp_path / "q.json"))


def test_rows_of_nobody_are_asked_about_once(log, tmp_path):
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True)]
    frames[3]["user"] = None
    job = job_on(log(*frames), labeling={"limit": 5, "strategy": "lowest_confidence"})
    report = job.judge(WINDOW)
    queue = str(tmp_path / "queue.json")
    assert [job.queue_rows(job.plan(WINDOW), report, queue) for _ in range(2)] == [5, 0]
    assert {each.user_id for each in ActiveLabelingQueue(queue).all_items} == {"unknown"}


def test_a_few_rows_that_no_store_keeps_do_not_cost_the_others_their_questions(log, tmp_path, caplog):
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True)]
    frames[3].loc[:9, "user"] = "bad\x00"
    frames[3].loc[10:14, "label"] = "odd\x00"
    job = job_on(log(*frames), labeling={"limit": 400})
    report = job.judge(WINDOW)
    queue = str(tmp_path / "queue.json")
    assert [job.queue_rows(job.plan(WINDOW), report, queue) for _ in range(2)] == [285, 0]
    assert "15 of 300 rows are not asked about" in caplog.text
    bad = {"user_id": "bad\x00", "bucket_start_ts": WINDOW.start, "bucket_end_ts": WINDOW.end}
    with pytest.raises(InvalidInput, match="Row 0 of the label requests is invalid: user_id: contains NUL"):
        ActiveLabelingQueue(queue).enqueue_drift([bad])


def test_rows_of_one_user_and_time_are_one_chance_and_the_first_is_what_is_asked_about(log, tmp_path):
    """300 rows in 100 buckets: every request is another bucket, and together they stand for 100."""
    frames = [rows(0), rows(1), rows(2), rows(3)]
    frames[3]["at"] = frames[3]["at"].iloc[np.arange(300) // 3 * 3].to_numpy()
    frames[3]["user"] = np.array([f"u{k}" for k in range(7)])[np.arange(300) // 3 % 7]
    frames[3]["label"] = np.where(np.arange(300) % 3 == 0, "first", "other")
    job = job_on(log(*frames), labeling={"trickle": 40})
    queue = str(tmp_path / "queue.json")
    assert [job.queue_trickle(job.plan(WINDOW), queue) for _ in range(2)] == [40, 0]
    asked = ActiveLabelingQueue(queue).all_items
    assert sum(1 / each.inclusion_probability for each in asked) == pytest.approx(100)
    assert {each.predicted_label for each in asked} == {"first"}
    shown = features_of(job.spec, asked)
    first = frames[3].iloc[::3].set_index("at")["amount"]
    assert {each.request_id: shown[each.request_id]["amount"] for each in asked} == {
        each.request_id: first[each.bucket_start_ts] for each in asked
    }


def test_labels_of_the_least_sure_rows_alone_are_no_accuracy_of_the_window(log, tmp_path):
    """Of 100 rows, the seven least sure alone say nothing of the others; all 100 do, and so does a part at random."""
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True, n=100)]
    frames[3]["p"] = np.linspace(0.9, 0.3, 100)
    folder = log(*frames)
    found = {}
    for name, about in {
        "least": {"limit": 7},
        "all": {"limit": 100},
        "both": {"limit": 8, "uniform_share": 0.5},
    }.items():
        job = job_on(folder, labeling={"strategy": "lowest_confidence", **about})
        queue = ActiveLabelingQueue(tmp_path / f"{name}.json")
        job.queue_rows(job.plan(WINDOW), job.judge(WINDOW), str(tmp_path / f"{name}.json"))
        for each in queue.all_items:
            queue.mark_done(each.request_id, "labeled", each.predicted_label)
        found[name] = realised_performance(queue.all_items)
    assert (found["least"].rows, found["least"].left_out, found["least"].accuracy) == (0, 7, None)
    judged = job_on(folder, policy="calibrated", checks={"realised_performance": None, "row_volume": None})
    labelled = WindowJob(judged.spec, storage=judged.storage, queue=str(tmp_path / "least.json")).judge(WINDOW)
    assert "7 labels of the last 28 days have no" in labelled.outcomes["realised_performance"].reason
    assert labelled.telemetry_snapshot.realised_accuracy is None
    assert (found["all"].rows, found["all"].accuracy) == (100, 1.0)
    assert (found["both"].rows, found["both"].left_out) == (8, 0)
