"""A value that comes again and again inside the range, as a default that was filled in, where values hardly ever repeat."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, told, window
from one_column import counts, made, sentinel, spend
from windage.reports.sentences.alert import alert_sentence


@pytest.mark.parametrize("begins", [28, 27, 25])
@pytest.mark.parametrize("value", [0.0, 0.7])
def test_a_value_that_comes_again_and_again_where_none_does_is_news_inside_the_range(value, begins):
    """A default that was filled in; as long as it lasts."""
    filled = made(sentinel(0.06, value))
    reference = window(FOUR_WEEKS, made(), **{f"d{at}": filled for at in range(begins, 28)}, d9=filled)
    (alert,) = judge(reference, window([28], filled)).alerts
    assert (alert.trigger, alert.severity, alert.affected_features) == ("value_range", "warning", ["x"])
    assert alert.details["categories"] == [f"{value:.12g}"]
    assert alert.details["share_outside"] == pytest.approx(0.06)
    assert f"`x` holds {value:.12g} again and again: 6.0" in str(alert_sentence(alert))


def test_a_default_is_news_in_a_window_of_few_rows():
    few = lambda rng, at: {"numeric": {"x": rng.normal(size=70)}}  # noqa: E731
    filled = lambda rng, at: {"numeric": {"x": np.append(rng.normal(size=56), [0.25] * 14)}}  # noqa: E731
    assert told(judge(window(FOUR_WEEKS, few), window([28], filled))) == [("value_range", "critical", ("x",))]
    assert told(judge(window(FOUR_WEEKS, few), window([28], few))) == []


def test_rounded_values_are_no_default_that_was_filled_in():
    rounded = made(lambda x: np.clip(np.round(x), -1, 1))
    report = judge(window(FOUR_WEEKS, made()), window([28], rounded), only="value_range")
    assert told(report) == []


@pytest.mark.parametrize(
    "usual", [made(lambda x: np.round(x, 1)), spend(), counts()], ids=["rounded", "mostly 0", "counts"]
)
def test_where_values_come_again_anyway_one_of_them_is_none(usual):
    def fuller(rng, at):
        columns = usual(rng, at)
        values = columns["numeric"]["x"]
        values[: values.size // 20] = np.median(values)
        return columns

    report = judge(window(FOUR_WEEKS, usual), window([28], fuller), only="value_range")
    assert told(report) == []
