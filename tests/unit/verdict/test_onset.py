"""Since when a change is there."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders import FIRST_DAY, monitor
from daily import FOUR_WEEKS, MONDAY, REJECT, judge, window
from windage.checks import discovered
from windage.judging.job import WindowJob
from windage.reports.sentences.alert import alert_sentence
from windage.verdict.onset import onset, with_onsets
from windage.vocabulary import Window, day_or_minute

CHECKS = [check() for check in discovered().values()]
CHECK_OF = {
    str(gate.trigger): name for name, kind in discovered().items() if kind.needs != "users" for gate in kind.calibrated
}


def began(alert, reference, current):
    return onset(discovered()[alert.check]().day_level(reference, current, alert), reference, current)


def lived(since, change):
    def make(rng, at):
        day = {
            "numeric": {"x": rng.normal(size=400), "y": rng.normal(size=400)},
            "categorical": {"c": rng.choice(["a", "b"], 400)},
            "labels": rng.choice(["yes", "no", REJECT], 400, p=[0.5, 0.4, 0.1]),
        }
        return {**day, **change(rng)} if at >= since else day

    return make


CHANGES = {
    "feature_ks": lambda rng: {"numeric": {"x": rng.normal(1, 1, 400), "y": rng.normal(size=400)}},
    "missingness": lambda rng: {
        "numeric": {"x": np.where(rng.random(400) < 0.4, np.nan, rng.normal(size=400)), "y": rng.normal(size=400)}
    },
    "value_range": lambda rng: {
        "numeric": {"x": np.where(rng.random(400) < 0.1, -99.0, rng.normal(size=400)), "y": rng.normal(size=400)}
    },
    "category_shift": lambda rng: {"categorical": {"c": rng.choice(["a", "b"], 400, p=[0.8, 0.2])}},
    "new_category": lambda rng: {"categorical": {"c": rng.choice(["a", "b", "new"], 400, p=[0.485, 0.485, 0.03])}},
    "class_shift": lambda rng: {"labels": rng.choice(["yes", "no", REJECT], 400, p=[0.75, 0.15, 0.1])},
    "frozen": lambda rng: {"numeric": {"x": np.full(400, 0.5), "y": rng.normal(size=400)}},
    "schema_change": lambda rng: {"numeric": {"y": rng.normal(size=400)}},
    "freshness": lambda rng: {"ends": 12.0},
    "reject_rate_increase": lambda rng: {"labels": rng.choice(["yes", "no", REJECT], 400, p=[0.35, 0.3, 0.35])},
}


ONE_DAY = {"value_range"}
"""What a day of the reference also had is no news, so that these alert on their first day alone."""


@pytest.mark.parametrize(
    ("trigger", "days"), [(each, days) for each in CHANGES for days in (1, 2, 4) if days == 1 or each not in ONE_DAY]
)
def test_the_first_of_the_days_in_a_row_is_found(trigger, days):
    make = lived(29 - days, CHANGES[trigger])
    reference, current = window(FOUR_WEEKS, make), window([28], make)
    alerts = [each for each in judge(reference, current, only=CHECK_OF[trigger]).alerts if each.trigger == trigger]
    assert alerts, "the change must alert for its onset to be asked"
    found = began(alerts[0], reference, current)
    assert found == MONDAY + timedelta(days=29 - days)


@pytest.mark.parametrize("days", [1, 2, 4])
def test_a_rare_value_that_became_frequent_is_dated(days):
    """A flag that 1 % of an ordinary day's rows have set: of no quantile would its share be seen."""

    def make(rng, at):
        return {"numeric": {"x": (rng.random(400) < (0.15 if at > 28 - days else 0.01)) * 1.0}}

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    (alert,) = judge(reference, current).alerts
    assert began(alert, reference, current) == MONDAY + timedelta(days=29 - days)


