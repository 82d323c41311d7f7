"""Windows day by day: three looks, seasons, broken days, and which share a p-value speaks of."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from daily import FOUR_WEEKS, MONDAY, day, days, judge, labelled, told, window
from windage.evidence import day_spans
from windage.evidence.shares import by_rows_alone, share_before, statistics, strongest, surest
from windage.evidence.tallies import broken_days, counted_below, counted_labels, numeric_cuts, stacked
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import ColumnSummary
from windage.profiles.window import WindowProfile
from windage.stats.day_model import difference
from windage.stats.days import DayCounts
from windage.vocabulary import Window

ROWS = 400


A = counted_labels(["a"])


def beside(reference, current):
    """The windows as they are, in one look."""
    before, now = (stacked(window.days, A).counts for window in (reference, current))
    return difference(before.without_outages(), now)


# --- Which share speaks


def test_a_rare_share_that_surely_moved_lends_no_p_value_to_one_that_wandered():
    """The first share moves by 7 points among days that differ by as much; the second surely, by four."""
    wandering = np.array([30, 45, 38, 24, 41, 33, 28, 44, 36, 39]) * 10.0
    reference = DayCounts(np.column_stack([wandering, np.zeros(10)]), np.full(10, 1000.0), np.zeros(10, int))
    found = difference(reference, DayCounts(np.array([[430.0, 40.0]]), np.array([1000.0]), np.zeros(1, int)))
    assert found.p_value[1] < 3e-3 < 0.1 < found.p_value[0]
    said = statistics(found, 0.06)
    assert said["effect"] == pytest.approx(0.072)
    assert said["p_value"] > 0.1
    assert statistics(found, np.array([0.06, 0.005]))["p_value"] < 1e-2


def test_nothing_that_moved_enough_leaves_the_largest_move():
    reference = DayCounts(np.full((5, 2), [30.0, 50.0]), np.full(5, 100.0), np.zeros(5, int))
    found = difference(reference, DayCounts(np.array([[31.0, 50.0]]), np.array([100.0]), np.zeros(1, int)))
    assert statistics(found, 0.06)["p_value"] == min(found.looks * found.p_value[0], 1.0)
    assert statistics(None) == {}


def test_where_nothing_could_differ_there_is_no_test():
    """No day has a row of the first kind, and all rows of every day are of the second."""
    kinds = np.column_stack([np.zeros(8), np.full(8, 400.0)])
    before, now = (DayCounts(kinds[:n], np.full(n, 400.0), np.zeros(n, int)) for n in (8, 1))
    said = statistics(difference(before, now))
    assert (said["looks"], said["p_value"]) == (0.0, 1.0)
    one = replace(now, hits=np.array([[1.0, 400.0]]))
    assert statistics(difference(before, one))["looks"] == 1.0


# --- Three looks


def test_every_look_is_paid_for():
    reference, current = window(FOUR_WEEKS, labelled(0.5)), window([28], labelled(0.6))
    alone = statistics(beside(reference, current))
    found = strongest(reference, current, A)
    assert found["p_value"] == pytest.approx(3 * alone["p_value"], rel=1e-9, abs=0)
    assert found["span_days"] == 1.0
    assert found["effect"] == pytest.approx(0.1)


def test_after_an_unusual_day_the_days_before_it_are_asked_as_well():
    """On the second day of a fault the first is part of the reference."""

    def stepped(rng, at):
        return labelled(0.5 if at < 28 else 0.6)(rng, at)

    reference, second = window(range(1, 29), stepped), window([29], stepped)
    settled = statistics(beside(window(range(1, 23), stepped), second))
    found = strongest(reference, second, A)
    assert (found["looks"], found["span_days"]) == (4.0, 1.0)
    assert found["effect"] == pytest.approx(settled["effect"])
    assert found["effect_least"] > statistics(beside(reference, second))["effect_least"]


def test_a_step_is_seen_before_it_is_part_of_its_own_reference():
    """On its third day two of the reference's days have it: beside them today is nothing unusual, three days together are."""
    noise = {at: 0.04 * float(np.random.default_rng([5, at]).standard_normal()) for at in range(31)}

    def stepped(rng, at):
        return labelled(0.5 + noise[at] + (0.12 if at >= 28 else 0.0))(rng, at)

    reference, today = window(range(2, 30), stepped), window([30], stepped)
    found = strongest(reference, today, A)
    assert found["p_value"] < beside(reference, today).p_value[0] / 10


