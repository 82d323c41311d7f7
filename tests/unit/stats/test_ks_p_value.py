"""The KS p-value: counted by hand, against scipy in every region, and as a law."""

import itertools
import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from windage.stats.ks_p_value import ks_p_values


def agrees(p, oracle):
    """Within 1e-12 of scipy, and within 1e-10 of its size; scipy itself loses digits below 1e-300."""
    allowed = np.where(np.greater(oracle, 1e-300), np.minimum(1e-12, np.multiply(1e-10, oracle)), 1e-300)
    return bool(np.all(np.abs(np.subtract(p, oracle)) <= allowed))


def scipy_asymptotic(statistic, n, m):
    return stats.kstwo.sf(statistic, np.round(n * m / (n + m)))


def shifted_samples(rng, n, m, evidence, decimals=None):
    """Two samples whose distance is about √(evidence · (n + m) / nm); ``decimals`` makes ties."""
    shift = math.sqrt(2 * math.pi * evidence * (n + m) / (n * m))
    samples = rng.normal(size=n), rng.normal(shift, size=m)
    return samples if decimals is None else tuple(np.round(sample, decimals) for sample in samples)


# --- By hand


@pytest.mark.parametrize(
    ("statistic", "n", "m", "p"),
    [
        (0.0, 2, 2, 1.0),
        (0.5, 2, 2, 1.0),  # whichever value comes first, its sample is half ahead
        (1.0, 2, 2, 2 / 6),  # aabb and bbaa, of six orders
        (0.5, 1, 2, 1.0),
        (1.0, 1, 2, 2 / 3),  # abb and bba, but not bab
        (1.0, 2, 3, 2 / 10),
        (1.0, 10, 10, 2 / math.comb(20, 10)),
        (1.0, 10, 14, 2 / math.comb(24, 10)),
        (1.0, 7, 9_000, 2 / math.comb(9_007, 7)),
        (0.999, 4, 1_000, 2 * math.comb(5, 4) / math.comb(1_004, 4)),  # all four among the first five, or the last
        (0.75, 1, 20_000, 0.5),  # N = 1: the larger of u and 1 − u is above 3/4 half of the time
        (0.6, 2, 20_000, 2 * 0.4**2),  # N = 2: both values above 3/5, or both below 2/5
        (0.4, 2, 20_000, 1 - 2 * 0.3**2),  # inside: one value in (0.1, 0.4), the other in (0.6, 0.9)
        (0.25, 2, 20_000, 1.0),
        (1.0, 1, 20_000, 0.0),
    ],
)
def test_by_hand(statistic, n, m, p):
    assert ks_p_values(statistic, n, m) == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 4), (2, 3), (3, 3), (3, 5), (4, 6), (5, 5), (5, 7), (6, 8)])
def test_equals_the_count_of_all_orders(n, m):
    orders = np.zeros((math.comb(n + m, n), n + m), dtype=bool)
    for order, places in zip(orders, itertools.combinations(range(n + m), n), strict=True):
        order[list(places)] = True
    gaps = np.abs(np.cumsum(orders, axis=1) * m - np.cumsum(~orders, axis=1) * n).max(axis=1)
    for gap in range(0, n * m + 1, math.gcd(n, m)):
        assert ks_p_values(gap / (n * m), n, m) == pytest.approx(np.mean(gaps >= gap), rel=1e-12)


# --- Against scipy


@pytest.mark.parametrize(
    ("n", "m"),
    [(1, 10_000), (3, 50), (11, 12), (40, 9_999), (97, 101), (300, 300), (500, 1_000), (6_000, 6_000), (2_000, 9_001)],
)
def test_equals_ks_2samp_on_samples(n, m):
    rng = np.random.default_rng(n + m)
    for evidence, decimals in itertools.product((0.0, 0.3, 3.0, 6.0, 30.0), (None, 1)):
        samples = shifted_samples(rng, n, m, evidence, decimals)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rounding lifts scipy's p above 1: it says so, and takes another method
            expected = stats.ks_2samp(*samples)
        assert agrees(ks_p_values(expected.statistic, n, m), expected.pvalue)
        assert agrees(ks_p_values(expected.statistic, m, n), expected.pvalue)


@pytest.mark.parametrize(("n", "m"), [(10_000, 9_990), (9_999, 10_000), (10_000, 10_000)])
def test_equals_ks_2samp_on_the_largest_exact_samples(n, m):
    rng = np.random.default_rng(m)
    for evidence in (0.0, 0.5, 5.0, 150.0):
        expected = stats.ks_2samp(*shifted_samples(rng, n, m, evidence))
        assert agrees(ks_p_values(expected.statistic, n, m), expected.pvalue)


@pytest.mark.parametrize(("n", "m"), [(10_000, 10_001), (150, 20_000), (20_000, 9_000)])
def test_equals_ks_2samp_beyond_exact_samples(n, m):
    for evidence in (0.0, 0.1, 1.0, 8.0):
        expected = stats.ks_2samp(*shifted_samples(np.random.default_rng(n), n, m, evidence, 2))
        assert agrees(ks_p_values(expected.statistic, n, m), expected.pvalue)


