"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from windage.spec.durations import Duration, Width, text

DURATION, WIDTH = TypeAdapter(Duration), TypeAdapter(Width)


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("15m", 15), ("6h", 360), ("1d", 1440), ("4w", 40320), (" 2 h ", 120), ("0m", 0), ("90m", 90)],
)
def test_what_is_written_is_meant(written, minutes):
    assert DURATION.validate_python(written) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "written",
    ["", "d", "1", "1 day", "1.5h", "-1d", "1D", "1h30m", "P1D", 0, 60, 1.5, True, None, [], "9" * 30 + "d"],
)
@pytest.mark.parametrize("kind", [DURATION, WIDTH])
def test_what_is_no_duration(kind, written):
    with pytest.raises(ValidationError):
        kind.validate_python(written)


@pytest.mark.parametrize("nothing", ["0m", "0w", timedelta(0), timedelta(days=-1)])
def test_a_width_is_longer_than_nothing(nothing):
    with pytest.raises(ValidationError, match="longer than 0"):
        WIDTH.validate_python(nothing)
    assert WIDTH.validate_python(timedelta(hours=1)) == timedelta(hours=1)


@pytest.mark.parametrize(("minutes", "written"), [(0, "0m"), (60, "1h"), (90, "90m"), (1440, "1d"), (10080, "1w")])
def test_the_largest_whole_unit_is_written(minutes, written):
    assert text(timedelta(minutes=minutes)) == written


@given(st.integers(0, 10**7))
def test_what_is_written_is_read_back(minutes):
    duration = timedelta(minutes=minutes)
    assert DURATION.validate_python(text(duration)) == duration
    assert DURATION.validate_json(DURATION.dump_json(duration)) == duration
