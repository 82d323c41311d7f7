"""Values that never were: another unit, a sentinel, a frozen sensor, a constant that changed."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, outcomes, told, window
from one_column import ROWS, codes, counts, frozen, made, sentinel, spend
from windage.policy import CalibratedPolicy

USUAL = window(FOUR_WEEKS, made())


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (None, []),
        (lambda values: values * 1000, [("value_range", "critical", ("x",))]),
        (sentinel(0.08), [("value_range", "warning", ("x",))]),
        (sentinel(0.005), []),
        (sentinel(0.5), [("value_range", "critical", ("x",))]),
        (sentinel(0.08, np.inf), [("value_range", "warning", ("x",))]),
        (frozen(np.inf), [("value_range", "critical", ("x",))]),
        (frozen(0.3), [("frozen", "critical", ("x",))]),
        (frozen(50.0), [("frozen", "critical", ("x",))]),
        (lambda values: values + 3, [("feature_ks", "critical", ("x",))]),  # its outliers explain no page
    ],
)
def test_each_fault_by_its_cause(change, found):
    assert told(judge(USUAL, window([28], made(change)))) == found


@pytest.mark.parametrize("at_ends", [[-1.7e308, 1.7e308], [-1.7e308], [1e200]])
def test_values_at_the_ends_of_doubles_cost_no_other_feature_its_page(at_ends):
    """As where the largest doubles stand for missing values: their distances are too large for a double."""

    def make(change=None):
        def day(rng, at):
            filled = np.where(rng.random(ROWS) < 0.2, rng.choice(at_ends, ROWS), rng.normal(size=ROWS))
            columns = {"filled": filled, "huge": 1.7e308 * rng.uniform(-1, 1, ROWS)}
            return {"numeric": {**made(change)(rng, at)["numeric"], **columns}}

        return day

    usual = window(FOUR_WEEKS, make())
    assert outcomes(judge(usual, window([28], make()), only="value_range")) == {"value_range": "ok"}
    assert told(judge(usual, window([28], make()))) == []
    assert told(judge(usual, window([28], make(lambda values: values * 1000)))) == [("value_range", "critical", ("x",))]


@pytest.mark.parametrize("change", [sentinel(0.5), frozen(0.3)])
def test_its_summary_calls_no_value_new_that_is_not(change):
    assert "Unusual values in x." in judge(USUAL, window([28], made(change))).summary


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (None, []),
        (lambda x: np.where(np.arange(x.size) < 25, -999.0, x), [("value_range", "warning", ("x",))]),
        (lambda x: np.where(np.arange(x.size) < 25, x * 1000, x), [("value_range", "warning", ("x",))]),
        (lambda x: x * 3, []),
    ],
)
@pytest.mark.parametrize("since", [27, 28])
def test_one_dear_day_makes_no_sentinel_ordinary(change, found, since):
    """Prices that were four times as high in a fifth of one day's rows."""

    def make(rng, at):
        x = rng.gamma(9, 6.0, 250)
        x = np.where((at == 20) & (np.arange(250) % 5 == 0), 4 * x, x)
        return {"numeric": {"x": change(x) if change and at >= since else x}}

    report = judge(window(FOUR_WEEKS, make), window([28], make), only="value_range")
    assert told(report) == found


@pytest.mark.parametrize("days_known", [4, 5, 7, 14, 28])
def test_weather_is_no_news_after_a_few_days_and_a_sentinel_is(days_known):
    """Days that resemble their neighbours, and one that is colder than all of a few others."""

    def make(at, cold, share=0.0):
        rng = np.random.default_rng(at)
        values = 40 + 6 * np.sin(2 * np.pi * at / 15) + rng.normal(size=72) - cold
        return {"numeric": {"x": np.where(np.arange(72) < 72 * share, -999, values)}}

    for first in range(0, 30, 3):
        days = window(range(first, first + days_known), lambda rng, at: make(at, 0))
        today = [first + days_known]
        assert told(judge(days, window(today, lambda rng, at: make(at, 3)), only="value_range")) == []
        broken = judge(days, window(today, lambda rng, at: make(at, 0, 0.3)), only="value_range")
        assert told(broken) == [("value_range", "critical", ("x",))]


