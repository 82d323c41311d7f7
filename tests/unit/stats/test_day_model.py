"""The day as the unit: worked examples, oracles, invariances and corners."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from counted import WEEKDAY, WEEKEND, counts, drawn, means
from windage.stats.day_model import (
    Background,
    between_days,
    detectable,
    difference,
    mean_difference,
    season_weights,
)
from windage.stats.days import DayCounts
from windage.stats.ordinary import Ordinary

# --- What others say


@pytest.mark.parametrize(("days", "believed"), [(13, True), (14, True), (20, True), (21, False)])
def test_of_less_than_three_weeks_what_other_subjects_say_counts_too(days, believed):
    """Days that agree by chance, as those of one of several subjects do."""
    others = Ordinary(between=0.003, freedom=20.0, sampling=0.0007, unlike=0.02, unlike_total=0.2)
    windows = counts([300 + (-1) ** k for k in range(days)], 1500), counts([375], 1500)
    alone, told = (difference(*windows, each).p_value[0] for each in (Background(), Background(prior=others)))
    assert bool(told > 10 * alone) is believed


# --- By hand


def test_equal_days_without_day_effects_are_the_binomial_variance():
    reference, current = counts([30, 30, 30, 30], 100), counts([40], 100)
    found = difference(reference, current)
    pooled = (120 + 40) / 500
    assert found.reference == pytest.approx([0.3])
    assert found.current == pytest.approx([0.4])
    assert found.deviation**2 == pytest.approx([pooled * (1 - pooled) * (1 / 400 + 1 / 100)])
    assert found.day_share == pytest.approx([0.0])
    assert found.freedom == pytest.approx(12)  # four days: half of what sampling says counts as an estimate of theirs
    tail = 2 * stats.t.sf((0.1 - 0.5 / 100) / found.deviation[0], 12)  # half a row is given to continuity
    assert found.p_value[0] == pytest.approx(tail)


def test_how_pooled_days_differ_is_known_no_better_than_from_the_days_that_showed_it():
    """22 equal days may differ by about what their sampling is; it is less for a week of them, and so is its weight."""
    found = difference(counts([100] * 22, 400), counts([100] * 7, 400), Background(memory=0.0))
    assert found.day_share == pytest.approx([0.0])
    assert found.freedom == 21


def test_a_week_of_small_windows_is_as_unusual_as_it_seems():
    """500 rows a day, which hardly show that days differ by as much as their sampling error."""
    rng = np.random.default_rng(11)
    chances = []
    for _ in range(4000):
        hits = rng.binomial(500, 0.5 + rng.normal(0, 0.02, 28))
        found = difference(counts(hits[:21], 500), counts(hits[21:], 500), Background(memory=0.0), growing=True)
        chances.append(found.p_value[0])
    assert 0.005 < np.mean(np.array(chances) < 0.01) < 0.011
    assert np.mean(np.array(chances) < 0.001) < 0.0015


def test_many_equal_days_leave_nothing_but_sampling():
    found = difference(counts([30] * 28, 100), counts([40], 100))
    assert found.freedom == 1e6
    normal = 2 * stats.norm.sf((0.1 - 0.5 / 100) / found.deviation[0])
    assert normal <= found.p_value[0] <= 1.2 * normal


def test_equal_days_with_day_effects_by_hand():
    """Shares .1 .2 .3 .4 .5 of 100 rows each: Σ n(s − s̄)² = 10, less 4 · .21 of sampling, over N − Σn²/N = 400."""
    reference, current = counts([10, 20, 30, 40, 50], 100), counts([60], 100)
    between, _, freedom = between_days(reference)
    own = (10 - 4 * 0.21) / 400
    noise = 0.21 * math.sqrt(2 * 4) / 400
    assert freedom == 4
    assert between == pytest.approx([((own - noise) + own) / 2])
    found = difference(reference, current)
    pooled = (150 + 60) / 600
    sampling = pooled * (1 - pooled) * (1 / 500 + 1 / 100)
    common = (own - noise) / 0.21
    # Deviations −.2 … .2: lag 1 is .04 of .1 less the .0105 of sampling; the mean of five such days wanders too.
    lagged = 0.04 / (0.1 - 5 * 0.21 / 100)
    phi = lagged + (1 + 4 * lagged) / 5 - 1 / math.sqrt(5)
    of_mean = 1 + 2 * sum((1 - lag / 5) * phi**lag for lag in range(1, 5))
    days = max(between[0], common * pooled * (1 - pooled)) * (of_mean / 5 + 1) / ((5 - of_mean) / 4)
    assert found.deviation**2 == pytest.approx([sampling + days])
    assert found.day_share == pytest.approx([days / (sampling + days)])
    assert found.freedom == pytest.approx((sampling + days) ** 2 / ((days + sampling / 2) ** 2 / 4))


def test_the_tail_is_the_heavier_of_t_and_beta():
    reference, current = counts([10, 20, 30, 40, 50], 100), counts([60], 100)
    found = difference(reference, current)
    sd, beyond = found.deviation[0], 0.3 - 0.005
    t = 2 * stats.t.sf(beyond / sd, found.freedom)
    pooled = 210 / 600
    center = (500 * 0.3 + 0.5) / 501
    middle = center + (pooled - center) * (1 - found.day_share[0])
    precision = middle * (1 - middle) / sd**2 - 1
    beta = 2 * stats.beta.sf(middle + beyond, middle * precision, (1 - middle) * precision)
    assert found.p_value[0] == pytest.approx(max(t, beta), rel=1e-9)


def test_a_share_the_reference_never_had_is_compared_with_rows_not_with_zero():
    """One new row of 1000 is nothing, 84 are beyond doubt: the Beta has the mean of the variance it is given."""
    quiet = counts(np.zeros(28), 1000)
    assert difference(quiet, counts([1], 1000)).p_value[0] > 0.01
    assert difference(quiet, counts([84], 1000)).p_value[0] < 1e-20


def test_the_largest_move_and_its_bound():
    reference = counts([[30, 60]] * 4, 100)
    found = difference(reference, counts([[30, 40]], 100))
    assert found.largest == 1
    assert found.moved == pytest.approx([0.0, -0.2])
    assert found.looks == 2
    assert found.least_move == pytest.approx(0.2 - stats.t.ppf(0.95, found.freedom) * found.deviation[1])
    assert found.usual_deviation == np.median(found.deviation)
    least = detectable(0.001, deviation=0.02, freedom=7)
    assert 2 * stats.t.sf(least / 0.02, 7) == pytest.approx(0.001)


def test_a_tiny_move_has_no_lower_bound_above_zero():
    assert difference(counts([30] * 4, 100), counts([31], 100)).least_move == 0.0


# --- Seasons


def test_a_weekday_is_compared_with_weekdays_alone():
    reference = counts([10] * 5 + [90] * 2, 100, [0] * 5 + [1] * 2)
    assert matched(reference, counts([10], 100, WEEKDAY)) == pytest.approx([0.2] * 5 + [0, 0])
    assert matched(reference, counts([90], 100, WEEKEND)) == pytest.approx([0] * 5 + [0.5, 0.5])
    assert difference(reference, counts([90], 100, WEEKEND)).p_value[0] == pytest.approx(1.0)
    assert difference(reference, counts([90], 100, WEEKDAY)).p_value[0] < 1e-9


def matched(reference, current):
    return season_weights(reference, current.season, current.rows / current.rows.sum())


def test_a_mixed_window_gives_each_season_its_share_of_rows():
    reference = counts([10, 20, 30, 90, 70], [100, 100, 200, 100, 300], [0, 0, 0, 1, 1])
    current = counts([0, 0], [300, 100], [0, 1])
    assert matched(reference, current) == pytest.approx([0.75 / 4, 0.75 / 4, 0.75 / 2, 0.25 / 4, 0.75 / 4])


def test_a_season_that_the_reference_does_not_know_cannot_be_matched():
    reference = counts([10] * 5, [100] * 4 + [600], [0] * 5)
    assert matched(reference, counts([10], 100, WEEKEND)) == pytest.approx(reference.rows / reference.rows.sum())
    assert matched(counts([10] * 6, 100, [0] * 5 + [1]), counts([10], 100, WEEKEND)) == pytest.approx([0] * 5 + [1])


def test_weights_sum_to_one_whatever_the_seasons():
    rng = np.random.default_rng(3)
    for _ in range(50):
        reference = counts(np.zeros(12), rng.integers(1, 90, 12), rng.integers(0, 3, 12))
        current = counts(np.zeros(5), rng.integers(1, 90, 5), rng.integers(0, 4, 5))
        assert matched(reference, current).sum() == pytest.approx(1)


def test_days_count_by_their_rows():
    found = difference(counts([10, 300, 20, 15], [100, 1000, 100, 100]), counts([5, 90], [100, 900]))
    assert found.reference == pytest.approx([345 / 1300])
    assert found.current == pytest.approx([95 / 1000])


def test_days_without_rows_are_dropped():
    reference, current = counts([30, 31, 28, 33], 100), counts([35], 100)
    padded = counts([30, 0, 31, 28, 33, 0], [100, 0, 100, 100, 100, 0])
    plain, found = difference(reference, current), difference(padded, counts([0, 35], [0, 100]))
    for told in ("reference", "current", "deviation", "day_share", "freedom", "p_value"):
        assert getattr(found, told) == pytest.approx(getattr(plain, told))


# --- Days that follow each other


def test_correlated_days_make_a_pooled_week_less_sure():
    rng = np.random.default_rng(2)
    walk = np.convolve(rng.normal(size=40), np.ones(6) / 6, "valid")[:28]
    week = counts([620] * 7, 1000)
    smooth, shuffled = (counts(500 + 90 * each, 1000) for each in (walk, rng.permutation(walk)))
    assert difference(smooth, week).deviation[0] > difference(shuffled, week).deviation[0]


# --- Laws


@st.composite
def windows(draw):
    days, now, shares = draw(st.integers(2, 9)), draw(st.integers(1, 4)), draw(st.integers(1, 5))
    seed = draw(st.integers(0, 10_000))
    most = draw(st.sampled_from([1, 10, 1000, 10**9]))
    rng = np.random.default_rng(seed)

    def make(k):
        rows = rng.integers(0 if k > 2 else 1, most, k, endpoint=True)
        rows[0] = max(rows[0], 1)
        share = rng.choice([0.0, 1.0, rng.random()], shares)
        return counts(rng.binomial(rows[:, None], share[None]), rows, rng.integers(0, 2, k))

    return make(days), make(now)


@given(windows())
def test_every_number_is_one(given_windows):
    found = difference(*given_windows)
    for values in (found.p_value, found.day_share):
        assert ((values >= 0) & (values <= 1)).all()
    assert (found.deviation > 0).all()
    assert np.isfinite(found.deviation).all()
    assert 1 <= found.freedom <= 1e6
    assert 0 <= found.least_move <= 1
    assert found.usual_deviation > 0


@given(windows(), st.randoms(use_true_random=False))
def test_time_backwards_and_the_order_of_shares_are_irrelevant_for_one_day(given_windows, random):
    reference, current = given_windows
    current = DayCounts(*(each[:1] for each in current.tallies))
    days = list(reversed(range(reference.rows.size)))
    shares = list(range(reference.hits.shape[1]))
    random.shuffle(shares)
    plain = difference(reference, current)
    moved = difference(
        DayCounts(reference.hits[days][:, shares], reference.rows[days], reference.season[days]),
        DayCounts(current.hits[:, shares], current.rows, current.season),
    )
    assert moved.p_value == pytest.approx(plain.p_value[shares], rel=1e-6, abs=1e-300)
    assert moved.deviation == pytest.approx(plain.deviation[shares], rel=1e-6)


@given(windows())
def test_a_share_and_its_complement_move_alike(given_windows):
    reference, current = given_windows
    plain = difference(reference, current)
    other = difference(*(replace(each, hits=each.rows[:, None] - each.hits) for each in (reference, current)))
    assert other.moved == pytest.approx(-plain.moved, abs=1e-12)
    assert other.deviation == pytest.approx(plain.deviation, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("day_sd", [0.0, 0.3])
def test_the_further_the_less_probable(day_sd):
    reference = drawn(np.random.default_rng(4), 14, 500, 0.3, day_sd=day_sd)
    p_values = [difference(reference, counts([hits], 500)).p_value[0] for hits in range(160, 500, 20)]
    assert all(after <= before for before, after in itertools.pairwise(p_values))
    assert p_values[-1] < 1e-5 < 0.1 < p_values[0]


def test_no_number_of_rows_makes_up_for_few_days():
    """Days that differ by ± 5 points keep today's + 8 points ordinary, with 10³ rows a day and with 10⁹."""
    days = np.array([0.45, 0.5, 0.55, 0.48, 0.52, 0.5])
    for rows in (1e3, 1e6, 1e9):
        assert difference(counts(days * rows, rows), counts([0.58 * rows], rows)).p_value[0] > 0.01


