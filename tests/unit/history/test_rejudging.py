"""Late data makes exactly the windows stale that hold it, and they are judged again from what there is now."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from builders import FIRST_DAY, days, write_day
from builders import monitor as monitor_of
from daily_log import COLUMNS, job_on, rows
from histories import record
from windage.errors import BrokenFile
from windage.history.rejudging import judge_again, judge_each, stale_windows, unjudged_windows
from windage.history.store import HistoryStore
from windage.judging.job import WindowJob
from windage.labeling.outdated import outdated
from windage.labeling.queue import ActiveLabelingQueue
from windage.reports.index import ReportIndex
from windage.reports.store import ReportStore
from windage.store.database import Database
from windage.telemetry.sql import SnapshotRows
from windage.telemetry.store import TelemetryStore
from windage.vocabulary import Outcome, Window, utc_now

DAYS = 9


class Monitor:
    """A monitor with three days of reference that has judged what there was of nine days."""

    def __init__(self, folder):
        self.job = job_on(folder / "log", None)
        self.database = Database(f"sqlite:///{folder}/w.db")
        self.history = HistoryStore(self.database)
        self.reports = ReportStore(folder / "reports")

    def judge(self, day):
        return judge_again(self.job, days(day, day + 1), database=self.database, reports=self.reports)

    @property
    def job_folder(self):
        return Path(self.job.spec.log.location).parent

    def stale(self):
        found = stale_windows(self.job, self.history.inputs("m"))
        return {(each.window.start - FIRST_DAY).days: [(at - FIRST_DAY).days for at in each.changed] for each in found}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged")
    for day in range(DAYS):
        if day != 4:
            write_day(folder / "log", day, pa.Table.from_pandas(rows(day), preserve_index=False))
    monitor = Monitor(folder)
    for day in range(3, DAYS):
        monitor.judge(day)
    return folder


@pytest.fixture
def monitor(kept, tmp_path):
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    return Monitor(tmp_path)


def test_the_history_keeps_the_monitor_as_its_file_describes_it(log, tmp_path):
    log(*(rows(day) for day in range(4)))
    relative = "log/date={start:%Y-%m-%d}"
    job = WindowJob(monitor_of(tmp_path, log={"location": relative}), storage=str(tmp_path))
    database = Database(f"sqlite:///{tmp_path}/w.db")
    judge_again(job, days(3, 4), database=database, reports=ReportStore(tmp_path / "reports"))
    assert HistoryStore(database).spec("m").log.location == relative


def test_what_nobody_touched_is_not_stale(monitor):
    assert monitor.stale() == {}


def test_a_partition_that_comes_late_makes_its_own_window_stale_and_those_that_refer_to_it(monitor):
    write_day(monitor.job_folder, 4, pa.Table.from_pandas(rows(4), preserve_index=False))
    assert monitor.stale() == {4: [4], 5: [4], 6: [4], 7: [4]}
    for day in monitor.stale():
        monitor.judge(day)
    assert monitor.stale() == {}
    assert monitor.reports.read("m", days(4, 5).end).missing_partitions == []


def test_a_partition_that_is_written_again_is_another_one(monitor):
    changed = rows(2, moved=True)
    file = write_day(monitor.job_folder, 2, pa.Table.from_pandas(changed, preserve_index=False))
    assert set(monitor.stale()) == {3, 4, 5}
    report, _ = monitor.judge(3)
    again = pd.read_parquet(file)
    assert report.reference_rows == 600 + len(again)
    assert set(monitor.stale()) == {4, 5}


def test_a_partition_that_is_gone_makes_nothing_stale_and_its_report_stays(monitor):
    (file,) = monitor.job.partitions(days(6, 7))[0].files
    Path(file).unlink()
    before = monitor.reports.read("m", days(6, 7).end)
    assert monitor.stale() == {}
    assert monitor.judge(6) is None
    assert monitor.reports.read("m", days(6, 7).end) == before


def test_the_files_of_a_partition_are_looked_at_once(monitor, monkeypatch):
    asked = []
    fingerprints = type(monitor.job).fingerprints

    def counted(self, starts):
        asked.append(list(starts))
        return fingerprints(self, starts)

    monkeypatch.setattr(type(monitor.job), "fingerprints", counted)
    monitor.stale()
    (starts,) = asked
    assert len(starts) == len(set(starts)) == DAYS


def test_a_window_that_cannot_be_judged_again_is_not_stale_for_ever(monitor):
    (gone,) = monitor.job.partitions(days(6, 7))[0].files
    Path(gone).unlink()
    write_day(monitor.job_folder, 5, pa.Table.from_pandas(rows(5, moved=True), preserve_index=False))
    assert set(monitor.stale()) == {5}  # 6, 7 and 8 hold the one that is gone


def test_a_day_that_is_gone_from_the_reference_does_not_keep_a_report_on_rows_that_were_replaced(monitor):
    (gone,) = monitor.job.partitions(days(6, 7))[0].files
    Path(gone).unlink()
    write_day(monitor.job_folder, 7, pa.Table.from_pandas(rows(7, moved=True), preserve_index=False))
    assert monitor.stale() == {7: [7]}
    report, _ = monitor.judge(7)
    assert report.any_critical
    assert days(6, 7) in report.missing_partitions
    assert monitor.stale() == {}
    for day in (5, 8):  # most of the reference is gone, or the window's own partition
        Path(monitor.job.partitions(days(day, day + 1))[0].files[0]).unlink()
    write_day(monitor.job_folder, 7, pa.Table.from_pandas(rows(7), preserve_index=False))
    assert monitor.stale() == {}
    assert monitor.judge(7) is None


def test_a_column_that_the_monitors_file_names_since_later_breaks_no_window_of_before(monitor):
    columns = {**COLUMNS, "numeric": [*COLUMNS["numeric"], "tenure"], "probabilities": [*COLUMNS["probabilities"], "s"]}
    monitor.job = job_on(monitor.job_folder, None, log=columns)
    write_day(monitor.job_folder, 4, pa.Table.from_pandas(rows(4), preserve_index=False))
    for day in monitor.stale():
        report, _ = monitor.judge(day)
        assert report.is_judged
        assert (
            report.outcomes["numeric_feature"]
            .unknown["tenure"]
            .startswith("neither this window nor its reference has it")
        )
        assert report.outcomes["entropy"].outcome is Outcome.unknown
    assert monitor.job.judge(days(8, 9)).outcomes["numeric_feature"].errors.keys() == {"tenure"}


def test_a_window_of_another_width_than_is_judged_now_is_not_stale(monitor):
    write_day(monitor.job_folder, 2, pa.Table.from_pandas(rows(2, moved=True), preserve_index=False))
    assert monitor.stale()
    monitor.job.spec = monitor.job.spec.model_copy(update={"current": timedelta(days=2)})
    assert monitor.stale() == {}


def test_only_the_newest_history_may_be_asked_about(monitor):
    ends = [window.end for window, _ in monitor.history.inputs("m", last=timedelta(days=2))]
    assert ends == [days(7, 8).end, days(8, 9).end]
    assert monitor.history.inputs("another", last=timedelta(days=2)) == []


def test_no_history_is_judged_after_the_end_of_the_log_or_from_now_on(monitor):
    decade = Window(start=FIRST_DAY, end=FIRST_DAY + timedelta(days=3652))
    spec = monitor.job.spec.model_copy(update={"end": days(0, DAYS).end})
    assert unjudged_windows(spec, decade, judged=()) == list(days(0, DAYS).split(timedelta(days=1)))
    assert unjudged_windows(spec, decade, judged=[days(0, 2)]) == list(days(0, DAYS).split(timedelta(days=1)))
    newest = unjudged_windows(monitor.job.spec, decade, judged=())[-1]
    assert newest.end <= utc_now() < newest.end + timedelta(days=1)


def test_a_process_that_ends_before_all_is_kept_leaves_the_window_to_be_judged_again(monitor):
    write_day(monitor.job_folder, 4, pa.Table.from_pandas(rows(4), preserve_index=False))

    def ends(*_):
        raise SystemExit

    with pytest.raises(SystemExit):
        judge_again(monitor.job, days(4, 5), database=monitor.database, reports=monitor.reports, keep=ends)
    assert 4 in monitor.stale()
    (kept,) = [
        each
        for each in TelemetryStore(SnapshotRows(monitor.database)).read_recent(99)
        if each.window_start == days(4, 5).start
    ]
    assert kept == monitor.reports.read("m", days(4, 5).end).telemetry_snapshot
    before = monitor.history.records("m")
    with pytest.raises(SystemExit):
        monitor.history.keep(record(4), [], monitor.history.spec("m"), beside=ends)
    assert monitor.history.records("m") == before


def test_a_report_that_is_torn_is_replaced(monitor):
    file = Path(monitor.reports.location_of("m", days(6, 7)))
    whole = monitor.reports.read("m", days(6, 7).end)
    file.write_bytes(file.read_bytes()[:999])
    monitor.judge(6)
    assert monitor.reports.read("m", days(6, 7).end).outcomes == whole.outcomes


def test_a_label_that_comes_while_a_window_is_judged_makes_it_outdated(monitor, tmp_path):
    queue = ActiveLabelingQueue(tmp_path / "queue.json")
    start = days(6, 7).start
    queue.enqueue(
        [{"monitor": "m", "user_id": "u", "bucket_start_ts": start, "bucket_end_ts": start}], reason="uniform"
    )
    (asked,) = queue.all_items

    def said():
        return outdated(ReportIndex(monitor.database).latest("m", limit=None), queue.all_items)

    judge_again(
        monitor.job, days(6, 7), database=monitor.database, reports=monitor.reports,
        keep=lambda *_: queue.mark_done(asked.request_id, label="a"),
    )  # fmt: skip
    assert days(6, 7) in said()
    monitor.judge(6)
    assert days(6, 7) not in said()


def test_of_two_that_judge_a_window_again_at_once_report_and_history_are_of_the_same_one(monitor):
    done = threading.Event()

    def judge_too(*_):
        other = threading.Thread(target=lambda: (Monitor.judge(monitor, 6), done.set()))
        other.start()
        assert not done.wait(0.5), "it waits until the first has kept all"
        others.append(other)

    others = []
    judge_again(monitor.job, days(6, 7), database=monitor.database, reports=monitor.reports, keep=judge_too)
    others[0].join()
    (entry,) = ReportIndex(monitor.database).ending_at("m", days(6, 7).end)
    assert entry.written_at == monitor.reports.read("m", days(6, 7).end).generated_at


def test_of_several_torn_windows_the_others_are_judged_and_the_first_is_told():
    judged = []

    def judge(window):
        if window in torn:
            raise BrokenFile(f"{window} is torn.")
        judged.append(window)

    windows, torn = [days(k, k + 1) for k in range(5)], [days(1, 2), days(3, 4)]
    broken = judge_each(windows, judge)
    assert str(broken) == f"{torn[0]} is torn."
    assert judged == [windows[0], windows[2], windows[4]]
    assert judge_each(windows[:1], judge) is None
