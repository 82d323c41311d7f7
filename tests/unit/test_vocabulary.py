"""Times are UTC, windows half-open, and documents survive the journey through JSON."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from windage.vocabulary import (
    CheckOutcome,
    DriftAlert,
    DriftReport,
    Measurement,
    Outcome,
    PartitionRef,
    Window,
    aware_utc,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment",
    [NOON, NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=-5))), "2026-03-01T12:00:00"],
)
def test_every_time_is_aware_and_utc(moment):
    start = Window(start=moment, end=NOON + timedelta(days=1)).start
    assert start == NOON
    assert start.tzinfo is UTC
    if isinstance(moment, datetime):
        assert aware_utc(moment) == NOON


@pytest.mark.parametrize("width", [timedelta(0), timedelta(seconds=-1)])
def test_a_window_ends_after_it_starts(width):
    with pytest.raises(ValidationError, match="must end after it starts"):
        Window(start=NOON, end=NOON + width)


@given(st.integers(1, 200_000), st.integers(1, 5000))
def test_the_periods_of_a_window_make_it_up(seconds, every):
    window = Window(start=NOON, end=NOON + timedelta(seconds=max(seconds, every // 50 + 1)))
    periods = list(window.split(timedelta(seconds=every * 50)))
    assert periods[0].start == window.start
    assert periods[-1].end == window.end
    assert all(one.end == other.start for one, other in pairwise(periods))
    assert all(each.width == timedelta(seconds=every * 50) for each in periods[:-1])


def test_windows_that_only_touch_do_not_overlap():
    def hours(start, end):
        return Window(start=NOON + timedelta(hours=start), end=NOON + timedelta(hours=end))

    assert [hours(2, 4).overlaps(hours(start, start + 1)) for start in range(6)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert hours(2, 4).overlaps(hours(0, 6))
    assert hours(0, 6).overlaps(hours(2, 4))


def test_a_window_in_words():
    midnight = NOON.replace(hour=0)
    assert str(Window(start=midnight, end=midnight + timedelta(days=1))) == "2026-03-01 – 2026-03-02"
    assert str(Window(start=NOON, end=NOON + timedelta(hours=1))) == "2026-03-01 12:00 – 2026-03-01 13:00"


def test_what_was_found_cannot_be_changed():
    for document in (
        Window(start=NOON, end=NOON + timedelta(days=1)),
        PartitionRef(period=Window(start=NOON, end=NOON + timedelta(days=1)), files=("a",), fingerprint="f"),
        Measurement(subject="x"),
        CheckOutcome(outcome=Outcome.ok),
    ):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(document, next(iter(type(document).model_fields)), None)


def test_the_interval_of_a_statistic():
    measured = Measurement(subject="x", values={"psi": 0.3, "ks": 0.1, "none": None}, bounds={"psi": (0.2, 0.4)})
    assert measured.interval("psi") == (0.2, 0.4)
    assert measured.interval("ks") == (0.1, 0.1)
    assert measured.interval("none") is None
    assert measured.interval("never measured") is None


@pytest.mark.parametrize(
    ("outcomes", "alerts", "expected"),
    [
        ([], 0, Outcome.ok),
        (["ok", "unknown"], 0, Outcome.unknown),
        (["unknown", "error", "ok"], 0, Outcome.error),
        (["unknown", "error"], 1, Outcome.alert),
    ],
)
def test_a_report_in_one_word(outcomes, alerts, expected):
    report = DriftReport(
        outcomes={str(number): CheckOutcome(outcome=each) for number, each in enumerate(outcomes)},
        alerts=[DriftAlert(trigger="class_shift", severity="warning", timestamp=NOON)] * alerts,
    )
    assert report.outcome is expected


def test_a_severity_or_trigger_that_is_none_is_refused():
    with pytest.raises(ValidationError):
        DriftAlert(trigger="class_shift", severity="fatal", timestamp=NOON)
    with pytest.raises(ValidationError):
        DriftAlert(trigger="gut feeling", severity="warning", timestamp=NOON)
