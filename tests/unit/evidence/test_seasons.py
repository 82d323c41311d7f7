"""Which days are like which."""

import numpy as np

from daily import FOUR_WEEKS, judge, told, window
from windage.evidence.seasons import as_lived, same_season
from windage.profiles.window import WEEKDAY, WEEKEND

FEATURES = ("a", "b", "c", "d", "e", "f")


def lived(*, like_weekend=(), moved=()):
    """Days whose features differ at weekends; ``like_weekend`` are weekdays lived so, ``moved`` shifts one feature."""

    def make(rng, at):
        weekend = at % 7 >= 5 or at in like_weekend
        numeric = {name: rng.normal(0.6 * weekend * (-1) ** k, 1, 500) for k, name in enumerate(FEATURES)}
        if at in moved:
            numeric["a"] = numeric["a"] + 0.6
        return {"numeric": numeric}

    return make


def test_a_holiday_is_lived_as_a_weekend():
    reference = window(FOUR_WEEKS, lived())
    holiday = as_lived(reference, window([28], lived(like_weekend=[28])))
    assert holiday.season == WEEKEND
    assert {day.starts_at.weekday() for day in same_season(reference.days, holiday)} == {5, 6}


def shop(*, like_weekend=(), moved=(), half=()):
    """Days that differ at weekends in the mix of two columns of categories and in the number of rows alone."""

    def make(rng, at):
        weekend = at % 7 >= 5 or at in like_weekend
        rows = int(rng.normal(250 if weekend or at in half else 500, 15))
        share = {name: 0.6 if weekend or (at in moved and name == "channel") else 0.3 for name in ("channel", "kind")}
        mix = {name: rng.choice(["a", "b"], rows, p=[each, 1 - each]) for name, each in share.items()}
        return {"numeric": {"x": rng.normal(size=rows)}, "categorical": mix}

    return make


def test_a_holiday_may_show_in_the_categories_and_in_the_number_of_rows():
    reference = window(FOUR_WEEKS, shop())
    assert as_lived(reference, window([28], shop(like_weekend=[28]))).season == WEEKEND
    assert told(judge(reference, as_lived(reference, window([28], shop(like_weekend=[28]))))) == []


def test_fewer_rows_and_one_column_like_a_weekend_s_make_no_holiday():
    reference = window(FOUR_WEEKS, shop())
    for today in (shop(half=[28]), shop(moved=[28], half=[28]), shop()):
        assert as_lived(reference, window([28], today)).season == WEEKDAY


def test_a_morning_that_looks_like_a_weekend_is_a_day_cut_short_and_no_holiday():
    morning = lambda rng, at: {**lived(like_weekend=[28])(rng, at), "ends": 11.0}  # noqa: E731
    assert as_lived(window(FOUR_WEEKS, lived()), window([28], morning)).season == WEEKDAY


def test_an_ordinary_weekday_stays_one():
    for seed in range(20):
        reference = window(FOUR_WEEKS, lived(), seed=seed)
        assert as_lived(reference, window([28], lived(), seed=seed)).season == WEEKDAY


def test_a_feature_that_moved_to_where_weekends_are_makes_no_holiday():
    reference = window(FOUR_WEEKS, lived())
    assert as_lived(reference, window([28], lived(moved=[28]))).season == WEEKDAY


def test_features_that_broke_on_a_weekday_make_no_holiday():
    """Weekends differ by fewer rows alone, so they vary more: what is far from all days is fewer deviations from them."""

    def today(rng, at):
        numeric = {name: rng.normal(size=160 if at % 7 >= 5 else 420) for name in FEATURES}
        return {"numeric": {name: x + 3 * (at == 28 and name in "abcd") for name, x in numeric.items()}}

    for seed in range(5):
        reference, broken = (window(days, today, seed=seed) for days in (FOUR_WEEKS, [28]))
        assert as_lived(reference, broken).season == WEEKDAY


def test_without_weekends_to_compare_with_nothing_is_said():
    reference = window(range(5), lived())
    today = window([28], lived(like_weekend=[28]))
    assert as_lived(reference, today) is today
    assert as_lived(window(FOUR_WEEKS, lived()), window([33], lived())).lived_as is None


def test_a_column_without_a_value_until_today_says_nothing_of_the_season():
    def make(rng, at):
        columns = lived()(rng, at)["numeric"]
        return {"numeric": {**columns, "new": np.full(500, np.nan) if at < 28 else rng.normal(size=500)}}

    assert as_lived(window(FOUR_WEEKS, make), window([28], make)).season == WEEKDAY


def test_days_that_do_not_differ_by_season_make_no_holiday():
    def alike(rng, at):
        return {"numeric": {name: rng.normal(size=500) for name in FEATURES}}

    for seed in range(10):
        reference, today = window(FOUR_WEEKS, alike, seed=seed), window([28], alike, seed=seed)
        assert as_lived(reference, today) is today
        assert np.isfinite(today.rows)