def test_a_calm_side_of_a_changeable_week_is_no_promise():
    """The coldest of a few nights were alike by chance, while the days' temperatures wandered."""

    def make(rng, at):
        return {"numeric": {"x": [20, 19, 21, 20, 35, 20, 33, 8][at] + rng.uniform(-3, 3, 72)}}

    assert told(judge(window(range(7), make), window([7], make), only="value_range")) == []


def test_compass_points_that_a_few_days_did_not_have_are_no_new_codes():
    """The wind turned a little further on most days of the week, and today it turned again."""

    def make(rng, at):
        usual = rng.choice([10, 20, 30, 320, 330, 340, 350], 72)
        return {"numeric": {"wind": np.where(np.arange(72) < (4 if at < 7 else 30), 230 - 10 * at, usual)}}

    assert told(judge(window(range(7), make), window([7], make), only="value_range")) == []


@pytest.mark.parametrize(("rows", "found"), [(4, []), (5, [("value_range", "warning", ("x",))])])
def test_a_few_rows_beyond_are_no_news(rows, found):
    make = made(sentinel(rows / 150, 20.0), rows=150)
    assert told(judge(window(FOUR_WEEKS, made(rows=150)), window([28], make))) == found


@pytest.mark.parametrize("change", [lambda values: values * 1000, frozen(0.3), frozen(999.0), frozen(np.inf)])
def test_one_outage_day_neither_alerts_nor_masks_the_next(change):
    for when in ("d10", "d27"):
        reference = window(FOUR_WEEKS, made(), **{when: made(change)})
        assert told(judge(reference, window([28], made()))) == []
        ((trigger, severity, _),) = told(judge(reference, window([28], made(change))))
        assert (trigger in ("value_range", "frozen"), severity) == (True, "critical")


@pytest.mark.parametrize("days", [3, 5])
@pytest.mark.parametrize(
    ("change", "found"),
    [(lambda values: values * 1000, "value_range"), (frozen(0.3), "frozen"), (frozen(999.0), "frozen")],
)
def test_an_outage_of_some_days_makes_no_later_one_ordinary(change, found, days):
    reference = window(FOUR_WEEKS, made(), **{f"d{at}": made(change) for at in range(14, 14 + days)})
    assert told(judge(reference, window([28], made()))) == []
    ((trigger, severity, _),) = told(judge(reference, window([28], made(change))))
    assert (trigger == found or days > 3, severity) == (True, "critical")


def test_a_fault_that_began_in_the_window_of_days_before_is_told_by_its_cause():
    thousandfold = dict.fromkeys((f"d{at}" for at in range(31, 42)), made(lambda values: values * 1000))
    reference, current = (window(which, made(), **thousandfold) for which in (range(35), range(35, 42)))
    assert told(judge(reference, current)) == [("value_range", "critical", ("x",))]


def test_a_smaller_fault_after_a_larger_outage():
    reference = window(FOUR_WEEKS, made(), d10=made(lambda values: values * 1000))
    assert told(judge(reference, window([28], made(lambda values: values * 10)))) == [
        ("value_range", "critical", ("x",))
    ]


@pytest.mark.parametrize(("then", "severity"), [(0.05, "warning"), (0.25, "critical")])
def test_a_few_sentinels_on_one_day_do_not_mask_many_later(then, severity):
    reference = window(FOUR_WEEKS, made(), d10=made(sentinel(0.005)))
    assert told(judge(reference, window([28], made(sentinel(then))))) == [("value_range", severity, ("x",))]


