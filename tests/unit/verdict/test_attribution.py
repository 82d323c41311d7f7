"""Whose drift, from rows read again: one user's change is localised to that user, and everybody's is global."""

import os
import re
import shutil
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from builders import write_day
from windage.judging.job import WindowJob
from windage.reports.sentences.alert import alert_sentence
from windage.spec import load_monitor
from windage.vocabulary import Window

DAYS, ROWS, USERS = 21, 1000, 20
MONITOR = """\
monitor: m
start: 2026-03-01
reference: {trailing: 20d}
log:
  location: log/date={start:%Y-%m-%d}
  numeric: [age]
  label: label
  user: user
  segments: [region, cohort, version]
"""


def write(folder, day, change=None):
    rng = np.random.default_rng(day)
    users = np.arange(ROWS) % USERS
    age = rng.normal(users / 10, 1, ROWS)
    label = rng.choice(["yes", "no"], ROWS)
    if change is not None:
        age, users = change(age, users)
    table = {
        "age": age,
        "label": label,
        "user": [f"u{each:02d}" for each in users],
        "region": ["north" if each < 8 else "south" for each in users],
    }
    if day == DAYS - 1:  # newly logged; and nobody ever logged the version
        table["cohort"] = ["new"] * ROWS
    write_day(folder / "log", day, pa.table(table))


def job_in(folder):
    (folder / "m.yaml").write_text(MONITOR)
    return WindowJob(load_monitor(folder / "m.yaml"), storage=str(folder))


START = datetime(2026, 3, DAYS, tzinfo=UTC)
LAST_DAY = Window(start=START, end=START.replace(day=DAYS + 1))


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """Days on which nothing changed, with their profiles."""
    folder = tmp_path_factory.mktemp("ordinary")
    for day in range(DAYS):
        write(folder, day)
    job = job_in(folder)
    job.profiler.profile_all(job.plan(LAST_DAY).partitions)
    return folder


@pytest.fixture
def judged(ordinary, tmp_path):
    """The report of the last day, whose rows were changed; some days' files broke after they were profiled."""

    def judge(change, broken=(), at=(DAYS - 1,)):
        shutil.copytree(ordinary, tmp_path, dirs_exist_ok=True)
        for day in at:
            write(tmp_path, day, change)
        job = job_in(tmp_path)
        job.profiler.profile_all(job.plan(LAST_DAY).partitions)
        for day in broken:
            (file,) = (tmp_path / "log" / f"date=2026-03-{day + 1:02d}").iterdir()
            written, content = file.stat(), bytearray(file.read_bytes())
            content[4:2000] = bytes(1996)
            file.write_bytes(content)
            os.utime(file, ns=(written.st_atime_ns, written.st_mtime_ns))
        report = job.judge(LAST_DAY)
        return next(each for each in report.alerts if each.affected_features == ["age"])

    return judge


def test_some_users_alone_are_localised_and_named(judged):
    alert = judged(lambda age, users: (age + 2.0 * (users < 8), users))
    assert set(alert.affected_user_ids) <= {f"u{k:02d}" for k in range(8)}
    assert len(alert.affected_user_ids) >= 6  # named until they explain 80 %
    told = alert.attribution["user"]
    assert told.scope == "localised"
    assert told.remainder < 0.3
    assert sum(each.behaviour for each in told.groups) == pytest.approx(1, abs=0.15)
    assert [each.name for each in alert.attribution["region"].groups] == ["north"]
    assert alert.attribution.keys() == {"user", "region"}  # of what days lack nothing is told, and all else is


def test_one_group_may_hold_most_of_the_rows_and_be_alone(judged):
    alert = judged(lambda age, users: (age + 1.5 * (users >= 8), users))
    (south,) = alert.attribution["region"].groups
    assert (south.name, south.rows, alert.attribution["region"].scope) == ("south", 600, "localised")
    assert alert.attribution["user"].scope == "global"  # twelve of twenty are not single users


def test_a_single_user_is_told_with_the_medians_and_the_day(judged):
    alert = judged(lambda age, users: (age + 4.0 * (users == 3), users))
    assert (alert.trigger, alert.affected_user_ids) == ("segment", ["u03"])
    assert alert.details["usual_median"] == pytest.approx(0.3, abs=0.3)
    assert alert.details["median"] == pytest.approx(4.3, abs=0.5)
    assert re.search(r"in mean rank, limit 0\.20 \(median 0\.\d+ → 4\.\d+\); ", str(alert_sentence(alert)))
    assert alert.since == datetime(2026, 3, DAYS, tzinfo=UTC)


def test_the_median_before_is_none_of_days_on_which_the_user_was_as_now(judged):
    alert = judged(lambda age, users: (age + 4.0 * (users == 3), users), at=(10, 11, 12, 13, DAYS - 1))
    assert (alert.trigger, alert.affected_user_ids) == ("segment", ["u03"])
    assert alert.details["usual_median"] == pytest.approx(0.3, abs=0.3)
    assert alert.details["median"] == pytest.approx(4.3, abs=0.5)


