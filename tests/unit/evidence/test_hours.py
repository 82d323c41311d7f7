"""Windows shorter than a day, and days that are put together from them."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from daily import FOUR_WEEKS, MONDAY, day, days, labelled, window
from windage.evidence import day_spans
from windage.evidence.shares import strongest
from windage.evidence.tallies import counted_labels
from windage.profiles.window import WindowProfile
from windage.vocabulary import Window

A = counted_labels(["a"])


def three_hours(which, share=0.5, *, rows=80):
    return [day(at, **labelled(share, rows=rows)(None, at), a_day=8) for at in which]


@pytest.mark.parametrize(("at", "left"), [(112, 105), (117, 105)])
def test_windows_of_today_are_no_part_of_the_reference(at, left):
    before, (now,) = three_hours(range(at - 112, at)), three_hours([at])
    assert day_spans.of_other_days(before, now) == before[:left]
    assert before[left - 1].starts_at == now.starts_at - timedelta(days=1)


def test_the_last_days_are_days_for_windows_of_hours_too():
    before, now = WindowProfile.merge(three_hours(range(112, 224))), WindowProfile.merge(three_hours([224]))
    settled, last = day_spans.settled_and_last(before, now)
    assert (len(settled), len(last)) == (8 * 8, 6 * 8)  # the last week, today included


def test_where_nothing_else_knows_the_hour_they_are():
    before, (now,) = three_hours(range(24, 40)), three_hours([40])
    assert day_spans.of_other_days(before, now) is before


def test_days_are_beside_days_whatever_they_are_made_of():
    whole, parts = days(FOUR_WEEKS, labelled(0.5)), three_hours(range(224))
    assert day_spans.of_other_days(whole, day(28, **labelled(0.5)(None, 28))) == whole
    assert day_spans.of_other_days(whole[:21], window(range(21, 28), labelled(0.5))) == whole[:21]
    assert day_spans.of_other_days(parts[:216], WindowProfile.merge(parts[216:])) == parts[:216]


def test_the_hours_of_a_window_are_one_day():
    """Each day's rows are all alike: 24 hours of them are one observation, not eight."""
    like = Window(start=MONDAY + timedelta(days=14), end=MONDAY + timedelta(days=15))
    shares = np.random.default_rng(4).uniform(0.4, 0.6, 15)
    parts = [day(at, **labelled(shares[at // 8], rows=80)(None, at), a_day=8) for at in range(120)]
    before = day_spans.in_days(parts[:112], within=Window(start=MONDAY, end=like.start), like=like)
    (now,) = day_spans.in_days(parts[112:], within=like, like=like)
    assert [each.period for each in before] == list(Window(start=MONDAY, end=like.start).split(timedelta(days=1)))
    assert {each.rows for each in (*before, now)} == {640}
    assert now.days == (now,)
    low, high = shares[:14].min(), shares[:14].max()
    (inside,) = day_spans.in_days(three_hours(range(112, 120), high), within=like, like=like)
    (outside,) = day_spans.in_days(three_hours(range(112, 120), 2 * high - low + 0.1), within=like, like=like)
    reference = WindowProfile.merge(before)
    assert strongest(reference, inside, A)["p_value"] > 0.01 > strongest(reference, outside, A)["p_value"]


def test_the_other_hours_of_a_day_are_no_other_days():
    """Fourteen days, whose windows of three hours all lie where their day does, say what fourteen days say."""
    shares = np.random.default_rng(6).uniform(0.3, 0.7, 16)

    def hours(which):
        return [day(at, **labelled(shares[at // 8])(None, at), a_day=8) for at in which]

    reference, (now,) = WindowProfile.merge(hours(range(112))), hours([123])
    same = WindowProfile.merge([each for each in reference.days if each.period.start.hour == now.period.start.hour])
    found, of_same = (strongest(each, now, A) for each in (reference, same))
    assert found == of_same
    assert found["freedom"] < 14
    few = WindowProfile.merge(hours(range(90, 112)))
    assert strongest(few, now, A)  # fewer than four days know its hour, so all are asked


def test_a_day_begins_when_the_window_does_and_those_cut_off_are_left_out():
    parts = three_hours(range(20))
    like = Window(start=MONDAY + timedelta(hours=60), end=MONDAY + timedelta(hours=66))
    found = day_spans.in_days(parts[1:], within=Window(start=MONDAY + timedelta(hours=3), end=like.start), like=like)
    assert [each.starts_at - MONDAY for each in found] == [timedelta(hours=at) for at in range(6, 60, 6)]


def test_the_hours_that_the_window_lacks_are_none_of_its_days():
    parts, now = three_hours(range(24)), Window(start=MONDAY + timedelta(days=3), end=MONDAY + timedelta(days=4))
    starts = [now.start + timedelta(hours=at) for at in (0, 3, 21)]
    found = day_spans.in_days(parts, within=Window(start=MONDAY, end=now.start), like=now, starts=starts)
    assert [(each.rows, each.period) for each in found] == [(240, whole_day(at)) for at in range(3)]


@pytest.mark.parametrize("hours", [3, 9, 36])
def test_partitions_as_wide_as_the_window_or_of_other_times_every_day_stay_as_they_are(hours):
    parts = three_hours(range(24))
    like = Window(start=MONDAY + timedelta(days=3), end=MONDAY + timedelta(days=3, hours=hours))
    assert day_spans.in_days(parts, within=Window(start=MONDAY, end=like.start), like=like) is parts


def test_a_column_that_an_hour_lacks_is_none_of_the_day():
    lacking = [day(at, schema={"x": "double"} | ({"y": "double"} if at else {}), rows=9, a_day=8) for at in range(8)]
    (found,) = day_spans.in_days(lacking, within=whole_day(0), like=whole_day(0))
    assert found.schema == {"x": "double"}


def whole_day(at):
    return Window(start=MONDAY + timedelta(days=at), end=MONDAY + timedelta(days=at + 1))


def test_a_day_that_the_clock_makes_shorter_is_a_day():

    before = days(FOUR_WEEKS, labelled(0.5))
    begins = before[-1].period.start + timedelta(hours=1)
    before[-1] = replace(before[-1], period=Window(start=begins, end=begins + timedelta(hours=23)))
    assert day_spans.of_other_days(before, day(28, rows=9)) == before
