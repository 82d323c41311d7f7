from __future__ import annotations

import doctest
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.reports import formats
from windage.reports.formats import certified, clean, number, p_value, percent, points, shortened, told_apart, window
from windage.vocabulary import Window


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(formats).failed == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.05, "0.050"),
        (-0.612, "-0.61"),
        (12.345, "12.35"),
        (5991, "5\u202f991"),
        (1234.5, "1\u202f234"),
        (1.5e12, "1.5e12"),
        (3.21e-7, "3.2e-7"),
        (math.nan, "unknown"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (True, "True"),
        ("text", "text"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.041, "4.1 %"), (0.9999, "> 99.9 %"), (0.0003, "0.03 %"), (1e-9, "< 0.001 %")],
)
def test_only_the_whole_is_100_per_cent_and_only_nothing_is_0(value, text):
    assert percent(value) == text.replace(" %", "\u202f%")


@given(st.floats(min_value=0, max_value=1))
def test_a_p_value_is_never_shown_as_zero(p):
    assert float(p_value(p).removeprefix("< ")) > 0


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_a_share_that_is_neither_nothing_nor_all_never_reads_like_it(share):
    assert percent(share) not in {"0\u202f%", "0.0\u202f%", "100\u202f%", "100.0\u202f%"}


@pytest.mark.parametrize(
    ("value", "bounds", "text"),
    [
        (0.28, None, "0.28"),
        (0.28, (0.28, 0.28), "0.28"),
        (0.2804, (0.28, 0.2808), "0.2804 ± 0.0004"),
        (0.61, (0.52, 0.70), "0.61 ± 0.09"),
        (0.61, (0.60, 0.90), "0.61 (0.60 to 0.90)"),
        (0.61, (0.60, math.inf), "0.61 (0.60 to ∞)"),
        (None, (0.1, 0.2), "unknown"),
    ],
)
def test_a_certified_error_stands_beside_its_value(value, bounds, text):
    assert certified(value, bounds).replace("\N{NO-BREAK SPACE}", " ") == text


@given(st.floats(0.01, 5), st.floats(1e-6, 0.5))
def test_a_certified_error_is_never_understated(value, error):
    shown = certified(value, (value - error, value + error)).partition("±")[2]
    assert float(shown) >= error * (1 - 1e-6)


def test_a_value_beside_its_limit_is_never_rounded_onto_it():
    assert told_apart(0.4001, 0.4, number) == ("0.4001", "0.4000")
    assert told_apart(0.61, 0.4, number) == ("0.61", "0.40")
    assert told_apart(0.1004, 0.1, points, 1) == ("+10.04 points", "+10.00 points")
    assert told_apart(0.4, 0.4, number) == ("0.40", "0.40")


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ((2013, 3, 8), (2013, 3, 9), "2013-03-08 – 2013-03-09 UTC (1 day)"),
        ((2013, 2, 8), (2013, 3, 8), "2013-02-08 – 2013-03-08 UTC (28 days)"),
        ((2013, 3, 8, 10), (2013, 3, 8, 11), "2013-03-08 10:00 – 2013-03-08 11:00 UTC (1 hour)"),
        ((2013, 3, 8), (2013, 3, 8, 0, 30), "2013-03-08 – 2013-03-08 00:30 UTC (30 minutes)"),
    ],
)
def test_windows(start, end, text):
    assert window(Window(start=datetime(*start, tzinfo=UTC), end=datetime(*end, tzinfo=UTC))) == text
    assert window(None) == "unknown"


def test_clean_numbers_stay_of_one_piece():
    assert clean(f"{number(-43599.0)} to {percent(0.2)}") == "-43\u202f599 to 20.0\u202f%"


@given(st.text())
def test_clean_text_is_one_line_that_cannot_turn_what_follows(text):
    assert len(clean(text).splitlines()) <= 1
    assert not set(clean(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\x00\x1b\n")
    assert len(shortened(text, 20)) <= 20