def test_a_slow_drift_is_told_over_the_week():
    """Half a week's points a day: today is 5 points off, and so is every day of the week."""

    def slow(rng, at):
        return labelled(0.5 + (0.07 if at > 21 else 0.0))(rng, at)

    reference, today = window(FOUR_WEEKS, slow), window([28], slow)
    found = strongest(reference, today, A)
    assert found["span_days"] == 7.0
    assert found["p_value"] < min(1e-4, beside(reference, today).p_value[0] / 100)


def test_what_began_today_is_told_at_its_full_size():
    """A week in which today is a seventh would tell a total outage as a seventh of one."""
    found = strongest(window(FOUR_WEEKS, labelled(0.0)), window([28], labelled(1.0)), A)
    assert found["span_days"] == 1.0
    assert found["effect"] == 1.0
    assert found["effect_least"] > 0.9


@pytest.mark.parametrize("when", range(22, 28))
def test_a_fault_that_is_over_is_no_news(when):
    reference = window(FOUR_WEEKS, labelled(0.1), **{f"d{when}": labelled(0.9)})
    found = strongest(reference, window([28], labelled(0.1)), A)
    assert found["p_value"] > 0.5


def test_an_outage_of_this_week_that_is_over_is_no_part_of_a_day_that_is_a_little_high():
    usual = labelled(0.45, rows=1500)
    outage = dict.fromkeys(("d23", "d24"), labelled(1.0, rows=1500))
    found = strongest(window(FOUR_WEEKS, usual, **outage), window([28], labelled(0.51, rows=1500)), A)
    assert found["effect"] == pytest.approx(0.06, abs=0.001)


def test_an_outage_that_lasts_is_pooled_with_today():
    usual, outage = labelled(0.45, rows=1500), labelled(0.75, rows=1500)
    found = strongest(window(FOUR_WEEKS, usual, d26=outage, d27=outage), window([28], outage), A)
    assert found["effect"] == pytest.approx(0.30, abs=0.001)
    assert found["p_value"] < 1e-6


def test_a_frozen_baseline_is_not_pooled_with_today():
    """Its last week lies months back and says nothing of this one, whatever moved in it."""

    def moved(rng, at):
        return labelled(0.5 + (0.14 if 21 < at < 28 else 0.1 if at == 90 else 0.0))(rng, at)

    baseline, today = window(FOUR_WEEKS, moved), window([90], moved)
    found = strongest(baseline, today, A)
    assert found == {**statistics(beside(baseline, today)), "effect_least": found["effect_least"]}


@pytest.mark.parametrize("length", [4, 5])
def test_a_short_reference_is_not_split(length):
    reference, today = window(range(28 - length, 28), labelled(0.5)), window([28], labelled(0.6))
    assert strongest(reference, today, A)["p_value"] == statistics(beside(reference, today))["p_value"]


@pytest.mark.parametrize("length", [7, 9])
def test_of_a_short_reference_three_days_are_pooled(length):
    def moved(rng, at):
        return labelled(0.5 if at < 30 else 0.62)(rng, at)

    found = strongest(window(range(32 - length, 32), moved), window([32], moved), A)
    pooled = statistics(beside(window(range(32 - length, 30), moved), window(range(30, 33), moved)))
    assert found["p_value"] == pytest.approx(3 * pooled["p_value"])
    assert found["effect"] == pytest.approx(0.12, abs=1e-9)


def test_days_of_a_season_that_the_days_before_do_not_know_are_not_pooled():
    """A Monday after a weekend, with nothing but weekdays before it: the weekend would pass for a drift."""

    def weekly(rng, at):
        return labelled(0.7 if at % 7 >= 5 else 0.5)(rng, at)

    found = strongest(window(range(21, 28), weekly), window([28], weekly), A)
    assert found["span_days"] == 1.0
    assert found["p_value"] > 0.5


def test_days_without_a_date_are_never_pooled():
    from dataclasses import replace

    reference = WindowProfile.merge(
        [replace(each, first_at=None, period=None) for each in days(FOUR_WEEKS, labelled(0.5))]
    )
    today = replace(window([28], labelled(0.6)), first_at=None, period=None)
    assert strongest(reference, today, A)["p_value"] == statistics(beside(reference, today))["p_value"]


# --- Seasons


@pytest.mark.parametrize(("at", "expected"), [(0, 0), (4, 0), (5, 1), (6, 1), (7, 0)])
def test_a_season_is_weekday_or_weekend(at, expected):
    from dataclasses import replace

    assert day(at, rows=1).season == expected
    start = MONDAY + timedelta(days=at)
    wide = replace(day(0, rows=1), period=Window(start=start, end=start + timedelta(days=1)))
    assert wide.season == expected
    assert WindowProfile(rows=0).season == 0


