"""How much a day resembles the one before it."""

import numpy as np
import pytest

from counted import counts
from windage.stats.autocorrelation import Resemblance, common_autocorrelation, runs


def resemblance(days):
    return Resemblance.of(*days.tallies)


def autocorrelation(days):
    return resemblance(days).autocorrelation()


def wandering(rng, days, memory):
    """An autoregressive path."""
    path = rng.normal(size=days)
    for day in range(1, days):
        path[day] = memory * path[day - 1] + np.sqrt(1 - memory**2) * path[day]
    return path


@pytest.mark.parametrize(("phi", "days"), [(0.0, 7), (0.3, 1), (0.3, 2), (0.5, 7), (0.9, 28)])
def test_runs_is_the_variance_of_a_mean_of_correlated_days(phi, days):
    lag = np.abs(np.subtract.outer(np.arange(days), np.arange(days)))
    assert runs(phi, days) == pytest.approx(float((float(phi) ** lag).sum()) / days)


def test_autocorrelation_is_found_and_kept_within_bounds():
    rng = np.random.default_rng(5)
    noise = rng.normal(size=400)
    series = np.zeros(400)
    for i in range(1, 400):
        series[i] = 0.7 * series[i - 1] + noise[i]
    found = autocorrelation(counts(rng.binomial(1000, 0.5 + 0.03 * series), 1000))
    assert found == pytest.approx(0.7, abs=0.08)
    assert autocorrelation(counts(rng.binomial(1000, 0.5 + 0.03 * noise), 1000)) == 0.3
    assert autocorrelation(counts([5] * 10, 10)) == 0.3
    assert autocorrelation(counts(np.arange(100.0), 100)) == 0.9


def test_a_season_is_no_autocorrelation():
    season = (np.arange(28) % 7 >= 5).astype(int)
    rng = np.random.default_rng(1)
    assert autocorrelation(counts(100 + 500 * season + rng.normal(size=28), 1000, season)) < 0.5


@pytest.mark.parametrize("memory", [0.0, 0.4, 0.7])
def test_what_one_subject_hardly_tells_many_tell_together(memory):
    rng = np.random.default_rng(8)
    found = []
    for _ in range(40):
        days = [counts(rng.binomial(1000, 0.5 + 0.05 * wandering(rng, 28, memory)), 1000) for _ in range(16)]
        found.append(common_autocorrelation([resemblance(each) for each in days]))
    assert np.mean(found) == pytest.approx(memory, abs=0.06)
    assert np.std(found) < 0.12


def test_one_loud_subject_does_not_speak_for_all():
    rng = np.random.default_rng(3)
    quiet = [resemblance(counts(rng.binomial(1000, 0.5 + 0.05 * rng.normal(size=28)), 1000)) for _ in range(15)]
    weather = resemblance(counts(rng.binomial(1000, np.clip(0.5 + 0.2 * wandering(rng, 28, 0.9), 0, 1)), 1000))
    assert weather.autocorrelation() > 0.4
    assert common_autocorrelation([*quiet, weather]) < 0.25


def test_columns_that_never_change_say_nothing_and_drown_nobody():
    still = resemblance(counts([500] * 28, 1000))
    assert common_autocorrelation([still] * 5) is None
    rng = np.random.default_rng(6)
    few = [resemblance(counts(rng.binomial(1000, 0.5 + 0.05 * wandering(rng, 28, 0.8)), 1000)) for _ in range(4)]
    assert common_autocorrelation([*few, *[still] * 20]) == common_autocorrelation(few) > 0.4


def test_two_subjects_are_too_few():
    assert common_autocorrelation([resemblance(counts([500, 510] * 14, 1000))] * 2) is None
