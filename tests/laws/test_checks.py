"""What holds for every check there is, built in or installed; under the reference policy, for those that it asks."""

import dataclasses
import inspect
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from builders import Predictions
from windage.checks import discovered
from windage.checks.check import Family, Gate, Need
from windage.partitions.frames import FrameRows, profile_frame
from windage.policy import ReferencePolicy
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile
from windage.verdict.attribution import attribute
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.vocabulary import CheckResult, DriftReport, Outcome

AT = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = ReferencePolicy()
TESTS = Path(__file__).parents[1]
CALM, MOVED = Predictions(seed=1), Predictions(seed=2, moved=True)

ASKED = {name: kind for name, kind in discovered().items() if POLICY.asks(kind)}

every_check = pytest.mark.parametrize("kind", ASKED.values(), ids=ASKED)
BUILT_IN = {name for name, kind in discovered().items() if kind.__module__.startswith("windage.checks.")}
OURS = {name: kind for name, kind in ASKED.items() if name in BUILT_IN}
every_check_of_ours = pytest.mark.parametrize("kind", OURS.values(), ids=OURS)
every_file = pytest.mark.parametrize("kind", discovered().values(), ids=discovered())


def verdicts(check, reference, current, policy=POLICY):
    return [policy.judge(check, each) for each in check.measure(reference, current)]


def judged(check, reference, current) -> DriftReport:
    result = measure(check, reference, current, policy=POLICY)
    assert result.error is None
    return consolidate([result], [check], policy=POLICY, at=AT)


def without_time(report):
    return report.model_dump_json()


@every_check
def test_identical_windows_never_alert(kind):
    report = judged(kind(), CALM.profile, CALM.profile)
    assert report.alerts == []
    assert report.outcomes[kind.name].outcome is Outcome.ok
    assert report.outcome is Outcome.ok


@every_check
def test_windows_in_which_everything_moved_alert(kind):
    report = judged(kind(), CALM.profile, MOVED.profile)
    assert report.alerts
    assert report.outcomes[kind.name].outcome is Outcome.alert
    assert getattr(report, kind.report_field) is not None


@every_check
def test_the_order_of_rows_changes_nothing(kind):
    order = np.random.default_rng(0).permutation(200)
    expected = judged(kind(), CALM.profile, MOVED.profile)
    assert without_time(judged(kind(), CALM.take(order).profile, MOVED.take(order[::-1]).profile)) == without_time(
        expected
    )


@every_check
def test_the_number_of_parts_changes_nothing_in_what_was_found(kind):
    parts = [CALM.take(slice(start, start + 50)).profile for start in range(0, 200, 50)]
    merged, whole = WindowProfile.merge(parts), CALM.profile
    for one, other in zip(verdicts(kind(), merged, MOVED.profile), verdicts(kind(), whole, MOVED.profile), strict=True):
        for name in {gate.statistic for gate in kind.gates}:
            assert one.measurement.values[name] == pytest.approx(other.measurement.values[name], rel=1e-12)
        assert (one.subject, one.outcome, one.gate) == (other.subject, other.outcome, other.gate)


@every_check
@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 200), (200, 0), (1, 1), (49, 200), (200, 49)])
def test_too_few_rows_are_unknown_and_never_an_alert(kind, n, m):
    report = judged(kind(), CALM.take(slice(n)).profile, MOVED.take(slice(m)).profile)
    assert report.alerts == []
    assert report.outcomes[kind.name].outcome is Outcome.unknown
    assert report.outcomes[kind.name].reason
    assert report.outcome is Outcome.unknown


@every_check
def test_fifty_rows_are_enough(kind):
    report = judged(kind(), CALM.take(slice(50)).profile, CALM.take(slice(50)).profile)
    assert report.outcomes[kind.name].outcome is Outcome.ok


@every_check
def test_every_alert_says_what_moved_and_which_limit_it_crossed(kind):
    found = verdicts(kind(), CALM.profile, MOVED.profile)
    for alert in kind().conclude(found, AT).alerts:
        assert alert.affected_features or len(found) == 1
        assert set(alert.affected_features) <= {each.subject for each in found}
        assert alert.trigger in {each.trigger for each in kind.gates}
        assert alert.details["limit"] in {each.limit for each in POLICY.gates(kind())}
        gates = [each for each in POLICY.gates(kind()) if each.severity == alert.severity]
        assert alert.details["statistic"] in {each.statistic for each in gates}
        assert alert.timestamp == AT


