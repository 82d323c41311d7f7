"""A numeric feature under the calibrated policy: shifts, slow drift, seasons, outages, unrelated features."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, days, judge, outcomes, told, window
from windage.checks.numeric_feature import NumericFeature
from windage.profiles.window import WindowProfile

ROWS = 600


def normal(shift=0.0, scale=1.0, *, day_sd=0.0, rows=ROWS, more=0):
    def make(rng, at):
        values = rng.normal(shift + day_sd * rng.normal(), scale, rows)
        return {"numeric": {"x": values, **{f"y{i}": rng.normal(size=rows) for i in range(more)}}}

    return make


USUAL = window(FOUR_WEEKS, normal())


@pytest.mark.parametrize(
    ("make", "severity"),
    [
        (normal(), None),
        (normal(0.05), None),
        (normal(0.4), "warning"),
        (normal(-0.4), "warning"),
        (normal(1.2), "critical"),
        (normal(3.0), "critical"),
        (normal(0, 1.6), "warning"),
    ],
)
def test_the_further_the_worse(make, severity):
    assert told(judge(USUAL, window([28], make))) == ([("feature_ks", severity, ("x",))] if severity else [])


@pytest.mark.parametrize("shift", [-0.9, -0.4, -0.1, 0.1, 0.4, 0.9])
@pytest.mark.parametrize("values", [range(1, 6), range(12), (0, 1)])
def test_a_feature_of_few_values_is_seen_to_move_between_them(values, shift):
    """Up as well as down, though no value passes the next one: as where ratings become averages."""
    make = lambda rng, at: {"numeric": {"x": rng.choice(values, ROWS)}}  # noqa: E731
    moved = lambda rng, at: {"numeric": {"x": rng.choice(values, ROWS) + shift}}  # noqa: E731
    reference, current = window(FOUR_WEEKS, make), window([28], moved)
    (found,) = NumericFeature().measure(reference, current)
    assert found.values["effect"] > 0.06
    assert found.values["p_value"] < 1e-6


@pytest.mark.parametrize("at", range(28, 40))
def test_days_that_differ_ordinarily_are_ordinary(at):
    make = normal(day_sd=0.5)
    assert told(judge(window(range(at - 28, at), make), window([at], make))) == []


def test_identical_windows_are_alike():
    for make in (normal(), normal(day_sd=1.0)):
        reference = window(FOUR_WEEKS, make)
        (found,) = NumericFeature().measure(reference, reference)
        assert found.values["effect"] == pytest.approx(0, abs=0.02)
        assert not judge(reference, reference).alerts


def test_a_shift_is_found_although_days_differ():
    assert told(judge(window(FOUR_WEEKS, normal(day_sd=0.2)), window([28], normal(1.5)))) == [
        ("feature_ks", "critical", ("x",))
    ]


def slow(step):
    return lambda rng, at: normal(step * max(at - 21, 0), rows=150)(rng, at)


def test_gradual_drift_is_found_through_the_days_before():
    early, history = window(range(21), slow(0)), window(FOUR_WEEKS, slow(0.06))
    today = window([28], slow(0.035))
    (alone,) = NumericFeature().measure(early, today)
    (pooled,) = NumericFeature().measure(window(FOUR_WEEKS, slow(0.05)), window([28], slow(0.05)))
    assert alone.values["p_value"] > 0.001
    assert pooled.values["span_days"] > 1.0
    assert told(judge(history, window([28], slow(0.06)))) == [("feature_ks", "warning", ("x",))]


def seasonal(weekend):
    return lambda rng, at: normal(weekend if at % 7 >= 5 else 0.0)(rng, at)


def test_a_monday_that_looks_like_a_sunday_is_at_most_a_warning():
    reference = window(FOUR_WEEKS, seasonal(2.0))
    assert told(judge(reference, window([28], normal(2.0)))) == [("feature_ks", "warning", ("x",))]
    assert told(judge(reference, window([28], normal(0.0)))) == []
    assert told(judge(reference, window([28], normal(-2.0)))) == [("feature_ks", "critical", ("x",))]
    assert told(judge(window(range(5, 33), seasonal(2.0)), window([33], normal(2.0)))) == []


@pytest.mark.parametrize("when", ["d10", "d24", "d27"])
def test_one_outage_day_neither_alerts_nor_masks_the_next(when):
    reference = window(FOUR_WEEKS, normal(), **{when: normal(2.0)})
    assert told(judge(reference, window([28], normal()))) == []
    assert told(judge(reference, window([28], normal(2.0)))) == [("feature_ks", "critical", ("x",))]


@pytest.mark.parametrize("days_known", [1, 2, 3])
def test_without_days_what_would_page_warns_and_nothing_is_ok(days_known):
    reference = window(range(28 - days_known, 28), normal())
    report = judge(reference, window([28], normal(2.0)), only="numeric_feature")
    assert told(report) == [("feature_ks", "warning", ("x",))]
    assert report.alerts[0].details["note"].startswith("uncalibrated")
    for moved in (0.0, 0.3):  # an ordinary day may move by as much
        report = judge(reference, window([28], normal(moved)), only="numeric_feature")
        assert outcomes(report) == {"numeric_feature": "unknown"}


def test_few_days_that_differ_among_themselves_explain_as_much_again():
    differing = window([26, 27], normal(), d26=normal(1.0))
    assert told(judge(differing, window([28], normal(1.5)), only="numeric_feature")) == []
    assert told(judge(differing, window([28], normal(9.0)), only="numeric_feature")) == [
        ("feature_ks", "warning", ("x",))
    ]


def test_what_a_first_weekend_changes_is_unknown():
    weekdays = window(range(5), normal())
    report = judge(weekdays, window([5], normal(0.5)), only="numeric_feature")
    assert outcomes(report) == {"numeric_feature": "unknown"}
    assert told(judge(weekdays, window([5], normal(3.0)), only="numeric_feature")) == [
        ("feature_ks", "warning", ("x",))
    ]
    assert told(judge(window(range(6), normal()), window([6], normal()), only="numeric_feature")) == []


@pytest.mark.parametrize(("looks_like", "severity"), [(0, "warning"), (7, "critical")])
def test_a_day_that_looks_like_another_weekday_pages_nobody(looks_like, severity):
    """Yesterday's sales, which are low on Mondays and Sundays: the day after a holiday looks like a Monday."""
    means = [-2.0, 0.0, 0.0, 0.0, 0.0, 0.2, -1.8, -4.0]

    def make(rng, at):
        return normal(means[looks_like if at == 29 else at % 7])(rng, at)

    assert told(judge(window(range(1, 29), make), window([29], make))) == [("feature_ks", severity, ("x",))]


