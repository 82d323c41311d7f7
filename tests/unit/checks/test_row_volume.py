"""How many rows: half, none, twenty times; quiet Sundays and an outage in the reference."""

from datetime import timedelta

import numpy as np
import pytest

from daily import FOUR_WEEKS, MONDAY, day, judge, outcomes, told, window
from windage.checks.row_volume import RowVolume
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.window import WindowProfile
from windage.reports.sentences.alert import alert_sentence
from windage.verdict.onset import onset


def rows(number, spread=0.03):
    return lambda rng, at: {"rows": max(int(number * (1 + spread * rng.normal())), 0) if number else 0}


def volume(number, *, reference=None, at=28):
    return judge(reference or window(FOUR_WEEKS, rows(1000)), window([at], rows(number)), only="row_volume")


@pytest.mark.parametrize(
    ("number", "severity"),
    [
        (1000, None),
        (700, None),
        (500, "warning"),
        (60, "warning"),
        (30, "critical"),
        (1, "critical"),
        (0, "critical"),
        (1600, None),
        (2000, "warning"),
        (20_000, "warning"),
    ],
)
def test_the_number_of_rows(number, severity):
    assert told(volume(number)) == ([("row_volume", severity, ("rows",))] if severity else [])


def test_few_days_know_of_a_large_loss_whatever_else_is_asked():
    """How many rows came is one question, which no number of features makes less sure."""

    def make(number):
        def made(rng, at):
            n = int(number * (1 + 0.07 * (-1) ** at))
            return {"numeric": {f"x{k}": rng.normal(size=n) for k in range(30)}}

        return made

    report = judge(window(range(7), make(2000)), window([7], make(750)))
    assert told(report) == [("row_volume", "warning", ("rows",))]
    assert report.alerts[0].details["p_value"] > 1e-5


def test_few_rows_say_enough_about_their_number():
    """40 of 500 rows are too few to judge anything else, and that is the news."""
    assert told(volume(40, reference=window(FOUR_WEEKS, rows(500)))) == [("row_volume", "warning", ("rows",))]


GAME_DAYS = [0, 2, 3, 5, 8, 10, 11, 12, 15, 17, 18, 20, 22, 25, 27]
TWO_GAPS = [*range(4), *range(9, 16), *range(19, 28)]


@pytest.mark.parametrize(("written", "outcome"), [(GAME_DAYS, "unknown"), (TWO_GAPS, "alert")])
def test_where_a_log_is_written_on_some_days_only_a_day_without_rows_is_unknown(written, outcome):
    reference = window(written, rows(1000))
    assert outcomes(volume(0, reference=reference)) == {"row_volume": outcome}
    assert outcomes(volume(300, reference=reference)) == {"row_volume": "alert"}


def test_a_window_of_no_partition_at_all_is_empty():
    report = judge(window(FOUR_WEEKS, rows(1000)), WindowProfile.merge([]), only="row_volume")
    assert told(report) == [("row_volume", "critical", ("rows",))]


def test_days_that_vary_by_much_are_ordinary():
    assert told(volume(450, reference=window(FOUR_WEEKS, rows(1000, 0.6)))) == []


BUSY_OR_QUIET = [595, 261, 49, 403, 85, 14, 169, 4, 234, 427, 48, 30, 89, 433]


@pytest.mark.parametrize(("number", "severity"), [(4, None), (1, None), (0, "critical")])
def test_nearly_no_rows_are_no_page_where_days_vary_by_as_much(number, severity):
    """Of a usual day's 129 rows, 4 are 3 %; but now and then a day has so few."""
    reference = window(FOUR_WEEKS, lambda rng, at: {"rows": BUSY_OR_QUIET[at % 14]})
    found = volume(number, reference=reference)
    assert told(found) == ([("row_volume", severity, ("rows",))] if severity else [])


def test_sundays_are_held_against_sundays():
    def shop(rng, at):
        return rows(200 if at % 7 >= 5 else 1000)(rng, at)

    reference = window(FOUR_WEEKS, shop)
    assert told(volume(200, reference=reference, at=33)) == []
    assert told(volume(1000, reference=reference, at=33)) == [("row_volume", "warning", ("rows",))]
    assert told(volume(200, reference=reference, at=28)) == [("row_volume", "warning", ("rows",))]


QUIET = {"sundays": (6,), "fridays and saturdays": (4, 5), "wednesdays": (2,)}


@pytest.mark.parametrize("number", [1000, 30, 500, 2000])
@pytest.mark.parametrize("quiet", QUIET)
def test_days_are_held_against_their_weekday_where_other_days_of_the_week_are_quiet(quiet, number):
    """On a Thursday, a Friday, a Saturday and a Sunday, of which the week's quiet days have 300 rows."""

    def make(rng, at):
        return rows(300 if at % 7 in QUIET[quiet] else 1000)(rng, at)

    for at in (31, 32, 33, 34):
        few = 0.3 if at % 7 in QUIET[quiet] else 1.0
        severity = {30: "critical", 1000: None}.get(number, "warning")
        found = volume(number * few, reference=window(range(at - 28, at), make), at=at)
        assert told(found) == ([("row_volume", severity, ("rows",))] if severity else [])


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (200, []),
        (150, []),
        (0, [("row_volume", "critical", ("rows",))]),
        (1000, [("row_volume", "warning", ("rows",))]),
    ],
)
def test_a_week_knows_of_two_sundays_and_from_its_other_days_how_much_days_differ(number, found):
    def shop(rng, at):
        return rows(200 if at % 7 >= 5 else 1000)(rng, at)

    assert told(volume(number, reference=window(range(26, 33), shop), at=33)) == found


