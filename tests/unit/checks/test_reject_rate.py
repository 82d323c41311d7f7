"""The share of rejected rows: an increase that reaches the limit is critical, a decrease is none."""

from datetime import UTC, datetime

import pytest

from windage.checks.reject_rate import RejectRate
from windage.policy import ReferencePolicy
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import DriftTrigger

AT = datetime(2026, 3, 1, tzinfo=UTC)


def window(rejected, of=1000, nulls=0, label="Mixed/Unknown"):
    counts = {"a": of - rejected, label: rejected} if rejected else {"a": of}
    return WindowProfile(rows=of + nulls, labels=CategoricalProfile(counts=counts, nulls=nulls))


def concluded(reference, current, check=None, **limits):
    check = check or RejectRate()
    return check.conclude(
        [ReferencePolicy(**limits).judge(check, each) for each in check.measure(reference, current)], AT
    )


@pytest.mark.parametrize(
    ("before", "now", "flagged"),
    [(0, 99, False), (0, 100, True), (100, 200, True), (700, 800, True), (300, 200, False), (1000, 0, False)],
)
def test_an_increase_of_exactly_the_limit_is_flagged(before, now, flagged):
    """0.8 − 0.7 is a last bit less than 0.1."""
    conclusion = concluded(window(before), window(now))
    assert conclusion.result.is_flagged is flagged
    assert len(conclusion.alerts) == flagged


@pytest.mark.parametrize(("limit", "flagged"), [(0.1 + 5e-10, True), (0.1 + 5e-9, False)])
def test_the_limit_is_met_within_a_billionth(limit, flagged):
    assert concluded(window(0), window(100), reject_increase_threshold=limit).result.is_flagged is flagged


def test_the_alert():
    conclusion = concluded(window(20), window(250))
    (alert,) = conclusion.alerts
    assert (alert.trigger, alert.severity) == (DriftTrigger.reject_rate_increase, "critical")
    assert alert.details["ref_rate"] == 0.02
    assert alert.details["cur_rate"] == 0.25
    assert conclusion.summary == "Reject rate increased from 2.00% to 25.00%."


def test_rows_without_a_label_are_not_counted():
    result = concluded(window(100, nulls=9000), window(100)).result
    assert (result.ref_rate, result.cur_rate, result.increase) == (0.1, 0.1, 0.0)


def test_another_reject_label():
    assert concluded(window(0), window(500, label="?")).result.increase == 0.0
    assert concluded(window(0), window(500, label="?"), RejectRate(reject_label="?")).result.increase == 0.5


def test_without_labels_there_is_no_rate():
    result = concluded(WindowProfile(rows=100), window(0)).result
    assert result.model_dump() == {"ref_rate": None, "cur_rate": None, "increase": None, "is_flagged": False}
