"""What many features' few days say together."""

import numpy as np
import pytest

from windage.stats.ordinary import LEAST_FREEDOM, MOST_FREEDOM, Spread, ordinary, spread_between


def features(rng, correlations, *, days=6, rows=2000):
    season = np.zeros(days, dtype=np.int64)
    for each in correlations:
        share = np.clip(0.4 + rng.normal(0, np.sqrt(each * 0.24), days), 0, 1)
        yield spread_between(rng.binomial(rows, share)[:, None].astype(float), np.full(days, float(rows)), season)


def test_features_alike_count_for_much():
    found = [ordinary(features(np.random.default_rng(seed), [0.01] * 40)) for seed in range(20)]
    assert np.mean([each.between for each in found]) == pytest.approx(0.01, rel=0.15)
    assert np.mean([each.freedom for each in found]) > 0.6 * MOST_FREEDOM


def test_features_that_differ_count_for_little():
    rng = np.random.default_rng(1)
    found = ordinary(features(rng, 0.01 * np.exp(2 * rng.normal(size=40))))
    assert found.freedom == LEAST_FREEDOM


def test_no_days_beyond_sampling_are_no_correlation():
    assert ordinary(features(np.random.default_rng(2), [0.0] * 40)).between == pytest.approx(0, abs=3e-4)


def test_too_few_features_say_nothing():
    assert ordinary([Spread(0.1, 0.01, 5)] * 2) is None
    assert ordinary([Spread(0.0, 0.0, 0)] * 9) is None


def test_a_few_that_vary_far_more_are_told_apart_and_do_not_spoil_what_the_others_say():
    alike = [ordinary(features(np.random.default_rng(seed), [0.01] * 14)) for seed in range(20)]
    mixed = [ordinary(features(np.random.default_rng(seed), [0.01] * 14 + [0.9] * 2)) for seed in range(20)]
    assert np.median([each.between for each in mixed]) == pytest.approx(0.01, rel=0.3)
    assert np.median([each.freedom for each in mixed]) >= 0.8 * np.median([each.freedom for each in alike])
    for each in mixed:
        assert each.unlike == pytest.approx(2 / 16, abs=1 / 16)
        quiet, wild = each.doubt(np.array([0.01, 0.9]), 5)
        assert quiet < 0.05
        assert wild > 0.95


def test_where_none_is_unlike_one_may_be_still():
    found = ordinary(features(np.random.default_rng(0), [0.01] * 40))
    assert found.unlike == pytest.approx(0.5 / 41)
    quiet, loud = found.doubt(np.array([0.01, 0.3]), 5)
    assert 0 < quiet < 0.01
    assert loud > 0.5


def test_what_never_varied_is_not_doubted():
    found = ordinary(features(np.random.default_rng(0), [0.01] * 14 + [0.9] * 2))
    assert found.doubt(np.array([0.0, 0.01]), np.array([5, 0])).tolist() == [0, 0]


def test_a_handful_cannot_show_that_it_agrees():
    found = ordinary(features(np.random.default_rng(0), [0.01] * 4))
    assert found.freedom <= 4