@pytest.mark.parametrize("outage", [0, 10, 100_000])
def test_one_outage_day_neither_alerts_nor_masks(outage):
    reference = window(FOUR_WEEKS, rows(1000), d10=rows(outage))
    assert told(volume(1000, reference=reference)) == []
    assert told(volume(0, reference=reference)) == [("row_volume", "critical", ("rows",))]
    assert told(volume(400, reference=reference)) == [("row_volume", "warning", ("rows",))]
    assert told(volume(20_000, reference=reference)) == [("row_volume", "warning", ("rows",))]


@pytest.mark.parametrize("days", [1, 3])
def test_too_few_days_of_the_season_are_unknown(days):
    reference = window(range(5 - days, 5), rows(1000))
    report = volume(0, reference=reference)
    assert outcomes(report) == {"row_volume": "unknown"}
    assert report.outcomes["row_volume"].unknown == {"rows": UNCALIBRATED}


def test_a_longer_window_counts_rows_per_day():
    current = window([28, 29, 30, 31], rows(1000))
    assert told(judge(window(FOUR_WEEKS, rows(1000)), current, only="row_volume")) == []
    (found,) = RowVolume().measure(window(FOUR_WEEKS, rows(1000)), current)
    assert found.values["ratio"] == pytest.approx(1, abs=0.1)


def test_a_longer_window_is_told_with_all_its_rows():
    (alert,) = judge(window(FOUR_WEEKS, rows(1000, 0)), window(range(28, 32), rows(100, 0)), only="row_volume").alerts
    assert "400 rows arrived; 4\u202f000 are usual (×0.10" in str(alert_sentence(alert))


def test_days_of_exactly_the_same_number_leave_room_for_chance():
    reference = WindowProfile.merge([day(at, rows=100) for at in FOUR_WEEKS])
    (found,) = RowVolume().measure(reference, day(28, rows=103))
    assert found.values["p_value"] > 0.5


def test_what_comes_again_is_no_news():
    """Thrice the rows on two days of four weeks, and today; once would have been an accident."""
    promoted = rows(3000)
    assert told(volume(3000, reference=window(FOUR_WEEKS, rows(1000), d3=promoted, d15=promoted))) == []
    assert told(volume(3000, reference=window(FOUR_WEEKS, rows(1000), d3=promoted))) == [
        ("row_volume", "warning", ("rows",))
    ]


@pytest.mark.parametrize("seed", [70, 167, 200, 253])
def test_a_few_days_that_happen_to_be_alike_are_no_measure(seed):
    """Days have between 60 and 200 rows; by chance half of the eight weekend days lie close together."""

    def anything(rng, _at):
        return {"rows": int(rng.integers(60, 200))}

    reference, current = window(FOUR_WEEKS, anything, seed=seed), window([33], anything, seed=seed)
    assert told(judge(reference, current, only="row_volume")) == []


def written(times, *, rows=400, spread=0.0):
    """Days of which every row was written so many times, by day; once where nothing is said."""

    def make(rng, at):
        each, n = times.get(at, 1), int(rows * np.exp(spread * rng.normal()))
        users = np.repeat([f"u{k}" for k in rng.integers(0, 50, n)], each).tolist()
        return {"numeric": {"x": np.repeat(rng.normal(size=n), each)}, "users": users}

    return make


@pytest.mark.parametrize("times", [2, 3])
def test_a_partition_that_was_written_several_times_is_a_ticket(times):
    """Of a log whose number of rows tells nothing: days differ by as much."""
    report = judge(window(FOUR_WEEKS, written({}, spread=0.5)), window([28], written({28: times})))
    assert told(report) == [("row_volume", "warning", ("rows",))]
    assert f"Every row came {times} times" in str(alert_sentence(report.alerts[0]))


@pytest.mark.parametrize("since", [27, 28])
def test_a_partition_that_was_written_twice_is_dated_by_that(since):
    """Of a quiet day's rows, which are then no more than usual."""

    def make(rng, at):
        return written(dict.fromkeys(range(since, 29), 2), rows=150 if at > 24 else 400)(rng, at)

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    (alert,) = judge(reference, current, only="row_volume").alerts
    assert onset(RowVolume().day_level(reference, current, alert), reference, current) == MONDAY + timedelta(days=since)


@pytest.mark.parametrize("earlier", [[10], [26], range(21, 28)])
def test_a_partition_that_was_written_twice_makes_no_later_one_ordinary(earlier):
    make = written(dict.fromkeys([*earlier, 28], 2), spread=0.5)
    report = judge(window(FOUR_WEEKS, make), window([28], make), only="row_volume")
    assert told(report) == [("row_volume", "warning", ("rows",))]


def test_a_log_of_two_rows_for_each_event_is_like_that():
    pairs = written(dict.fromkeys(range(29), 2))
    assert not judge(window(FOUR_WEEKS, pairs), window([28], pairs)).alerts


def test_a_few_counts_that_are_even_are_chance():
    def even(rng, at):
        return {"categorical": {"c": ["a"] * 200 + ["b"] * (100 if at == 28 else 101)}}

    assert not judge(window(FOUR_WEEKS, even), window([28], even)).alerts
