"""How often chance alone looks like drift: seeded simulations of ordinary days."""

import numpy as np
import pytest
from scipy import stats

from counted import counts, drawn, means
from windage.stats.day_model import (
    Background,
    difference,
    mean_difference,
)

pytestmark = pytest.mark.slow


def false_alarms(make, *, draws=600, levels=(0.05, 0.001)):
    """Share of draws whose corrected p-value lies below each level."""
    found = []
    for draw in range(draws):
        result = make(np.random.default_rng([9, draw]))
        found.append(min(result.p_value.min() * result.looks, 1.0) if result.looks else 1.0)
    return [float(np.mean(np.array(found) < level)) for level in levels]


@pytest.mark.parametrize("rows", [60, 1000])
@pytest.mark.parametrize("day_sd", [0.0, 0.3])
@pytest.mark.parametrize("share", [0.002, 0.05, 0.5])
def test_one_share_of_ordinary_days(share, day_sd, rows):
    def make(rng):
        return difference(
            drawn(rng, 28, rows, share, day_sd=day_sd, seasons=True), drawn(rng, 1, rows, share, day_sd=day_sd)
        )

    five, thousandth = false_alarms(make)
    assert five <= 0.075
    assert thousandth <= 0.005


@pytest.mark.parametrize("day_sd", [0.0, 0.2, 1.0])
def test_cumulative_shares_of_ordinary_days(day_sd):
    """A normal feature at its 5 % quantiles, each day with a shift of its own."""
    cuts = stats.norm.ppf(np.arange(1, 20) / 20)

    def days(rng, n):
        shift = day_sd * rng.normal(size=n)
        inside = np.diff(stats.norm.cdf(cuts - shift[:, None]), axis=1, prepend=0, append=1)
        inside[:, -1] = 1 - stats.norm.cdf(cuts[-1] - shift)
        return counts(rng.multinomial(1000, inside).cumsum(axis=1)[:, :-1], 1000)

    five, thousandth = false_alarms(lambda rng: difference(days(rng, 28), days(rng, 1)))
    assert five <= 0.065
    assert thousandth <= 0.005


@pytest.mark.parametrize("day_sd", [0.0, 0.2])
def test_mean_scores_of_ordinary_days(day_sd):
    def days(rng, n):
        return means(day_sd * rng.normal(size=n) + rng.normal(size=n) * 0.2 / 10, 0.04, 100)

    p_values = np.array(
        [
            mean_difference(days(rng, 28), days(rng, 1)).p_value
            for rng in (np.random.default_rng([9, draw]) for draw in range(1000))
        ]
    )
    assert np.mean(p_values < 0.05) <= 0.07
    assert np.mean(p_values < 0.001) <= 0.004


@pytest.mark.parametrize("memory", [0.0, 0.4, 0.7])
def test_a_pooled_week_of_days_that_wander(memory):
    """As surely as the memory of the days is known, so seldom a week looks like drift."""
    cuts = stats.norm.ppf(np.arange(1, 20) / 20)

    def weeks(rng):
        path = rng.normal(size=28)
        for at in range(1, 28):
            path[at] = memory * path[at - 1] + np.sqrt(1 - memory**2) * path[at]
        below = stats.norm.cdf(cuts - 0.2 * path[:, None])
        inside = np.diff(below, axis=1, prepend=0, append=1)
        days = counts(rng.multinomial(2000, inside).cumsum(axis=1)[:, :-1], 2000)
        return (days.among(part) for part in (np.arange(28) < 21, np.arange(28) >= 21))

    known, guessed = (
        false_alarms(lambda rng, told=told: difference(*weeks(rng), Background(memory=told))) for told in (memory, 0.0)
    )
    assert known[0] <= 0.065
    assert known[1] <= 0.005
    assert memory < 0.5 or guessed[1] > 2 * known[1]


def test_means_of_days_that_wander():
    """Today beside days of which each takes much of the one before: their own spread tells too little of it."""

    def days(rng):
        path = rng.normal(size=29)
        for at in range(1, 29):
            path[at] = 0.8 * path[at - 1] + 0.6 * path[at]
        values = 0.2 * path + rng.normal(size=29) * 0.2 / 10
        return means(values[:28], 0.04, 100), means(values[28:], 0.04, 100)

    known, guessed = (
        np.mean(
            [
                mean_difference(*days(np.random.default_rng([9, k])), Background(memory=told)).p_value < 0.01
                for k in range(1500)
            ]
        )
        for told in (0.8, None)
    )
    assert known <= 0.015
    assert guessed > 1.5 * known
