"""What ``run_drift_check`` does with input that does not fit, whose drift it names, and the document it gives."""

import json
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from builders import Predictions
from checked import N, assert_is_strict_json, check, columns, labels, sure
from windage import run_drift_check, write_drift_report
from windage.errors import InvalidInput, StoreUnavailable
from windage.reports.document import from_json
from windage.vocabulary import DriftReport, Outcome

# ── Input that does not fit ───────────────────────────────────────────────────

SHORT = N - 1


@pytest.mark.parametrize("given", [None, {"x": [1.0]}, pd.Series([1.0]), [[1.0]]])
@pytest.mark.parametrize("argument", ["ref_features_df", "cur_features_df"])
def test_what_is_no_frame_is_named(argument, given):
    frame = pd.DataFrame({"x": [1.0]})
    frames = {"ref_features_df": frame, "cur_features_df": frame, argument: given}
    with pytest.raises(InvalidInput, match=rf"^{argument} must be a pandas DataFrame; got {type(given).__name__}\."):
        run_drift_check(**frames, ref_labels=["a"], cur_labels=["a"])


@pytest.mark.parametrize("wrong", [-3.0, 9.0, np.nan])
def test_probabilities_that_are_none_are_no_pass(wrong):
    report = check(ref_probs=sure(0.9), cur_probs=np.full((N, 3), wrong))
    assert report.outcomes["entropy"].outcome is Outcome.unknown
    assert report.outcome is not Outcome.ok


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("ref_labels", ["a"] * SHORT),
        ("cur_labels", ["a"] * SHORT),
        ("ref_probs", sure(0.9, SHORT)),
        ("cur_probs", sure(0.9, SHORT)),
        ("cur_confidences", [0.5] * SHORT),
        ("user_ids", ["u"] * SHORT),
    ],
)
def test_lengths_that_disagree_name_both(argument, value):
    given = {"ref_probs": sure(0.9), "cur_probs": sure(0.9), argument: value}
    with pytest.raises(InvalidInput, match=rf"{N} rows but {SHORT} ") as error:
        check(**given)
    assert argument.split("_", 1)[1].replace("probs", "probabilities") in str(error.value)


@pytest.mark.parametrize(
    ("probabilities", "sentence"),
    [
        (np.full(N, 0.5), r"shape \(200,\)"),
        (np.full((N, 3, 1), 0.5), r"shape \(200, 3, 1\)"),
        (0.5, r"shape \(\)"),
        ([[10**400]] * N, "cannot be read as numbers: int too large"),
        ([["a"]] * N, "cannot be read as numbers"),
        ([[0.5]] * (N - 1) + [[0.5, 0.5]], "cannot be read as numbers"),
    ],
)
@pytest.mark.parametrize("argument", ["ref_probs", "cur_probs"])
def test_probabilities_that_are_no_matrix(probabilities, sentence, argument):
    with pytest.raises(InvalidInput, match=sentence):
        check(**{"ref_probs": sure(0.9), "cur_probs": sure(0.9), argument: probabilities})


def test_another_number_of_classes_is_compared_all_the_same():
    report = check(ref_probs=sure(0.9, classes=3), cur_probs=sure(0.9, classes=4))
    assert report.outcomes["entropy"].outcome is Outcome.ok
    assert report.entropy_drift.ratio > 1


def test_rows_that_are_no_probabilities_do_not_abort():
    dirty = sure(0.9)
    dirty[:3] = [[math.nan] * 3, [math.inf, -math.inf, 0], [1e308, 1e308, 0]]
    report = check(ref_probs=sure(0.9), cur_probs=dirty)
    assert report.outcomes["entropy"].outcome is Outcome.ok
    assert_is_strict_json(report)
    report = check(ref_probs=sure(0.9), cur_probs=np.full((N, 3), math.nan))
    assert report.outcomes["entropy"].outcome is Outcome.unknown


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("psi_threshold", 0),
        ("psi_threshold", math.nan),
        ("ks_alpha", 1.5),
        ("reject_increase_threshold", -0.1),
        ("entropy_multiplier", "much"),
        ("class_shift_threshold", 2),
        ("reject_label", ""),
    ],
)
def test_a_limit_that_cannot_be_one_is_named(argument, value):
    with pytest.raises(InvalidInput, match=f"{argument}.*got"):
        check(**{argument: value})


@pytest.mark.parametrize(
    "given",
    [
        ["a", None, float("nan"), pd.NA] * 50,
        pd.Series(["a", None] * 100),
        pd.Series(["a", "b"] * 100, dtype="category"),
        np.array(["a", "b"] * 100),
        [1, 2] * 100,
        [True, False] * 100,
        ["a", 1] * 100,
        [2**70, "a"] * 100,
        tuple(labels()),
    ],
    ids=lambda given: f"{type(given).__name__} of {given[0]!r}",
)
def test_labels_of_any_kind(given):
    report = check(cur_labels=given, ref_labels=given)
    assert report.outcomes["class_shift"].outcome is Outcome.ok
    assert report.class_shift.max_shift == 0
    assert report.telemetry_snapshot.class_distribution.keys() == report.class_shift.cur_dist.keys()


def test_labels_without_any_value_are_unknown():
    report = check(cur_labels=[None] * N)
    assert report.outcomes["reject_rate"].outcome is report.outcomes["class_shift"].outcome is Outcome.unknown


def test_labels_in_two_dimensions():
    with pytest.raises(InvalidInput, match="2 dimensions"):
        check(cur_labels=np.array([["a", "b"]] * N))


# ── Whose drift ───────────────────────────────────────────────────────────────


