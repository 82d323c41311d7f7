"""The tails of the Beta and of Student's t: by hand, against scipy, and at the ends of their ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from windage.stats.tails import beta_tails, student_above, student_quantile


def parameters(low, high, size=4000, seed=0):
    return 10 ** np.random.default_rng(seed).uniform(low, high, size)


# --- By hand


def test_a_uniform_is_a_beta():
    below, above = beta_tails(1, 1, [0.0, 0.25, 1.0])
    assert below == pytest.approx([0, 0.25, 1], abs=1e-14)
    assert above == pytest.approx([1, 0.75, 0], abs=1e-14)


def test_one_and_two_degrees_of_freedom_have_closed_tails():
    t = np.array([0.0, 0.5, 1.0, 30.0])
    assert student_above(1, t) == pytest.approx(np.arctan2(1, t) / np.pi, rel=1e-12)
    assert student_above(2, t) == pytest.approx(1 / (2 + t**2 + t * np.sqrt(2 + t**2)), rel=1e-12)


def test_the_quantile_of_a_cauchy_is_a_cotangent():
    for above in (0.5, 0.4, 0.25, 1e-3, 1e-9):
        assert student_quantile(1, above) == pytest.approx(1 / np.tan(np.pi * above), rel=1e-12, abs=1e-15)


# --- Against scipy


@pytest.mark.parametrize(("low", "high", "digits"), [(-3, 0, 9), (-1, 2, 12), (2, 5, 11), (5, 7.5, 10), (-2, 7.5, 9)])
def test_equals_betainc_far_and_near(low, high, digits):
    a, b = parameters(low, high, seed=1), parameters(low, high, seed=2)
    mean = a / (a + b)
    deviation = np.sqrt(mean * (1 - mean) / (a + b + 1))
    x = np.clip(mean + np.random.default_rng(3).normal(0, 4, a.size) * deviation, 1e-12, 1 - 1e-12)
    below, above = beta_tails(a, b, x)
    assert below == pytest.approx(special.betainc(a, b, x), rel=10.0**-digits, abs=1e-300)
    assert above == pytest.approx(special.betaincc(a, b, x), rel=10.0**-digits, abs=1e-300)


@pytest.mark.parametrize("most", [1, 6])
def test_equals_stdtr(most):
    freedom, t = parameters(0, most, seed=1), parameters(-3, 1.5, seed=2)
    assert student_above(freedom, t) == pytest.approx(special.stdtr(freedom, -t), rel=1e-12, abs=1e-300)


def test_equals_stdtrit():
    freedom, above = parameters(0, 6, 400, seed=1), parameters(-12, np.log10(0.5), 400, seed=2)
    quantiles = [student_quantile(*each) for each in zip(freedom.tolist(), above.tolist(), strict=True)]
    assert quantiles == pytest.approx(-special.stdtrit(freedom, above), rel=1e-12)


# --- Properties and ends


@given(st.floats(1, 1e6), st.floats(1e-12, 0.5))
def test_the_quantile_is_where_the_tail_is(freedom, above):
    assert float(student_above(freedom, student_quantile(freedom, above))) == pytest.approx(above, rel=1e-11)


def test_beyond_everything_there_is_nothing_and_of_nothing_nothing_is_known():
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert student_above([3, 3], [0.0, np.inf]).tolist() == [0.5, 0.0]
    assert np.isnan(student_above([3, np.nan], [np.nan, 1.0])).all()
