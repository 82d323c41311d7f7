"""Values without their repetitions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from windage.stats.distinct import distinct


@given(
    arrays.arrays(
        np.float64, st.integers(0, 30), elements=st.sampled_from([-np.inf, -1e308, -1.0, -0.0, 0.0, 5e-324, 2.0, 1e308])
    )
)
def test_equals_unique(values):
    assert distinct(np.sort(values)).tolist() == np.unique(values).tolist()


def test_counts_stay_counts():
    assert distinct(np.array([1, 1, 4])).dtype == np.int64
