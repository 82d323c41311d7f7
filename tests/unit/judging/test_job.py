"""A monitor over a log on disk gives what ``run_drift_check`` gives on the same rows, reading each partition once."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from builders import FIRST_DAY, days, monitor, write_day
from daily_log import COLUMNS, FEATURES, WINDOW, job_on, rows
from windage import run_drift_check
from windage.errors import InvalidInput
from windage.judging.comparison import compare
from windage.judging.job import WindowJob
from windage.partitions.parquet import ParquetColumns
from windage.partitions.windows import Windows
from windage.reports.document import from_json, to_json
from windage.spec.choice import checks_for
from windage.spec.log import Log
from windage.vocabulary import CheckResult, DriftTrigger, Outcome, Window


def on_frames(frames):
    reference, current = pd.concat(frames[:3], ignore_index=True), frames[3]
    return run_drift_check(
        reference, current, reference["label"], current["label"], numerical_features=FEATURES,
        ref_probs=reference[["p", "q", "r"]], cur_probs=current[["p", "q", "r"]], user_ids=current["user"],
    )  # fmt: skip


CASES = {
    "calm": {},
    "a small shift": {"shift": 0.25},
    "another small shift": {"shift": 0.45},
    "everything moved": {"moved": True},
}


@pytest.mark.parametrize("resolution", [None, 64, 16])
@pytest.mark.parametrize("case", CASES)
def test_partitions_and_frames_give_the_same_report(log, case, resolution):
    """With few points the limits that fall inside a certified interval are settled by reading the column again."""
    frames = [rows(0), rows(1), rows(2), rows(3, **CASES[case])]
    found, expected = job_on(log(*frames), resolution).judge(WINDOW), on_frames(frames)
    assert found.summary == expected.summary or case == "everything moved"
    assert found.any_critical == expected.any_critical
    ours, theirs = ({(each.trigger, *each.affected_features): each for each in r.alerts} for r in (found, expected))
    assert ours.keys() == theirs.keys()
    for key, alert in ours.items():
        assert alert.severity == theirs[key].severity
        assert not alert.details.get("undecided")
        if resolution is None:
            assert alert.affected_user_ids == theirs[key].affected_user_ids
    for one, other in zip(found.feature_report.results, expected.feature_report.results, strict=True):
        assert one.is_drifted == other.is_drifted
        for name in ("psi", "ks_statistic", "ks_p_value"):
            value, exact = getattr(one, name), getattr(other, name)
            if name in one.bounds:
                low, high = one.bounds[name]
                assert low - 1e-12 <= exact <= high + 1e-12
            else:
                assert value == pytest.approx(exact, rel=1e-12, abs=1e-12)
        if resolution is None:
            assert one.bounds == {}
    for part in ("reject_rate_drift", "class_shift", "entropy_drift"):
        one, other = (getattr(each, part).model_dump() for each in (found, expected))
        assert one.keys() == other.keys()
        for key, value in other.items():
            assert one[key] == (value if isinstance(value, list) else pytest.approx(value, rel=1e-12))


def test_the_report_says_what_it_is_about(log):
    report = job_on(log(*map(rows, range(4)))).judge(WINDOW, at=FIRST_DAY)
    assert report.outcome is Outcome.ok
    assert (report.monitor, report.generated_at) == ("m", FIRST_DAY)
    assert (report.reference_window, report.current_window) == (days(0, 3), WINDOW)
    assert (report.reference_rows, report.current_rows) == (900, 300)
    assert report.telemetry_snapshot.monitor == "m"
    assert report.telemetry_snapshot.timestamp == WINDOW.end
    assert report.telemetry_snapshot.feature_missingness["age"] == pytest.approx(34 / 300)
    assert from_json(to_json(report), location="there") == report


@pytest.mark.parametrize("resolution", [None, 32])
def test_the_same_partitions_give_the_same_bytes_cold_and_warm(log, resolution):
    folder = log(rows(0), rows(1), rows(2), rows(3, moved=True))
    reports = [to_json(job_on(folder, resolution).judge(WINDOW, at=FIRST_DAY)) for _ in range(3)]
    assert reports[0] == reports[1] == reports[2]


def test_a_partition_is_read_once(log, monkeypatch):
    folder = log(*[rows(0)] * 5)
    read = []
    real = ParquetColumns.__init__

    def noted(self, files, **about):
        read.extend(files)
        real(self, files, **about)

    monkeypatch.setattr(ParquetColumns, "__init__", noted)
    job = job_on(folder, 4096)
    plan = job.plan(WINDOW)
    assert job.profiler.missing(plan.partitions) == list(plan.partitions)
    job.profiler.profile_all(plan.partitions)
    assert job.profiler.missing(plan.partitions) == []
    job.judge(WINDOW)
    assert len(read) == len(set(read)) == 4
    job_on(folder, 4096).judge(days(4, 5))
    assert len(read) == len(set(read)) == 5


def test_a_partition_that_changed_is_read_again(log):
    folder = log(*map(rows, range(4)))
    job = job_on(folder)
    assert not job.judge(WINDOW).alerts
    write_day(folder, 3, pa.Table.from_pandas(rows(3, moved=True), preserve_index=False))
    assert job.judge(WINDOW).any_critical


def test_days_of_the_same_size_and_time_are_not_taken_for_each_other(log):
    """Unpacked logs have files of one name, one size and one time."""
    import os

    frames = [pd.DataFrame({"x": np.full(100, float(day))}) for day in range(4)]
    folder = log(*frames)
    for file in folder.rglob("*.parquet"):
        os.utime(file, (0, 0))
    job = WindowJob(monitor(folder, resolution=None), storage=str(folder.parent / "storage"))
    plan = job.plan(WINDOW)
    assert {each.numeric["x"].minimum for each in job.windows(plan)} == {0.0, 3.0}


def test_steps_travel_as_json_between_processes(log):
    folder = log(rows(0), rows(1), rows(2), rows(3, moved=True))
    plan = job_on(folder, 16).plan(WINDOW)
    plan = type(plan).model_validate_json(plan.model_dump_json())
    results = [
        CheckResult.model_validate_json(job_on(folder, 16).measure(check.name, plan).model_dump_json())
        for check in job_on(folder).spec.checks_to_run()
    ]
    report = job_on(folder, 16).conclude(plan, results, at=FIRST_DAY)
    assert report == job_on(folder, 16).judge(WINDOW, at=FIRST_DAY)


def test_a_check_that_the_monitor_does_not_run(log):
    job = job_on(log(*map(rows, range(4))))
    with pytest.raises(InvalidInput, match=r"does not run check 'entropi'\. Did you mean 'entropy'\?"):
        job.measure("entropi", job.plan(WINDOW))


# ── What is missing or broken ─────────────────────────────────────────────────


BROKEN = {
    "gone": lambda frame, name: frame.drop(columns=name),
    "text": lambda frame, name: frame.assign(**{name: "oops"}),
}


@pytest.mark.parametrize("how", BROKEN)
def test_one_broken_feature_is_an_error_and_the_others_alert(log, how):
    job = job_on(log(rows(0), rows(1), rows(2), BROKEN[how](rows(3, moved=True), "amount")))
    report = job.judge(WINDOW)
    assert report.feature_report.flagged_features == ["age", "zeros"]
    assert list(report.outcomes["numeric_feature"].errors) == ["amount"]
    assert all(each.affected_user_ids is not None for each in report.alerts)
    assert from_json(to_json(report), location="there") == report


@pytest.mark.parametrize(
    ("column", "check", "shown"),
    [("label", "reject_rate", "label"), ("label", "class_shift", "label"), ("q", "entropy", "'q'")],
)
def test_a_broken_part_is_an_error_of_the_checks_that_need_it(log, column, check, shown):
    report = job_on(log(rows(0), rows(1), rows(2), rows(3).drop(columns=column))).judge(WINDOW)
    assert report.outcomes[check].outcome is Outcome.error
    assert shown in report.outcomes[check].reason
    assert report.outcomes["numeric_feature"].outcome is Outcome.ok


@pytest.mark.parametrize("column", ["user", "at", "p"])
def test_a_column_that_only_decorates_never_costs_the_report(log, column):
    changes = {"log": {"probabilities": []}} if column == "p" else {}
    report = job_on(log(rows(0), rows(1), rows(2), rows(3, moved=True).drop(columns=column)), **changes).judge(WINDOW)
    assert report.any_critical
    if column == "user":
        assert {tuple(each.affected_user_ids) for each in report.alerts} == {()}


def test_whether_labels_agree_with_probabilities_that_are_gone_is_an_error_that_names_them(log):
    gone = rows(3).drop(columns="q")
    report = job_on(log(rows(0), rows(1), rows(2), gone), policy="calibrated").judge(WINDOW)
    assert "has no column 'q'" in report.outcomes["label_agreement"].reason


def test_users_who_became_a_category_are_still_found(log):
    """The writer of the log changed a type within the current window."""
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True)]
    frames[3]["user"] = frames[3]["user"].astype("category")
    folder = log(*frames)
    job = job_on(folder, current="2d")
    report = job.judge(WINDOW)
    moved = [each for each in report.alerts if each.affected_features == ["age"]]
    assert moved
    assert all(set(each.affected_user_ids) <= set(frames[3]["user"]) and each.affected_user_ids for each in moved)


def test_files_are_compared_like_partitions(log):
    frames = [rows(0), rows(1), rows(2), rows(3, moved=True)]
    folder = log(*frames)
    files = sorted(map(str, folder.rglob("*.parquet")))
    meaning = Log(location="x", **COLUMNS)
    job = job_on(folder)
    windows = [
        ParquetColumns(files[:3], where="the reference window"), ParquetColumns(files[3:], where="the current window")
    ]  # fmt: skip
    reports = [
        compare(*windows, meaning, checks=checks_for(meaning, job.spec.policy), policy=job.spec.policy, at=FIRST_DAY)
        for _ in range(5)
    ]
    assert len({to_json(each) for each in reports}) == 1
    expected = job.judge(WINDOW, at=FIRST_DAY)
    assert [each.details for each in reports[0].alerts] == [each.details for each in expected.alerts]
    assert [each.affected_user_ids for each in reports[0].alerts] == [
        each.affected_user_ids for each in expected.alerts
    ]
    assert reports[0].pictures == expected.pictures
    missing = reports[0].telemetry_snapshot.feature_missingness
    assert missing == expected.telemetry_snapshot.feature_missingness
    assert list(missing) == FEATURES


def test_confidences_too_large_to_be_added_up_do_not_cost_the_report(log):
    report = job_on(log(rows(0), rows(1), rows(2), rows(3).assign(p=np.resize([0.0, 1e300], 300)))).judge(WINDOW)
    assert report.telemetry_snapshot.confidence_stats is None
    assert from_json(to_json(report), location="there") == report


def test_a_rough_comparison_can_still_be_written(log):
    """An unsettled interval of a feature that is mostly one value is wide, and finite."""
    folder = log(rows(0), rows(1), rows(2), rows(3, moved=True))
    files = sorted(map(str, folder.rglob("*.parquet")))
    meaning = Log(location="x", **COLUMNS)
    report = compare(
        ParquetColumns(files[:3], where="r"), ParquetColumns(files[3:], where="c"), meaning,
        checks=checks_for(meaning, job_on(folder).spec.policy), policy=job_on(folder).spec.policy, resolution=8,
    )  # fmt: skip
    assert from_json(to_json(report), location="there") == report


def test_a_log_under_the_storage(tmp_path):
    for day in range(4):
        write_day(tmp_path / "storage" / "log", day, {"x": np.arange(100.0)})
    spec = monitor("log")
    report = WindowJob(spec, storage=str(tmp_path / "storage")).judge(WINDOW)
    assert report.outcome is Outcome.ok
    assert report.current_rows == 100


def test_hourly_partitions(tmp_path):
    import pyarrow.parquet as pq

    for hour in range(5):
        pq.write_table(pa.table({"x": np.arange(100.0) + 99 * (hour == 4)}), tmp_path / f"2026-03-01T{hour:02}.parquet")
    spec = monitor(
        tmp_path,
        log={"location": f"{tmp_path}/{{start:%Y-%m-%dT%H}}.parquet", "every": "1h"},
        reference={"trailing": "4h"},
    )
    hour = Window(start=FIRST_DAY + timedelta(hours=4), end=FIRST_DAY + timedelta(hours=5))
    report = WindowJob(spec, storage=str(tmp_path / "storage")).judge(hour)
    assert report.any_critical
    assert (report.reference_rows, report.current_rows) == (400, 100)


def test_an_hour_is_not_beside_the_other_hours_of_its_day(tmp_path):
    """Of windows of four hours, the last five and the current one are broken."""
    import pyarrow.parquet as pq

    for at in range(18, 36):
        start = FIRST_DAY + timedelta(hours=4 * at)
        pq.write_table(
            pa.table({"x": np.arange(100.0) * (1 if at < 31 else 9)}), tmp_path / f"{start:%Y-%m-%dT%H}.parquet"
        )
    log = {"location": f"{tmp_path}/{{start:%Y-%m-%dT%H}}.parquet", "every": "4h"}
    job = WindowJob(monitor(tmp_path, log=log, reference={"trailing": "68h"}), storage=str(tmp_path / "storage"))
    plan = job.plan(Window(start=FIRST_DAY + timedelta(hours=140), end=FIRST_DAY + timedelta(hours=144)))
    reference, _ = job.windows(plan)
    assert len(plan.reference_partitions) == 17
    assert (len(reference.days), reference.numeric["x"].maximum) == (12, 99.0)


def test_an_hour_that_repeats_the_one_before_it_is_told(tmp_path):
    """The reference of an hour ends a day before it."""
    import pyarrow.parquet as pq

    for at in range(5 * 24):
        rng = np.random.default_rng([1, min(at, 5 * 24 - 2)])
        pq.write_table(
            pa.table({"x": rng.normal(size=80)}), tmp_path / f"{FIRST_DAY + timedelta(hours=at):%Y-%m-%dT%H}.parquet"
        )
    log = {"location": f"{tmp_path}/{{start:%Y-%m-%dT%H}}.parquet", "every": "1h"}
    changes = {"reference": {"trailing": "4d"}, "policy": "calibrated"}
    job = WindowJob(monitor(tmp_path, log=log, **changes), storage=str(tmp_path / "storage"))
    for hours_ago, found in ((1, []), (0, [DriftTrigger.duplicate_partition])):
        end = FIRST_DAY + timedelta(hours=5 * 24 - hours_ago)
        report = job.judge(Window(start=end - timedelta(hours=1), end=end))
        assert [each.trigger for each in report.alerts] == found


def test_a_day_of_hours_is_judged_as_a_day(tmp_path):
    """Users of a day of which no hour has enough rows to judge them, in windows that begin at six."""
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    users = np.array(["u", "v", "w", "x", "y"])
    for at in range(9 * 24):
        who = rng.choice(users, 12)
        x = rng.normal(size=12) + 4 * ((who == "w") & (at >= 8 * 24))
        start = FIRST_DAY + timedelta(hours=6 + at)
        pq.write_table(pa.table({"x": x, "user": who}), tmp_path / f"{start:%Y-%m-%dT%H}.parquet")
    log = {"location": f"{tmp_path}/{{start:%Y-%m-%dT%H}}.parquet", "every": "1h", "user": "user"}
    job = WindowJob(
        monitor(tmp_path, log=log, current="1d", reference={"trailing": "8d"}, policy="calibrated"),
        storage=str(tmp_path / "storage"),
    )
    begins = FIRST_DAY + timedelta(days=8, hours=6)
    report = job.judge(Window(start=begins, end=begins + timedelta(days=1)))
    (alert,) = report.alerts
    assert (alert.trigger, alert.affected_features, alert.affected_user_ids) == (DriftTrigger.segment, ["x"], ["w"])


def test_rows_read_again_are_of_the_hours_that_were_compared(tmp_path):
    """Of the judged day only the evening came; the rows of the days before are split over groups by theirs alone."""
    import pyarrow.parquet as pq

    hours = [at for at in range(6 * 24) if at < 5 * 24 or at % 24 >= 18]
    for at in hours:
        pq.write_table(
            pa.table({"x": np.arange(60.0)}), tmp_path / f"{FIRST_DAY + timedelta(hours=at):%Y-%m-%dT%H}.parquet"
        )
    log = {"location": f"{tmp_path}/{{start:%Y-%m-%dT%H}}.parquet", "every": "1h"}
    job = WindowJob(
        monitor(tmp_path, log=log, current="1d", reference={"trailing": "5d"}, policy="calibrated"),
        storage=str(tmp_path / "storage"),
    )
    plan, data = job.plan(days(5, 6)), Windows(job.recipe, job.profiler)
    reference, _ = data.load(plan)
    found = data.by_day(plan, plan.reference_partitions, reference.days)
    assert list(found) == [days(at, at + 1) for at in range(5)]
    assert [60 * len(some) for some in found.values()] == [day.rows for day in reference.days]


def test_a_classifier_tells_rows_apart_only_where_it_is_asked(log):
    """Eleven days whose ``age`` and ``amount`` are independent, and one on which both have the same sign."""

    def day_of(at, *, tied=False):
        frame = rows(at, n=700)
        rng = np.random.default_rng(at)
        frame["age"], frame["amount"], zeros = rng.normal(size=(3, 700))
        frame["zeros"] = np.abs(zeros) * np.sign(frame["age"] * frame["amount"]) if tied else zeros
        return frame

    folder = log(*[day_of(at) for at in range(11)], day_of(11, tied=True))
    asked = {"policy": "calibrated", "reference": {"trailing": "11d"}}
    named = job_on(folder, **asked, checks={"defaults": None, "joint_drift": {"rows": 700}})
    assert "joint_drift" not in {each.name for each in job_on(folder, **asked).spec.checks_to_run()}
    report = named.judge(days(11, 12))
    (found,) = [each for each in report.alerts if each.trigger == "joint_drift"]
    assert set(found.affected_features) == {"age", "amount", "zeros"}
    assert named.judge(days(10, 11)).outcomes["joint_drift"].outcome is Outcome.ok


@pytest.mark.parametrize("resolution", [None, 64])
def test_a_partition_says_which_class_is_the_likeliest_of_each_label(log, resolution):
    given = rows(3)
    job = job_on(log(rows(0), rows(1), rows(2), given), resolution)
    (partition,) = job.plan(WINDOW).current_partitions
    job.profiler.profile(partition)
    found = job.profiler.cache.get(partition).surest
    likeliest = given[["p", "q", "r"]].to_numpy().argmax(axis=1).astype(str)
    by_hand = pd.crosstab(given["label"], likeliest)
    assert found.keys() == set(by_hand.index)
    for label, classes in found.items():
        assert classes.counts == {name: n for name, n in by_hand.loc[label].items() if n}


@pytest.mark.parametrize(
    ("judged", "since"),
    [(23, 20), (20, 20), (40, 26)],  # as far back as a trailing reference would reach
)
def test_after_a_fixed_reference_the_days_since_tell_when_a_change_began(log, judged, since):
    folder = log(*(rows(day, shift=60.0 * (day >= 20)) for day in range(judged + 1)))
    fixed = {"start": days(0, 14).start, "end": days(0, 14).end}
    report = job_on(folder, reference=fixed, policy="calibrated").judge(days(judged, judged + 1))
    (alert,) = report.alerts
    assert alert.affected_features == ["age"]
    assert alert.since == days(since, since + 1).start
