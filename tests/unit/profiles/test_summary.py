"""A column's summary says what its whole profile says, and is made once."""

import numpy as np
import pytest

from windage.errors import DataError, InvalidInput
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import PROBABILITIES, ColumnSummary, summary
from windage.profiles.window import OnDemand, WindowProfile

VALUES = np.random.default_rng(0).normal(size=5_000)


@pytest.mark.parametrize("resolution", [None, 64])
def test_it_is_the_profiles_own_word(resolution):
    profile = NumericProfile.of(np.append(VALUES, [np.nan, np.inf]), nulls=3, resolution=resolution)
    found = ColumnSummary.of(profile)
    assert (found.rows, found.finite, found.missing_share) == (profile.rows, profile.finite, profile.missing_share)
    assert (found.minimum, found.maximum) == (VALUES.min(), VALUES.max())
    assert found.values is None
    assert found.quantiles.tolist() == profile.quantiles(PROBABILITIES).tolist()
    assert found.quantile(0.05, 0.25, 0.999).tolist() == profile.quantiles(np.array([0.05, 0.25, 0.999])).tolist()


@pytest.mark.parametrize("asked", [0.0, 0.0005, 0.01, 0.33, 0.99, 1.0, float("nan")])
def test_a_quantile_that_it_does_not_have_is_refused(asked):
    with pytest.raises(InvalidInput, match=f"got {asked:g}"):
        ColumnSummary.of(NumericProfile.of(VALUES)).quantile(0.5, asked)


def test_few_values_are_listed():
    found = ColumnSummary.of(NumericProfile.of(np.repeat([3.0, 1.0, 2.0], [5, 1, 4])))
    assert found.values.tolist() == [1.0, 2.0, 3.0]
    assert found.points == 3


def test_nothing_has_a_summary_too():
    found = ColumnSummary.of(NumericProfile.of(np.array([np.nan])))
    assert (found.points, found.values, found.missing_share) == (0, None, 1.0)
    assert np.isnan(found.quantiles).all()


def test_days_are_put_together_once():
    made = []

    def make(name):
        made.append(name)
        return NumericProfile.of(VALUES)

    window = WindowProfile(rows=5_000, numeric=OnDemand(["a", "b"], make))
    for name in ("a", "b", "a", "b"):
        assert summary(window, name).rows == 5_000
    assert made == ["a", "b"]
    with pytest.raises(KeyError):
        summary(window, "c")


def test_a_column_that_cannot_be_profiled_says_so_every_time():
    def broken(name):
        raise DataError(f"{name} holds text")

    window = WindowProfile(rows=1, numeric=OnDemand(["a"], broken))
    for _ in range(2):
        with pytest.raises(DataError, match="a holds text"):
            summary(window, "a")