@pytest.mark.parametrize("rows", [12, 60])
def test_a_new_category_is_dated_however_few_rows_a_day_of_it_has(rows):
    """Its share varies from day to day, and so do those of the others."""

    def make(rng, at):
        half = rng.uniform(0.3, 0.7)
        drawn = rng.choice(["a", "b"], 400, p=[half, 1 - half])
        new = {25: 6, 26: rows, 27: 7, 28: rows}.get(at, 0)
        return {"categorical": {"c": np.concatenate([["new"] * new, drawn[new:]])}}

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    (alert,) = [each for each in judge(reference, current).alerts if each.trigger == "new_category"]
    assert began(alert, reference, current) == MONDAY + timedelta(days=25)


def judged(folder, day_rows, *, every=timedelta(days=1), trailing, last, first=0):
    """The report of the log's last partition, number ``last``, once those from ``first`` on are written."""
    for at in range(first, last + 1):
        pq.write_table(day_rows(at), folder / f"{FIRST_DAY + at * every:%Y-%m-%dT%H}.parquet")
    hours = every // timedelta(hours=1)
    spec = monitor(
        folder,
        policy="calibrated",
        log={"location": f"{folder}/{{start:%Y-%m-%dT%H}}.parquet", "every": f"{hours}h"},
        reference={"trailing": trailing},
    )
    window = Window(start=FIRST_DAY + last * every, end=FIRST_DAY + (last + 1) * every)
    return WindowJob(spec, storage=str(folder / "storage")).judge(window)


def since_each(folder, changed, *, last, windows):
    """For each number of windows that a change lasts, when it began and the alert on the last one; six windows a day."""
    every, first = timedelta(hours=4), 0
    for since in sorted(windows):
        began = last + 1 - since
        report = judged(
            folder,
            lambda at, began=began: changed(at, at >= began),
            every=every,
            trailing="14d",
            last=last,
            first=first,
        )
        first = last + 1 - max(windows)  # what lies before is as it was
        (alert,) = report.alerts
        yield FIRST_DAY + began * every, alert


def test_a_change_within_the_last_day_is_dated_to_its_hour(tmp_path):
    """The reference leaves out the windows of the last day, and past midnight too."""

    def rows(at, is_changed):
        return pa.table({"x": np.full(300, np.nan) if is_changed else np.random.default_rng(at).normal(size=300)})

    for began, alert in since_each(tmp_path, rows, last=14 * 6 + 1, windows=[1, 3, 7]):
        assert (alert.trigger, alert.since) == ("missingness", began)
        assert f" Since {day_or_minute(began)}." in str(alert_sentence(alert))


def test_a_shift_is_dated_to_its_hour_though_the_hours_of_a_day_differ(tmp_path):
    def rows(at, is_changed):
        x = np.random.default_rng(at).normal(0.8 * (at % 6 in (2, 3, 4)), 1.0, 2000)
        return pa.table({"x": x + is_changed})

    for began, alert in since_each(tmp_path, rows, last=14 * 6 + 3, windows=[1, 3, 5]):
        assert (alert.trigger, alert.since) == ("feature_ks", began)


@pytest.mark.parametrize("since", [27, 28, 29])
def test_a_shift_is_dated_to_a_day_of_the_weekend_though_weekends_differ_by_more(since):
    def make(rng, at):
        return {"numeric": {"x": rng.normal(-1.5 * (at % 7 >= 5) + 0.8 * (at >= since), 1.0, 2000)}}

    reference, current = window(range(1, 29), make), window([29], make)
    (alert,) = [each for each in judge(reference, current).alerts if each.trigger == "feature_ks"]
    assert began(alert, reference, current) == MONDAY + timedelta(days=since)


@pytest.mark.parametrize("since", [1, 2, 3])
def test_no_rows_are_missing_since_the_first_file_without_any(tmp_path, since):
    report = judged(
        tmp_path,
        lambda at: pa.table({"x": np.random.default_rng(at).normal(size=0 if at > 21 - since else 300)}),
        trailing="21d",
        last=21,
    )
    (alert,) = report.alerts
    assert (alert.trigger, alert.since) == ("row_volume", FIRST_DAY + timedelta(days=22 - since))


