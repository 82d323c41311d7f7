"""The Kolmogorov–Smirnov statistic and p-value against scipy."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from builders import SHAPES, sample
from windage.drift import compute_ks
from windage.stats.ks_distance import ks_distance, ks_distance_stepwise, step

pytestmark = pytest.mark.filterwarnings("ignore:ks_2samp")

SIZES = [
    (2, 2),
    (2, 3),
    (1, 1),
    (1, 50),
    (5, 4),
    (10, 10),
    (49, 51),
    (100, 100),
    (333, 1000),
    (2000, 1999),
    (5000, 5000),
]
LARGE = [(10_001, 10_001), (10_001, 50), (20_000, 12_345), (12_000, 20_000)]


def assert_is_scipys(reference, current):
    expected = ks_2samp(reference, current, method="auto")
    found = compute_ks(reference, current)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12, abs=1e-15)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.2, 1.0])
@pytest.mark.parametrize(("n", "m"), SIZES + LARGE)
def test_continuous_samples(n, m, shift):
    rng = np.random.default_rng(n + 7 * m)
    assert_is_scipys(rng.normal(size=n), rng.normal(size=m) + shift)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "m"), [(30, 17), (400, 400), (700, 900), (11_000, 9_000)])
def test_ties_and_other_hard_samples(n, m, shape):
    rng = np.random.default_rng(n)
    assert_is_scipys(sample(rng, shape, n), sample(rng, shape, m))


def test_small_samples_with_ties():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        assert_is_scipys(rng.integers(0, 5, rng.integers(2, 12)), rng.integers(0, 6, rng.integers(2, 12)))


@pytest.mark.parametrize("shift", [0.0, 0.001, 0.02, 3.0])
def test_the_pruned_search_finds_the_largest_gap_of_large_samples(shift):
    rng = np.random.default_rng(3)
    reference, current = np.sort(rng.normal(size=150_000)), np.sort(rng.normal(size=90_000) + shift)
    points = np.concatenate([reference, current])
    gaps = np.abs(
        np.searchsorted(reference, points, "right") / reference.size
        - np.searchsorted(current, points, "right") / current.size
    )
    found = ks_distance(reference, current)
    assert found.statistic == pytest.approx(gaps.max(), rel=1e-15)
    at = np.searchsorted(reference, found.at, "right") / reference.size
    assert abs(at - np.searchsorted(current, found.at, "right") / current.size) == pytest.approx(found.statistic)


def test_by_hand():
    """F rises to ½ at 1 where G is 0; at 3 G has caught up to ½ where F is 1."""
    found = compute_ks([1, 2], [3, 4])
    assert (found.statistic, found.p_value) == (1.0, pytest.approx(1 / 3))
    assert compute_ks([1, 3], [2, 4]).statistic == 0.5
    assert ks_distance(np.array([1.0, 3.0]), np.array([2.0, 4.0])).at in {1.0, 3.0}


def test_step_functions():
    function = np.array([1.0, 2.0]), np.array([0.25, 1.0])
    assert step(function, np.array([0.0, 1.0, 1.5, 2.0, 9.0])).tolist() == [0.0, 0.25, 0.25, 1.0, 1.0]
    found = ks_distance_stepwise(function, (np.array([1.5]), np.array([1.0])))
    assert (found.statistic, found.at) == (0.75, 1.5)


@pytest.mark.parametrize("empty", [[], [np.nan], [np.inf, None]])
def test_no_finite_value_is_no_answer(empty):
    for found in (compute_ks(empty, [1.0, 2.0]), compute_ks([1.0], empty)):
        assert found.statistic is None
        assert found.p_value is None
        assert not found.is_significant()
