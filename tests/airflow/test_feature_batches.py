"""Whole runs of a wide monitor's DAG: its checks' tasks are mapped over batches of features."""

from __future__ import annotations

import pytest

from airflow_runs import DRIFTED_DAY
from windage.judging import feature_batches
from windage.reports.store import ReportStore
from windage.vocabulary import Outcome


def latest(storage, ended):
    return ReportStore(f"{storage}/reports").latest(ended.dag.dag_id)


def as_said(report):
    """The report's JSON but for when it was made."""
    return report.model_dump_json().replace(report.generated_at.isoformat().replace("+00:00", "Z"), "")


@pytest.fixture
def in_batches(run, monitors, log, storage, monkeypatch):
    """What one task says of all features, and the DAG whose tasks are asked about one feature each."""
    monkeypatch.setattr(feature_batches, "FEATURES_PER_BATCH", 1)
    asked = {"policy": {"preset": "calibrated"}, "checks": {"numeric_feature": {}, "missingness": {}, "entropy": {}}}
    expected = latest(storage, run(monitors.dag(**asked, tasks="together"), DRIFTED_DAY))
    return monitors.dag(**asked), expected


WINDOW_AGAIN = {"window_start": "2026-03-10T00:00:00Z", "window_end": "2026-03-11T00:00:00Z"}


def test_a_wide_logs_features_are_asked_about_in_batches_and_the_report_is_the_same(run, storage, in_batches):
    dag, expected = in_batches
    ended = run(dag, run_type="manual", conf=WINDOW_AGAIN)
    assert ended.state == "success"
    checks = {task: state for task, state in ended.tasks.items() if task.startswith("checks.")}
    assert checks == dict.fromkeys(
        [
            "checks.entropy",
            *(f"checks.{name}[{batch}]" for name in ("missingness", "numeric_feature") for batch in (0, 1)),
        ],
        "success",
    )
    assert {"amount", "length"} == {each.feature for each in expected.feature_report.results}
    assert as_said(latest(storage, ended)) == as_said(expected)
    assert ended.labels("checks.numeric_feature") == ["amount … amount", "length … length"]


def test_a_batch_that_dies_makes_its_check_an_error(run, storage, in_batches):
    dag, _ = in_batches
    dag.task_dict["checks.numeric_feature"].expand_input.value[1]["batch"] = 7
    ended = run(dag, run_type="manual", conf=WINDOW_AGAIN)
    assert ended.tasks["checks.numeric_feature[0]"] == "success"
    assert ended.tasks["checks.numeric_feature[1]"] == "failed"
    outcomes = latest(storage, ended).outcomes
    assert outcomes["numeric_feature"].reason == "1 of the 2 tasks that run it left no result"
    assert {name: each.outcome for name, each in outcomes.items() if each.outcome is Outcome.error}.keys() == {
        "numeric_feature"
    }
    assert ended.state == "failed"