EMPTY = NumericProfile.of(np.array([]))
HOSTILE = {
    "no rows": WindowProfile(rows=0),
    "rows without any part": WindowProfile(rows=100),
    "empty parts": WindowProfile(
        rows=0,
        numeric={"age": EMPTY},
        labels=CategoricalProfile(counts={}),
        scores=ScoreProfile(entropy=EMPTY),
        confidence=EMPTY,
    ),
    "only nulls": WindowProfile(
        rows=100,
        numeric={"age": NumericProfile.of(np.full(60, np.nan), nulls=40)},
        labels=CategoricalProfile(counts={}, nulls=100),
        scores=ScoreProfile(entropy=NumericProfile.of(np.full(100, np.nan)), invalid=100),
    ),
    "other features": WindowProfile(rows=100, numeric={"height": NumericProfile.of(np.arange(100.0))}),
    "faults": WindowProfile(
        rows=100, faults={"numeric.age": "it is text", "labels": "they are lists", "scores": "p_late is gone"}
    ),
}


@every_check
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("side", ["reference", "current", "both"])
def test_a_check_never_raises_and_never_passes_what_it_could_not_see(kind, hostile, side):
    good = profile_frame(CALM.frame[["age"]], numeric=["age"], labels=CALM.labels, probabilities=CALM.probabilities)
    reference = good if side == "current" else HOSTILE[hostile]
    current = good if side == "reference" else HOSTILE[hostile]
    report = judged(kind(), reference, current)
    outcome = report.outcomes[kind.name].outcome
    subject_is_there = side == "both" and hostile == "other features" and kind.needs == "numeric"
    if subject_is_there:
        assert outcome is Outcome.ok
    else:
        is_broken_today = hostile == "faults" and side != "reference"  # what earlier days lack, nobody can repair
        assert outcome is (Outcome.error if is_broken_today else Outcome.unknown)
    assert report.alerts == []
    assert without_time(report)


@every_check
def test_what_was_measured_travels_as_json(kind):
    """Also from inexact profiles, whose bounds are finite: between tasks there is nothing but JSON."""
    rng = np.random.default_rng(0)
    rough = [
        WindowProfile(
            rows=5000,
            numeric={
                "zeros": NumericProfile.of(
                    np.where(rng.random(5000) < 0.6, 0, rng.normal(size=5000)) + step, resolution=16
                )
            },
            labels=CategoricalProfile.of(CALM.labels),
            scores=ScoreProfile.of(each.probabilities, resolution=16),
        )
        for each, step in ((CALM, 0), (MOVED, 4))
    ]
    result = measure(kind(), *rough, policy=POLICY)
    assert CheckResult.model_validate_json(result.model_dump_json()) == result
    report = consolidate([result], [kind()], policy=POLICY, at=AT)
    assert DriftReport.model_validate_json(report.model_dump_json()) == report


@every_check_of_ours
def test_the_excess_of_the_rows_averages_to_the_change(kind):
    reference, current = CALM.profile, MOVED.profile
    for alert in judged(kind(), reference, current).alerts:
        excess = kind().row_excess(MOVED.rows, reference, current, alert)
        assert excess.shape == (200,)
        assert excess.mean() == pytest.approx(change(kind, alert, reference, current), rel=1e-12)


@every_check_of_ours
def test_rows_without_a_value_have_no_excess(kind):
    """Every third row's value is missing: it belongs to nobody's part of the change."""
    gone = np.arange(200) % 3 == 0
    frame = MOVED.frame.copy()
    frame.loc[gone] = np.nan
    labels = np.where(gone, None, MOVED.labels)
    probabilities = np.where(gone[:, None], np.nan, MOVED.probabilities)
    reference = CALM.profile
    current = profile_frame(frame, numeric=frame.columns, labels=labels, probabilities=probabilities)
    alerts = judged(kind(), reference, current).alerts
    assert alerts
    for alert in alerts:
        excess = kind().row_excess(FrameRows(frame, labels, probabilities), reference, current, alert)
        assert (excess[gone] == 0).all()
        assert excess[~gone].mean() == pytest.approx(change(kind, alert, reference, current), rel=1e-12)


def change(kind, alert, reference, current):
    """The change that an alert of each built-in check is about, computed apart from it."""
    if kind.name == "numeric_feature":
        (name,) = alert.affected_features
        return smoothed_psi(*(each.numeric[name].points for each in (reference, current)))
    if kind.name == "reject_rate":
        return alert.details["increase"]
    if kind.name == "entropy":
        return alert.details["cur_mean_entropy"] - alert.details["ref_mean_entropy"]
    if kind.name == "class_shift":
        return sum(abs(current.labels.share(each) - reference.labels.share(each)) for each in alert.affected_features)
    pytest.fail(f"say here what the excess of {kind.name} averages to")


def smoothed_psi(reference, current):
    """PSI with every count raised by a half, as attribution takes it: no row weighs infinitely."""
    edges = np.percentile(reference, np.linspace(0, 100, 11))
    edges[0], edges[-1] = -np.inf, np.inf
    p, q = (np.histogram(each, edges)[0] + 0.5 for each in (reference, current))
    p, q = p / p.sum(), q / q.sum()
    empirical = np.histogram(current, edges)[0] / current.size
    return float(np.sum((empirical - p) * np.log(q / p)))


