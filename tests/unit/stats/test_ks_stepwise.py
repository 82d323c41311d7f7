"""The distance of two step functions, against scipy's and against looking at every point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from windage.stats.ks_distance import ks_distance_stepwise, step

samples = st.lists(st.integers(-5, 5), min_size=1, max_size=30)


def ecdf(values):
    points = np.sort(np.array(values, dtype=float))
    return points, np.arange(1, points.size + 1) / points.size


@given(samples, samples)
def test_it_is_scipys_with_ties_and_whichever_comes_first(one, other):
    expected = ks_2samp(one, other, method="exact").statistic
    for pair in ((one, other), (other, one)):
        found = ks_distance_stepwise(*map(ecdf, pair))
        assert found.statistic == pytest.approx(expected, abs=1e-12)
        first, second = (step(ecdf(each), np.array([found.at]))[0] for each in pair)
        assert abs(first - second) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(5_000, 40), (40, 5_000)])
def test_one_may_have_far_more_points(n, m):
    random = np.random.default_rng(n)
    one, other = random.normal(size=n), random.normal(0.3, 1, m)
    found = ks_distance_stepwise(ecdf(one), ecdf(other))
    assert found.statistic == pytest.approx(ks_2samp(one, other).statistic, abs=1e-12)