# --- Corners


@pytest.mark.parametrize("rows", [1, 7, 1e9])
@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("days", [1, 2, 28])
def test_nothing_happened_where_every_share_is_none_or_all(rows, share, days):
    found = difference(counts([share * rows] * days, rows), counts([share * rows], rows))
    assert found.p_value == pytest.approx([1.0])
    assert found.moved == pytest.approx([0.0])


@pytest.mark.parametrize(
    ("rows", "days", "level"), [(10, 2, 1e-2), (1000, 2, 1e-3), (1e9, 2, 1e-3), (10, 28, 1e-3), (1e9, 28, 1e-3)]
)
def test_from_none_to_all(rows, days, level):
    found = difference(counts([0] * days, rows), counts([rows], rows))
    assert 0 <= found.p_value[0] < level


def test_one_row_a_day_proves_little():
    found = difference(counts([0, 1, 0, 0, 1], 1), counts([1], 1))
    assert found.p_value[0] > 0.3


def test_identical_days_with_many_shares():
    days = counts([np.arange(400.0)] * 28, 400)
    found = difference(days, DayCounts(*(each[:1] for each in days.tallies)))
    assert found.looks == 6
    assert found.p_value == pytest.approx(np.ones(400))


def test_days_that_are_all_or_nothing_prove_nothing():
    """A warm day lies wholly in one tail: one more of them is no p = 1e-20."""
    found = difference(counts([0, 100, 0, 0, 100, 0, 0, 0], 100), counts([100], 100))
    assert found.p_value[0] > 0.05


