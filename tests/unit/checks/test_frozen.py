"""Nearly all rows at one value: a sensor or a code that is stuck, and what lies there on ordinary days too."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, told, window
from one_column import ROWS, codes, counts, frozen


@pytest.mark.parametrize(("dry", "found"), [(0.4, []), (0.0, [("frozen", "critical", ("rain",))])])
def test_a_week_without_rain_is_frozen_only_if_no_day_is_dry(dry, found):
    """A week of days of 24 hours, beside the twelve weeks before; the hours of a few rainy days came three times."""

    def make(rng, at):
        rows = 24 if at % 20 else 72
        is_dry = at >= 84 or (rows == 24 and rng.random() < dry)
        return {"numeric": {"rain": np.where(is_dry or rng.random(rows) < 0.1, 0.0, rng.gamma(2.0, size=rows))}}

    assert told(judge(window(range(84), make), window(range(84, 91), make), only="value_range")) == found


def test_a_day_without_rain_is_not_frozen():
    """Hourly rain: on each of a few days, all hours but one or two were dry."""

    def make(rng, at):
        wet = np.arange(72) < (0 if at == 7 else 1 + at % 2)
        return {"numeric": {"rain": np.where(wet, rng.uniform(0.1, 2, 72), 0.0)}}

    assert told(judge(window(range(7), make), window([7], make), only="value_range")) == []


@pytest.mark.parametrize(("days", "found"), [(7, []), (28, [("frozen", "critical", ("visibility",))])])
def test_a_day_at_a_common_value_is_frozen_only_where_days_enough_show_how_common(days, found):
    """Visibility as stations report it: up to 40 km, and on some days half of the time."""

    def make(rng, at):
        clear = np.arange(144) < 144 * ([0, 0, 0.06, 0.47, 0.22, 0.35, 0.24][at % 7] if at < days else 1)
        return {"numeric": {"visibility": np.where(clear, 40.0, rng.uniform(5, 66, 144))}}

    assert told(judge(window(range(days), make), window([days], make), only="value_range")) == found


def test_a_code_that_is_stuck_at_an_hour_that_knows_others_is_frozen():
    """At night nearly all rows have one code, as they never have at noon."""

    def hourly(rng, at):
        night = at % 8 < 3
        stuck = at == 28 * 8 + 4
        return {
            "numeric": {"x": rng.choice([0.0, 1.0, 2.0], 300, p=[1, 0, 0] if night or stuck else [0.4, 0.4, 0.2])},
            "a_day": 8,
        }

    assert told(judge(window(range(28 * 8), hourly), window([28 * 8 + 4], hourly))) == [("frozen", "critical", ("x",))]
    assert told(judge(window(range(28 * 8), hourly), window([28 * 8 + 1], hourly))) == []


def test_days_of_a_single_value_are_ordinary_where_there_are_many_or_the_value_is_common():
    def rain(rng, at):
        return {"numeric": {"x": np.zeros(ROWS) if at % 5 == 0 else rng.gamma(2, 1, ROWS)}}

    def often_dry(rng, at):
        wet = (rng.random(ROWS) < 0.5) & (at not in (10, 28))
        return {"numeric": {"x": np.where(wet, rng.gamma(2, 1, ROWS), 0.0)}}

    assert "frozen" not in {
        trigger
        for make in (rain, often_dry)
        for trigger, _, _ in told(judge(window(FOUR_WEEKS, make), window([30 if make is rain else 28], make)))
    }


def test_a_code_that_is_stuck_is_frozen():
    reference = window(FOUR_WEEKS, codes())
    for value in (200.0, 404.0):
        assert told(judge(reference, window([28], codes(frozen(value))))) == [("frozen", "critical", ("x",))]
    lasting = window(FOUR_WEEKS, codes(), d26=codes(frozen(200.0)), d27=codes(frozen(200.0)))
    assert told(judge(lasting, window([28], codes(frozen(200.0))))) == [("frozen", "critical", ("x",))]


@pytest.mark.parametrize(
    "share_of", [lambda rng: 0.99, lambda rng: rng.choice([0.1, 0.8]), lambda rng: rng.choice([0.0, 0.7], p=[0.8, 0.2])]
)
def test_a_feature_of_few_values_may_rest_on_one(share_of):
    def code(rng, at):
        share = 1 if at == 28 else share_of(rng)
        return {"numeric": {"x": rng.choice([0.0, 1.0], ROWS, p=[share, 1 - share])}}

    assert "frozen" not in {trigger for trigger, _, _ in told(judge(window(FOUR_WEEKS, code), window([28], code)))}


def test_a_day_frozen_at_one_value_makes_no_other_ordinary():
    for later in (28, 30):
        reference = window(
            range(later - 28, later),
            counts(),
            d18=counts(frozen(0.0)),
            d28=counts(frozen(3.0)),
            d29=counts(frozen(3.0)),
        )
        assert told(judge(reference, window([later], counts(frozen(3.0))))) == [("frozen", "critical", ("x",))]
