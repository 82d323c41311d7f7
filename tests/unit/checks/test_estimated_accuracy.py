"""Accuracy without labels: the mean confidence, right for calibrated probabilities and never an alert."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, window

ROWS = 4_000


def sure(rng, at, low=0.5):
    return {"confidence": rng.uniform(low, 1.0, ROWS)}


def test_it_is_the_accuracy_of_calibrated_probabilities():
    today = sure(np.random.default_rng([1, 28]), 28, 0.8)["confidence"]
    report = judge(
        window(FOUR_WEEKS, sure), window([28], lambda rng, at: sure(rng, at, 0.8)), only="estimated_accuracy"
    )
    estimate = report.estimated_accuracy
    is_right = np.random.default_rng(7).random(ROWS) < today
    assert estimate.current == pytest.approx(is_right.mean(), abs=3 * np.sqrt(0.09 / ROWS))
    assert estimate.reference == pytest.approx(0.75, abs=0.01)
    assert 0 < estimate.margin < 0.05


def test_it_never_alerts():
    report = judge(
        window(FOUR_WEEKS, sure),
        window([28], lambda rng, at: {"confidence": np.full(ROWS, 0.1)}),
        only="estimated_accuracy",
    )
    assert report.alerts == []
    assert report.outcomes["estimated_accuracy"].outcome == "ok"
    assert report.estimated_accuracy.current == pytest.approx(0.1)


def test_a_score_that_is_no_probability_has_no_accuracy():
    report = judge(
        window(FOUR_WEEKS, sure),
        window([28], lambda rng, at: {"confidence": np.full(ROWS, 87.0)}),
        only="estimated_accuracy",
    )
    outcome = report.outcomes["estimated_accuracy"]
    assert outcome.outcome == "unknown"
    assert outcome.reason == "confidences must be between 0 and 1; these are between 87 and 87"
    assert report.estimated_accuracy.current is None


def test_few_reference_days_give_no_margin():
    report = judge(window(range(3), sure), window([3], sure), only="estimated_accuracy")
    assert report.estimated_accuracy.margin is None
    assert report.estimated_accuracy.current == pytest.approx(0.75, abs=0.02)
