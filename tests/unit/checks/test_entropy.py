"""Mean prediction entropy: a ratio above the limit is a warning, and what has no entropy is left out."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from windage.checks.entropy import Entropy
from windage.policy import ReferencePolicy
from windage.profiles.numeric import NumericProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import DriftTrigger, Outcome

AT = datetime(2026, 3, 1, tzinfo=UTC)


def window(*entropies, rows=60):
    values = np.resize(np.array(entropies, dtype=float), rows)
    return WindowProfile(rows=rows, scores=ScoreProfile(entropy=NumericProfile.of(values)))


def verdict(reference, current, **limits):
    check = Entropy()
    (measured,) = check.measure(reference, current)
    return ReferencePolicy(**limits).judge(check, measured)


@pytest.mark.parametrize(
    ("before", "now", "flagged"),
    [(0.25, 0.5, False), (0.25, 0.51, True), (0.5, 0.25, False), (0.25, 0.5 + 1e-11, False)],
)
def test_a_ratio_above_the_limit_is_flagged(before, now, flagged):
    assert (verdict(window(before), window(now)).outcome is Outcome.alert) is flagged


def test_the_alert():
    conclusion = Entropy().conclude([verdict(window(0.1, 0.3), window(0.5, 0.7))], AT)
    (alert,) = conclusion.alerts
    assert (alert.trigger, alert.severity) == (DriftTrigger.entropy_spike, "warning")
    assert conclusion.result.ratio == pytest.approx(3.0)
    assert conclusion.result.ref_mean_entropy == pytest.approx(0.2)
    assert conclusion.summary == "Entropy spike: 3.0x reference."


def test_rows_without_an_entropy_are_left_out():
    found = verdict(window(0.2, math.nan, rows=120), window(0.2, rows=60))
    assert found.measurement.rows == (60, 60)
    assert found.measurement.values["ratio"] == pytest.approx(1.0)


def test_a_reference_that_was_always_certain_gives_no_ratio():
    found = verdict(window(0.0), window(0.7))
    assert found.outcome is Outcome.unknown
    assert found.reason == "the reference's entropy is 0, so there is no ratio to it"
    assert Entropy().conclude([found], AT).result.cur_mean_entropy == pytest.approx(0.7)


def test_without_probabilities_there_is_no_entropy():
    assert verdict(WindowProfile(rows=100), window(0.1)).outcome is Outcome.unknown
