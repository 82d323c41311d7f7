"""Partitions that are not there, hold nothing, or cannot be read: what it costs a window, and what a report says."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders import FIRST_DAY, days, monitor
from daily_log import WINDOW, job_on, rows
from windage.errors import BrokenFile, GoneFile, ReadFailed
from windage.partitions.broken_files import all_outside
from windage.partitions.engines.local import LocalEngine
from windage.partitions.recipe import Recipe
from windage.reports.document import from_json, to_json
from windage.reports.sentences.report import headline, not_judged, ten_lines
from windage.vocabulary import Outcome, PartitionRef


@pytest.mark.parametrize("present", [[], [0, 1, 2], [3]])
def test_a_window_without_partitions_is_unknown(log, present):
    job = job_on(log(*[rows(day) if day in present else None for day in range(4)]))
    report = job.judge(WINDOW)
    assert report.outcome is Outcome.unknown
    assert {each.outcome for each in report.outcomes.values()} == {Outcome.unknown}
    assert len(report.missing_partitions) == 4 - len(present)
    assert report.telemetry_snapshot.total_windows == (300 if 3 in present else 0)
    assert from_json(to_json(report), location="there") == report


def test_a_reference_that_lacks_a_day_is_judged_and_the_day_is_named(log):
    report = job_on(log(rows(0), None, rows(2), rows(3))).judge(WINDOW)
    assert report.outcome is Outcome.ok
    assert report.missing_partitions == [days(1, 2)]
    assert report.reference_rows == 600


def test_without_a_current_partition_the_reasons_are_about_the_current_window(log):
    frames = [rows(day) for day in range(12)]
    report = job_on(log(*frames), reference={"trailing": "12d"}, policy="calibrated").judge(days(12, 13))
    reasons = {name: each.reason for name, each in report.outcomes.items() if each.outcome is Outcome.unknown}
    for check in ("numeric_feature", "missingness", "value_range"):
        assert re.match(r"too few rows with a value: \d,\d{3} in the reference, 0 now", reasons[check])
    for check in ("correlation", "segment"):
        assert reasons[check] == "this window has no rows whose features can be compared"


def test_a_partition_of_folders_is_missing_and_the_report_says_where_and_why(log):
    folder = log(*map(rows, range(4)))
    (file,) = (folder / f"date={WINDOW.start:%Y-%m-%d}").iterdir()
    (file.parent / "region=EWR").mkdir()
    file.rename(file.parent / "region=EWR" / file.name)
    report = job_on(folder).judge(WINDOW)
    assert report.missing_partitions == [WINDOW]
    assert f"{file.parent} has no Parquet file" in report.unread[0]
    assert f"{file.parent}" in str(not_judged(report)[0])
    assert f"{file.parent}" in ten_lines(report)


def test_a_partition_of_no_rows_is_unknown(log):
    report = job_on(log(rows(0), rows(1), rows(2), rows(3).head(0))).judge(WINDOW)
    assert report.outcome is Outcome.unknown
    assert report.missing_partitions == []


def test_a_corrupt_partition_is_raised_for_a_retry(log):
    folder = log(*map(rows, range(4)))
    (file,) = (folder / f"date={WINDOW.start:%Y-%m-%d}").iterdir()
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(ReadFailed, match=f"the partition of {WINDOW.start:%Y-%m-%d}.*could not be read"):
        job_on(folder).judge(WINDOW)


def test_a_partition_that_vanishes_before_it_is_settled_is_raised_for_a_retry(log):
    folder = log(rows(0), rows(1), rows(2), rows(3, shift=0.45))
    job = job_on(folder, 16)
    plan = job.plan(WINDOW)
    job.profiler.profile_all(plan.partitions)
    for file in folder.rglob("*.parquet"):
        file.unlink()
    with pytest.raises(ReadFailed):
        job.measure("numeric_feature", plan)


# ── Two windows of files, without a monitor ───────────────────────────────────


def test_a_reference_does_without_a_day_whose_file_is_torn(log):
    folder = log(rows(0), rows(1), rows(2), rows(3, moved=True))
    (torn,) = folder.glob("date=2026-03-02/*.parquet")
    torn.write_bytes(torn.read_bytes()[:2000])
    job = job_on(folder)
    plan = job.plan(WINDOW)
    job.profiler.profile_all(plan.partitions, spare=all_outside(plan.current))
    report = job.judge(WINDOW)
    assert report.reference_rows == 600
    assert report.any_critical
    assert all(each.affected_user_ids for each in report.alerts if each.trigger == "feature_psi")
    (said,) = report.unread
    assert str(torn) in said
    assert said.endswith("windage baseline exclude does so for good.")


class EachOrNone:
    """An engine that gives up at the first broken file, whatever it has made before."""

    def __init__(self):
        self.asked = []

    def profiles(self, partitions, recipe):
        self.asked.append(len(partitions))
        assert all(recipe.shares(each) for each in partitions)
        yield from LocalEngine().profiles(partitions, recipe)


def test_a_cluster_profiles_the_others_of_a_torn_file(log):
    folder = log(*map(rows, range(9)))
    (torn,) = folder.glob("date=2026-03-06/*.parquet")
    torn.write_bytes(torn.read_bytes()[:2000])
    cluster = EachOrNone()
    job = job_on(folder, reference={"trailing": "8d"}, engine=cluster)
    plan = job.plan(days(8, 9))
    done = []
    with pytest.raises(BrokenFile, match=re.escape(str(torn))):
        job.profiler.profile_all(plan.partitions)
    job.profiler.profile_all(plan.partitions, lambda: done.append(1), spare=all_outside(plan.current))
    assert [each.period.start.day for each in job.profiler.missing(plan.partitions)] == [6]
    assert len(done) == 9
    assert cluster.asked == [9, 9, 4, 5, 2, 1, 1, 3]
    assert job.judge(days(8, 9)).reference_rows == 7 * 300


def test_a_window_whose_own_file_is_torn_is_not_judged(log):
    folder = log(rows(0), rows(1), rows(2), rows(3))
    (torn,) = folder.glob("date=2026-03-04/*.parquet")
    torn.write_bytes(b"PAR1")
    job = job_on(folder)
    plan = job.plan(WINDOW)
    with pytest.raises(BrokenFile, match=re.escape(str(torn))):
        job.profiler.profile_all(plan.partitions, spare=all_outside(plan.current))
    with pytest.raises(BrokenFile):
        job.judge(WINDOW)


def compacted(folder, *days):
    """The files of some days under other names, as after a compaction."""
    for day in days:
        for file in folder.glob(f"date={day}/*.parquet"):
            file.rename(file.with_name(f"compacted-{file.name}"))


@pytest.mark.parametrize("cluster", [None, EachOrNone()], ids=["here", "cluster"])
def test_partitions_compacted_after_the_plan_are_read_as_they_are_now(log, cluster):
    folder = log(rows(0), rows(1), rows(2), rows(3, moved=True))
    expected = job_on(folder).judge(WINDOW, at=WINDOW.end)
    job = job_on(folder, engine=cluster)
    plan = job.plan(WINDOW)
    compacted(folder, "2026-03-02", "2026-03-04")
    for each in (folder.parent / "storage" / "profiles").rglob("*.parquet"):
        each.unlink()
    job.profiler.profile_all(plan.partitions, spare=all_outside(plan.current))
    renamed = {plan.partitions[1].period, plan.current}
    assert {each.period for each in job.profiler.missing(plan.partitions)} == renamed, (
        "nothing is kept under the old names"
    )
    assert job.profiler.missing(job.plan(WINDOW).partitions) == []
    windows = job.windows(plan)
    report = job.conclude(plan, job.answers(plan, windows), windows, at=WINDOW.end)
    assert (report.alerts, report.unread) == (expected.alerts, [])
    assert report.any_critical


def test_partitions_compacted_after_they_were_profiled_are_read_as_they_are_now(log):
    folder = log(rows(0), rows(1), rows(2), rows(3, moved=True))
    expected = job_on(folder, 16).judge(WINDOW, at=WINDOW.end)
    job = job_on(folder, 16)
    plan = job.plan(WINDOW)
    compacted(folder, *(f"2026-03-0{day}" for day in range(1, 5)))
    windows = job.windows(plan)
    assert job.conclude(plan, job.answers(plan, windows), windows, at=WINDOW.end).alerts == expected.alerts


def test_another_content_is_never_kept_under_the_name_of_the_one_that_is_gone(log):
    folder = log(*map(rows, range(4)))
    job = job_on(folder)
    plan = job.plan(WINDOW)
    (file,) = folder.glob("date=2026-03-02/*.parquet")
    file.unlink()
    log(None, rows(1, n=100))
    file.rename(file.with_name("other.parquet"))
    job.profiler.profile_all(plan.partitions, spare=all_outside(plan.current))
    assert job.profiler.cache.get(plan.partitions[1]) is None
    (there,) = job.partitions(plan.partitions[1].period)
    assert job.profiler.cache.get(there).rows == 100


class Overtaken(LocalEngine):
    """An engine during whose first work of each kind a file of the log is replaced by another of the same name."""

    def __init__(self, file, other):
        super().__init__()
        self.replace = lambda: other.exists() and other.rename(file)

    def profile_columns(self, columns, recipe, wanted):
        self.replace()
        return super().profile_columns(columns, recipe, wanted)


class OvertakenCluster(EachOrNone):
    def __init__(self, file, other):
        super().__init__()
        self.replace = lambda: other.exists() and other.rename(file)

    def profiles(self, partitions, recipe):
        found = list(super().profiles(partitions, recipe))
        self.replace()
        yield from found


@pytest.mark.parametrize("engine", [Overtaken, OvertakenCluster])
def test_another_content_is_never_kept_under_the_name_of_the_one_that_it_replaced(log, engine):
    folder = log(*map(rows, range(4)))
    (file,) = folder.glob("date=2026-03-02/*.parquet")
    old = file.rename(file.with_name("old"))
    log(None, rows(1, n=100))
    new = file.rename(file.with_name("new"))
    old.rename(file)
    job = job_on(folder, engine=engine(file, new))
    plan = job.plan(WINDOW)
    job.profiler.profile_all(plan.partitions, spare=all_outside(plan.current))
    assert job.profiler.cache.get(plan.partitions[1]) is None
    (there,) = job.partitions(plan.partitions[1].period)
    assert job.profiler.cache.get(there).rows == 100
    assert {each.period for each in job.profiler.missing(plan.partitions)} == {there.period}
    assert job.windows(plan)[0].rows == 700


def test_a_file_that_comes_while_a_partition_is_read_is_no_replacement(log):
    folder = log(*map(rows, range(4)))
    (file,) = folder.glob("date=2026-03-04/*.parquet")
    job = job_on(folder)
    plan = job.plan(WINDOW)
    file.with_name("later.parquet").write_bytes(file.read_bytes())
    job.profiler.profile_all(plan.partitions)
    assert job.profiler.missing(plan.partitions) == []


def test_a_reference_does_without_a_day_that_is_gone_and_a_window_does_not(log):
    folder = log(*map(rows, range(4)))
    job = job_on(folder)
    plan = job.plan(WINDOW)
    (gone,) = folder.glob("date=2026-03-02/*.parquet")
    gone.unlink()
    job.profiler.profile_all(plan.partitions, spare=all_outside(plan.current))
    windows = job.windows(plan)
    report = job.conclude(plan, job.answers(plan, windows), windows)
    assert report.reference_rows == 600
    (said,) = report.unread
    assert f"{gone}: the file is gone since it was listed" in said


@pytest.mark.parametrize("cluster", [None, EachOrNone()], ids=["here", "cluster"])
def test_a_window_whose_own_file_is_gone_is_not_judged(log, cluster):
    folder = log(*map(rows, range(4)))
    job = job_on(folder, engine=cluster)
    plan = job.plan(WINDOW)
    (gone,) = folder.glob("date=2026-03-04/*.parquet")
    gone.unlink()
    with pytest.raises(GoneFile, match=re.escape(str(gone))):
        job.profiler.profile_all(plan.partitions, spare=all_outside(plan.current))
    with pytest.raises(GoneFile):
        job.windows(plan)


def test_a_window_without_a_partition_begins_with_that(log):
    report = job_on(log(rows(0), rows(1), rows(2), None)).judge(WINDOW)
    message = ten_lines(report).splitlines()
    assert message[0] == "[Unknown] m: No partition for 2026-03-04 – 2026-03-05 UTC (1 day)."
    assert "nothing found at" in message[-1]
    assert "date=2026-03-04; the last one before it is 2026-03-03 – 2026-03-04." in message[-1]
    assert [str(each) for each in not_judged(report)][1:] == ["Nothing else could be judged: the window has no rows."]


# ── Rows of another time than their partition's ───────────────────────────────


def dated(day, *, ends=24, strays=(), shift_days=0):
    """Rows that are spread over the day until that hour, the first of them at other moments."""
    frame = rows(day)
    minutes = np.linspace(0, 60 * ends - 1, len(frame))
    at = [FIRST_DAY + timedelta(days=day + shift_days, minutes=float(each)) for each in minutes]
    frame["at"] = [*strays, *at[len(strays) :]]
    return frame


@pytest.mark.parametrize("stray", [[], [datetime(2036, 1, 1, tzinfo=UTC)], [FIRST_DAY + timedelta(days=9)]])
def test_a_row_of_another_time_does_not_make_a_log_reach_its_end(log, stray):
    job = job_on(
        log(*map(dated, range(8)), dated(8, ends=10, strays=stray)), reference={"trailing": "8d"}, policy="calibrated"
    )
    (alert,) = [each for each in job.judge(days(8, 9)).alerts if each.trigger == "freshness"]
    assert alert.details["gap"] == pytest.approx(14 / 24, abs=0.01)


def test_a_log_that_is_of_another_day_altogether_has_no_last_row_and_is_told(log):
    job = job_on(log(*map(dated, range(8)), dated(8, shift_days=1)), reference={"trailing": "8d"}, policy="calibrated")
    report = job.judge(days(8, 9))
    assert report.outcomes["freshness"].outcome is Outcome.alert
    assert [each.details["misdated"] for each in report.alerts if each.trigger == "freshness"] == [1.0]
    assert str(headline(report)) == "No row has a time within the window."


def test_of_a_log_whose_days_are_always_of_others_nothing_is_known(log):
    folder = log(*(dated(at, shift_days=1) for at in range(9)))
    outcome = job_on(folder, reference={"trailing": "8d"}, policy="calibrated").judge(days(8, 9)).outcomes["freshness"]
    assert (outcome.outcome, outcome.reason) == (
        Outcome.unknown,
        "too few rows, or none with a timestamp within the window",
    )


@pytest.mark.parametrize("kind", ["timestamp[s]", "timestamp[ms]", "timestamp[us]", "timestamp[ns]"])
def test_the_moment_a_window_ends_is_the_next_ones_in_every_unit(tmp_path, kind):
    unit = kind.removeprefix("timestamp[").removesuffix("]")
    period = days(0, 1)
    at = pa.array([period.start, period.end - timedelta(seconds=1), period.end], pa.timestamp(unit))
    pq.write_table(pa.table({"at": at, "x": [1.0, 2.0, 3.0]}), tmp_path / "x.parquet")
    spec = monitor(tmp_path, log={"numeric": ["x"], "bucket_start": "at"}).log
    recipe = Recipe(log=spec, resolution=None, rows_at_once=1000)
    partition = PartitionRef(period=period, files=(str(tmp_path / "x.parquet"),), fingerprint="x")
    profile = LocalEngine().profile(recipe.open_partition(partition), recipe)
    assert (profile.rows, profile.first_at, profile.last_at) == (3, period.start, period.end - timedelta(seconds=1))
