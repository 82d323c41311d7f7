"""The reference policy: which gate decides, when a limit is met, and what is too little to judge."""

import pytest
from pydantic import ValidationError

from windage.checks.check import Gate
from windage.checks.class_shift import ClassShift
from windage.checks.numeric_feature import NumericFeature
from windage.policy import PRESETS, ReferencePolicy
from windage.vocabulary import DriftTrigger, Measurement, Outcome

ENOUGH = (50, 50)


def feature(psi=0.0, p=1.0, rows=ENOUGH, bounds=None):
    return Measurement(subject="x", rows=rows, values={"psi": psi, "ks_p_value": p}, bounds=bounds or {})


def judged(measurement, **limits):
    verdict = ReferencePolicy(**limits).judge(NumericFeature(), measurement)
    gate = (verdict.gate.trigger.value, verdict.gate.severity) if verdict.gate else None
    return verdict.outcome.value, gate


@pytest.mark.parametrize(
    ("psi", "p", "expected"),
    [
        (0.0, 1.0, ("ok", None)),
        (0.2, 1.0, ("ok", None)),
        (0.2 + 2e-9, 1.0, ("alert", ("feature_psi", "warning"))),
        (0.4, 1.0, ("alert", ("feature_psi", "warning"))),
        (0.4 + 2e-9, 1.0, ("alert", ("feature_psi", "critical"))),
        (0.5, 0.0, ("alert", ("feature_psi", "critical"))),
        (0.3, 0.0, ("alert", ("feature_psi", "warning"))),
        (0.0, 0.04, ("alert", ("feature_ks", "warning"))),
        (0.0, 0.05, ("ok", None)),
    ],
)
def test_the_strictest_limit_crossed_decides(psi, p, expected):
    assert judged(feature(psi, p)) == expected


def test_critical_moves_with_the_threshold():
    assert judged(feature(1.5), psi_threshold=0.8) == ("alert", ("feature_psi", "warning"))
    assert judged(feature(1.7), psi_threshold=0.8) == ("alert", ("feature_psi", "critical"))


@pytest.mark.parametrize("rows", [(49, 50), (50, 49), (0, 0)])
def test_too_few_rows_are_unknown_however_large_the_effect(rows):
    verdict = ReferencePolicy().judge(NumericFeature(), feature(99, 0, rows))
    assert (verdict.outcome, verdict.gate) == (Outcome.unknown, None)
    assert f"{rows[0]} in the reference, {rows[1]} now" in verdict.reason


def test_an_error_comes_before_an_unknown_and_an_unknown_before_a_limit():
    broken = Measurement(subject="x", error="it broke", unknown="too little", values={"psi": 9.0}, rows=ENOUGH)
    assert judged(broken)[0] == "error"
    assert judged(broken.model_copy(update={"error": None}))[0] == "unknown"


@pytest.mark.parametrize(
    ("interval", "undecided"),
    [((0.1, 0.19), False), ((0.1, 0.21), True), ((0.21, 0.39), False), ((0.3, 0.5), True), ((0.5, 9.0), False)],
)
def test_a_limit_inside_the_certified_interval_is_undecided(interval, undecided):
    middle = sum(interval) / 2
    verdict = ReferencePolicy().judge(NumericFeature(), feature(middle, bounds={"psi": interval}))
    assert verdict.undecided is undecided


def test_a_milder_limit_that_is_undecided_does_not_matter_once_a_stricter_one_is_crossed():
    measurement = feature(9.0, 0.05, bounds={"psi": (8.0, 10.0), "ks_p_value": (0.01, 0.1)})
    assert not ReferencePolicy().judge(NumericFeature(), measurement).undecided


@pytest.mark.parametrize(
    ("side", "at", "just_inside", "beyond"),
    [
        ("above", False, 0.5 + 5e-10, 0.5 + 2e-9),
        ("at least", True, 0.5 - 2e-9, 0.5),
        ("below", False, 0.5 - 2e-10, 0.5 - 2e-9),
    ],
)
def test_a_limit_is_met_within_a_billionth(side, at, just_inside, beyond):
    gate = Gate(trigger=DriftTrigger.class_shift, statistic="shift", side=side, limit=0.5, severity="warning")
    assert gate.crossed_by(0.5) is at
    assert not gate.crossed_by(just_inside)
    assert gate.crossed_by(beyond)


@pytest.mark.parametrize("alpha", [1e-9, 1e-12, 1e-200])
def test_a_tiny_significance_level_is_still_one(alpha):
    assert judged(feature(p=alpha / 10), ks_alpha=alpha) == ("alert", ("feature_ks", "warning"))
    assert judged(feature(p=alpha), ks_alpha=alpha) == ("ok", None)


def test_every_limit_of_the_policy_reaches_its_gate():
    policy = ReferencePolicy(class_shift_threshold=0.5)
    assert [gate.limit for gate in policy.gates(ClassShift())] == [0.5]
    assert [gate.limit for gate in policy.gates(NumericFeature())] == [0.4, 0.2, 0.05]


def test_the_defaults_of_the_policy_are_the_gates_in_the_checks_files():
    for kind in (ClassShift, NumericFeature):
        assert ReferencePolicy().gates(kind()) == kind.gates


@pytest.mark.parametrize("limits", [{"psi_threshold": 0}, {"ks_alpha": 1.1}, {"min_rows": 0}, {"psi_treshold": 1}])
def test_limits_that_cannot_be_one(limits):
    with pytest.raises(ValidationError):
        ReferencePolicy(**limits)


def test_presets_go_by_their_name():
    assert all(name == policy.name == policy().preset for name, policy in PRESETS.items())