@pytest.mark.parametrize("at", [28, 33])
def test_a_day_that_looks_like_the_other_season_is_no_page(at):
    def shop(rng, day_at):
        return labelled(0.8 if day_at % 7 >= 5 else 0.2)(rng, day_at)

    other = labelled(0.2 if at % 7 >= 5 else 0.8)
    found = strongest(window(range(at - 28, at), shop), window([at], other), A)
    assert found["effect"] == pytest.approx(0.6)
    assert found["p_value"] < 1e-6
    assert found["effect_least"] < 0.01


def test_what_a_first_saturday_changes_is_known_by_its_rows_alone():
    weekdays, saturday = window(range(5), labelled(0.2)), window([5], labelled(0.8))
    assert strongest(weekdays, saturday, A) == {}
    found = by_rows_alone(weekdays, saturday, A)
    assert found["effect"] == pytest.approx(0.6)
    assert 0.4 < found["effect_least"] < 0.55
    assert "p_value" not in found


# --- Which days count


def test_fewer_than_four_days_are_none():
    assert strongest(window(range(3), labelled(0.5)), window([28], labelled(0.9)), A) == {}
    assert surest(window(range(3), labelled(0.5)), window([28], labelled(0.9)), A) is None
    empty = window([28], lambda rng, at: {"labels": []})
    assert strongest(window(range(9), labelled(0.5)), empty, A) == {}


def column(values_of):
    return lambda rng, at: {"numeric": {"x": values_of(rng, at)}}


@pytest.mark.parametrize(
    "outage", [lambda rng, at: np.full(ROWS, np.nan), lambda rng, at: rng.normal(size=ROWS) * 1000]
)
def test_broken_days_are_few(outage):
    normal = column(lambda rng, at: rng.normal(size=ROWS))
    one = window(FOUR_WEEKS, normal, d10=column(outage))
    assert broken_days(one, "x") == {id(one.days[10])}
    weekends = window(FOUR_WEEKS, lambda rng, at: (column(outage) if at % 7 >= 5 else normal)(rng, at))
    assert broken_days(weekends, "x") == set()
    assert broken_days(window(FOUR_WEEKS, column(outage)), "x") == set()
    assert broken_days(window(FOUR_WEEKS, normal), "x") == set()


def test_cuts_are_the_quantiles_and_both_sides_of_a_frequent_value():
    profile = NumericProfile.of(np.concatenate([np.zeros(500), np.arange(1.0, 501)]))
    cuts = numeric_cuts(ColumnSummary.of(profile), profile)
    assert cuts[:2].tolist() == [0.0, np.nextafter(0.0, 1)]
    assert (np.diff(cuts) > 0).all()


@pytest.mark.parametrize(
    ("values", "now", "expected"),
    [
        ([3.0], [3.0], []),
        ([3.0], [4.0], []),
        ([0.0, 1.0], [0.0], [1.0]),
        ([1.0, 2.0, 5.0], [1.0, 5.0, 9.0], [2.0, 5.0]),
        ([1.0, 2.0, 5.0], [2.5], [2.0, np.nextafter(2.0, 3), 5.0]),
        ([1.0, 2.0], [1.5], [np.nextafter(1.0, 2), 2.0]),
    ],
)
def test_few_values_are_cut_between_each_and_on_both_sides_of_what_came_in_between(values, now, expected):
    reference, current = (NumericProfile.of(np.repeat(each, 9)) for each in (values, now))
    assert numeric_cuts(ColumnSummary.of(reference), current).tolist() == expected


def test_an_inexact_profile_counts_the_middle_of_what_is_certain():
    values = np.random.default_rng(1).normal(size=2000)
    exact, rough = (
        WindowProfile(rows=2000, numeric={"x": NumericProfile.of(values, resolution=resolution)})
        for resolution in (None, 128)
    )
    counted = counted_below("x", np.array([-1.0, 0.0, 1.0]))
    (true, rows), (told, rows_told) = counted(exact), counted(rough)
    assert rows == rows_told == 2000
    assert np.abs(true - told).max() <= 2000 / 128
    assert counted(WindowProfile(rows=3)) is None


@pytest.mark.parametrize(
    ("paid_on", "severity"), [([4, 18, 32], None), ([18, 32], "critical"), ([30, 31, 32], "critical")]
)
def test_a_payday_that_came_twice_is_no_news_and_an_outage_that_goes_on_is(paid_on, severity):
    def make(rng, at):
        share = 0.8 if at in paid_on else 0.3
        return {"categorical": {"kind": rng.choice(["salary", "other"], 600, p=[share, 1 - share])}}

    found = told(judge(window(range(4, 32), make), window([32], make)))
    assert found == ([("category_shift", severity, ("kind",))] if severity else [])


