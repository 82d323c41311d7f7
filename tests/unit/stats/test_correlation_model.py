"""Pairs of columns against the reference's days."""

import numpy as np
import pytest

from windage.stats.correlation_model import correlation_shift, culprits

ROWS = 400


def day(rng, *, of=0.6, columns=4):
    values = rng.normal(size=(ROWS, columns))
    values[:, 1] = of * values[:, 0] + np.sqrt(1 - of**2) * values[:, 1]
    ranks = values.argsort(axis=0).argsort(axis=0)
    return np.corrcoef(ranks.T)


def judged(rng, now, *, days=20):
    return correlation_shift(np.array([day(rng) for _ in range(days)]), np.full(days, ROWS), now, ROWS)


def test_chance_alone_is_as_rare_as_it_says():
    rng = np.random.default_rng(1)
    upper = np.triu_indices(4, 1)
    p_values = np.concatenate([judged(rng, day(rng)).p_value[upper] for _ in range(150)])
    for level in (0.05, 0.01):
        assert (p_values < level).mean() < 1.5 * level + 3 * np.sqrt(level / p_values.size)


def test_a_pair_that_comes_apart_is_found():
    rng = np.random.default_rng(2)
    found = judged(rng, day(rng, of=-0.6))
    assert found.p_value[0, 1] < 1e-8
    assert found.moved[0, 1] == pytest.approx(-1.16, abs=0.1)
    assert found.p_value[2, 3] > 1e-4


def test_what_does_not_vary_is_not_known():
    rng = np.random.default_rng(3)
    now = day(rng)
    now[0, 1] = np.nan
    assert np.isnan(judged(rng, now).p_value[0, 1])
    assert np.isnan(judged(rng, now, days=3).p_value).all()


def test_one_column_that_left_the_others_is_blamed_alone():
    moved = np.zeros((5, 5))
    moved[2, [0, 1, 4]] = moved[[0, 1, 4], 2] = [0.3, -0.6, 0.4]
    assert culprits(moved) == [(2, [1, 4, 0])]
    assert culprits(np.zeros((5, 5))) == []


def days_of(rng, *, days, columns=8):
    """Days whose pairs all come and go alike, by as much as sampling does."""
    noise = np.triu(rng.normal(0, np.sqrt(2 * 1.06 / (ROWS - 3)), (days, columns, columns)), 1)
    return np.tanh(noise + noise.transpose(0, 2, 1))


def test_of_few_days_all_pairs_speak_together():
    rng = np.random.default_rng(4)
    upper, few = np.triu_indices(8, 1), []
    broken = np.zeros((8, 8))
    broken[0, 1] = broken[1, 0] = 0.6
    for _ in range(80):
        days = days_of(rng, days=5)
        (today,) = days_of(rng, days=1)
        few.append(correlation_shift(days, np.full(5, ROWS), today, ROWS).p_value[upper])
        assert correlation_shift(days, np.full(5, ROWS), today + broken, ROWS).p_value[0, 1] < 1e-3
    for level in (0.05, 0.01):
        assert (np.concatenate(few) < level).mean() < 1.5 * level


def test_a_pair_that_comes_and_goes_is_not_lent_the_steadiness_of_others():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(60):
        days = days_of(rng, days=6)
        days[:, 0, 1] = days[:, 1, 0] = np.tanh(rng.normal(0, 1, 6))
        today = days_of(rng, days=1)[0]
        today[0, 1] = today[1, 0] = np.tanh(rng.normal(0, 1))
        found.append(correlation_shift(days, np.full(6, ROWS), today, ROWS).p_value[0, 1])
    assert (np.array(found) < 0.01).mean() < 0.05
