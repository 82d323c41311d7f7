"""The promise is held against what labels say, no further than they say it."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from daily import FOUR_WEEKS, window
from windage.checks.realised_performance import RealisedPerformance
from windage.policy import CalibratedPolicy, ReferencePolicy
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.vocabulary import Outcome, utc_now
from windage.vocabulary import RealisedPerformance as Found

CHECK = RealisedPerformance(promised=0.8)


def performance(accuracy, low, high, rows=200):
    return Found(rows=rows, users=20, accuracy=accuracy, accuracy_interval=(low, high))


def judged(found, *, policy=None, check=CHECK, **about):
    policy = policy or CalibratedPolicy()
    reference = window(FOUR_WEEKS, lambda rng, at: {"numeric": {"x": rng.normal(size=80)}})
    current = replace(window([28], lambda rng, at: {"numeric": {"x": rng.normal(size=80)}}), realised=found, **about)
    result = measure(check, reference, current, policy=policy)
    return consolidate([result], [check], policy=policy, at=utc_now())


@pytest.mark.parametrize(
    ("found", "severities"),
    [
        (performance(0.9, 0.85, 0.94), []),
        (performance(0.82, 0.76, 0.87), ["warning"]),
        (performance(0.7, 0.64, 0.76), ["critical"]),
        (performance(0.7, 0.64, 0.76, rows=12), ["critical"]),
        (performance(0.9, 0.8, 0.96), []),
    ],
)
def test_the_interval_decides(found, severities):
    assert [each.severity for each in judged(found).alerts] == severities


def test_the_reference_policy_knows_nothing_of_promises():
    assert judged(performance(0.7, 0.64, 0.76), policy=ReferencePolicy()).alerts == []


def test_without_a_promise_nothing_is_judged():
    report = judged(performance(0.7, 0.64, 0.76), check=RealisedPerformance())
    assert report.outcomes["realised_performance"].outcome is Outcome.unknown


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, "no row of the last 28 days was labelled"),
        (Found(rows=0, users=0), "no row of the last 28 days was labelled"),
        (
            Found(rows=0, users=0, left_out=4),
            "4 labels of the last 28 days have no prediction or inclusion probability; see labeling.uniform_share",
        ),
        (performance(0.5, 0.2, 0.8, rows=9), "9 labels put the accuracy between 20% and 80%, too wide to judge"),
    ],
)
def test_too_few_labels_are_unknown_and_make_no_window_unknown(found, why):
    report = judged(found)
    outcome = report.outcomes["realised_performance"]
    assert (outcome.outcome, outcome.reason) == (Outcome.unknown, why)
    assert report.alerts == []
    assert report.outcome is Outcome.ok


def test_labels_that_cannot_be_read_are_an_error():
    report = judged(None, faults={"answers": "the database is gone"})
    assert report.outcomes["realised_performance"].outcome is Outcome.error


def test_the_sentence_says_how_many_labels_and_how_sure():
    from windage.reports.sentences.alert import alert_sentence

    (alert,) = judged(performance(0.7, 0.64, 0.76)).alerts
    said = str(alert_sentence(alert)).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert said == "Accuracy is 70.0 % by 200 labels (64.0 % to 76.0 %), below the promised 80.0 %."
    (alert,) = judged(performance(0.82, 0.76, 0.87)).alerts
    assert "which does not prove the promised" in str(alert_sentence(alert))


@pytest.mark.parametrize("promised", [0, 1, 80])
def test_a_promise_is_a_share(promised):
    with pytest.raises(ValidationError):
        RealisedPerformance(promised=promised)
