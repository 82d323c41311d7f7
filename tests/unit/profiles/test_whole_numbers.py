"""Whole numbers that are counted are what a sort of them would say; whatever else a column holds is left to the sort."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from windage.profiles.distance import ks, p_values
from windage.profiles.numeric import NumericProfile
from windage.profiles.whole_numbers import LEAST_ROWS, WholeNumbers

ROWS = 2 * LEAST_ROWS + 3
COUNTED = {
    "counts": lambda rng: rng.poisson(12, ROWS).astype(float),
    "of both signs": lambda rng: rng.integers(-900, 900, ROWS),
    "in single precision": lambda rng: rng.integers(-900, 900, ROWS).astype(np.float32),
    "in half precision": lambda rng: rng.integers(-900, 900, ROWS).astype(np.float16),
    "all of a byte": lambda rng: rng.integers(0, 256, ROWS).astype(np.uint8),
    "all of a signed byte": lambda rng: rng.integers(-128, 128, ROWS).astype(np.int8),
    "years": lambda rng: rng.integers(1950, 2030, ROWS).astype(np.int16),
    "large": lambda rng: 2**31 - 1000 + rng.integers(0, 1000, ROWS),
    "far below": lambda rng: -(2**31) + 1 + rng.integers(0, 1000, ROWS),
    "a constant": lambda rng: np.full(ROWS, 7.0),
    "flags": lambda rng: rng.integers(0, 2, ROWS).astype(float),
    "zeros of both signs": lambda rng: np.where(rng.random(ROWS) < 0.5, 0.0, -0.0),
    "holes": lambda rng: np.where(rng.random(ROWS) < 0.3, np.nan, rng.poisson(12, ROWS)),
}
LEFT = {
    "a half among many": lambda rng: np.append(rng.poisson(12, ROWS).astype(float), 0.5),
    "halves": lambda rng: rng.poisson(12, ROWS) / 2,
    "far apart": lambda rng: np.append(rng.poisson(12, ROWS), 10**6),
    "beyond 2^31": lambda rng: 2**31 + rng.integers(0, 9, ROWS),
    "identifiers": lambda rng: rng.integers(0, 2**63 - 1, ROWS),
    "an infinity": lambda rng: np.append(rng.poisson(12, ROWS).astype(float), np.inf),
    "nothing but NaN": lambda rng: np.full(ROWS, np.nan),
    "few rows": lambda rng: rng.poisson(12, LEAST_ROWS - 1),
    "truth values": lambda rng: rng.random(ROWS) < 0.5,
}


@pytest.mark.parametrize("make", COUNTED.values(), ids=COUNTED)
def test_they_are_counted_as_numpy_counts_them(make):
    values = make(np.random.default_rng(1))
    known = values[~np.isnan(values)].astype(np.float64)
    distinct, rows = np.unique(known, return_counts=True)
    found = WholeNumbers.of(values)
    assert np.array_equal(found.values, distinct)
    assert np.array_equal(found.rows, rows)
    assert found.nans == values.size - known.size


@pytest.mark.parametrize("make", LEFT.values(), ids=LEFT)
def test_all_else_is_left_to_the_sort(make):
    assert WholeNumbers.of(make(np.random.default_rng(1))) is None


@pytest.mark.parametrize("make", COUNTED.values(), ids=COUNTED)
def test_a_column_of_them_is_exact(make):
    values = make(np.random.default_rng(1))
    ordered = np.sort(values[~np.isnan(values)].astype(np.float64))
    profile = NumericProfile.of(values, nulls=5)
    assert (profile.slack, profile.nulls, profile.rows) == (0, 5, values.size + 5)
    assert (profile.minimum, profile.maximum) == (ordered[0], ordered[-1])
    assert profile.moments == pytest.approx((ordered.mean(), ordered.size * ordered.var()), rel=1e-12)
    at = np.concatenate([profile.points - 0.5, profile.points, profile.points + 0.5])
    for side, (low, high) in (("right", profile.rows_at_or_below(at)), ("left", profile.rows_below(at))):
        assert np.array_equal(low, np.searchsorted(ordered, at, side))
        assert np.array_equal(high, low)
    probabilities = np.linspace(0, 1, 41)
    assert np.array_equal(profile.quantiles(probabilities), np.quantile(ordered, probabilities))


def test_more_numbers_than_the_resolution_are_certain_to_within_it():
    values = np.random.default_rng(1).integers(0, 3000, ROWS)
    profile = NumericProfile.of(values, resolution=256)
    assert profile.points.size <= 256
    assert 0 < profile.slack <= ROWS / 256 + 1
    low, high = profile.rows_at_or_below(np.arange(3000.0))
    exact = np.searchsorted(np.sort(values), np.arange(3000), "right")
    assert ((low <= exact) & (exact <= high)).all()


@pytest.mark.parametrize("other", [lambda rng: rng.poisson(12.3, ROWS), lambda rng: rng.normal(12, 3.5, ROWS)])
def test_the_distance_from_them_is_scipys(other):
    rng = np.random.default_rng(1)
    one, two = rng.poisson(12, ROWS), other(rng)
    found = ks(*(NumericProfile.of(each) for each in (one, two)))
    told = ks_2samp(one, two, method="asymp")
    assert found.statistic.value == told.statistic
    assert p_values([found])[0].value == pytest.approx(told.pvalue, rel=1e-9)
