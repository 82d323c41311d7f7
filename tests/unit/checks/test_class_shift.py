"""Shares of the predicted classes: which have shifted, how far, and how many are listed."""

from datetime import UTC, datetime

import pytest

from windage.checks.class_shift import ClassShift
from windage.policy import ReferencePolicy
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import DriftTrigger, Outcome

AT = datetime(2026, 3, 1, tzinfo=UTC)


def window(**counts):
    return WindowProfile(rows=sum(counts.values()), labels=CategoricalProfile(counts=counts))


def concluded(reference, current, check=None):
    check = check or ClassShift()
    return check.conclude([ReferencePolicy().judge(check, each) for each in check.measure(reference, current)], AT)


@pytest.mark.parametrize(("moved", "flagged"), [(14, False), (15, False), (16, True)])
def test_more_than_the_limit_is_a_shift(moved, flagged):
    """0.65 − 0.5 is a last bit more than 0.15."""
    conclusion = concluded(window(a=50, b=50), window(a=50 + moved, b=50 - moved))
    assert conclusion.result.is_flagged is flagged
    assert conclusion.result.max_shift == pytest.approx(moved / 100)


def test_the_alert_names_every_class_that_shifted_and_no_other():
    conclusion = concluded(window(a=50, b=30, c=20), window(a=20, b=60, c=20))
    (alert,) = conclusion.alerts
    assert (alert.trigger, alert.severity) == (DriftTrigger.class_shift, "warning")
    assert alert.affected_features == ["a", "b"] == conclusion.result.shifted_classes
    assert alert.details["max_shift"] == pytest.approx(0.3)
    assert conclusion.summary == "Class shift in: a, b."


def test_a_class_that_came_and_one_that_went():
    result = concluded(window(a=80, b=20), window(a=80, c=20)).result
    assert result.ref_dist == {"a": 0.8, "b": 0.2}
    assert result.cur_dist == {"a": 0.8, "c": 0.2}
    assert result.shifted_classes == ["b", "c"]


def test_of_very_many_classes_those_that_moved_most_are_measured():
    before = {f"c{k:03}": 10 for k in range(500)}
    now = {**before, "c123": 3000}
    measured = list(ClassShift(listed=5).measure(window(**before), window(**now)))
    assert len(measured) == 5
    assert "c123" in {each.subject for each in measured}


def test_without_labels_there_are_no_classes():
    conclusion = concluded(WindowProfile(rows=100), window(a=100))
    assert conclusion.result.max_shift is None
    assert not conclusion.result.is_flagged


def test_a_number_named_as_the_label_is_no_class():
    numbers = window(**{f"{k / 7:.6f}": 1 for k in range(300)})
    (found,) = ClassShift().measure(numbers, numbers)
    assert ReferencePolicy().judge(ClassShift(), found).outcome is Outcome.unknown
    assert found.unknown.startswith("the reference's labels hold 300 values that seldom repeat in 300 rows")
    few = window(a=20, b=9)
    assert [each.subject for each in ClassShift().measure(few, few)] == ["a", "b"]
