"""Single groups against their own days."""

import numpy as np
import pytest
from scipy import stats

from windage.stats.user_model import LEAST_DAYS, RANK_VARIANCE, SHARED_FREEDOM, group_shift

DAYS, GROUPS, FEATURES = 20, 30, 4


def drawn(rng, *, days=DAYS, rows=40, between=0.0):
    """Sums of mid-ranks by (day, group, feature), as independent rows give them."""
    shape = (days, GROUPS, FEATURES)
    means = rng.normal(0, np.sqrt(RANK_VARIANCE / rows), shape) + between * rng.normal(size=shape)
    return np.full(shape, float(rows)), means * rows


@pytest.mark.parametrize("days", [5, DAYS])
@pytest.mark.parametrize("between", [0.0, 0.05])
def test_chance_alone_is_as_rare_as_it_says(between, days):
    rng = np.random.default_rng(3)
    found = []
    for _ in range(60):
        values, sums = drawn(rng, days=days + 1, between=between)
        found.append(group_shift(values[:-1], sums[:-1], values[-1], sums[-1]).p_value)
    p_values = np.concatenate(found, axis=None)
    for level in (0.05, 0.01, 0.001):
        assert (p_values < level).mean() < 1.6 * level + 3 * np.sqrt(level / p_values.size)


def test_a_user_who_moved_stands_out_and_alone():
    rng = np.random.default_rng(4)
    values, sums = drawn(rng, days=DAYS + 1)
    sums[-1, 7, 2] += 0.5 * 40
    found = group_shift(values[:-1], sums[:-1], values[-1], sums[-1])
    assert np.unravel_index(found.p_value.argmin(), found.p_value.shape) == (7, 2)
    assert found.p_value[7, 2] < 1e-8
    assert found.moved[7, 2] == pytest.approx(0.5, abs=0.15)


def test_what_all_users_share_is_no_users_own():
    rng = np.random.default_rng(5)
    values, sums = drawn(rng, days=DAYS + 1)
    sums[-1] += 0.2 * 40  # as where the rows of many small users fell
    assert group_shift(values[:-1], sums[:-1], values[-1], sums[-1]).p_value.min() > 1e-5


def test_few_rows_or_days_are_not_known():
    values, sums = drawn(np.random.default_rng(6), days=LEAST_DAYS)
    values[0, 0, 0] = 3
    values[-1, 1, 1] = 3
    found = group_shift(values, sums, values[-1], sums[-1])
    assert np.isnan(found.p_value[0, 0])
    assert np.isnan(found.p_value[1, 1])
    assert np.isfinite(found.p_value[2, 2])


def test_of_few_days_users_who_agree_count_for_each_other():
    """A p-value below what eight days' worth of others could give, even had they shown no variance of their own."""
    rng = np.random.default_rng(6)
    least = np.sqrt(RANK_VARIANCE / 40 * (1 + 1 / 5))
    below = []
    for _ in range(20):
        values, sums = drawn(rng, days=6)
        sums[-1, 7, 2] = 0.3 * 40
        found = group_shift(values[:-1], sums[:-1], values[-1], sums[-1])
        below.append(found.p_value[7, 2] < 2 * stats.t.sf(found.moved[7, 2] / least, 4 + SHARED_FREEDOM))
    assert np.mean(below) > 0.7


def test_a_group_near_an_end_moves_far_where_ranks_hardly_go_on():
    """Forty rows that lay high, and now all lie above everybody's."""
    rng = np.random.default_rng(7)
    values, sums = drawn(rng, days=DAYS + 1, between=0.045)
    sums[:, 7, 2] += 0.2 * 40
    sums[-1, 7, 2] = 0.48 * 40
    found = group_shift(values[:-1], sums[:-1], values[-1], sums[-1])
    assert found.moved[7, 2] < 0.35
    assert found.p_value[7, 2] < 1e-6