def test_a_rate_of_the_day_may_go_on_wandering_and_its_sentinels_are_news():
    rates = np.cumsum(np.random.default_rng(5).normal(size=31))

    def rate(share=0.0):
        return lambda rng, at: {"numeric": {"x": sentinel(share)(rates[at] + rng.normal(0, 1e-3, ROWS))}}

    reference = window(FOUR_WEEKS, rate(), d10=rate(0.005))
    told_of = [told(judge(reference, window([at], rate()), only="value_range")) for at in (28, 29, 30)]
    assert told_of == [[], [], []]
    now = judge(reference, window([28], rate(0.05)), only="value_range")
    assert told(now) == [("value_range", "warning", ("x",))]


@pytest.mark.parametrize(("days_known", "severity"), [(5, "warning"), (13, "warning"), (14, "critical")])
def test_the_first_rain_after_few_days_pages_nobody(days_known, severity):
    def rain(share):
        return made(lambda values: np.where(np.arange(values.size) < share * values.size, np.abs(values) + 0.1, 0.0))

    reference = window(range(28 - days_known, 28), rain(0.0), d25=rain(0.001))
    report = judge(reference, window([28], rain(0.5)), only="value_range")
    assert told(report) == [("value_range", severity, ("x",))]


def constant(value):
    return made(frozen(value))


def test_a_constant_that_stays_is_ok_and_one_that_changes_a_warning():
    reference = window(FOUR_WEEKS, constant(3.0))
    quiet = judge(reference, window([28], constant(3.0)))
    assert not quiet.alerts
    assert {name: outcomes(quiet)[name] for name in ("value_range", "numeric_feature")} == {
        "value_range": "ok",
        "numeric_feature": "ok",
    }
    for make in (constant(4.0), made(), made(lambda values: np.where(np.arange(values.size) < 60, 7.0, 3.0))):
        assert told(judge(reference, window([28], make))) == [("value_range", "warning", ("x",))]
    assert (
        told(judge(reference, window([28], made(lambda values: np.where(np.arange(values.size) < 12, 7.0, 3.0))))) == []
    )


def capped(change=None):
    return lambda rng, at: {"numeric": {"x": (change or np.copy)(np.minimum(rng.normal(80, 15, ROWS), 100.0))}}


def visits(change=None):
    """A count that is 0 in seven rows of a thousand."""
    return lambda rng, at: {"numeric": {"x": (change or np.copy)(rng.poisson(5, 4 * ROWS))}}


def amounts(change=None):
    return lambda rng, at: {"numeric": {"x": (change or np.copy)(rng.lognormal(3, 0.8, ROWS))}}


def a_few_reversed(values):
    return np.where(np.arange(values.size) < 0.05 * values.size, -values, values)


def degrees(mean):
    return lambda rng, at: {"numeric": {"x": np.round(rng.normal(mean + np.sin(at), 2, ROWS))}}


NEVER_SEEN = {
    "a code in between": (codes(), codes(sentinel(0.05, 418.0)), "warning"),
    "a code just above the last": (codes(), codes(sentinel(0.05, 503.0)), "warning"),
    "a code in very many rows": (codes(), codes(sentinel(0.3, 418.0)), "critical"),
    "below a count's zero": (counts(), counts(sentinel(0.05, -1)), "warning"),
    "below a count that is seldom zero": (visits(), visits(sentinel(0.05, -1)), "warning"),
    "amounts of the other sign": (amounts(), amounts(a_few_reversed), "warning"),
    "below many zeros": (spend(), spend(sentinel(0.05, -1)), "warning"),
    "above what is capped": (capped(), capped(sentinel(0.05, 101.0)), "warning"),
}


@pytest.mark.parametrize(("usual", "now", "severity"), NEVER_SEEN.values(), ids=NEVER_SEEN)
def test_a_value_that_never_was_is_news_inside_the_widened_range_too(usual, now, severity):
    for begins in (28, 27, 25):  # as long as it lasts
        reference = window(FOUR_WEEKS, usual, **{f"d{at}": now for at in range(begins, 28)})
        assert told(judge(reference, window([28], now))) == [("value_range", severity, ("x",))]


def test_codes_that_never_were_are_named():
    report = judge(window(FOUR_WEEKS, codes()), window([28], codes(sentinel(0.05, 418.0))))
    assert report.alerts[0].details["categories"] == ["418"]
    assert report.alerts[0].details["share_outside"] == 0.05


