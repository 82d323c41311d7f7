"""Equal to numpy's, whatever the number of values and of columns."""

import numpy as np
import pytest

from windage.stats.median import median


@pytest.mark.parametrize("rows", [1, 2, 3, 8, 29])
@pytest.mark.parametrize("columns", [(), (1,), (4, 3)])
def test_the_median_is_numpys(rows, columns):
    values = np.random.default_rng(rows).normal(size=(rows, *columns))
    np.testing.assert_array_equal(median(values), np.median(values, axis=0))


def test_lists_of_numbers_and_of_arrays_are_values_too():
    assert median([3.0, 1.0, 2.0]) == 2.0
    np.testing.assert_array_equal(median([np.array([1.0, 5.0]), np.array([3.0, 9.0])]), [2.0, 7.0])