@pytest.mark.parametrize("outage", [0.8, 0.2])
def test_an_outage_of_some_days_that_is_over_takes_no_part_in_the_last_week(outage):
    """Three days of the last week were broken; today lies a little to the same side, as an ordinary day may."""

    def make(rng, at):
        ordinary = 0.5 + 0.03 * (np.sign(outage - 0.5) * 3 if at == 28 else rng.normal())
        return labelled(outage if at in (22, 23, 24) else ordinary, rows=2000)(rng, at)

    found = [strongest(window(FOUR_WEEKS, make, seed=seed), window([28], make), A) for seed in range(5)]
    assert min(each["p_value"] for each in found) > 0.002


def by_weekday(*, moved=(), spread=0.25):
    """Every weekday has a level of its own, from which its days hardly differ; ``moved`` days stand higher."""
    level = spread * np.array([0, 3, 1, -2, 2, -3, -1])

    def make(rng, at):
        return {"numeric": {"x": rng.normal(level[at % 7] + 0.03 * rng.normal() + 0.5 * (at in moved), 1, 1000)}}

    return make


def test_a_day_is_held_against_its_own_weekday_where_weekdays_differ():
    """Half a standard deviation on a Thursday, whose usual level is the lowest, looks like any other weekday."""
    thursday = 31
    reference = window(range(3, 31), by_weekday())
    assert told(judge(reference, window([thursday], by_weekday(moved=[thursday])))) == [
        ("feature_ks", "warning", ("x",))
    ]
    for at in range(31, 38):
        assert told(judge(window(range(at - 28, at), by_weekday()), window([at], by_weekday()))) == []


def test_where_weekdays_do_not_differ_nobody_looks_at_them():
    today = window([31], by_weekday(spread=0.0))
    found = [strongest(window(range(3, 31), by_weekday(spread=spread)), today, B) for spread in (0.0, 0.25)]
    assert [each["looks"] for each in found] == [3.0, 4.0]


def test_weekdays_that_chance_tells_apart_are_not_looked_at():
    """Of days that hardly differ, what is left of their variance is noise, and so is the part that weekdays explain."""
    looked_at = 0
    for seed in range(40):
        windows = [window(which, by_weekday(spread=0.0), seed=seed) for which in (range(3, 31), [31])]
        looked_at += day_spans.by_weekday(*(stacked(each.days, B) for each in windows), *windows) is not None
    assert looked_at <= 1


B = counted_below("x", np.array([0.0]))


def test_a_quiet_week_of_weather_is_no_page_when_the_weather_changes():
    """Five of its days lie close together by chance; yesterday's and today's are where the weather usually goes."""
    where = {23: -0.01, 24: 0.0, 25: 0.02, 26: -0.02, 27: 0.01, 28: 0.6, 29: 1.4, 30: 1.5}

    def lived(rng, at):
        others = {f"y{k}": rng.normal(rng.normal(0, 0.02), 1, 3000) for k in range(6)}
        return {"numeric": {"weather": rng.normal(where[at], 1, 3000), **others}}

    report = judge(window(range(23, 30), lived), window([30], lived))
    assert [each for each in told(report) if each[1] == "critical"] == []


def test_a_change_starts_from_the_days_before_those_that_were_pooled_or_else_from_today():
    settled = [0.1, 0.2, 0.9]
    assert share_before(0.5, {"span_days": 1.0, "move": 0.2}, settled) == pytest.approx(0.3)
    assert share_before(0.5, {"span_days": 7.0, "move": 0.2}, settled) == 0.2
    assert share_before(0.5, {"span_days": 7.0, "move": 0.2}, []) == pytest.approx(0.3)


@pytest.mark.parametrize("way", [1, -1])
def test_a_payday_of_this_week_is_no_part_of_it_where_earlier_paydays_are_left_out(way):
    """Two paydays stand alone in the days before the week and are left out of them. Among all days none of the three
    stands alone, because one day of this week lies on the other side."""

    def make(rng, at):
        moved = {11: 0.3, 25: 0.3, 36: -0.12, 39: 0.3, 41: 0.05}
        share = 0.5 + (way * moved[at] if at in moved else 0.02 * rng.normal())
        return labelled(share, rows=2000)(rng, at)

    found = [strongest(window(range(41), make, seed=seed), window([41], make), A) for seed in range(5)]
    assert min(each["p_value"] for each in found) > 0.002