NO_NEWS = {
    "a code seen on one day": (codes(), {"d9": codes(sentinel(0.005, 418.0))}, codes(sentinel(0.05, 418.0))),
    "few rows of a new code": (codes(), {}, codes(sentinel(0.004, 418.0))),
    "a larger count": (counts(), {}, counts(sentinel(0.02, 12))),
    "a first frost": (degrees(6), {}, degrees(3)),
    "numbers of more digits": (
        codes(lambda x: np.round(x, -2)),
        {},
        codes(lambda x: np.where(x < 500, x + np.arange(ROWS) % 7, x)),
    ),
    "a zero a hair below": (spend(), {}, spend(lambda x: np.where(x == 0, -1e-9, x))),
    "refunds now and then": (
        spend(),
        {f"d{at}": spend(sentinel(0.02, -5.0)) for at in range(2, 28, 5)},
        spend(sentinel(0.02, -5.0)),
    ),
}


@pytest.mark.parametrize(("usual", "others", "now"), NO_NEWS.values(), ids=NO_NEWS)
def test_values_that_are_no_news(usual, others, now):
    report = judge(window(FOUR_WEEKS, usual, **others), window([28], now))
    assert "value_range" not in {trigger for trigger, _, _ in told(report)}


@pytest.mark.parametrize("number", [lambda days: days % 31 + 1, lambda days: days % 7, lambda days: days // 7])
def test_numbers_of_the_calendar_are_no_codes(number):
    def make(rng, at):  # of a day and the next one
        return {"numeric": {"x": number(at + (rng.random(ROWS) < 0.1))}}

    for at in range(28, 66):
        assert told(judge(window(range(at - 28, at), make), window([at], make), only="value_range")) == []


@pytest.mark.parametrize("days", [1, 3])
def test_without_days_the_worst_is_a_warning_and_nothing_is_ok(days):
    reference = window(range(28 - days, 28), made())
    assert outcomes(judge(reference, window([28], made()), only="value_range")) == {"value_range": "unknown"}
    for change, trigger in ((lambda values: values * 1000, "value_range"), (frozen(0.3), "frozen")):
        report = judge(reference, window([28], made(change)), only="value_range")
        assert told(report) == [(trigger, "warning", ("x",))]
        assert report.alerts[0].details["note"].startswith("uncalibrated")
    tenth = judge(
        reference, window([28], made(lambda values: np.where(values > np.quantile(values, 0.9), 1e4, values)))
    )
    assert outcomes(tenth)["value_range"] == "unknown"  # an ordinary day may go as far beyond so few


def test_a_constant_that_changes_in_few_rows_is_not_ok():
    """Other checks may judge so few rows if the monitor asks for it; this one says that it does not know."""

    def make(rng, at):
        return {"numeric": {"x": np.full(48, 0.42 if at < 28 else 0.5)}}

    policy = CalibratedPolicy(min_rows=40)
    report = judge(window(FOUR_WEEKS, make), window([28], make), only="value_range", policy=policy)
    assert outcomes(report) == {"value_range": "unknown"}
    assert "at least 50 needed" in report.outcomes["value_range"].reason


def test_few_rows_are_unknown():
    report = judge(USUAL, window([28], made(lambda values: values * 1000, rows=49)), only="value_range")
    assert outcomes(report) == {"value_range": "unknown"}


def test_an_inexact_profile_finds_the_same():
    from dataclasses import replace

    from daily import days
    from windage.profiles.numeric import NumericProfile
    from windage.profiles.window import WindowProfile

    def rough(day):
        return replace(
            day, numeric={name: NumericProfile.of(each.points, resolution=64) for name, each in day.numeric.items()}
        )

    reference = WindowProfile.merge([rough(each) for each in days(FOUR_WEEKS, made())])
    for change, expected in ((None, []), (lambda values: values * 1000, [("value_range", "critical", ("x",))])):
        (current,) = days([28], made(change))
        assert told(judge(reference, rough(current))) == expected