def one_user_of_twenty(n=4000):
    reference = pd.DataFrame({"x": np.random.default_rng(0).normal(size=n)})
    current = reference.copy()
    users = np.array([f"u{k % 20}" for k in range(n)], dtype=object)
    current.loc[users == "u7", "x"] += 8
    return reference, current, users


@pytest.mark.parametrize("source", ["argument", "column", "both"])
def test_the_one_user_of_twenty_who_moved(source):
    reference, current, users = one_user_of_twenty()
    if source != "argument":
        current["user_id"] = users if source == "column" else "nobody"
    report = check(current, reference=reference, user_ids=None if source == "column" else users)
    (alert,) = report.alerts
    assert alert.affected_features == ["x"]
    assert alert.affected_user_ids == ["u7"]


def test_nobody_is_named_without_users():
    reference, current, _ = one_user_of_twenty()
    assert [each.affected_user_ids for each in check(current, reference=reference).alerts] == [[]]


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA])
def test_rows_of_nobody_are_not_laid_on_anybody(missing):
    reference, current, users = one_user_of_twenty()
    users[users == "u7"] = missing
    for given in ({"user_ids": users}, {"current": current.assign(user_id=users)}):
        report = check(**{"current": current, "reference": reference, **given})
        assert [each.affected_user_ids for each in report.alerts] == [[]]


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>alert(1)</script>", "a/b\\c", "\N{SNOWMAN}", "a" * 300])
def test_user_ids_are_carried_as_they_are(name, tmp_path):
    reference, current, users = one_user_of_twenty()
    users[users == "u7"] = name
    report = check(current, reference=reference, user_ids=list(users))
    assert report.alerts[0].affected_user_ids == [name]
    written = write_drift_report(report, tmp_path / "r.json")
    assert from_json(written.read_bytes(), location=written) == report
    assert [each.name for each in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize("users", [np.arange(4000) % 20, pd.Series(np.arange(4000) % 20)])
def test_user_ids_that_are_numbers(users):
    reference, current, _ = one_user_of_twenty()
    assert check(current, reference=reference, user_ids=users).alerts[0].affected_user_ids == ["7"]


def test_two_columns_of_users_are_one_too_many():
    frame = columns(user_id="u")
    frame.insert(0, "user_id", "v", allow_duplicates=True)
    with pytest.raises(InvalidInput, match="more than one column 'user_id'"):
        check(frame)


# ── Nothing is changed, and the same input gives the same report ──────────────


def test_the_callers_data_is_not_touched():
    calm, moved = Predictions(seed=1), Predictions(seed=2, moved=True)
    given = {
        "ref_probs": calm.probabilities, "cur_probs": moved.probabilities, "user_ids": moved.users,
        "cur_confidences": moved.probabilities.max(axis=1),
    }  # fmt: skip
    frames = calm.frame.copy(), moved.frame.copy()
    before = [np.array(each, copy=True) for each in (*given.values(), calm.labels, moved.labels)]
    run_drift_check(calm.frame, moved.frame, calm.labels, moved.labels, **given)
    pd.testing.assert_frame_equal(calm.frame, frames[0])
    pd.testing.assert_frame_equal(moved.frame, frames[1])
    for old, now in zip(before, (*given.values(), calm.labels, moved.labels), strict=True):
        np.testing.assert_array_equal(old, now)


def without_times(report):
    return report.model_dump_json(exclude=TIMES)


TIMES = {
    "generated_at": True,
    "alerts": {"__all__": {"timestamp"}},
    "feature_report": {"timestamp"},
    "telemetry_snapshot": {"timestamp"},
}


def test_the_same_windows_give_the_same_bytes_but_for_the_time():
    calm, moved = Predictions(seed=1), Predictions(seed=2, moved=True)
    wide = [each.frame.assign(**{f"f{k}": each.frame["age"] * k for k in range(40)}) for each in (calm, moved)]
    found = {without_times(run_drift_check(*wide, calm.labels, moved.labels, user_ids=moved.users)) for _ in range(5)}
    assert len(found) == 1


# ── The document ──────────────────────────────────────────────────────────────


def test_the_report_is_written_whole_and_read_back(tmp_path):
    report = check(columns() + 9, user_ids=["u"] * N)
    path = write_drift_report(report, tmp_path / "not" / "yet" / "there" / "drift_report.json")
    assert from_json(path.read_bytes(), location=path) == report
    assert [each.name for each in path.parent.iterdir()] == ["drift_report.json"]
    again = write_drift_report(check(), str(path))
    assert from_json(again.read_bytes(), location=path).alerts == []


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = write_drift_report(check(), tmp_path / "drift_report.json")
    before = path.read_bytes()
    broken = check(columns() + 9)
    broken.alerts[0].details["oops"] = object()
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        write_drift_report(broken, path)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(StoreUnavailable, match="disk full"):
        write_drift_report(check(columns() + 9), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["drift_report.json"]


def test_documents_of_older_versions_load():
    old = {
        "alerts": [
            {"trigger": "feature_psi", "details": {}, "severity": "critical", "timestamp": "2026-01-01T00:00:00"}
        ],
        "feature_report": {"results": [], "flagged_features": ["x"], "timestamp": "2026-01-01T00:00:00Z"},
        "telemetry_snapshot": {"timestamp": "2026-01-01T00:00:00+01:00", "total_windows": 5},
        "summary": "1 alert(s) raised.",
        "any_critical": True,
    }
    report = from_json(json.dumps(old).encode(), location="there")
    assert report.alerts[0].affected_user_ids == []
    assert report.alerts[0].timestamp == datetime(2026, 1, 1, tzinfo=UTC)
    assert report.telemetry_snapshot.timestamp == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert report.format_version == 1
    assert from_json(b"{}", location="there") == DriftReport()