# --- Means of a score


def test_a_mean_without_day_effects_by_hand():
    """Days of the same mean: the standard error is √(σ²/400 + σ²/100)."""
    found = mean_difference(means([0.5] * 4), means([0.6]))
    deviation = math.sqrt(0.04 / 400 + 0.04 / 100)
    assert (found.reference, found.current, found.day_share) == pytest.approx((0.5, 0.6, 0.0))
    assert found.margin == pytest.approx(stats.t.ppf(0.95, 3) * deviation)
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.1 / deviation, 3))


def test_a_mean_with_day_effects_by_hand():
    """Means .3 .4 .5 .6 .7 of 100 rows: Σ n(x − x̄)² = 10, less 4 · .04, over 400."""
    found = mean_difference(means([0.3, 0.4, 0.5, 0.6, 0.7]), means([0.9]))
    between = (10 - 4 * 0.04) / 400
    variance = 0.04 / 500 + 0.04 / 100 + between * 1.2
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.4 / math.sqrt(variance), 4))
    assert found.day_share == pytest.approx(between * 1.2 / variance)


def test_a_mean_is_compared_with_its_own_season():
    reference = means([0.2] * 5 + [0.8] * 2, season=[0] * 5 + [1] * 2)
    assert mean_difference(reference, means([0.8], season=1)).p_value == pytest.approx(1.0)
    assert mean_difference(reference, means([0.8], season=0)).p_value < 0.01


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_mean_has_no_unit(scale):
    rng = np.random.default_rng(7)
    values = rng.normal(1, 0.1, 9)
    plain = mean_difference(means(values), means([1.3, 1.2]))
    scaled = mean_difference(means(values * scale, 0.04 * scale**2), means([1.3 * scale, 1.2 * scale], 0.04 * scale**2))
    assert scaled.p_value == pytest.approx(plain.p_value)
    assert scaled.margin == pytest.approx(plain.margin * scale)


