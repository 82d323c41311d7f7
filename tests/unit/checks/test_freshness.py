"""Logs that end before their window does."""

from dataclasses import replace

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, outcomes, told, window
from windage.profiles.window import WindowProfile
from windage.reports.sentences.alert import alert_sentence


def lived(*, rows=500, cut=(), spread=0.3):
    """Days whose last row comes within the last half hour; on the days ``cut``, at two in the afternoon."""

    def make(rng, day):
        ends = 14.0 if day in cut else 24 - spread * float(rng.random())
        return {"numeric": {"x": rng.normal(size=rows)}, "ends": ends}

    return make


def judged(today, *, days=FOUR_WEEKS, **usual):
    return judge(window(days, lived(**usual)), window([28], today), only="freshness")


def test_a_log_cut_short_is_a_ticket():
    report = judged(lived(cut=[28]))
    assert told(report) == [("freshness", "warning", ("rows",))]
    assert report.alerts[0].details["gap"] == pytest.approx(10 / 24)


def test_of_a_window_of_days_the_days_before_it_may_be_part_of_the_fault():
    """Judged week by week: it began in the middle of the week before."""
    make = lived(cut=range(31, 42))
    report = judge(window(range(35), make), window(range(35, 42), make), only="freshness")
    assert told(report) == [("freshness", "warning", ("rows",))]


@pytest.mark.parametrize(("last", "found"), [(16.5, []), (14.0, [("freshness", "warning", ("rows",))])])
def test_a_log_that_stops_every_evening_ends_early_at_noon(last, found):
    """The last row of an ordinary day comes between five and six, or at eight where a shop is open late."""

    def lived(rng, day):
        ends = last if day == 28 else 20.0 if day % 7 == 3 else 17 + rng.random()
        return {"numeric": {"x": rng.normal(size=500)}, "ends": ends}

    assert told(judge(window(FOUR_WEEKS, lived), window([28], lived), only="freshness")) == found


def test_rows_of_another_day_or_without_a_time_are_a_ticket():
    reference, current = window(FOUR_WEEKS, lived()), replace(window([28], lived()), first_at=None, last_at=None)
    report = judge(reference, current, only="freshness")
    assert told(report) == [("freshness", "warning", ("rows",))]
    assert str(alert_sentence(report.alerts[0])).startswith("No row has a time within the window")
    week = window(range(28, 35), lived())
    week = WindowProfile.merge([*week.days[:-1], replace(week.days[-1], first_at=None, last_at=None)])
    (alert,) = judge(reference, week, only="freshness").alerts
    assert str(alert_sentence(alert)).startswith("No row has a time within the window's last day;")
    timeless = WindowProfile.merge([replace(day, last_at=None) for day in reference.days])
    assert outcomes(judge(timeless, current, only="freshness")) == {"freshness": "unknown"}
    for bad in ([26, 27], [9]):  # neither a fault that lasts nor one that is over makes it ordinary
        days = [replace(day, last_at=None) if at in bad else day for at, day in enumerate(reference.days)]
        assert told(judge(WindowProfile.merge(days), current, only="freshness")) == told(report)


def test_where_days_without_such_times_are_usual_one_more_is_none():
    reference, current = window(FOUR_WEEKS, lived()), replace(window([28], lived()), first_at=None, last_at=None)
    some = [replace(day, last_at=None) if at % 3 == 0 else day for at, day in enumerate(reference.days)]
    assert outcomes(judge(WindowProfile.merge(some), current, only="freshness")) == {"freshness": "unknown"}


def test_ordinary_gaps_are_ok():
    assert outcomes(judged(lived())) == {"freshness": "ok"}
    assert told(judged(lived(spread=2.0))) == []


def test_what_a_first_weekend_ends_with_is_unknown():
    for days, known in ((range(7, 12), "unknown"), (range(5, 12), "alert")):
        report = judge(window(days, lived()), window([12], lived(cut=[12])), only="freshness")
        assert outcomes(report) == {"freshness": known}


def test_a_log_that_often_ends_early_is_like_that():
    assert told(judged(lived(cut=[28]), cut=range(0, 28, 4))) == []


def test_few_rows_or_days_are_unknown():
    assert outcomes(judged(lived(rows=40, cut=[28]))) == {"freshness": "unknown"}
    assert outcomes(judged(lived(cut=[28]), days=range(25, 28))) == {"freshness": "unknown"}