def test_a_day_that_broke_after_it_was_profiled_costs_no_report(judged):
    """The last day before the week that a lasting fault may have begun in."""
    alert = judged(lambda age, users: (age + 4.0 * (users == 3), users), broken=[DAYS - 8])
    assert (alert.trigger, alert.affected_user_ids) == ("segment", ["u03"])
    assert alert.details["usual_median"] == pytest.approx(0.3, abs=0.3)


def test_a_change_of_all_is_global(judged):
    alert = judged(lambda age, users: (age + 1.0, users))
    assert alert.attribution["user"].scope == "global"
    assert alert.attribution["region"].scope == "global"


def test_a_change_of_the_only_user_who_is_left_is_global(judged):
    alert = judged(lambda age, users: (age + 3.0, users * 0))
    assert [each.name for each in alert.attribution["user"].groups] == ["u00"]
    assert alert.attribution["user"].scope == "global"


def test_a_column_that_is_gone_is_gone_for_all(tmp_path):
    """On a log's first Sunday, after a Saturday without it, no share moved: all that alerts is that nothing is there."""
    often = 1 / np.arange(1, 51) ** 0.7
    for day in range(1, 8):  # 2026-03-02 is a Monday
        rng = np.random.default_rng(day)
        users = rng.choice(50, ROWS, p=often / often.sum())
        age = rng.normal(size=ROWS) if day < 6 else np.full(ROWS, np.nan)
        table = {"age": age, "label": rng.choice(["yes", "no"], ROWS), "user": [f"u{each:02d}" for each in users]}
        write_day(tmp_path / "log", day, pa.table(table))
    (tmp_path / "m.yaml").write_text(MONITOR)
    job = WindowJob(load_monitor(tmp_path / "m.yaml"), storage=str(tmp_path))
    report = job.judge(Window(start=datetime(2026, 3, 8, tzinfo=UTC), end=datetime(2026, 3, 9, tzinfo=UTC)))
    (alert,) = (each for each in report.alerts if each.affected_features == ["age"])
    assert (alert.severity, alert.attribution["user"].scope) == ("critical", "global")
    assert "is missing in 100" in str(alert_sentence(alert))
    assert "would not have alerted" not in str(alert_sentence(alert))


def test_more_rows_of_an_unchanged_user_are_mix(judged):
    def change(age, users):
        """Half of all rows are the last user's, who is as ever."""
        moved = np.where(np.arange(ROWS) % 2 == 0, USERS - 1, users)
        return age + (moved - users) / 10, moved

    alert = judged(change)
    share = {each.name: each for each in alert.attribution["user"].groups}
    assert all(abs(each.behaviour) < 0.3 for each in share.values())


def test_a_new_category_is_not_said_to_be_where_its_own_column_has_it(tmp_path):
    for day in range(DAYS):
        regions = np.where(np.arange(ROWS) % 10 == 0, "east" if day == DAYS - 1 else "north", "south")
        table = {"region": regions, "user": [f"u{each:02d}" for each in np.arange(ROWS) % USERS]}
        write_day(tmp_path / "log", day, pa.table(table))
    text = MONITOR.replace("numeric: [age]", "categorical: [region]").replace("  label: label\n", "")
    (tmp_path / "m.yaml").write_text(text)
    (alert,) = WindowJob(load_monitor(tmp_path / "m.yaml"), storage=str(tmp_path)).judge(LAST_DAY).alerts
    assert (alert.trigger, set(alert.attribution)) == ("new_category", {"user"})
    assert "Mostly where region" not in str(alert_sentence(alert))


CLASSES = np.array(["yes", "no", "Mixed/Unknown"])


def labels_of(rng, rejected):
    """Labels of which each row is rejected with its own probability."""
    return np.where(rng.random(ROWS) < rejected, CLASSES[2], rng.choice(CLASSES[:2], ROWS))


@pytest.fixture
def judged_labels(tmp_path):
    """The report of the last day of a log whose labels are made from (day, users); ``limits`` are the monitor's own."""

    def judge(rejected, limits=""):
        users = np.arange(ROWS) % USERS
        for day in range(DAYS):
            rng = np.random.default_rng(day)
            table = {
                "age": rng.normal(size=ROWS),
                "label": labels_of(rng, rejected(users, day == DAYS - 1)),
                "user": [f"u{each:02d}" for each in users],
                "region": ["north" if each < 8 else "south" for each in users],
            }
            if day == DAYS - 1:  # newly logged; and nobody ever logged the version
                table["cohort"] = ["new"] * ROWS
            write_day(tmp_path / "log", day, pa.table(table))
        (tmp_path / "m.yaml").write_text(MONITOR + limits)
        start = datetime(2026, 3, DAYS, tzinfo=UTC)
        job = WindowJob(load_monitor(tmp_path / "m.yaml"), storage=str(tmp_path))
        (alert,) = job.judge(Window(start=start, end=start.replace(day=DAYS + 1))).alerts
        return alert

    return judge


