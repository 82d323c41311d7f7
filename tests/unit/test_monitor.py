"""The contract of ``run_drift_check``: what is drift, what is unknown, and that no input can abort or falsify it."""

import json
import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from builders import Predictions
from windage import auto_enqueue_drift_labels, run_drift_check, write_drift_report
from windage.errors import InvalidInput, StoreUnavailable
from windage.labeling.queue import ActiveLabelingQueue
from windage.policy import ReferencePolicy
from windage.reports.document import from_json, to_json
from windage.vocabulary import DriftReport, DriftTrigger, Outcome

N = 200


def columns(seed=0, **more):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=N), "y": rng.normal(size=N), **more})


def labels(rejected=0, n=N):
    return ["Mixed/Unknown"] * rejected + ["a", "b"] * ((n - rejected) // 2) + ["a"] * ((n - rejected) % 2)


def sure(p, n=N, classes=3):
    rest = (1 - p) / (classes - 1)
    return np.column_stack([np.full(n, p), *[np.full(n, rest)] * (classes - 1)])


def check(current=None, *, reference=None, ref_labels=None, cur_labels=None, **more):
    reference = columns() if reference is None else reference
    current = columns() if current is None else current
    return run_drift_check(
        reference,
        current,
        labels(n=len(reference)) if ref_labels is None else ref_labels,
        labels(n=len(current)) if cur_labels is None else cur_labels,
        **more,
    )


def triggers(report):
    return [(each.trigger.value, each.severity) for each in report.alerts]


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


def test_only_columns_that_both_windows_have_are_compared_unless_named():
    report = check(columns(only_now=1.0), reference=columns(only_before=1.0))
    assert compared(report) == ["x", "y"]
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
        "No drift detected. numeric_feature could not be judged: too few rows with a value"
    )


def test_an_error_and_an_unknown_are_each_given_their_own_reason():
    frame = columns(text="t", gone=np.nan)
    summary = check(frame, reference=frame, numerical_features=["text", "gone", "x"]).summary
    assert "numeric_feature could not be judged: too few rows" in summary
    assert "numeric_feature broke: the reference window's column 'text' is not numeric" in summary


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


# ── Input that does not fit ───────────────────────────────────────────────────

SHORT = N - 1


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
        ([["a"]] * N, "no matrix of numbers"),
        ([[0.5]] * (N - 1) + [[0.5, 0.5]], "no matrix of numbers"),
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


def assert_is_strict_json(report):
    content = to_json(report)

    def refuse(constant):
        raise AssertionError(constant)

    json.loads(content, parse_constant=refuse)
    assert from_json(content, location="there") == report


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


# ── Which rows are queued ─────────────────────────────────────────────────────

START = datetime(2026, 3, 1, tzinfo=UTC)


def queueable(n=10, **more):
    return pd.DataFrame(
        {
            "user_id": [f"u{k}" for k in range(n)],
            "bucket_start_ts": [START + timedelta(minutes=k) for k in range(n)],
            "predicted_label": "a",
            **more,
        }
    )


@pytest.fixture
def drifted():
    return check(columns() + 9)


@pytest.fixture
def queued(tmp_path, drifted):
    """Queues rows and gives back the users asked about, in the order of asking, with their requests."""

    def enqueue(frame, report=drifted, **more):
        path = tmp_path / "queue.json"
        n = auto_enqueue_drift_labels(report, frame, path, **more)
        items = ActiveLabelingQueue(path).all_items
        assert len(items) == n
        return items

    return enqueue


def users_of(items):
    return [each.user_id for each in items]


def test_nothing_is_queued_without_an_alert(queued, tmp_path):
    assert queued(queueable(), report=check()) == []
    assert list(tmp_path.iterdir()) == []