def test_times_that_cannot_be_read_are_an_error_and_on_a_day_of_the_reference_left_out():
    usual, today = window(FOUR_WEEKS, lived()), window([28], lived())
    broken = replace(today, last_at=None, faults={"timestamps": "no times"})
    report = judge(usual, broken, only="freshness")
    assert (outcomes(report), report.outcomes["freshness"].reason) == ({"freshness": "error"}, "no times")
    assert outcomes(judge(replace(usual, faults=broken.faults), today, only="freshness")) == {"freshness": "ok"}


def test_of_a_day_that_is_cut_short_nothing_pages_that_the_missing_rows_may_explain():
    def lived(until):
        def made(rng, at):
            hour = rng.uniform(0, 24, 2000)
            kept = hour < until
            return {"numeric": {"hour": hour[kept], "x": rng.normal(size=kept.sum())}, "ends": until - 0.01}

        return made

    whole, cut = window(FOUR_WEEKS, lived(24)), window([28], lived(11))
    report = judge(whole, cut)
    assert {each.trigger for each in report.alerts} == {"freshness", "row_volume", "feature_ks"}
    assert not report.any_critical
    (moved,) = [each for each in report.alerts if each.trigger == "feature_ks"]
    assert "the missing rows alone may explain this" in moved.details["note"]


def test_of_a_day_without_its_first_half_nothing_pages_that_the_missing_rows_may_explain():
    def lived(rng, day):
        hour = rng.uniform(0, 24, 2000)
        hour = hour[hour >= (13 if day == 28 else 0)]
        return {"numeric": {"hour": hour, "x": rng.normal(size=hour.size) + 2 * (day == 28)}}

    report = judge(window(FOUR_WEEKS, lived), window([28], lived))
    found = {
        each.affected_features[0]: (each.trigger, each.severity) for each in report.alerts if each.affected_features
    }
    assert found["hour"] == ("feature_ks", "warning")
    assert found["x"] == ("feature_ks", "critical")


def test_a_broken_feed_pages_on_a_day_that_is_cut_short_too():
    def lived(until, times):
        def made(rng, at):
            return {"numeric": {"x": times * rng.lognormal(size=1000)}, "ends": until - 0.01}

        return made

    report = judge(window(FOUR_WEEKS, lived(24, 1.0)), window([28], lived(15, 1000.0)))
    assert {each.trigger: each.severity for each in report.alerts} == {
        "freshness": "warning",
        "value_range": "critical",
    }


def test_a_week_whose_last_day_is_cut_short_lacks_a_part_of_that_day_alone():
    """So many rows cannot explain a change of a third of the week's."""

    def lived(rng, day):
        moved = 1.0 * (day >= 28)
        return {"numeric": {"x": rng.normal(moved, 1, 500)}, "ends": 14.0 if day == 34 else 23.9}

    report = judge(window(FOUR_WEEKS, lived), window(range(28, 35), lived))
    assert told(report) == [("feature_ks", "critical", ("x",)), ("freshness", "warning", ("rows",))]
    (early,) = (each for each in report.alerts if each.trigger == "freshness")
    assert str(alert_sentence(early)).startswith("The log ends early, by 41.7\u202f% of the window's last day,")


def test_of_a_busy_day_that_is_cut_short_more_is_missing_than_its_rows_tell():
    """Of the hours that the log has many rows came, so that it lacks hardly any beside a usual day."""

    def hours(rng, day):
        ends, rows = (14.0, 480) if day == 28 else (23.9, 500)
        return {"numeric": {"hour": rng.uniform(0, ends, rows)}, "ends": ends}

    report = judge(window(FOUR_WEEKS, hours), window([28], hours))
    assert told(report) == [("feature_ks", "warning", ("hour",)), ("freshness", "warning", ("rows",))]


def test_of_a_day_that_is_cut_short_as_many_rows_may_be_missing_as_a_busy_day_has():
    """Most rows come late in the day, and today would have been a busy one: days differ by six percent."""

    def hours(rng, day):
        rows = 1140 if day == 28 else int(1000 * np.exp(0.06 * rng.normal()))
        hour = np.where(rng.random(rows) < 0.3, rng.uniform(0, 10, rows), rng.uniform(10, 24, rows))
        ends = 10.0 if day == 28 else 23.9
        return {"numeric": {"hour": hour[hour < ends]}, "ends": ends}

    report = judge(window(FOUR_WEEKS, hours), window([28], hours))
    assert ("feature_ks", "warning", ("hour",)) in told(report)
