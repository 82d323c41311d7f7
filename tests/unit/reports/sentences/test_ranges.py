"""How the range that values lie outside of is told."""

import re

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, window
from one_column import ROWS
from windage.reports.sentences.alert import alert_sentence


@pytest.mark.parametrize(
    ("usual", "now", "words"),
    [
        (lambda rng: rng.integers(2, 9, ROWS), 20.0, r"are outside 2 to 8"),
        (lambda rng: rng.uniform(1.7040e12, 1.7041e12, ROWS), 2e12, r"are outside (1\.70\d+e12) to (?!\1)1\.70\d+e12;"),
        (lambda rng: np.full(ROWS, 3), 4.0, r"are not 3;"),
    ],
)
def test_the_ends_of_a_range_are_told_apart_and_whole_numbers_without_decimals(usual, now, words):
    make = lambda rng, at: {"numeric": {"x": usual(rng)}}  # noqa: E731
    broken = lambda rng, at: {"numeric": {"x": np.where(np.arange(ROWS) < 60, now, usual(rng))}}  # noqa: E731
    (alert,) = judge(window(FOUR_WEEKS, make), window([28], broken), only="value_range").alerts
    assert re.search(words, str(alert_sentence(alert)))
