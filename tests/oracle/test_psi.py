"""PSI against the straightforward computation with numpy, and by hand."""

import math

import numpy as np
import pytest

from builders import SHAPES, sample
from windage.drift import compute_psi


def straightforward(reference, current, bins=10):
    edges = np.unique(np.percentile(reference, np.linspace(0, 100, bins + 1)))
    edges[0], edges[-1] = -np.inf, np.inf
    p, q = (np.histogram(each, edges)[0] for each in (reference, current))
    if not (p.all() and q.all()):
        return None
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((q - p) * np.log(q / p)))


@pytest.mark.parametrize("bins", [2, 3, 7, 10, 20])
def test_continuous_samples(bins):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        reference, current = rng.normal(size=rng.integers(500, 3000)), rng.normal(0.3, 1.2, rng.integers(500, 3000))
        expected = straightforward(reference, current, bins)
        assert compute_psi(reference, current, bins) == pytest.approx(expected, rel=1e-12, abs=1e-12), seed


@pytest.mark.parametrize("n", [11, 101, 501, 1001, 1002])
def test_whole_numbers_whose_quantiles_are_values(n):
    """A cut one last bit off its value would move all ties with it to the other bin."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        reference, current = rng.integers(0, 30, n).astype(float), rng.integers(0, 32, 800).astype(float)
        expected = straightforward(reference, current)
        found = compute_psi(reference, current)
        assert expected is None or found == pytest.approx(expected, rel=1e-12, abs=1e-12), seed


@pytest.mark.parametrize("bins", [2, 5, 10, 12])
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "huge"])
def test_samples_that_are_hard_to_bin(shape, bins):
    rng = np.random.default_rng(5)
    reference, current = sample(rng, shape, 4001), sample(rng, shape, 2000)
    quantiles = np.unique(np.percentile(reference, np.linspace(0, 100, bins + 1)))
    expected = straightforward(reference, current, bins) if quantiles.size > 2 else None
    if expected is not None:
        assert compute_psi(reference, current, bins) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_two_bins_by_hand():
    """The median 2.5 halves the reference; of the current rows a quarter is below it."""
    expected = (0.25 - 0.5) * math.log(0.25 / 0.5) + (0.75 - 0.5) * math.log(0.75 / 0.5)
    assert compute_psi([1, 2, 3, 4], [1, 3, 3, 3], bins=2) == pytest.approx(expected, rel=1e-15)


def test_an_empty_bin_raises_every_count_by_a_half():
    """Counts (2, 2) and (0, 4) become (2.5, 2.5) of 5 and (0.5, 4.5) of 5."""
    expected = (0.1 - 0.5) * math.log(0.1 / 0.5) + (0.9 - 0.5) * math.log(0.9 / 0.5)
    assert compute_psi([1, 2, 3, 4], [3, 3, 3, 3], bins=2) == pytest.approx(expected, rel=1e-15)


def test_values_beyond_the_reference_count_in_the_outer_bins():
    expected = (0.25 - 0.5) * math.log(0.5) + (0.75 - 0.5) * math.log(1.5)
    assert compute_psi([1, 2, 3, 4], [-1e300, 1e300, 99, 5], bins=2) == pytest.approx(expected, rel=1e-15)


def test_a_constant_that_changed_is_seen():
    """{< 7}, {7}, {> 7} with (0, 4, 0) and (0, 0, 4): two bins seen, raised to (4.5, 0.5) of 5 and (0.5, 4.5) of 5."""
    assert compute_psi([7] * 4, [8] * 4) == pytest.approx(2 * 0.8 * math.log(9), rel=1e-15)


def test_a_two_valued_feature_is_not_one_blind_bin():
    """{≤ 0} and {≥ 1} with shares ½ and ½ before, ¼ and ¾ now."""
    expected = 0.25 * math.log(2) + 0.25 * math.log(1.5)
    assert compute_psi([0, 1] * 50, [0, 1, 1, 1] * 25) == pytest.approx(expected, rel=1e-15)


def test_identical_samples_have_no_psi_and_the_psi_is_symmetric_in_the_shares():
    x = np.random.default_rng(0).normal(size=1000)
    assert compute_psi(x, x) == 0.0
    assert compute_psi([0, 1] * 50, [0, 1, 1, 1] * 25) == pytest.approx(compute_psi([0, 1, 1, 1] * 25, [0, 1] * 50))


def test_what_is_not_finite_is_left_out():
    assert compute_psi([1, 2, 3, 4, math.nan], [1, 3, 3, 3, math.inf, -math.inf, None], bins=2) == compute_psi(
        [1, 2, 3, 4], [1, 3, 3, 3], bins=2
    )
    assert math.isnan(compute_psi([], [1.0]))
    assert math.isnan(compute_psi([1.0], [math.nan]))
