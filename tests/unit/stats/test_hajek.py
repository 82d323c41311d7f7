"""Estimates from unequal probabilities: unbiased, with intervals that hold as often as they say."""

import numpy as np
import pytest
from scipy import stats

from windage.stats.hajek import confusion, hajek_share, macro_f1, macro_f1_interval


def test_of_equal_probabilities_and_users_of_a_row_each_it_is_clopper_and_pearsons():
    holds = np.arange(80) < 60
    found = hajek_share(holds, np.full(80, 0.1), np.arange(80))
    exact = stats.binomtest(60, 80).proportion_ci(0.95, "exact")
    assert found.value == 0.75
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.004)


@pytest.mark.parametrize("holds", [True, False])
def test_all_alike_is_not_certain(holds):
    found = hajek_share(np.full(30, holds), np.full(30, 0.5), np.arange(30))
    edge = 0.05 / 2
    assert found.value == holds
    assert found.high - found.low == pytest.approx(1 - edge ** (1 / 30), rel=0.02)


def test_rows_of_one_user_are_worth_a_row():
    found = hajek_share(np.ones(100, dtype=bool), np.ones(100), np.zeros(100, dtype=np.int64))
    assert found.rows == 1
    assert found.low < 0.05


@pytest.mark.parametrize("clustered", [False, True])
def test_the_interval_holds_the_truth_as_often_as_it_says(clustered):
    """Rows of 60 users, of whom each is right as often as he is; half of the rows are drawn ten times as likely."""
    rng = np.random.default_rng(11)
    population = 3_000
    users = np.arange(population) % 60
    skill = rng.beta(8, 2, 60) if clustered else np.full(60, 0.8)
    held, width = [], []
    for _ in range(300):
        right = rng.random(population) < skill[users]
        probability = np.where(np.arange(population) % 2 == 0, 0.20, 0.02)
        drawn = rng.random(population) < probability
        found = hajek_share(right[drawn], probability[drawn], users[drawn])
        held.append(found.low <= right.mean() <= found.high)
        width.append(found.high - found.low)
    assert np.mean(held) >= 0.93
    assert np.mean(width) < 0.25


def test_the_confusion_and_macro_f1_are_scikit_learns():
    from sklearn.metrics import confusion_matrix, f1_score

    rng = np.random.default_rng(2)
    truth, predicted = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    probability = rng.uniform(0.05, 1.0, 200)
    shares = confusion(truth, predicted, probability, classes=4)
    expected = confusion_matrix(truth, predicted, sample_weight=1 / probability)
    assert shares == pytest.approx(expected / expected.sum())
    assert macro_f1(shares) == pytest.approx(f1_score(truth, predicted, average="macro", sample_weight=1 / probability))


def test_the_interval_of_macro_f1():
    rng = np.random.default_rng(4)
    users = np.arange(400) % 40
    truth = rng.integers(0, 3, 400)
    predicted = np.where(rng.random(400) < 0.8, truth, rng.integers(0, 3, 400))
    value, low, high = macro_f1_interval(truth, predicted, np.ones(400), users, classes=3)
    assert low < value < high
    assert 0.03 < high - low < 0.2
    one = macro_f1_interval(truth, predicted, np.ones(400), np.zeros(400, dtype=np.int64), classes=3)
    assert one == (value, 0.0, 1.0)


def _of_rows_alone(truth, predicted):
    truth, predicted = np.array(truth), np.array(predicted)
    return macro_f1_interval(truth, predicted, np.ones(truth.size), np.arange(truth.size), classes=2)


def test_few_labels_that_are_all_wrong_or_all_right_do_not_make_macro_f1_certain():
    """By hand: of n rows that are all wrong, the share right may be 1 - 0.025^(1/n), which is 0.4096 for 7 rows and
    2 x 0.4096 / 1.4096 = 0.5812 as F1. Of 7 and 3 that are all right it may be 0.025^(1/n): 0.5904 and 0.2924, 0.7424 and
    0.4525 as F1, whose mean is 0.5975."""
    assert _of_rows_alone([0] * 4 + [1] * 3, [1] * 4 + [0] * 3) == pytest.approx((0.0, 0.0, 0.5812), abs=1e-4)
    assert _of_rows_alone([0] * 7 + [1] * 3, [0] * 7 + [1] * 3) == pytest.approx((1.0, 0.5975, 1.0), abs=1e-4)
    _, low, _ = _of_rows_alone([0, 1] * 500, [0, 1] * 500)
    assert 0.99 < low < 1


def test_two_users_alike_do_not_make_macro_f1_certain():
    truth, predicted = np.array([0, 1, 1] * 2), np.array([0, 1, 0] * 2)
    value, low, high = macro_f1_interval(truth, predicted, np.ones(6), np.arange(6) // 3, classes=2)
    assert value == pytest.approx(2 / 3)
    assert low < 0.2 < 0.9 < high
