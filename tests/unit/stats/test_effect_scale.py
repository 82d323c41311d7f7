import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from windage.stats.effect_scale import shift_sd


@given(shift=st.floats(-6, 6))
def test_a_shifted_normal_is_told_by_its_largest_cumulative_change(shift):
    change = norm.cdf(shift / 2) - norm.cdf(-shift / 2)
    assert shift_sd(change) == pytest.approx(shift, abs=1e-6)


def test_a_change_of_all_rows_is_finite():
    assert 10 < shift_sd(1.0) < 13
    assert shift_sd(-1.0) == -shift_sd(1.0)