def test_few_rows_are_unknown():
    report = judge(USUAL, window([28], normal(5.0, rows=49)), only="numeric_feature")
    assert outcomes(report) == {"numeric_feature": "unknown"}


def test_unrelated_features_never_silence_a_page():
    for more in (1, 40):
        report = judge(window(FOUR_WEEKS, normal(more=more)), window([28], normal(1.5, more=more)))
        assert ("feature_ks", "critical", ("x",)) in told(report)
        assert len(report.alerts) == 1


def test_the_order_of_features_and_of_days_within_the_weeks_before_is_irrelevant():
    make = normal(day_sd=0.2, more=3)
    history, (today,) = days(FOUR_WEEKS, make), days([28], normal(0.9, more=3))
    plain = judge(WindowProfile.merge(history), today)
    rng = np.random.default_rng(1)
    shuffled = judge(WindowProfile.merge([history[i] for i in rng.permutation(22)] + history[22:]), today)
    assert told(shuffled) == told(plain)

    def backwards(rng, at):
        made = make(rng, at) if at < 28 else normal(0.9, more=3)(rng, at)
        return {"numeric": dict(reversed(made["numeric"].items()))}

    assert told(judge(window(FOUR_WEEKS, backwards), window([28], backwards))) == told(plain)


def test_units_are_irrelevant():
    def in_units(scale, offset):
        def make(rng, at):
            values = normal(0.4 if at == 28 else 0.0)(rng, at)["numeric"]["x"]
            return {"numeric": {"x": values * scale + offset}}

        return make

    expected = told(judge(window(FOUR_WEEKS, in_units(1, 0)), window([28], in_units(1, 0))))
    for scale, offset in ((1e9, 0), (1e-9, 0), (1, 1e6), (-1, 0)):
        assert (
            told(judge(window(FOUR_WEEKS, in_units(scale, offset)), window([28], in_units(scale, offset)))) == expected
        )


def test_a_feature_of_whole_days_never_alerts_on_another_of_them():
    """A temperature that is the same all day: each day lies wholly in one tail."""

    def make(rng, at):
        return {"numeric": {"x": np.round(rng.normal(scale=3), 1) + rng.normal(scale=0.1, size=ROWS)}}

    for at in range(28, 40):
        report = judge(window(range(at - 28, at), make), window([at], make))
        assert not report.any_critical


WANDERING = window(FOUR_WEEKS, normal(day_sd=0.6))