@pytest.mark.parametrize("days", [1, 2])
def test_days_of_the_week_without_rows_begin_no_outage(tmp_path, days):
    """A log of working days, of which a Monday is empty, or the Friday before as well."""
    monday = next(at for at in range(21, 28) if (FIRST_DAY + timedelta(days=at)).weekday() == 0)
    empty = [monday, monday - 3][:days]

    def make(at):
        is_weekend = (FIRST_DAY + timedelta(days=at)).weekday() >= 5
        return pa.table({"x": np.random.default_rng(at).normal(size=0 if is_weekend or at in empty else 300)})

    (alert,) = judged(tmp_path, make, trailing="21d", last=monday).alerts
    assert (alert.trigger, alert.since) == ("row_volume", FIRST_DAY + timedelta(days=empty[-1]))


@pytest.mark.parametrize(("over", "gradual"), [(1, False), (9, True)])
def test_a_change_seen_over_days_together_is_gradual_where_it_grew(over, gradual):
    """To a third of a standard deviation, at once or over nine days; a day's mean scatters by less than a tenth."""

    def make(rng, at):
        return {"numeric": {"x": rng.normal(0.35 * np.clip((at - 19) / over, 0, 1), 1, 2_000)}}

    reference, current = window(range(26), make), window([26], make)
    report = judge(reference, current)
    report.alerts[0].details["span_days"] = 7.0
    (alert,) = with_onsets(report, CHECKS, reference, current).alerts
    assert alert.details.get("gradual", False) is gradual


@pytest.mark.parametrize("part", [0.15, 0.4])
@pytest.mark.parametrize("days", [1, 2, 4])
def test_a_change_that_came_in_the_course_of_a_day_began_on_that_day(days, part):
    def make(rng, at):
        rows = 400 * (part if at == 28 - days else float(at > 28 - days))
        return {"numeric": {"x": np.where(np.arange(400) < rows, np.nan, rng.normal(size=400))}}

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    (alert,) = judge(reference, current).alerts
    assert (alert.trigger, began(alert, reference, current)) == ("missingness", MONDAY + timedelta(days=28 - days))


@pytest.mark.parametrize(("scatter", "since"), [(0.05, 27), (0.15, 28), (0.25, 28)])
def test_a_day_before_the_change_is_part_of_it_if_it_moved_much_further_than_others(scatter, since):
    levels = {day: scatter * (-1) ** day for day in range(27)} | {27: 0.28, 28: 1.0}
    make = lived(99, CHANGES["frozen"])
    found = onset(lambda day: levels[(day.starts_at - MONDAY).days], window(FOUR_WEEKS, make), window([28], make))
    assert found == MONDAY + timedelta(days=since)


def test_a_change_that_came_back_began_when_it_came_back():
    change = CHANGES["feature_ks"]

    def make(rng, at):
        return lived(0 if at in {20, 21, 28} else 99, change)(rng, at)

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    (alert,) = judge(reference, current).alerts
    assert began(alert, reference, current) == MONDAY + timedelta(days=28)


@pytest.mark.parametrize(
    ("gone", "expected"), [(range(28, 35), 28), (range(30, 35), 30), (range(31, 33), 31), (range(26, 35), 26)]
)
def test_within_a_window_of_days_the_day_is_found(gone, expected):
    level = lambda day: float((day.starts_at - MONDAY).days in gone)  # noqa: E731
    make = lived(99, CHANGES["frozen"])
    week = window(range(28, 35), make)
    assert onset(level, window(FOUR_WEEKS, make), week) == MONDAY + timedelta(days=expected)


def test_days_without_values_do_not_interrupt_a_change():
    moved, gone = CHANGES["feature_ks"], {"numeric": {"x": np.full(400, np.nan), "y": np.zeros(400)}}

    def make(rng, at):
        return {**lived(20, moved)(rng, at), **(gone if at in (23, 24) else {})}

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    (alert,) = (each for each in judge(reference, current).alerts if each.affected_features == ["x"])
    assert began(alert, reference, current) == MONDAY + timedelta(days=20)


def test_without_days_nothing_is_said():
    make = lived(28, CHANGES["feature_ks"])
    reference, current = window([27], make), window([28], make)
    report = judge(reference, current)
    assert with_onsets(report, CHECKS, reference, current) == report
