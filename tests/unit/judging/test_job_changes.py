"""A monitor goes on judging while its log, its file or both change in the midst of its history."""

from pathlib import Path

import pytest

from builders import days, monitor, write_day
from daily_log import COLUMNS, job_on, rows
from windage.incidents.verdicts import verdict_of

TODAY = 9
FROM_THEN_ON = {"log": {"numeric": [*COLUMNS["numeric"], "tenure"]}, "policy": "calibrated"}


@pytest.fixture
def changed(tmp_path):
    """The report of day 9 of a log, of which ``change(day, frame)`` is what a day holds, under a changed monitor."""

    def judge(change, reference="9d", **monitor):
        for day in range(TODAY + 1):
            write_day(tmp_path / "log", day, change(day, rows(day)).to_dict("list"))
        job = job_on(tmp_path / "log", reference={"trailing": reference}, **{"policy": "calibrated", **monitor})
        return job.judge(days(TODAY, TODAY + 1))

    return judge


def test_a_feature_that_is_new_today_is_unknown_and_not_an_error(changed):
    report = changed(lambda day, frame: frame.assign(tenure=frame["age"]) if day == TODAY else frame, **FROM_THEN_ON)
    told = report.outcomes["numeric_feature"]
    assert "as with a new column" in told.unknown["tenure"]
    assert not told.errors
    assert verdict_of(report, monitor(Path("log"))).is_judged


def test_a_feature_that_is_named_before_it_is_logged_is_an_error(changed):
    report = changed(lambda _, frame: frame, **FROM_THEN_ON)
    assert "no column 'tenure'" in report.outcomes["numeric_feature"].errors["tenure"]


def test_a_change_of_a_feature_that_few_days_have_is_still_split_over_users(changed, caplog):
    def make(day, frame):
        return frame.assign(tenure=frame["amount"] + 9.0 * (day == TODAY)) if day >= TODAY - 2 else frame

    report = changed(make, **FROM_THEN_ON)
    alert = next(each for each in report.alerts if each.affected_features == ["tenure"])
    assert alert.attribution["user"].scope == "global"
    assert "could not be added" not in caplog.text


def test_a_feature_that_left_the_log_and_the_monitors_file_pages_nobody(changed):
    report = changed(
        lambda day, frame: frame.drop(columns="zeros") if day == TODAY else frame, log={"numeric": ["age", "amount"]}
    )
    assert [(str(each.trigger), each.severity) for each in report.alerts] == [("schema_change", "warning")]


def test_times_that_became_texts_are_one_finding(changed):
    report = changed(lambda day, frame: frame.assign(at=frame["at"].astype(str)) if day == TODAY else frame)
    assert {str(each.trigger) for each in report.alerts} == {"schema_change", "freshness"}
    assert len(report.findings) == 1


def test_a_location_without_the_earlier_days_is_said(changed, tmp_path):
    elsewhere = {"location": f"{tmp_path}/new/day={{start:%Y-%m-%d}}"}
    write_day(tmp_path / "day", TODAY, rows(TODAY).to_dict("list")).parent.rename(tmp_path / "moved")
    (tmp_path / "new").mkdir()
    (tmp_path / "moved").rename(tmp_path / "new" / "day=2026-03-10")
    report = changed(lambda _, frame: frame, log=elsewhere)
    assert report.unread[0].startswith(
        "the reference has no partition: nothing found for 9 periods from 2026-03-01 – 2026-03-02 on, first at "
    )
    assert report.unread[0].endswith("Correct log.location, or move the log's earlier partitions there.")
