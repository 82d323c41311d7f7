"""A window's record says of each feature and each check what its report says."""

from datetime import UTC, datetime

import pytest

from windage.errors import InvalidInput
from windage.history.record import Cell, Line, record_of
from windage.vocabulary import (
    CheckOutcome,
    CheckResult,
    ConfidenceStats,
    DriftAlert,
    DriftReport,
    DriftTrigger,
    EstimatedAccuracy,
    Measurement,
    Outcome,
    RealisedPerformance,
    TelemetrySnapshot,
    Window,
)

NOW = datetime(2026, 3, 3, tzinfo=UTC)
WINDOW = Window.model_validate({"start": "2026-03-02", "end": "2026-03-03"})
RESULTS = [
    CheckResult(
        check="numeric_feature",
        measurements=(
            Measurement(subject="x", values={"effect": 0.4, "effect_least": 0.31}),
            Measurement(subject="y", values={"effect": 0.05}),
            Measurement(subject="z", unknown="too few rows"),
        ),
    ),
    CheckResult(check="missingness", measurements=(Measurement(subject="y", values={"effect": 0.2, "effect_least": 0.1}),)),
    CheckResult(check="reject_rate", measurements=(Measurement(subject="reject_rate", values={"effect": 0.02}),)),
    CheckResult(check="confidence", measurements=(Measurement(subject="confidence", values={"effect": 0.17}),)),
    CheckResult(check="schema", measurements=(Measurement(subject="columns", values={"gone": 0.0}),)),
    CheckResult(check="entropy", error="it broke"),
    CheckResult(check="duplicate_partition", measurements=(Measurement(subject="duplicate_partition", values={"repeated": 0.0}),)),
    CheckResult(check="correlation", measurements=(Measurement(subject="pairs", unknown="too few days"),)),
]  # fmt: skip


def alerting(check, trigger, severity, *features):
    return DriftAlert(check=check, trigger=trigger, severity=severity, affected_features=features, timestamp=NOW)


def report(**about):
    alert = alerting("numeric_feature", DriftTrigger.feature_ks, "critical", "x")
    of_window = alerting("reject_rate", DriftTrigger.reject_rate_increase, "warning")
    given = {
        "monitor": "m",
        "current_window": WINDOW,
        "current_rows": 500,
        "alerts": [alert, of_window],
        "any_critical": True,
        "outcomes": {
            "numeric_feature": CheckOutcome(outcome=Outcome.alert, unknown={"z": "too few rows"}),
            "missingness": CheckOutcome(outcome=Outcome.ok),
            "reject_rate": CheckOutcome(outcome=Outcome.alert),
            "confidence": CheckOutcome(outcome=Outcome.ok),
            "entropy": CheckOutcome(outcome=Outcome.error, reason="it broke"),
        },
        "telemetry_snapshot": TelemetrySnapshot(
            timestamp=NOW, total_windows=500, reject_rate=0.1, class_distribution={"a": 0.9, "b": 0.1},
            confidence_stats=ConfidenceStats(mean=0.8, median=0.8, p5=0.5, p95=0.9, std=0.1),
        ),
        "estimated_accuracy": EstimatedAccuracy(reference=0.8, current=0.97, margin=0.05),
        "realised_performance": RealisedPerformance(rows=5, users=2, accuracy=0.7, accuracy_interval=(0.5, 0.9)),
        **about,
    }  # fmt: skip
    return DriftReport(**given)


def test_a_feature_has_its_certain_effect_and_its_worst_state():
    found = record_of(report(), RESULTS)
    assert found.cells == {"x": Cell(0.31, "critical"), "y": Cell(0.1, "ok"), "z": Cell(None, "unknown")}


def test_a_check_of_the_window_has_a_cell_of_its_own_and_a_broken_one_is_broken():
    found = record_of(report(), RESULTS)
    assert found.wholes == {
        "reject_rate": Cell(0.02, "warning"),
        "confidence": Cell(0.17, "ok"),
        "schema": Cell(None, "ok"),
        "entropy": Cell(None, "error"),
        "duplicate_partition": Cell(None, "ok"),
        "correlation": Cell(None, "unknown"),
    }


def test_an_alert_is_its_checks_whatever_trigger_or_name_it_shares():
    alerts = [
        alerting("mine", DriftTrigger.other, "warning"),
        alerting("class_shift", DriftTrigger.class_shift, "critical", "x"),
    ]
    answers = [
        *RESULTS,
        CheckResult(check="class_shift", measurements=(Measurement(subject="x", values={"move": 0.3}),)),
    ]
    found = record_of(report(alerts=alerts), answers)
    assert found.cells["x"] == Cell(0.31, "ok")
    assert (found.wholes["class_shift"].state, found.wholes["mine"].state) == ("critical", "warning")


def test_a_feature_knows_which_checks_alerted_about_it_the_most_urgent_first():
    alerts = [
        alerting("value_range", DriftTrigger.value_range, "warning", "y", "x"),
        alerting("numeric_feature", DriftTrigger.feature_ks, "critical", "x"),
        alerting("class_shift", DriftTrigger.class_shift, "critical", "y"),
    ]
    found = record_of(report(alerts=alerts), RESULTS).alerted
    assert found == {"x": {"numeric_feature": "critical", "value_range": "warning"}, "y": {"value_range": "warning"}}
    assert list(found["x"]) == ["numeric_feature", "value_range"]


def test_a_feature_that_a_check_broke_on_is_broken_and_no_lack_of_data():
    broken = {"numeric_feature": CheckOutcome(outcome=Outcome.error, errors={"z": "no such column"})}
    assert record_of(report(alerts=[], outcomes=broken, any_critical=False), RESULTS).cells["z"].state == "error"


@pytest.mark.parametrize("check", ["segment", "missingness"])
def test_what_a_check_of_users_or_columns_could_not_judge_of_a_feature_shows_in_its_own_cell(check):
    results = [
        *RESULTS,
        CheckResult(check=check, measurements=(Measurement(subject="x", unknown="no user has 10 rows"),)),
    ]
    outcome = CheckOutcome(outcome=Outcome.unknown, unknown={"x": "no user has 10 rows"}, answered=1)
    found = record_of(report(alerts=[], any_critical=False, outcomes={check: outcome}), results)
    assert found.state == "unknown"
    assert found.wholes[check].state == "unknown"
    assert found.cells["x"].state == "ok"


def test_lines_are_the_numbers_of_the_report_with_their_intervals():
    found = record_of(report(), RESULTS, run_id="r")
    assert (found.state, found.n_alerts, found.rows, found.run_id) == ("critical", 2, 500, "r")
    assert found.lines["estimated_accuracy"] == pytest.approx(Line(0.97, 0.92, 1.0))
    assert found.lines["realised_accuracy"] == Line(0.7, 0.5, 0.9)
    assert found.lines["reject_rate"] == Line(0.1)
    assert found.classes == {"a": 0.9, "b": 0.1}


def test_nothing_judged_is_unknown_and_never_ok():
    found = record_of(DriftReport(monitor="m", current_window=WINDOW), [])
    assert (found.state, found.lines, found.cells) == ("unknown", {}, {})


def test_a_report_of_no_monitor_has_no_record():
    with pytest.raises(InvalidInput, match="needs a monitor and a window"):
        record_of(DriftReport(), [])