def test_the_least_sure_rows_are_queued_first_and_no_more_than_the_limit(queued):
    items = queued(queueable(), cur_confidences=[0.9, 0.1, 0.5, 0.2, *[0.95] * 6], limit=3)
    assert users_of(items) == ["u1", "u3", "u2"]
    assert [each.confidence for each in items] == [0.1, 0.2, 0.5]
    assert {each.reason for each in items} == {"drift"}


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf, None, pd.NA])
def test_rows_without_a_confidence_come_last(queued, nothing):
    items = queued(queueable(4), cur_confidences=[0.9, nothing, 0.5, nothing], limit=3)
    assert users_of(items) == ["u2", "u0", "u1"]
    assert items[-1].confidence is None


def test_without_confidences_the_first_rows_are_taken(queued):
    assert users_of(queued(queueable(), limit=2)) == ["u0", "u1"]


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_of_none(queued, limit):
    assert queued(queueable(), limit=limit) == []


def test_the_same_rows_are_not_queued_twice(drifted, tmp_path):
    assert auto_enqueue_drift_labels(drifted, queueable(), tmp_path / "queue.json", limit=4) == 4
    assert auto_enqueue_drift_labels(drifted, queueable(), tmp_path / "queue.json", limit=4) == 0


def test_an_empty_window_queues_nothing(queued):
    assert queued(queueable().head(0)) == []
    assert queued(pd.DataFrame()) == []


def test_rows_without_a_time_cannot_be_asked_about(drifted, tmp_path):
    with pytest.raises(InvalidInput, match="no column 'bucket_start_ts'"):
        auto_enqueue_drift_labels(drifted, queueable().drop(columns="bucket_start_ts"), tmp_path / "q.json")


@pytest.mark.parametrize("confidences", [[0.5], [0.5] * 11, "x" * 10, ["much"] * 10])
def test_confidences_that_do_not_fit(drifted, tmp_path, confidences):
    with pytest.raises(InvalidInput, match="confidences"):
        auto_enqueue_drift_labels(drifted, queueable(), tmp_path / "q.json", cur_confidences=confidences)
    assert list(tmp_path.iterdir()) == []


def test_what_a_row_lacks_is_filled_in(queued):
    frame = queueable(2, bucket_end_ts=[pd.NaT, START + timedelta(hours=1)], predicted_label=[None, math.nan])
    frame["user_id"] = [None, "u1"]
    first, second = queued(frame)
    assert (first.user_id, first.predicted_label) == ("unknown", None)
    assert first.bucket_end_ts - first.bucket_start_ts == timedelta(minutes=1)
    assert second.predicted_label is None
    assert second.bucket_end_ts == START + timedelta(hours=1)


def test_rows_without_a_beginning_are_left_out_and_counted(queued, caplog):
    frame = queueable(4)
    frame.loc[[0, 2], "bucket_start_ts"] = pd.NaT
    assert users_of(queued(frame, cur_confidences=[0.1, 0.9, 0.2, 0.8])) == ["u3", "u1"]
    assert "2 of 4 rows have no bucket_start_ts" in caplog.text


@pytest.mark.parametrize("value", ["soon", {}])
def test_a_beginning_that_is_no_time(drifted, tmp_path, value):
    frame = queueable(2, bucket_start_ts=[value, START])
    with pytest.raises(InvalidInput, match="no time"):
        auto_enqueue_drift_labels(drifted, frame, tmp_path / "q.json")


def test_columns_of_no_concern_do_not_matter(queued):
    frame = queueable(2)
    frame.insert(0, "x", 1.0)
    frame.insert(0, "x", 2.0, allow_duplicates=True)
    assert users_of(queued(frame)) == ["u0", "u1"]


@pytest.mark.parametrize("naive", [True, False])
def test_times_are_utc(queued, naive):
    frame = queueable(1)
    if naive:
        frame["bucket_start_ts"] = frame["bucket_start_ts"].dt.tz_localize(None)
    else:
        frame["bucket_start_ts"] = frame["bucket_start_ts"].dt.tz_convert("America/New_York")
    assert queued(frame)[0].bucket_start_ts == START
