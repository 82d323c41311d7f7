"""Missing values: more, fewer, all; on ordinary days, after an outage, on weekends without data."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, day, judge, outcomes, told, window
from windage.checks.missingness import Missingness
from windage.policy import CalibratedPolicy

ROWS = 600


def missing(share, *, rows=ROWS):
    """A column ``x`` of which this share is missing, beside one that is whole."""

    def make(rng, at):
        values = rng.normal(size=rows)
        values[rng.random(rows) < share] = np.nan
        return {"numeric": {"x": values, "whole": rng.normal(size=rows)}}

    return make


def at_weekends(weekend, weekday=0.0):
    return lambda rng, at: missing(weekend if at % 7 >= 5 else weekday)(rng, at)


USUAL = window(FOUR_WEEKS, missing(0.02))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_an_ordinary_day_is_none(share):
    report = judge(window(FOUR_WEEKS, missing(share)), window([28], missing(share)))
    assert not report.alerts
    assert outcomes(report)["missingness"] == "ok"


@pytest.mark.parametrize(
    ("share", "severity"), [(0.05, None), (0.2, "warning"), (0.6, "critical"), (0.97, "critical"), (1.0, "critical")]
)
def test_the_more_the_worse(share, severity):
    report = judge(USUAL, window([28], missing(share)))
    assert told(report) == ([("missingness", severity, ("x",))] if severity else [])


def test_nulls_that_vanish_are_news():
    assert told(judge(window(FOUR_WEEKS, missing(0.3)), window([28], missing(0.0)))) == [
        ("missingness", "warning", ("x",))
    ]
    assert told(judge(window(FOUR_WEEKS, missing(1.0)), window([28], missing(0.0)))) == [
        ("missingness", "warning", ("x",))
    ]


def test_one_outage_day_neither_alerts_nor_masks_the_next():
    for when in ("d10", "d26", "d27"):
        reference = window(FOUR_WEEKS, missing(0.02), **{when: missing(1.0)})
        assert told(judge(reference, window([28], missing(0.02)))) == []
        assert told(judge(reference, window([28], missing(1.0)))) == [("missingness", "critical", ("x",))]
        assert told(judge(reference, window([28], missing(0.6)))) == [("missingness", "critical", ("x",))]


def test_a_partial_outage_that_is_over_is_no_news():
    for when in ("d24", "d27"):
        assert told(judge(window(FOUR_WEEKS, missing(0.02), **{when: missing(0.6)}), window([28], missing(0.02)))) == []


@pytest.mark.parametrize("at", [28, 32, 33, 34])
def test_a_feature_without_weekends_is_ordinary(at):
    history = window(range(at - 28, at), at_weekends(1.0))
    assert told(judge(history, window([at], at_weekends(1.0)))) == []


def test_a_weekday_like_a_weekend_is_at_most_a_warning():
    assert told(judge(window(FOUR_WEEKS, at_weekends(1.0)), window([28], missing(1.0)))) == [
        ("missingness", "warning", ("x",))
    ]


@pytest.mark.parametrize("days", [1, 2, 3])
def test_without_days_all_missing_is_a_warning_and_the_rest_unknown(days):
    reference = window(range(28 - days, 28), missing(0.02))
    gone = judge(reference, window([28], missing(1.0)))
    assert told(gone) == [("missingness", "warning", ("x",))]
    assert gone.alerts[0].details["note"].startswith("uncalibrated")
    assert outcomes(judge(reference, window([28], missing(0.02))))["missingness"] == "unknown"
    assert outcomes(judge(reference, window([28], missing(0.5))))["missingness"] == "unknown"


@pytest.mark.parametrize("rows", [1, 49])
def test_few_rows_are_unknown_even_if_all_are_missing(rows):
    report = judge(USUAL, window([28], missing(1.0, rows=rows)), only="missingness")
    assert told(report) == []
    assert outcomes(report) == {"missingness": "unknown"}


def test_nulls_and_nans_are_both_missing_and_infinities_are_values():
    from dataclasses import replace

    from windage.profiles.numeric import NumericProfile

    values = np.array([1.0, np.nan, np.inf, -np.inf, 2.0])
    current = replace(day(28, numeric={"x": [0]}), numeric={"x": NumericProfile.of(values, nulls=5)})
    (found,) = Missingness().measure(day(27, numeric={"x": [0.0] * 10}), current)
    assert (found.values["ref_share"], found.values["cur_share"]) == (0.0, 0.6)
    assert found.rows == (10, 10)


def test_the_policy_judges_a_column_by_itself():
    policy = CalibratedPolicy(input_level=1e-9)
    assert told(judge(USUAL, window([28], missing(0.1)))) == [("missingness", "warning", ("x",))]
    assert told(judge(USUAL, window([28], missing(0.08)), policy=policy)) == []


def test_a_categorical_feature_that_is_null_pages():
    def lived(rng, at):
        cities = rng.choice(["a", "b"], 200).astype(object)
        return {"categorical": {"city": [None] * 200 if at == 28 else cities}}

    report = judge(window(FOUR_WEEKS, lived), window([28], lived), only="missingness")
    assert told(report) == [("missingness", "critical", ("city",))]


@pytest.mark.parametrize("seed", range(5))
def test_a_column_that_is_nearly_always_missing_is_a_little_more_so_on_some_days(seed):
    reference = window(FOUR_WEEKS, missing(0.975), seed=seed)
    assert not [
        each for each in told(judge(reference, window([28], missing(0.981), seed=seed))) if each[1] == "critical"
    ]


def test_of_a_column_that_is_mostly_missing_the_last_values_are_missed():
    reference = window(FOUR_WEEKS, missing(0.93))
    assert told(judge(reference, window([28], missing(1.0)))) == [("missingness", "critical", ("x",))]
    rare = window(FOUR_WEEKS, missing(0.99, rows=400))
    assert told(judge(rare, window([28], missing(1.0, rows=400)))) == []  # four values a day may well be none


def test_a_column_of_which_days_miss_much_or_nearly_all_is_as_it_was():
    def varying(rng, at):
        return missing(rng.uniform(0.7, 0.97))(rng, at)

    reference = window(FOUR_WEEKS, varying)
    assert told(judge(reference, window([28], missing(0.985)))) == []
    assert told(judge(reference, window([28], missing(1.0)))) == [("missingness", "critical", ("x",))]
