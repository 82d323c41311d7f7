"""Quantiles, moments, entropy and shares against numpy and scipy, and by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from builders import SHAPES, sample
from windage.drift import detect_class_shift, detect_entropy_spike, detect_reject_rate_increase
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.scores import ScoreProfile
from windage.stats.entropy import entropy
from windage.stats.psi import bin_probabilities

ORDINARY = [shape for shape in SHAPES if shape != "huge"]


@pytest.mark.parametrize("shape", ORDINARY)
@pytest.mark.parametrize("n", [1, 2, 3, 10, 11, 101, 1000, 4097])
def test_quantiles_are_numpys_to_the_last_bit(shape, n):
    values = sample(np.random.default_rng(n), shape, n)
    profile = NumericProfile.of(values)
    probabilities = np.concatenate([np.random.default_rng(0).random(50), [0, 0.25, 0.5, 0.75, 1]])
    np.testing.assert_array_equal(profile.quantiles(probabilities), np.quantile(values, probabilities))
    for bins in (2, 3, 7, 10, 100):
        percentiles = np.percentile(values, np.linspace(0, 100, bins + 1))
        np.testing.assert_array_equal(profile.quantiles(bin_probabilities(bins)), percentiles)


@pytest.mark.parametrize("resolution", [None, 64])
@pytest.mark.parametrize("shape", ORDINARY)
def test_moments_are_numpys_at_any_resolution(shape, resolution):
    values = sample(np.random.default_rng(4), shape, 20_001)
    profile = NumericProfile.of(values, resolution=resolution)
    assert profile.moments.mean == pytest.approx(values.mean(), rel=1e-12)
    assert profile.standard_deviation == pytest.approx(values.std(), rel=1e-9, abs=1e-300)
    assert (profile.minimum, profile.maximum) == (values.min(), values.max())


@pytest.mark.parametrize("classes", [1, 2, 3, 40])
def test_entropy_is_scipys(classes):
    """On rows that sum to 1 and hold no probability below the clip."""
    probabilities = np.random.default_rng(classes).dirichlet(np.full(classes, 5.0), 9000).clip(1e-7)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(entropy(probabilities), stats.entropy(probabilities, axis=1), rtol=1e-12, atol=1e-15)


def test_entropy_by_hand():
    rows = np.array([[0.5, 0.5], [1.0, 0.0], [0.25, 0.75], [np.nan, 1.0], [np.inf, 0.0], [0.9, -0.1]])
    found = entropy(rows)
    certain = -1e-8 * math.log(1e-8)
    expected = [math.log(2), certain, 0.25 * math.log(4) + 0.75 * math.log(4 / 3)]
    assert found[:3].tolist() == pytest.approx(expected, rel=1e-14)
    assert np.isnan(found[3:5]).all()
    assert found[5] == pytest.approx(certain - 0.9 * math.log(0.9), rel=1e-14)


def test_rows_that_are_no_probabilities_are_counted():
    rows = np.array(
        [[0.5, 0.5], [0.5, 0.6], [1.5, -0.5], [np.nan, 1], [np.inf, -np.inf], [1e308, 1e308], [0.5, 0.5009]]
    )
    profile = ScoreProfile.of(rows)
    assert profile.invalid == 5
    assert profile.entropy.rows == 7
    assert profile.entropy.nans == 3


def test_class_shares_by_hand():
    profile = CategoricalProfile.of(["a", "b", "a", None, float("nan"), "a"])
    assert profile.shares() == {"a": 0.75, "b": 0.25}
    assert (profile.known, profile.nulls, profile.rows) == (4, 2, 6)
    found = detect_class_shift(["a", "a", "b", "c"], ["a", "b", "b", "d"], threshold=0.2)
    assert found.ref_dist == {"a": 0.5, "b": 0.25, "c": 0.25}
    assert found.cur_dist == {"a": 0.25, "b": 0.5, "d": 0.25}
    assert (found.max_shift, found.shifted_classes) == (0.25, ["a", "b", "c", "d"])


def test_reject_rates_by_hand():
    found = detect_reject_rate_increase(["x"] * 9 + ["?"], ["x"] * 7 + ["?"] * 3, reject_label="?", threshold=0.2)
    assert (found.ref_rate, found.cur_rate) == (0.1, 0.3)
    assert found.increase == pytest.approx(0.2, rel=1e-15)
    assert found.is_flagged


def test_entropy_ratio_by_hand():
    found = detect_entropy_spike([[0.25, 0.75]] * 3, [[0.5, 0.5]] * 5, spike_multiplier=1.2)
    assert found.ref_mean_entropy == pytest.approx(0.25 * math.log(4) + 0.75 * math.log(4 / 3))
    assert found.cur_mean_entropy == pytest.approx(math.log(2))
    assert found.ratio == pytest.approx(found.cur_mean_entropy / found.ref_mean_entropy)
    assert found.is_flagged
