"""Amounts, which are never negative: their largest values say nothing of how small they may be."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, told, window
from one_column import ROWS
from windage.evidence.reach import reach
from windage.reports.sentences.alert import alert_sentence

AMOUNTS = {
    "incomes": lambda rng: np.ceil(rng.gamma(2.0, 30, ROWS)) * 1000,
    "waiting times": lambda rng: np.floor(rng.exponential(5.0, ROWS)),
    "times to an answer": lambda rng: np.round(1.5 + rng.lognormal(1.0, 1.2, ROWS), 1),
    "prices, other ones each day": lambda rng: np.ceil(10 * rng.lognormal(rng.normal(0, 0.3), 1.0, ROWS)) / 10,
    "ages": lambda rng: rng.integers(0, 95, ROWS),
}
"""They repeat, as rounded numbers do: a value filled in cannot be told by that."""


def amounts(draw, sentinel=None):
    def make(rng, at):
        values = draw(rng).astype(float)
        if sentinel is not None:
            values[:30] = sentinel
        return {"numeric": {"x": values}}

    return make


@pytest.mark.parametrize("days", [7, 28])
@pytest.mark.parametrize("draw", AMOUNTS.values(), ids=AMOUNTS)
def test_a_negative_amount_is_news_though_the_largest_are_far_away(draw, days):
    reference, current = window(range(28 - days, 28), amounts(draw)), window([28], amounts(draw, -1.0))
    assert told(judge(reference, current, only="value_range")) == [("value_range", "warning", ("x",))]


@pytest.mark.parametrize(
    "draw", [AMOUNTS[name] for name in ("incomes", "times to an answer", "prices, other ones each day")]
)
def test_an_amount_of_zero_is_news_only_where_there_was_none(draw):
    def with_zeros(rng, at):
        values = draw(rng)
        return {"numeric": {"x": np.where(np.arange(ROWS) < 2, 0.0, values)}}

    current = window([28], amounts(draw, 0.0))
    assert told(judge(window(FOUR_WEEKS, amounts(draw)), current, only="value_range"))
    assert told(judge(window(FOUR_WEEKS, with_zeros), current, only="value_range")) == []


@pytest.mark.parametrize("days", [4, 28])
@pytest.mark.parametrize("draw", AMOUNTS.values(), ids=AMOUNTS)
def test_ordinary_amounts_are_no_news(draw, days):
    for at in range(28, 40):
        reference, current = window(range(at - days, at), amounts(draw)), window([at], amounts(draw))
        assert judge(reference, current, only="value_range").alerts == []


def incomes(change=None):
    """None comes near 0, so that the range would begin below."""

    def make(rng, at):
        values = 12_000 + 100_000 * rng.beta(2, 2, ROWS)
        return {"numeric": {"income": values if change is None else change(values)}}

    return make


@pytest.mark.parametrize(
    ("usual", "change", "from_zero"),
    [
        (None, lambda values: values * 1000, True),
        (None, lambda values: np.where(np.arange(ROWS) < 60, -1e6, values), True),
        (None, lambda values: np.where(np.arange(ROWS) < 60, 1e9, np.where(values < 15_000, -1.0, values)), False),
        (lambda values: values - 15_000, lambda values: values * 1000, False),
    ],
)
def test_a_range_is_told_from_zero_if_nothing_lies_below(usual, change, from_zero):
    reference, current = window(FOUR_WEEKS, incomes(usual)), window([28], incomes(change))
    (alert,) = judge(reference, current, only="value_range").alerts
    assert reach(reference, current, "income").low < 0
    assert (alert.details["low"] == 0) is from_zero
    assert (" are outside 0 to " in str(alert_sentence(alert))) is from_zero
