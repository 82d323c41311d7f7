"""Which checks a monitor runs, with which settings, and which it cannot run."""

import pytest

from monitor_text import GOOD, parsed, with_line
from windage.errors import SpecError


def test_the_defaults_and_one_more():
    usual = [check.name for check in parsed(GOOD).checks_to_run()]
    with_users = GOOD.replace("log:\n", "log:\n  user: who\n", 1)
    assert "joint_drift" not in usual
    more = [
        check.name
        for check in parsed(with_users + "checks:\n  defaults:\n  joint_drift: {rows: 500}\n").checks_to_run()
    ]
    assert set(more) >= {*usual, "joint_drift"}
    spec = parsed(GOOD + "checks:\n  defaults:\n  numeric_feature: {bins: 20}\n")
    assert [check.name for check in spec.checks_to_run()] == usual
    assert next(check for check in spec.checks_to_run() if check.name == "numeric_feature").bins == 20
    with pytest.raises(SpecError, match="defaults: takes no settings"):
        parsed(GOOD + "checks:\n  defaults: {rows: 1}\n")


def test_a_check_that_is_false_is_left_out():
    usual = [check.name for check in parsed(GOOD).checks_to_run()]
    spec = parsed(GOOD + "checks: {defaults: , correlation: false, entropy: off}\n")
    assert [check.name for check in spec.checks_to_run()] == [each for each in usual if each != "correlation"]
    assert "entropy" not in spec.not_asked()
    assert [check.name for check in parsed(GOOD + "checks: {schema: , missingness: false}\n").checks_to_run()] == [
        "schema"
    ]
    for checks, problem in {
        "{correlation: false}": "Add 'defaults', without a value",
        "{defaults: false}": "defaults: takes no settings",
        "{defaults: , corelation: false}": "Did you mean 'correlation'",
        "{defaults: , correlation: 0}": "checks.correlation",
        "{defaults: , correlation: true}": "checks.correlation",
    }.items():
        with pytest.raises(SpecError, match=problem):
            parsed(GOOD + f"checks: {checks}\n")


def test_what_the_log_has_no_column_for_is_known():
    spec = parsed(GOOD)
    assert spec.not_asked()["segment"] == "user"
    assert spec.not_asked()["entropy"] == "probabilities"
    assert spec.not_asked()["categorical_feature"] == "categorical feature"
    assert spec.not_asked()["label_agreement"] == "label beside probabilities"
    assert not spec.not_asked().keys() & {each.name for each in spec.checks_to_run()}
    assert parsed(GOOD + "checks: {numeric_feature: }\n").not_asked() == {}


def test_predictions_alone_are_watched_for_columns_and_values_that_are_gone():
    alone = """
monitor: m
start: 2026-03-01
log: {location: "log/{start:%Y-%m-%d}", label: said, probabilities: [p, q], confidence: sure}
reference: {trailing: 28d}
"""
    asked = {each.name for each in parsed(alone).checks_to_run()}
    assert asked >= {"schema", "missingness", "duplicate_partition", "class_shift", "entropy", "row_volume"}


def test_checks_and_their_settings():
    spec = parsed(GOOD + "checks:\n  numeric_feature: {bins: 20}\n  reject_rate:\n")
    found = {check.name: check for check in spec.checks_to_run()}
    assert list(found) == ["numeric_feature", "reject_rate"]
    assert found["numeric_feature"].bins == 20


def test_the_reject_label_of_the_log_is_that_of_the_check_unless_it_has_its_own():
    labelled = with_line('  reject_label: "?"', after="log:")
    assert parsed(labelled + "checks: {reject_rate: {}}\n").checks_to_run()[0].reject_label == "?"
    own = parsed(labelled + 'checks: {reject_rate: {reject_label: "no"}}\n')
    assert own.checks_to_run()[0].reject_label == "no"