@pytest.mark.parametrize("days", [1, 2, 5])
def test_scores_that_never_vary(days):
    found = mean_difference(means([0.5] * days, 0.0, 1), means([0.5], 0.0, 1))
    assert (found.p_value, found.day_share) == (1.0, 0.0)
    assert found.margin >= 0


def test_of_days_that_grow_the_last_count_most():
    """Weights of 1 to 4 tenths: 0.1·10 + 0.2·20 + 0.3·30 + 0.4·40 of a hundred; a fifth of the rows' worth is lost by it."""
    before, days = counts([10, 11, 9, 10, 12] * 4, 100), counts([10, 20, 30, 40], 100)
    growing, level = difference(before, days, growing=True), difference(before, days)
    assert growing.current[0] == pytest.approx(0.3)
    assert level.current[0] == pytest.approx(0.25)
    assert growing.deviation[0] > level.deviation[0]
    assert growing.p_value[0] < level.p_value[0]


@pytest.mark.parametrize("kinship", [1 / 13, 1.0])
def test_an_unusual_mix_of_users_widens_what_days_may_differ_by(kinship):
    """Users' shares are drawn anew in each life, differing by 1/13 of p(1 − p); the last day's rows are half one user's."""
    rng = np.random.default_rng(5)
    found: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(400):
        parts = rng.dirichlet(np.full(20, 3.0), size=29)
        parts[-1] = (parts[-1] + np.eye(20)[0]) / 2
        own = rng.beta(6, 6, size=20)
        days = counts(rng.binomial(1000, parts @ own), 1000)
        for known, p_values in found.items():
            each = replace(days, senders=parts if known else None)
            p_values += [
                difference(each.among(LAST == 0), each.among(LAST == 1), Background(kinship=kinship)).p_value[0]
            ]
    below = {known: float(np.mean(np.array(p) < 0.05)) for known, p in found.items()}
    assert below[True] < 0.2 < 0.5 < below[False]


LAST = (np.arange(29) == 28).astype(int)


def test_the_usual_mix_changes_nothing():
    rng = np.random.default_rng(6)
    days = drawn(rng, 29, 1000, 0.3, day_sd=0.1)
    same = replace(days, senders=np.full((29, 5), 0.2))
    (before, now), (b, n) = ([each.among(which) for which in (LAST == 0, LAST == 1)] for each in (days, same))
    assert difference(b, n).p_value == pytest.approx(difference(before, now).p_value)
