"""Confidence by its distribution in both directions; what rejections or entropy tell already is told once."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, REJECT, day, judge, outcomes, told, window
from windage.checks.confidence import Confidence
from windage.partitions.frames import FrameRows

ROWS = 2_000


def sure(rng, at, *, lower=0.0, rows=ROWS):
    """Confidences that wander a little from day to day."""
    wander = 0.01 * np.random.default_rng(at).standard_normal()
    return {"confidence": np.clip(rng.beta(8, 2, rows) + wander - lower, 0.0, 1.0)}


def judged(make_today, *, at=28, make=sure):
    return judge(window(FOUR_WEEKS, make), window([at], make_today))


@pytest.mark.parametrize("at", [28, 29, 33])
def test_ordinary_days_are_quiet(at):
    report = judged(sure, at=at)
    assert told(report) == []
    assert outcomes(report) == {**dict.fromkeys(outcomes(report), "ok")}
    assert 0 < report.outcomes["confidence"].detectable["confidence"] < 0.3


def test_a_fall_is_a_warning_and_a_collapse_a_page():
    assert told(judged(lambda rng, at: sure(rng, at, lower=0.06))) == [("confidence_drop", "warning", ())]
    assert told(judged(lambda rng, at: sure(rng, at, lower=0.35))) == [("confidence_drop", "critical", ())]


def test_a_rise_is_no_page_however_large():
    assert told(judged(lambda rng, at: {"confidence": np.full(ROWS, 0.999)})) == [("confidence_rise", "warning", ())]


def test_another_distribution_of_the_same_mean_alerts():
    def split(rng, at):
        mean = sure(rng, at)["confidence"].mean()
        return {"confidence": np.where(rng.random(ROWS) < 0.5, mean - 0.18, mean + 0.18)}

    report = judged(split)
    assert next(each.trigger for each in report.alerts) in ("confidence_drop", "confidence_rise")
    details = report.alerts[0].details
    assert details["cur_mean_confidence"] == pytest.approx(details["ref_mean_confidence"], abs=0.02)


@pytest.mark.parametrize(("today", "outcome"), [(1.0, "ok"), (0.9, "unknown")])
def test_a_confidence_that_is_always_the_same_is_no_question_while_it_stays(today, outcome):
    """As of a classifier that is always sure, or writes 1 beside each label."""
    report = judged(
        lambda rng, at: {"confidence": np.full(ROWS, today)}, make=lambda rng, at: {"confidence": np.ones(ROWS)}
    )
    assert outcomes(report)["confidence"] == outcome
    assert not report.alerts


def test_what_the_entropy_tells_is_told_once():
    def classes(rng, at, sharpness=3.0):
        logits = sharpness * rng.standard_normal((ROWS, 3)) + 0.02 * np.random.default_rng(at).standard_normal()
        odds = np.exp(logits)
        return {"probabilities": odds / odds.sum(axis=1, keepdims=True)}

    report = judge(window(FOUR_WEEKS, classes), window([28], lambda rng, at: classes(rng, at, 1.2)))
    assert [name for name, *_ in told(report)] == ["entropy_spike"]


def test_what_the_rejections_tell_is_told_once():
    def with_rejects(rng, at, lower=0.0):
        found = sure(rng, at, lower=lower)["confidence"]
        return {"confidence": found, "labels": [REJECT if each < 0.6 else "walk" for each in found]}

    report = judge(
        window(FOUR_WEEKS, with_rejects), window([28], lambda rng, at: with_rejects(rng, at, 0.12)), policy=None
    )
    assert [name for name, *_ in told(report)] == ["reject_rate_increase"]


def test_whose_rows_it_is():
    reference, current = window(FOUR_WEEKS, sure), day(28, **sure(np.random.default_rng(5), 28, lower=0.1))
    rows = FrameRows(None, [], np.array([[0.9, 0.1], [0.5, 0.5], [np.nan, 0.2]]))
    (alert,) = judge(reference, current).alerts
    excess = Confidence().row_excess(rows, reference, current, alert)
    assert excess[1] > 0 > excess[0]
    assert excess[2] == 0
