"""Corrections for several questions, by hand and against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from windage.stats.multiplicity import benjamini_hochberg, surer


def test_benjamini_hochberg_by_hand():
    """.01 · 4/1, .02 · 4/2, .03 · 4/3 and .5 · 4/4; each no larger than the next."""
    assert benjamini_hochberg(np.array([0.03, 0.01, 0.5, 0.02])) == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert benjamini_hochberg(np.array([0.2])) == pytest.approx([0.2])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_benjamini_hochberg_is_scipys(p_values):
    assert benjamini_hochberg(np.array(p_values)) == pytest.approx(stats.false_discovery_control(p_values))


def test_the_surer_of_two_looks_pays_for_the_choice():
    """Doubled, at most 1; of an unknown look the other counts, and pays all the same."""
    takes_other, p_value = surer(np.array([0.01, 0.3, 0.7, np.nan, 0.2]), np.array([0.02, 0.1, 0.8, 0.05, np.nan]))
    assert takes_other.tolist() == [False, True, False, True, False]
    assert p_value == pytest.approx([0.02, 0.2, 1.0, 0.1, 0.4])