@every_check
def test_one_user_of_twenty_is_found(kind):
    before, mixed, elsewhere = Predictions(4000, seed=3), Predictions(4000, seed=3), Predictions(4000, moved=True)
    theirs = mixed.users == "u7"
    mixed.frame.loc[theirs] = elsewhere.frame.loc[theirs] * 5
    mixed.labels[theirs] = "Mixed/Unknown"
    mixed.probabilities[theirs] = 1 / 3
    sensitive = ReferencePolicy(
        psi_threshold=0.01, ks_alpha=1.0, reject_increase_threshold=0.01, entropy_multiplier=1.0,
        class_shift_threshold=0.01,
    )  # fmt: skip
    profiles = before.profile, mixed.profile
    check = kind()
    report = consolidate([measure(check, *profiles, policy=sensitive)], [check], policy=sensitive, at=AT)
    report = attribute(report, [check], profiles, rows=mixed.rows, users=mixed.users)
    assert report.alerts
    for alert in report.alerts:
        assert alert.affected_user_ids == ["u7"]


@every_check
def test_an_unrelated_feature_silences_nothing(kind):
    before, after = (
        profile_frame(
            each.frame.assign(noise=np.arange(200.0), empty=np.nan),
            numeric=[*each.frame.columns, "noise", "empty"],
            labels=each.labels,
            probabilities=each.probabilities,
        )
        for each in (CALM, MOVED)
    )
    alone = judged(kind(), CALM.profile, MOVED.profile).alerts
    together = judged(kind(), before, after).alerts
    assert [each.model_dump() for each in together] == [each.model_dump() for each in alone]


@every_check
@pytest.mark.parametrize("factor", [2.0**-30, 0.5, 4.0, 2.0**40])
def test_units_do_not_matter(kind, factor):
    def scaled(each):
        return profile_frame(
            each.frame * factor, numeric=each.frame.columns, labels=each.labels, probabilities=each.probabilities
        )

    assert without_time(judged(kind(), scaled(CALM), scaled(MOVED))) == without_time(
        judged(kind(), CALM.profile, MOVED.profile)
    )


@every_file
def test_a_check_is_documented_and_tested(kind):
    text = inspect.getdoc(kind) or ""
    first = text.splitlines()[0]
    assert first.endswith("?"), "the first line is the question that the check asks"
    assert len(first) <= 80
    assert (TESTS / "unit/checks" / f"test_{kind.name}.py").exists() or kind.name not in BUILT_IN
    assert inspect.getmodule(kind).__doc__


@every_file
def test_a_check_declares_its_limits_and_its_settings(kind):
    assert kind.gates or kind.calibrated or kind.report_field  # advice without a limit is at least shown
    assert all(isinstance(gate, Gate) for gate in (*kind.gates, *kind.calibrated))
    assert kind.needs in get_args(Need)
    assert kind.family in get_args(Family)
    assert kind.report_field in {None, *DriftReport.model_fields}
    schema = TypeAdapter(kind).json_schema()
    for name, field in schema.get("properties", {}).items():
        assert field.get("description"), f"{kind.name}.{name} is not described"
        assert "default" in field
    assert schema.get("additionalProperties") is False


@every_file
def test_a_limit_of_each_statistic_goes_from_strict_to_mild(kind):
    """The first gate crossed decides, so that a mild one must not stand before a strict one."""
    ranks = {"critical": 0, "warning": 1}
    for gates in (kind.gates, kind.calibrated):
        for one, other in pairwise(gates):
            assert ranks[one.severity] <= ranks[other.severity]


@every_file
def test_the_limit_of_a_yes_or_no_is_1(kind):
    yes_or_no = [gate for gate in (*kind.gates, *kind.calibrated) if gate.yes_or_no]
    assert {(gate.side, gate.limit) for gate in yes_or_no} <= {("at least", 1.0)}


@every_file
def test_a_check_is_frozen_and_knows_no_other_keys(kind):
    check = kind()
    with pytest.raises(ValidationError):
        kind(surprise=1)
    for field in dataclasses.fields(kind):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(check, field.name, 1)
    assert check == kind()


def test_check_files_are_found_by_themselves():
    files = (TESTS.parent / "src/windage/checks").glob("*.py")
    assert {each.stem for each in files if re.search(r"^CHECK = ", each.read_text(), re.MULTILINE)} == BUILT_IN
    assert all(name == kind.name for name, kind in discovered().items())


def test_the_frame_of_the_laws_is_as_described():
    assert isinstance(CALM.frame, pd.DataFrame)
    assert len(set(CALM.users)) == 20
