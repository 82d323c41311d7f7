"""Ranks within a partition: equal to scipy's, whatever the order of the rows, and bounded."""

import numpy as np
import pytest
from scipy import stats

from windage.profiles.ranks import MOST_USERS, RankProfile, twice_mid_ranks

RNG = np.random.default_rng(5)
TIED = RNG.integers(0, 6, 300).astype(float)
SMOOTH = TIED + RNG.normal(size=300)


def test_correlations_are_spearmans():
    found = RankProfile.of({"a": TIED, "b": SMOOTH}, None)
    assert found.correlations[0, 1] == pytest.approx(stats.spearmanr(TIED, SMOOTH).statistic, abs=1e-12)
    assert np.allclose(np.diag(found.correlations), 1)


def test_mid_ranks_are_scipys():
    n = TIED.size
    assert np.array_equal(twice_mid_ranks(TIED), 2 * stats.rankdata(TIED) - n - 1)


def test_a_missing_value_has_no_rank_and_counts_for_no_user():
    found = RankProfile.of({"a": np.array([1.0, np.nan, 2.0, 3.0])}, np.array(["u", "u", "v", "v"], dtype=object))
    assert found.values.tolist() == [[1.0], [2.0]]
    assert found.rank_sums.tolist() == [[pytest.approx(-1 / 3)], [pytest.approx(1 / 3)]]


def test_a_column_that_does_not_vary_goes_with_none():
    found = RankProfile.of({"a": np.ones(9), "b": np.arange(9.0)}, None)
    assert np.isnan(found.correlations[0, 1])
    assert found.users == ()


def test_the_order_of_rows_changes_no_bit():
    users = RNG.choice(["u", "v", None], 300)
    order = RNG.permutation(300)
    one = RankProfile.of({"a": TIED, "b": SMOOTH}, users)
    other = RankProfile.of({"a": TIED[order], "b": SMOOTH[order]}, users[order])
    for part in ("correlations", "values", "rank_sums"):
        assert np.array_equal(getattr(one, part), getattr(other, part))


def test_users_are_bounded_by_their_rows():
    users = np.array([f"u{k}" for k in range(MOST_USERS + 50)] + ["often"] * 5, dtype=object)
    found = RankProfile.of({"a": np.arange(float(users.size))}, users)
    assert len(found.users) == MOST_USERS
    assert "often" in found.users


def test_the_hours_of_a_day_have_their_users_ranks_together():
    users = np.array(["u", "u", "v", "w"], dtype=object)
    hours = [
        RankProfile.of({"a": np.array(a), "b": np.array(b)}, users)
        for a, b in (
            ([1.0, 2, 3, 4], [1.0, 2, 3, 4]),
            ([4.0, 3, 2, np.nan], [1.0, 2, 3, 4]),
            ([5.0] * 4, [1.0, 2, 3, 4]),
        )
    ]
    found = RankProfile.merge(hours)
    assert (found.rows, found.users) == (12, ("u", "v", "w"))
    assert found.values[:, 0].tolist() == [6, 3, 2]
    assert np.allclose(found.rank_sums, sum(each.rank_sums for each in hours))
    varying = [each.correlations[0, 1] for each in hours[:2]]
    assert np.isnan(hours[2].correlations[0, 1])
    assert found.correlations[0, 1] == pytest.approx(np.mean(varying))


def test_an_hour_of_other_features_is_left_out():
    one, other = (RankProfile.of({name: SMOOTH}, np.array(["u"] * 300, dtype=object)) for name in "ab")
    assert (RankProfile.merge([one, other]).features, RankProfile.merge([one, other]).rows) == (("b",), 300)