@pytest.mark.parametrize("effective", [1, 2, 5, 20, 35, 90, 139, 140, 141, 142, 500, 1_999, 2_001, 5_000, 10_000])
def test_equals_the_one_sample_law(effective):
    n = m = 2 * effective
    if m <= 10_000:
        n, m = effective, 50_000 * effective
    evidence = np.geomspace(1e-3, 400, 40)
    borders = np.array([2.2, 4.0, 0.754693, 354.19, 355.0, 370.0])
    statistics = np.sqrt(np.concatenate([evidence, borders - 1e-9, borders + 1e-9]) / effective)
    lattice = np.array([0.4, 0.5, 0.6, 1.0, 1.5, 2.0, effective / 2, effective - 1, effective]) / effective
    statistics = np.concatenate([statistics, lattice])
    statistics = np.append(statistics[statistics <= 1], [0.0, 0.5, 1.0])
    p, expected = ks_p_values(statistics, n, m), scipy_asymptotic(statistics, n, m)
    assert agrees(p, expected)
    assert (expected[p == 0] == 0).all()


@pytest.mark.parametrize(("n", "m"), [(2_000_000, 2_000_000), (2_100_000, 2_100_000), (10**9, 3 * 10**8)])
def test_equals_the_one_sample_law_around_a_million(n, m):
    evidence = np.array([0.01, 0.05, 0.3, 1.0, 2.19, 100.0, 371.0])  # scipy adds up a million terms for 100
    statistics = np.sqrt(evidence * (n + m) / n / m)
    assert agrees(ks_p_values(statistics, n, m), scipy_asymptotic(statistics, n, m))


def test_stays_exact_where_scipys_rounding_makes_it_change_its_method():
    with pytest.warns(RuntimeWarning, match="Switching to method=asymp"):
        expected = stats.ks_2samp(np.arange(7), np.arange(7) + 0.5)
    assert expected.pvalue == pytest.approx(0.99996, abs=1e-5)
    assert ks_p_values(1 / 7, 7, 7) == pytest.approx(1.0, abs=1e-12)


def test_an_exact_p_is_never_zero():
    assert (ks_p_values(1.0, [10_000, 10_000, 500, 10_000], [10_000, 9_990, 6_704, 1]) > 0).all()


# --- As a law


@given(
    n=st.integers(1, 300),
    m=st.integers(1, 300),
    statistics=st.lists(st.floats(0, 1), min_size=2, max_size=12),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_larger_distance_is_never_less_surprising(n, m, statistics):
    p = ks_p_values(np.sort(statistics), n, m)
    assert ((p > 0) & (p <= 1)).all()
    assert (p[1:] <= p[:-1] * (1 + 1e-10)).all()


@given(
    n=st.integers(1, 10**7),
    m=st.integers(10_001, 10**7),
    evidence=st.lists(st.floats(0, 400), min_size=2, max_size=12),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_large_sample_law_falls_but_for_the_steps_between_its_regions(n, m, evidence):
    statistics = np.minimum(np.sqrt(np.sort(evidence) * (n + m) / n / m), 1.0)
    p = ks_p_values(statistics, n, m)
    assert ((p >= 0) & (p <= 1)).all()
    assert (p[1:] <= p[:-1] + 1e-6).all()


@given(
    features=st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([1, 7, 60, 61, 200, 12_000]), st.integers(1, 200)), max_size=12
    )
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_many_at_once_equal_one_at_a_time(features):
    one_by_one = [float(ks_p_values(*feature)) for feature in features]
    statistics, n, m = np.array(features).reshape(-1, 3).T
    together = ks_p_values(statistics, n.astype(int), m.astype(int))
    assert together == pytest.approx(one_by_one, rel=1e-11, abs=0)


def test_more_features_than_march_side_by_side():
    rng = np.random.default_rng(7)
    n, m = rng.integers(20, 60, (2, 150))
    statistics = rng.uniform(0.05, 1, 150)
    assert ks_p_values(statistics, n, m) == pytest.approx(
        [float(ks_p_values(*each)) for each in zip(statistics, n, m, strict=True)], rel=1e-11, abs=0
    )


def test_arguments_broadcast():
    p = ks_p_values([[0.1], [0.2]], [30, 40, 20_000], 50)
    assert p.shape == (2, 3)
    assert p[1, 2] == ks_p_values(0.2, 20_000, 50)
    assert ks_p_values([], 10, 12).shape == (0,)


@pytest.mark.parametrize("statistic", [-0.1, 1.0001, math.nan])
def test_a_statistic_outside_its_range_is_an_error(statistic):
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        ks_p_values(statistic, 10, 10)


def test_an_empty_sample_is_an_error():
    with pytest.raises(ValueError, match="both samples need a value"):
        ks_p_values(0.5, 0, 10)


def test_needs_no_scipy():
    program = "import sys, windage.stats.ks_p_value; sys.exit('scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