def test_of_fewer_rejections_those_are_named_who_are_rejected_less(judged_labels):
    alert = judged_labels(
        lambda users, is_last: np.where(users < 14, 0.0, np.where(users >= 18, 0.6, 0.3)) if is_last else 0.3
    )
    assert alert.trigger == "reject_rate_decrease"
    assert set(alert.affected_user_ids) <= {f"u{k:02d}" for k in range(14)}
    assert len(alert.affected_user_ids) >= 10


@pytest.mark.parametrize(
    ("limits", "scope"),
    [
        ("", "global"),
        ("policy: {preset: calibrated, limits: {reject_rate_increase: {warning: 0.1, critical: 0.2}}}\n", "localised"),
    ],
)
def test_whether_the_rest_would_have_alerted_is_asked_of_the_monitors_own_gates(judged_labels, limits, scope):
    """Eight users are rejected far more often, and all others by 7 points."""
    alert = judged_labels(
        lambda users, is_last: np.where(users < 8, 0.45, 0.12) if is_last else np.full(ROWS, 0.05), limits
    )
    assert alert.trigger == "reject_rate_increase"
    assert alert.attribution["user"].scope == scope


def test_a_change_of_which_most_remains_without_the_named_is_not_theirs(judged_labels):
    """Four of twenty users are rejected more often by 20 points and all others by 5: below the gate, and most of the 8."""
    limits = "policy: {preset: calibrated, limits: {reject_rate_increase: {warning: 0.065, critical: 0.2}}}\n"
    alert = judged_labels(
        lambda users, is_last: np.where(users < 4, 0.22, 0.07) if is_last else np.full(ROWS, 0.02), limits
    )
    assert (alert.trigger, alert.attribution["user"].scope) == ("reject_rate_increase", "global")
    assert alert.attribution["user"].remainder > 0.5
    assert str(alert_sentence(alert)).endswith("All users are affected.")


def test_nobody_is_named_for_having_always_been_like_that(tmp_path):
    """One user's values always lie at both ends; then everybody's spread doubles."""
    for day in range(DAYS):
        rng = np.random.default_rng(day)
        users = np.arange(ROWS) % 50
        age = rng.normal(0, 1, ROWS)
        age = np.where(users == 7, np.sign(age) * (3 + np.abs(age)), age) * (2 if day == DAYS - 1 else 1)
        table = {"age": age, "label": rng.choice(CLASSES[:2], ROWS), "user": [f"u{each:02d}" for each in users]}
        write_day(tmp_path / "log", day, pa.table({**table, "region": ["north"] * ROWS}))
    (tmp_path / "m.yaml").write_text(MONITOR)
    start = datetime(2026, 3, DAYS, tzinfo=UTC)
    job = WindowJob(load_monitor(tmp_path / "m.yaml"), storage=str(tmp_path))
    (alert,) = job.judge(Window(start=start, end=start.replace(day=DAYS + 1))).alerts
    assert (alert.trigger, alert.details["widening"] > 0) == ("feature_ks", True)
    assert (alert.attribution["user"].groups, alert.affected_user_ids) == ((), [])


def odd_users(users, kind):
    if kind == "of nobody":
        return pa.nulls(len(users), pa.string())
    return [[each] for each in users] if kind == "lists" else users


@pytest.mark.parametrize("kind", ["of nobody", "lists", "no rows", "gone"])
def test_a_day_whose_users_are_not_known_costs_neither_the_report_nor_the_others_attribution(tmp_path, kind):
    for day in range(DAYS):
        rng = np.random.default_rng(day)
        users = [f"u{each:02d}" for each in np.arange(ROWS) % USERS]
        table = pa.table(
            {
                "age": rng.normal(3.0 * (day == DAYS - 1) * (np.arange(ROWS) % USERS < 4), 1, ROWS),
                "label": rng.choice(CLASSES[:2], ROWS),
                "user": odd_users(users, kind) if day == 9 else users,
                "region": ["north"] * ROWS,
            }
        )
        write_day(tmp_path / "log", day, table.slice(0, 0) if kind == "no rows" and day == 9 else table)
    (tmp_path / "m.yaml").write_text(MONITOR)
    start = datetime(2026, 3, DAYS, tzinfo=UTC)
    job = WindowJob(load_monitor(tmp_path / "m.yaml"), storage=str(tmp_path))
    plan = job.plan(Window(start=start, end=start.replace(day=DAYS + 1)))
    windows = job.windows(plan)
    answers = job.answers(plan, windows)
    if kind == "gone":
        for file in (tmp_path / "log").glob("date=2026-03-10/*"):
            file.unlink()
    report = job.conclude(plan, answers, windows)
    alert = next(each for each in report.alerts if each.affected_features == ["age"])
    assert sorted(alert.affected_user_ids) == ["u00", "u01", "u02", "u03"]
