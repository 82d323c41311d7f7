"""Categories that are new, gone, or in another proportion; features that bring new ones every day."""

from functools import partial

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, outcomes, told, window
from windage.checks.categorical_feature import CategoricalFeature
from windage.reports.formats import percent
from windage.reports.sentences.alert import alert_sentence

ROWS = 600
USUAL_SHARES = {"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05}


def drawn(shares, *, rows=ROWS):
    names, weights = np.array(list(shares), dtype=object), np.array(list(shares.values()))
    return lambda rng, at: {"categorical": {"x": rng.choice(names, rows, p=weights / weights.sum())}}


def with_new(share):
    return {**{name: each * (1 - share) for name, each in USUAL_SHARES.items()}, "new": share}


def at_weekends(weekend, weekday):
    return lambda rng, at: drawn(weekend if at % 7 >= 5 else weekday)(rng, at)


USUAL = window(FOUR_WEEKS, drawn(USUAL_SHARES))
SUNDAY = {"a": 0.1, "b": 0.8, "c": 0.1}


@pytest.mark.parametrize("now", [0.7, 0.3])
def test_the_shares_that_are_told_differ_by_the_points_that_are_told(now):
    """Weekends have another mix, so that the whole reference's shares are no ordinary Monday's."""
    reference = window(FOUR_WEEKS, at_weekends({"a": 0.2, "b": 0.8}, {"a": 0.5, "b": 0.3, "c": 0.2}))
    (alert,) = judge(reference, window([28], drawn({"a": now, "b": 0.9 - now, "c": 0.1}))).alerts
    before, after = (alert.details[key] for key in ("ref_share", "cur_share"))
    assert after - before == pytest.approx(alert.details["move"])
    assert abs(alert.details["move"]) == alert.details["effect"]
    (most,) = alert.details["categories"]
    assert before == pytest.approx({"a": 0.5, "b": 0.3, "c": 0.2}[most], abs=0.02)
    assert f"mostly `{most}` {percent(before)} → {percent(after)}" in str(alert_sentence(alert))


@pytest.mark.parametrize(
    ("shares", "found"),
    [
        (USUAL_SHARES, []),
        (with_new(0.004), []),
        (with_new(0.03), [("new_category", "warning", ("x",))]),
        (with_new(0.08), [("new_category", "warning", ("x",))]),
        (with_new(0.30), [("new_category", "critical", ("x",))]),
        ({"new": 1.0}, [("new_category", "critical", ("x",))]),
        ({"a": 0.5, "b": 0.3, "d": 0.05}, [("category_shift", "warning", ("x",))]),  # c vanished
        ({"a": 0.3, "b": 0.5, "c": 0.15, "d": 0.05}, [("category_shift", "warning", ("x",))]),
        ({"a": 0.05, "b": 0.9, "c": 0.03, "d": 0.02}, [("category_shift", "critical", ("x",))]),
        ({"a": 1.0}, [("category_shift", "critical", ("x",))]),
    ],
)
def test_each_change_by_its_cause(shares, found):
    assert told(judge(USUAL, window([28], drawn(shares)))) == found


@pytest.mark.parametrize("days", [1, 4, 5, 7])
def test_a_column_that_comes_to_be_filled_is_told_as_that(days):
    """Its values are no longer missing; the days on which it was empty knew no category that today's could be new to."""

    def lived(rng, at):
        return drawn(USUAL_SHARES)(rng, at) if at > 28 - days else {"categorical": {"x": np.full(ROWS, None)}}

    assert told(judge(window(FOUR_WEEKS, lived), window([28], lived))) == [("missingness", "warning", ("x",))]


@pytest.mark.parametrize("known", [5, 6, 9])
def test_rare_categories_that_the_first_days_did_not_have_are_ordinary(known):
    shares = {f"place {k}": k**-0.8 for k in range(1, 91)}
    for seed in range(12):
        reference = window(range(known), drawn(shares, rows=100), seed=seed)
        today = window([known], drawn(shares, rows=100), seed=seed)
        assert [each for each in told(judge(reference, today)) if each[0] == "new_category"] == []


OPPONENTS = [
    "f",
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "a",
]


def a_game(rng, at):
    return {"categorical": {"x": [OPPONENTS[at]] * ROWS}}


def at_home_or_away(rng, at):
    return {"categorical": {"x": ["away" if at in {1, 5, 9, 11, 12, 16, 21} else "home"] * ROWS}}


@pytest.mark.parametrize("make", [a_game, at_home_or_away])
def test_a_value_of_the_day_that_comes_back_is_ordinary(make):
    assert told(judge(window(range(21), make), window([21], make))) == []


def of_ids(rng, at, *, shared=0.0, value="n/a", rows=ROWS):
    """Every row has an id of its own, but for a share of rows that share one value."""
    n = round(shared * rows)
    return {"categorical": {"x": [value] * n + [f"{at}-{row}" for row in range(rows - n)]}}


@pytest.mark.parametrize(
    ("rows", "days"), [(60, 5), (60, 28), (600, 5), (600, 28), pytest.param(12_000, 5, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("shared", "found"),
    [
        (0.0, []),
        (0.16, [("new_category", "warning", ("x",))]),
        (0.5, [("new_category", "critical", ("x",))]),
        (1.0, [("new_category", "critical", ("x",))]),
    ],
)
def test_a_value_that_many_rows_share_is_news_where_every_row_has_its_own(shared, found, rows, days):
    make = partial(of_ids, rows=rows)
    report = judge(window(range(28 - days, 28), make), window([28], partial(make, shared=shared)))
    assert told(report) == found
    assert [each.details["categories"] for each in report.alerts] == [["n/a"]] * len(found)


def test_a_value_of_the_day_is_the_same_for_all_rows_every_day():
    make = lambda rng, at: of_ids(rng, at, shared=1.0, value=f"day {at}")  # noqa: E731
    assert told(judge(window(FOUR_WEEKS, make), window([28], make))) == []


@pytest.mark.parametrize("share", [0.03, 0.3])
@pytest.mark.parametrize(("days", "since"), [*((28, since) for since in range(7)), *((8, since) for since in range(3))])
def test_a_category_that_stays_is_new_for_a_week(since, days, share):
    today = 28 + since
    shares = lambda at: with_new(share) if at >= 28 else USUAL_SHARES  # noqa: E731
    make = lambda rng, at: drawn(shares(at))(rng, at)  # noqa: E731
    report = judge(window(range(today - days, today), make), window([today], make))
    assert told(report)[0][0] == "new_category"
    assert report.alerts[0].details["categories"] == ["new"]


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_a_category_of_the_week_brings_no_news_once_two_weeks_began_alike(share):
    """The number of the week, a campaign or a version: each is new on its first day, in all rows or in many."""

    def make(rng, at):
        of_the_week = np.arange(ROWS) < share * ROWS
        return {"categorical": {"x": np.where(of_the_week, f"week {at // 7}", "none")}}

    for today in range(28, 43):
        report = judge(window(range(today - 28, today), make), window([today], make))
        assert told(report) == []


def test_a_new_category_after_one_that_stayed_is_told():
    shares = lambda at: with_new(0.3) if at >= 18 else USUAL_SHARES  # noqa: E731
    make = lambda rng, at: drawn(shares(at))(rng, at)  # noqa: E731
    later = drawn({**with_new(0.3), "newer": 0.1})
    assert "newer" in judge(window(FOUR_WEEKS, make), window([28], later)).alerts[0].details["categories"]


@pytest.mark.parametrize("lives", [1, 3, 10, 60])
def test_a_feature_whose_categories_come_and_stay_for_days_brings_no_news(lives):
    """Such as versions: one or two begin every day, whatever the number of days that each is seen."""

    def make(rng, at):
        begun = np.arange(max(at - lives, 0) * 2, at * 2 + 2)
        return {"categorical": {"x": rng.choice([f"version {each}" for each in begun], ROWS)}}

    for today in range(100, 106):
        report = judge(window(range(today - 28, today), make), window([today], make))
        assert not [each for each in report.alerts if each.trigger == "new_category"]


def test_what_is_measured():
    reference, current = window(FOUR_WEEKS, drawn({"a": 1.0})), window([28], drawn({"b": 1.0}))
    (found,) = CategoricalFeature().measure(reference, current)
    assert found.rows == (28 * ROWS, ROWS)
    assert {name: found.values[name] for name in ("total_variation", "new_share", "vanished_share", "effect")} == {
        "total_variation": 1.0,
        "new_share": 1.0,
        "vanished_share": 1.0,
        "effect": 1.0,
    }


@pytest.mark.parametrize("outage", [{"ERR": 1.0}, with_new(0.5), {"a": 1.0}])
@pytest.mark.parametrize("when", ["d10", "d27"])
def test_one_outage_day_neither_alerts_nor_masks_the_next(outage, when):
    reference = window(FOUR_WEEKS, drawn(USUAL_SHARES), **{when: drawn(outage)})
    assert told(judge(reference, window([28], drawn(USUAL_SHARES)))) == []
    ((_, severity, _),) = told(judge(reference, window([28], drawn(outage))))
    assert severity == "critical"


def test_an_open_vocabulary_is_ordinary_and_one_that_opens_further_is_not():
    def plates(rng, at):
        return {"categorical": {"x": [f"t{number}" for number in rng.zipf(1.3, ROWS)]}}

    def strangers(rng, at):
        return {"categorical": {"x": [f"s{number}" for number in rng.zipf(1.3, ROWS)]}}

    reference = window(FOUR_WEEKS, plates)
    for seed in range(5):
        assert told(judge(reference, window([28], plates, seed=100 + seed))) == []
    assert told(judge(reference, window([28], strangers))) == [("new_category", "critical", ("x",))]


def test_many_categories():
    shares = {f"c{i}": 1 / (i + 5) for i in range(300)}
    reference = window(FOUR_WEEKS, drawn(shares))
    assert told(judge(reference, window([28], drawn(shares)))) == []
    assert told(judge(reference, window([28], drawn({**shares, "c0": 1.5})))) == [("category_shift", "warning", ("x",))]


def test_a_weekday_like_a_sunday_is_at_most_a_warning():
    reference = window(FOUR_WEEKS, at_weekends(SUNDAY, USUAL_SHARES))
    assert told(judge(reference, window([28], drawn(SUNDAY)))) == [("category_shift", "warning", ("x",))]
    assert told(judge(reference, window([33], drawn(SUNDAY)))) == []


def test_a_gradual_change_is_found_in_the_week():
    def wandering(rng, at):
        step = 0.016 * max(at - 21, 0)
        return drawn({**USUAL_SHARES, "a": 0.5 + step, "b": 0.3 - step}, rows=200)(rng, at)

    alone = window(range(21), drawn(USUAL_SHARES, rows=200))
    assert told(judge(alone, window([28], wandering))) == []
    report = judge(window(FOUR_WEEKS, wandering), window([28], wandering))
    assert told(report) == [("category_shift", "warning", ("x",))]


@pytest.mark.parametrize("days", [1, 3])
def test_without_days_nothing_is_ok(days):
    reference = window(range(28 - days, 28), drawn(USUAL_SHARES))
    report = judge(reference, window([28], drawn(USUAL_SHARES)), only="categorical_feature")
    assert outcomes(report) == {"categorical_feature": "unknown"}
    assert report.outcomes["categorical_feature"].reason.startswith("uncalibrated")
    new = judge(reference, window([28], drawn({"new": 1.0})), only="categorical_feature")
    assert told(new) == [("category_shift", "warning", ("x",))]
    assert new.alerts[0].details["note"].startswith("uncalibrated")


@pytest.mark.parametrize("days", [2, 28])
def test_of_a_shift_with_new_categories_the_new_ones_are_named_without_the_shares_of_others(days):
    shares = {"a": 0.02, "b": 0.3, "c": 0.55, "d": 0.05, "n1": 0.04, "n2": 0.04}
    report = judge(window(range(28 - days, 28), drawn(USUAL_SHARES)), window([28], drawn(shares)))
    assert told(report) == [("category_shift", "warning" if days == 2 else "critical", ("x",))]
    sentence = "".join(map(str, alert_sentence(report.alerts[0])))
    assert "; new: n1 and n2" in sentence
    assert "mostly" not in sentence


def test_what_a_first_saturday_brings_is_unknown():
    weekdays, saturday = window(range(5), drawn(USUAL_SHARES)), window([5], drawn(with_new(0.1)))
    assert outcomes(judge(weekdays, saturday, only="categorical_feature")) == {"categorical_feature": "unknown"}
    assert told(judge(weekdays, window([5], drawn(with_new(0.8))))) == [("category_shift", "warning", ("x",))]


def test_few_rows_and_none_at_all_are_unknown():
    for make in (drawn(with_new(0.5), rows=49), lambda rng, at: {"categorical": {"x": [None] * ROWS}}):
        report = judge(USUAL, window([28], make), only="categorical_feature")
        assert outcomes(report) == {"categorical_feature": "unknown"}


def test_a_small_category_that_every_day_had_is_missed():
    shares = {"a": 0.6, "b": 0.37, "c": 0.03}
    reference = window(FOUR_WEEKS, drawn(shares, rows=2_000))
    gone = judge(reference, window([28], drawn({"a": 0.615, "b": 0.385}, rows=2_000)))
    assert told(gone) == [("vanished_category", "warning", ("x",))]
    assert gone.alerts[0].details["categories"] == ["c"]
    few = judge(reference, window([28], drawn({"a": 0.615, "b": 0.385}, rows=500)), only="categorical_feature")
    assert told(few) == []  # fifteen rows of it may stay away by chance
    rare = window(FOUR_WEEKS, drawn(shares, rows=2_000), d9=drawn({"a": 0.615, "b": 0.385}, rows=2_000))
    assert told(judge(rare, window([28], drawn({"a": 0.615, "b": 0.385}, rows=2_000)))) == []


def test_new_categories_are_named_the_most_frequent_first():
    found = judge(USUAL, window([28], drawn({**with_new(0.1), "newer": 0.3})))
    assert found.alerts[0].details["categories"] == ["newer", "new"]
