"""The contract of ``run_drift_check``: what is drift, what is unknown, and that no input can abort or falsify it."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from builders import Predictions
from checked import N, assert_is_strict_json, check, columns, labels, sure, triggers
from windage import run_drift_check
from windage.policy import ReferencePolicy
from windage.vocabulary import DriftTrigger, Outcome

# ── What is found ─────────────────────────────────────────────────────────────


def test_no_drift():
    report = check(ref_probs=sure(0.9), cur_probs=sure(0.9))
    assert report.summary == "No drift detected."
    assert (report.alerts, report.any_critical, report.outcome) == ([], False, Outcome.ok)
    assert (report.reference_rows, report.current_rows, report.policy) == (N, N, "reference")
    assert report.telemetry_snapshot.total_windows == N


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"x": 5.0}, [("feature_psi", "critical")]),
        ({"x": 5.0, "y": 5.0}, [("feature_psi", "critical")] * 2),
    ],
)
def test_a_feature_that_moved(change, expected):
    current = columns()
    for name, by in change.items():
        current[name] += by
    report = check(current)
    assert triggers(report) == expected
    assert [each.affected_features for each in report.alerts] == [[name] for name in change]
    assert report.feature_report.flagged_features == list(change)
    assert report.any_critical
    assert set(report.pictures) == set(change)
    assert report.summary == f"{len(change)} alert(s) raised. Drifted features: {', '.join(change)}."


def test_the_limits_given_are_the_limits_used():
    rng = np.random.default_rng(0)
    reference, current = pd.DataFrame({"x": rng.normal(size=2000)}), pd.DataFrame({"x": rng.normal(0.4, 1, 2000)})
    psi = check(current, reference=reference).feature_report.results[0].psi
    for limit, expected in (
        (psi / 3, [("feature_psi", "critical")]),
        (psi / 1.5, [("feature_psi", "warning")]),
        (psi * 1.1, [("feature_ks", "warning")]),
    ):
        assert triggers(check(current, reference=reference, psi_threshold=limit)) == expected
    assert triggers(check(current, reference=reference, psi_threshold=psi * 1.1, ks_alpha=1e-100)) == []


@pytest.mark.parametrize(("rejected", "expected"), [(19, []), (20, [("reject_rate_increase", "critical")])])
def test_a_reject_rate_that_rose_by_exactly_a_tenth(rejected, expected):
    report = check(cur_labels=labels(rejected))
    assert triggers(report) == expected
    assert report.reject_rate_drift.is_flagged is bool(expected)
    assert report.any_critical is bool(expected)


def test_an_entropy_spike():
    report = check(ref_probs=sure(0.99), cur_probs=sure(0.5))
    assert triggers(report) == [("entropy_spike", "warning")]
    assert not report.any_critical
    assert report.entropy_drift.ratio > 2
    assert report.summary.startswith("1 alert(s) raised. Entropy spike: ")


def test_labels_that_became_floats_are_the_same_classes():
    numbers = [0, 1] * (N // 2)
    report = check(ref_labels=numbers, cur_labels=pd.Series([*numbers[:-1], None]))
    assert report.alerts == []
    assert set(report.class_shift.cur_dist) == set(report.telemetry_snapshot.class_distribution) == {"0", "1"}


def test_shifted_classes_are_the_affected_features():
    report = check(cur_labels=["a"] * 160 + ["b"] * 40)
    (alert,) = report.alerts
    assert (alert.trigger, alert.severity) == (DriftTrigger.class_shift, "warning")
    assert alert.affected_features == ["a", "b"] == report.class_shift.shifted_classes


def test_everything_at_once_and_in_the_order_of_the_checks():
    calm, moved = Predictions(seed=1), Predictions(seed=2, moved=True)
    report = run_drift_check(
        calm.frame, moved.frame, calm.labels, moved.labels,
        ref_probs=calm.probabilities, cur_probs=moved.probabilities, user_ids=moved.users,
    )  # fmt: skip
    assert triggers(report) == [
        ("feature_psi", "critical"),
        ("feature_psi", "critical"),
        ("reject_rate_increase", "critical"),
        ("entropy_spike", "warning"),
        ("class_shift", "warning"),
    ]
    assert list(report.outcomes) == ["numeric_feature", "reject_rate", "entropy", "class_shift"]
    assert report.summary.startswith(
        "5 alert(s) raised. Drifted features: age, amount. Reject rate increased from 0.00%"
    )


@pytest.mark.parametrize("given", ["ref_probs", "cur_probs", None])
def test_without_both_matrices_there_is_no_entropy_check(given):
    report = check(**({given: sure(0.9)} if given else {}))
    assert report.entropy_drift is None
    assert "entropy" not in report.outcomes
    assert report.outcome is Outcome.ok
    assert (report.telemetry_snapshot.mean_entropy > 0) == (given == "cur_probs")


def test_a_policy_is_taken_instead_of_the_limits():
    policy = ReferencePolicy(min_rows=1000)
    assert check(policy=policy, psi_threshold=0.001).outcome is Outcome.unknown


def test_another_reject_label():
    given = ["?"] * 100 + ["a"] * 100
    assert not check(cur_labels=given, ref_labels=["a"] * N).reject_rate_drift.is_flagged
    report = check(cur_labels=given, ref_labels=["a"] * N, reject_label="?")
    assert report.reject_rate_drift.cur_rate == report.telemetry_snapshot.reject_rate == 0.5


# ── Which columns are compared ────────────────────────────────────────────────


def compared(report):
    return [each.feature for each in report.feature_report.results]


def test_identifiers_times_and_texts_are_no_features():
    extra = {
        "user_id": "u", "session_id": 1, "opened_ts": 1.0, "created_at": 1.0, "timestamp": 1.0, "schema_version": 1,
        "text": "t", "when": pd.Timestamp("2026-03-01"),
    }  # fmt: skip
    assert compared(check(columns(**extra), reference=columns(**extra))) == ["x", "y"]


def test_a_column_that_is_gone_is_an_error_and_a_new_one_is_not_compared():
    report = check(columns(only_now=1.0), reference=columns(only_before=1.0))
    assert compared(report) == ["x", "y"]
    errors = report.outcomes["numeric_feature"].errors
    assert errors.keys() == {"only_before"}
    assert "the current window has no column 'only_before'" in errors["only_before"]
    assert report.outcome is Outcome.error
    report = check(columns(only_now=1.0), numerical_features=["x", "only_now"])
    assert compared(report) == ["x"]
    assert "no column 'only_now'" in report.outcomes["numeric_feature"].errors["only_now"]


@pytest.mark.parametrize(
    "make",
    [
        lambda v: v.astype(np.int64),
        lambda v: v.astype(np.int8),
        lambda v: v.astype(np.float32),
        lambda v: v.astype(np.float16),
        lambda v: v > 0,
        lambda v: pd.array(v.astype(np.int64), dtype="Int64"),
        lambda v: pd.array(v, dtype="Float64"),
        lambda v: pd.array(v > 0, dtype="boolean"),
        lambda v: pd.array(v.astype(np.int64), dtype="int64[pyarrow]"),
        lambda v: pd.array(v, dtype="double[pyarrow]"),
    ],
)
def test_every_kind_of_number_is_a_feature(make):
    values = np.random.default_rng(0).normal(size=N) * 3
    report = check(columns(z=make(values)), reference=columns(z=make(values)))
    assert compared(report) == ["x", "y", "z"]
    moved = check(columns(z=make(values + 9)), reference=columns(z=make(values)))
    assert moved.feature_report.flagged_features == ["z"]


@pytest.mark.parametrize(
    "values",
    [
        [Decimal("1.5"), None] * 100,
        [1, 2.5, None, 4] * 50,
        [True, None] * 100,
        pd.Series([1, pd.NA] * 100, dtype=object),
        pd.Series([1.5, None] * 100, dtype="Float64"),
    ],
)
def test_objects_that_are_numbers_are_compared_when_named(values):
    frame = columns(z=pd.Series(values, dtype=object) if isinstance(values, list) else values)
    report = check(frame, reference=frame, numerical_features=["z"])
    assert report.outcomes["numeric_feature"].outcome is Outcome.ok


def test_columns_whose_names_are_no_text():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 2)))
    assert compared(check(frame, reference=frame)) == ["0", "1"]
    assert compared(check(frame, reference=frame, numerical_features=[1])) == ["1"]
    nested = pd.DataFrame(frame.to_numpy(), columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert compared(check(nested, reference=nested)) == ["('a', 'x')", "('a', 'y')"]


# ── One broken column never costs the others ──────────────────────────────────

BROKEN = {
    "text": ("oops", "is not numeric"),
    "dates": (pd.Timestamp("2026-03-01"), "is not numeric"),
    "lists": ([[1]] * N, "is not numeric"),
    "complex numbers": (1j, "is not numeric"),
    "categories": (pd.Series(["a"] * N, dtype="category"), "is not numeric"),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("side", ["current", "reference"])
def test_a_broken_column_is_an_error_and_the_others_are_judged(broken, side):
    values, sentence = BROKEN[broken]
    windows = {"reference": columns(z=1.0), "current": columns(z=1.0)}
    windows["current"]["x"] += 9
    windows[side] = windows[side].assign(z=values)
    report = check(**windows, numerical_features=["z", "x", "y"])
    assert report.feature_report.flagged_features == ["x"]
    assert compared(report) == ["x", "y"]
    assert sentence in report.outcomes["numeric_feature"].errors["z"]
    assert f"the {side} window" in report.feature_report.unknown["z"]
    assert report.telemetry_snapshot is not None
    assert ".." not in report.summary


def test_a_feature_that_became_text_is_an_error_without_being_named():
    report = check(columns().assign(x="1"))
    assert compared(report) == ["y"]
    assert "'x' is not numeric" in report.outcomes["numeric_feature"].errors["x"]
    assert "numeric_feature failed" in report.summary


def test_a_column_that_stands_there_twice():
    twice = columns()
    twice.insert(2, "x", 1.0, allow_duplicates=True)
    report = check(twice, reference=columns())
    assert compared(report) == ["y"]
    assert "2 columns named 'x'" in report.outcomes["numeric_feature"].errors["x"]
    assert list(report.telemetry_snapshot.feature_missingness) == ["y"]
    assert check(twice, reference=twice).outcome is Outcome.error


@pytest.mark.parametrize("side", ["current", "reference"])
def test_a_column_without_a_value_is_unknown(side):
    report = check(**{side: columns(z=np.nan), "current" if side == "reference" else "reference": columns(z=1.0)})
    assert report.outcomes["numeric_feature"].outcome is Outcome.unknown
    assert list(report.outcomes["numeric_feature"].unknown) == ["z"]
    assert compared(report) == ["x", "y"]
    assert report.summary.startswith(
        "No drift detected in what could be judged. numeric_feature could not be judged: too few rows with a value"
    )


def test_an_error_and_an_unknown_are_each_given_their_own_reason():
    frame = columns(text="t", gone=np.nan)
    summary = check(frame, reference=frame, numerical_features=["text", "gone", "x"]).summary
    assert "numeric_feature could not be judged: too few rows" in summary
    assert "numeric_feature failed: the reference window's column 'text' is not numeric" in summary


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_left_out_and_never_reach_the_report(value):
    dirty = columns()
    dirty.loc[::4, "x"] = value
    report = check(dirty, cur_confidences=np.resize([value, 0.5], N))
    assert report.outcome is Outcome.ok
    assert_is_strict_json(report)
    assert report.telemetry_snapshot.confidence_stats.mean == 0.5


@pytest.mark.parametrize("value", [1e200, 1.7e308])
def test_confidences_too_large_to_be_added_up_do_not_cost_the_report(value):
    report = check(cur_confidences=np.resize([0.0, value], N))
    assert report.telemetry_snapshot.confidence_stats is None
    assert_is_strict_json(report)


def test_huge_values_are_compared_and_drawn():
    huge = columns(x=np.resize([-1.7e308, 1.7e308, 0.0], N))
    report = check(columns(x=np.resize([1e308, 1.7e308], N)), reference=huge)
    assert report.feature_report.flagged_features == ["x"]
    assert_is_strict_json(report)


# ── How much is enough ────────────────────────────────────────────────────────


@pytest.mark.parametrize("n", [0, 1, 2, 49])
@pytest.mark.parametrize("side", ["reference", "current"])
def test_too_few_rows_are_unknown(n, side):
    few = columns().head(n) + 99
    report = check(**{side: few})
    assert {name: each.outcome for name, each in report.outcomes.items()} == dict.fromkeys(
        ["numeric_feature", "reject_rate", "class_shift"], Outcome.unknown
    )
    assert report.outcome is Outcome.unknown
    assert report.alerts == []
    assert "could not be judged" in report.summary
    assert report.telemetry_snapshot.total_windows == (n if side == "current" else N)
    assert_is_strict_json(report)


def test_fifty_rows_are_judged():
    report = check(columns().head(50) + 9, reference=columns().head(50))
    assert report.any_critical


def test_frames_without_a_column():
    report = check(pd.DataFrame(index=range(N)), reference=pd.DataFrame(index=range(N)))
    assert report.outcomes["numeric_feature"].outcome is Outcome.unknown
    assert report.outcomes["class_shift"].outcome is Outcome.ok
    empty = check(pd.DataFrame(), reference=pd.DataFrame())
    assert empty.outcome is Outcome.unknown
