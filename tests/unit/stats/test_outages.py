"""Days that stand alone are left out of the reference; ordinary days, however different, are kept."""

import numpy as np
import pytest

from windage.stats.days import DayCounts
from windage.stats.outages import is_accident, is_exception


def days(shares, season=0):
    shares = np.asarray(shares, dtype=float)
    return DayCounts(shares[:, None] * 100, np.full(shares.size, 100.0), np.broadcast_to(season, shares.size).copy())


def kept(reference):
    return reference.without_outages().hits[:, 0].tolist()


@pytest.mark.parametrize(
    ("times", "of", "is_one"),
    [(0, 28, True), (1, 28, True), (2, 28, True), (3, 28, False), (1, 3, True), (1, 2, False), (2, 8, False)],
)
def test_once_or_on_a_tenth_of_the_days(times, of, is_one):
    assert is_exception(times, of) is is_one


@pytest.mark.parametrize("bad", [[0.6], [0.6, 0.9]])
def test_one_or_two_broken_days_of_twenty_are_left_out(bad):
    usual = [0.05, 0.06, 0.04] * 6
    assert kept(days([*usual, *bad])) == days(usual).hits[:, 0].tolist()


@pytest.mark.parametrize(
    "shares",
    [
        [0.05] * 17 + [0.6] * 3,  # too often to be an exception
        [0.05] * 19 + [0.19],  # not far
        [0.1, 0.3, 0.5, 0.7, 0.9] * 4,  # days differ
        [0.05, 0.9],  # which of two is the broken one?
    ],
)
def test_what_is_often_or_near_or_spread_is_ordinary(shares):
    assert kept(days(shares)) == days(shares).hits[:, 0].tolist()


def test_a_season_is_judged_by_itself():
    reference = days([0.05] * 5 + [0.9] * 2, [0] * 5 + [1] * 2)
    assert reference.without_outages().rows.size == 7


@pytest.mark.parametrize(("at", "left"), [([1, 5, 9], 12), ([4, 5], 10)])
def test_days_that_are_each_alone_in_a_short_season_are_ordinary_if_they_are_several_episodes(at, left):
    shares = np.where(np.isin(np.arange(12), at), 1.0, 0.0)
    assert days(shares, np.arange(12) % 4).without_outages().rows.size == left


def test_any_share_may_tell():
    hits = np.array([[30.0, 5.0]] * 9 + [[30.0, 80.0]])
    assert DayCounts(hits, np.full(10, 100.0), np.zeros(10, int)).without_outages().rows.size == 9


def usual_and(special, *, at, of=28):
    shares = np.where(np.isin(np.arange(of), at), special, 0.05 + 0.01 * (np.arange(of) % 3))
    return days(shares)


@pytest.mark.parametrize(("at", "of", "left"), [(range(8, 11), 20, 17), (range(8, 13), 20, 15), (range(1, 7), 20, 14)])
def test_one_episode_of_up_to_a_third_of_the_days_is_left_out(at, of, left):
    assert usual_and(0.6, at=at, of=of).without_outages().rows.size == left


@pytest.mark.parametrize(
    "at",
    [
        range(8, 15),  # too long for an accident
        range(3),  # what was before may be another ordinary
        range(17, 20),  # it may go on
        [4, 5, 11],  # it came again
    ],
)
def test_what_lasts_or_may_last_or_comes_again_is_ordinary(at):
    assert usual_and(0.6, at=at, of=20).without_outages().rows.size == 20


@pytest.mark.parametrize(
    ("those", "of", "is_one"),
    [
        ([3], 28, True),
        (range(3, 12), 28, True),
        (range(3, 13), 28, False),
        ([3, 5], 28, False),
        ([0], 28, False),
        ([27], 28, False),
        ([], 28, False),
        ([1], 3, True),
        ([1], 2, False),
    ],
)
def test_an_accident_is_one_short_episode_with_other_days_on_both_sides(those, of, is_one):
    assert is_accident(list(those), of=of) is is_one


@pytest.mark.parametrize(
    ("at", "today", "comes_again"),
    [
        ([4, 18], 0.6, True),  # every second Friday
        ([4, 18], 0.5, True),
        ([4, 18], 0.2, False),  # another kind of day
        ([4], 0.6, False),  # once is an accident
        ([26, 27], 0.6, False),  # an outage that goes on
        ([4, 27], 0.6, False),
    ],
)
def test_what_came_twice_before_is_of_a_kind_that_comes_again(at, today, comes_again):
    reference = usual_and(0.6, at=at)
    again = reference.recurring(days([today]))
    assert np.flatnonzero(again).tolist() == (at if comes_again else [])
    assert reference.without_outages(again).rows.size == 28 - (0 if comes_again else len(at))


def test_an_outage_over_a_weekend_came_once_though_its_weekend_days_do_not_stand_alone_among_weekends():
    weekend = np.array([at % 7 >= 5 for at in range(28)])
    at = [4, 5, 6, 7]
    reference = days(np.where(np.isin(np.arange(28), at), 0.8, 0.02), weekend)
    assert not reference.recurring(days([0.6])).any()
    assert reference.without_outages().rows.size == 26
    again = days(np.where(np.isin(np.arange(28), [*at, 18, 19]), 0.8, 0.02), weekend)
    assert again.without_outages(again.recurring(days([0.6]))).rows.size == 28
