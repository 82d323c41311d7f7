"""A column in parts is the column: every certified interval holds the exact rank, and never much more than one block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.profiles.numeric import NumericProfile
from windage.profiles.parts import TOGETHER, finer, put_together

KINDS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "ties": lambda rng, n: rng.integers(0, 30, n).astype(float),
    "nearly constant": lambda rng, n: np.where(rng.random(n) < 0.99, 7.0, rng.normal(size=n)),
    "a huge offset": lambda rng, n: 1e15 + rng.normal(size=n),
    "denormals": lambda rng, n: rng.integers(-50, 50, n) * 5e-324,
    "infinities": lambda rng, n: np.where(rng.random(n) < 0.1, np.inf, rng.normal(size=n)),
    "sorted": lambda rng, n: np.sort(rng.normal(size=n)),
    "holes": lambda rng, n: np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
}


def in_parts(values, size, resolution):
    parts = (values[start : start + size] for start in range(0, max(values.size, 1), size))
    return put_together(
        (NumericProfile.of(part, resolution=finer(resolution)) for part in parts), resolution=resolution
    )


def assert_certain(profile, values, resolution, *, levels):
    finite = np.sort(values[np.isfinite(values)])
    assert profile.finite == finite.size
    assert profile.points.size <= resolution
    at = np.concatenate([finite, np.nextafter(finite, np.inf), np.linspace(-4, 4, 101)])
    low, high = profile.rows_at_or_below(at)
    exact = np.searchsorted(finite, at, "right")
    assert (low <= exact).all()
    assert (exact <= high).all()
    assert profile.slack <= finite.size / resolution * (1 + (1 + levels) / 16) + 20 * TOGETHER


@pytest.mark.parametrize("kind", KINDS)
def test_every_rank_is_where_the_profile_says(kind):
    values = KINDS[kind](np.random.default_rng(1), 20_000)
    assert_certain(in_parts(values.copy(), 1500, 64), values, 64, levels=1)


@given(st.lists(st.floats(-100, 100, width=16), max_size=300), st.integers(1, 40), st.integers(2, 20))
def test_whatever_the_values_and_the_parts(values, size, resolution):
    given_values = np.array(values, dtype=float)
    assert_certain(in_parts(given_values.copy(), size, resolution), given_values, resolution, levels=3)


def test_what_has_few_values_stays_exact():
    values = np.random.default_rng(2).integers(0, 40, 50_000).astype(float)
    profile, whole = in_parts(values.copy(), 700, 64), NumericProfile.of(values, resolution=64)
    assert profile.slack == 0
    assert np.array_equal(profile.points, whole.points)
    assert np.array_equal(profile.weights, whole.weights)
    assert profile.moments.mean == pytest.approx(whole.moments.mean, rel=1e-12)


def test_what_is_not_finite_is_counted():
    values = KINDS["infinities"](np.random.default_rng(3), 5000)
    values[::7] = np.nan
    profile = in_parts(values.copy(), 400, 32)
    assert profile.positive_infinite == np.isposinf(values).sum()
    assert profile.nans == np.isnan(values).sum()