@pytest.mark.parametrize("factor", [1 / 60, 0.2])
def test_values_that_draw_together_are_seen_though_days_differ_in_where_they_lie(factor):
    """A feed that changed its unit, beside days of which no cumulative share tells anything."""
    (alert,) = judge(WANDERING, window([28], normal(scale=factor))).alerts
    assert alert.details["widening"] < 0
    assert alert.details["adjusted_p"] < 1e-4


@pytest.mark.parametrize("at", range(28, 40))
def test_days_that_differ_in_where_they_lie_alone_stay_quiet(at):
    assert told(judge(WANDERING, window([at], normal(day_sd=0.6)))) == []


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_changed_spread_is_seen_though_days_lie_anywhere(factor):
    """Days whose middles lie three spreads apart: no fixed value parts the usual rows from the others."""
    anywhere = window(FOUR_WEEKS, normal(day_sd=3.0))
    (alert,) = judge(anywhere, window([28], normal(scale=factor, day_sd=3.0))).alerts
    assert np.sign(alert.details["widening"]) == np.sign(factor - 1)
    assert alert.details["adjusted_p"] < 1e-6


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("unit", [0.25, 1.0, 3.0])
def test_values_that_many_rows_share_stay_quiet_wherever_days_lie(unit, seed):
    def make(rng, at):
        return {"numeric": {"x": unit * np.round(rng.normal(3 * rng.normal(), 1, ROWS) / unit)}}

    assert told(judge(window(FOUR_WEEKS, make, seed=seed), window([28], make, seed=seed))) == []


def test_the_turn_of_a_month_is_told_once():
    """A column that holds the month has one value on each day, and on the first of the next another."""

    def dated(rng, at):
        return {"numeric": {"month": np.full(ROWS, 3.0 if at < 29 else 4.0), "x": rng.normal(size=ROWS)}}

    said = [told(judge(window(range(at - 28, at), dated), window([at], dated))) for at in range(28, 38)]
    assert [at for at, each in enumerate(said, start=28) if each] == [29]
    assert said[1] == [("value_range", "warning", ("month",))]


@pytest.mark.parametrize("change", [lambda x: x / 2, lambda x: 25 + x / 4, lambda x: (x - 32) * 5 / 9])
def test_a_change_of_unit_that_narrows_values_is_told_as_where_they_went(change):
    """Far from where they were, how close they lie together is the smaller part of the news."""

    def made(rng, at):
        x = rng.normal(50 + rng.normal(), 11, ROWS)
        return {"numeric": {"x": change(x) if at == 28 else x, "y": rng.normal(size=ROWS)}}

    report = judge(window(FOUR_WEEKS, made), window([28], made))
    (alert,) = [each for each in report.alerts if each.affected_features == ["x"]]
    assert (alert.trigger, alert.severity) == ("feature_ks", "critical")
    assert alert.details["move"] > 0  # shares below each cut rose: values went down


def two_heaps(share, *, rows):
    """Values at 20 and at 60, this share of them at 20."""

    def make(rng, at):
        is_low = rng.random(rows) < share
        return {"numeric": {"x": np.where(is_low, rng.normal(20, 2, rows), rng.normal(60, 5, rows))}}

    return make


@pytest.mark.parametrize(("usual", "now"), [(0.35, 0.31), (0.35, 0.39), (0.42, 0.37), (0.42, 0.47)])
@pytest.mark.parametrize("rows", [2000, 4000])
@pytest.mark.parametrize("days", [7, 12, 28])
def test_one_of_two_heaps_that_grows_a_little_is_no_spread(days, rows, usual, now):
    """The day's centre moves away from the other heap, and into its own, though no row does."""
    assert (
        told(judge(window(range(28 - days, 28), two_heaps(usual, rows=rows)), window([28], two_heaps(now, rows=rows))))
        == []
    )


def parted(cut, weekend, today):
    """Values with a gap of eight spreads above ``cut``, lower or higher on weekends and today."""

    def make(rng, at):
        place = rng.normal((weekend if at % 7 >= 5 else 0.0) + (today if at == 28 else 0.06 * rng.normal()), 1, 2000)
        return {"numeric": {"x": np.where(place < cut, place, place + 8)}}

    return make


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cut", [-0.2, 0.1])
@pytest.mark.parametrize("weekend", [-0.8, 0.8])
def test_the_centre_of_two_heaps_is_held_against_the_season_s_own(cut, weekend, seed):
    """Where the centre lies differs by season, and around it lie fewer rows than the middles of all days say."""
    make = parted(cut, weekend, 0.16)
    assert told(judge(window(FOUR_WEEKS, make, seed=seed), window([28], make, seed=seed))) == []
