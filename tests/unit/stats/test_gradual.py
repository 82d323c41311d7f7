"""A change that came little by little is told from one that came at once; where neither is clear, it is not called gradual."""

import numpy as np
import pytest

from windage.stats.gradual import came_gradually

DATES = np.arange(28)


def ramp(begins, ends):
    return np.clip((DATES - begins) / (ends - begins), 0.0, 1.0)


def levels(shape, *, scatter, seed):
    return shape + np.random.default_rng(seed).normal(0, scatter, DATES.size)


@pytest.mark.parametrize(("begins", "ends"), [(20, 28), (14, 27), (0, 27), (10, 18)])
@pytest.mark.parametrize("seed", range(5))
def test_a_rise_over_days_is_gradual(begins, ends, seed):
    assert came_gradually(DATES, levels(ramp(begins, ends), scatter=0.05, seed=seed))
    assert came_gradually(DATES, -levels(ramp(begins, ends), scatter=0.05, seed=seed))


@pytest.mark.parametrize("first", [9, 21, 25, 27])
@pytest.mark.parametrize("part_of_the_first_day", [0.0, 0.5])
@pytest.mark.parametrize("scatter", [0.0, 0.05, 0.3, 2.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_not_however_the_days_scatter(first, part_of_the_first_day, scatter, seed):
    step = np.clip(DATES - first + 1.0 - part_of_the_first_day, 0.0, 1.0)
    assert not came_gradually(DATES, levels(step, scatter=scatter, seed=seed))


def test_days_that_are_missing_say_nothing_of_how_it_came():
    known = (DATES < 7) | (DATES > 20)
    assert not came_gradually(DATES[known], ramp(13, 14)[known])
    assert came_gradually(DATES[known], ramp(5, 25)[known])


@pytest.mark.parametrize("n", [0, 1, 4])
def test_few_days_say_nothing(n):
    assert not came_gradually(DATES[:n], ramp(0, 4)[:n])
