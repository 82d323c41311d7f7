"""A classifier held out by user finds what no feature and no pair shows; users and ordinary days are no drift."""

import sys

import numpy as np
import pytest

from daily import day, judge, outcomes, told, window
from windage.checks.joint_drift import JointDrift
from windage.stats.two_sample import above_usual, area, separability

ROWS, DAYS = 600, range(8)


def three(rng, at, *, tied=False):
    """Three independent features; tied, the sign of the third is that of the product of the others."""
    users = np.repeat([f"u{k}" for k in range(20)], ROWS // 20)
    x, y, z = rng.normal(size=(3, ROWS))
    own = np.repeat(rng.normal(0, 0.2, 20), ROWS // 20)
    return {"numeric": {"x": x + own, "y": y, "z": np.abs(z) * np.sign(x * y) if tied else z}, "users": users}


REFERENCE = window(DAYS, three)


def judged(make_today):
    return judge(REFERENCE, window([14], make_today), only="joint_drift")


def test_what_no_feature_and_no_pair_shows():
    today = window([14], lambda rng, at: three(rng, at, tied=True))
    assert told(judge(REFERENCE, today)) == []
    report = judge(REFERENCE, today, only="joint_drift")
    ((trigger, severity, features),) = told(report)
    assert (trigger, severity) == ("joint_drift", "warning")
    assert set(features) == {"x", "y", "z"}
    assert report.alerts[0].details["auc"] > report.alerts[0].details["usual_auc"] + 0.1


def test_an_ordinary_day_is_quiet():
    assert outcomes(judged(three)) == {"joint_drift": "ok"}


def test_other_users_are_no_drift():
    """Each user is somewhere else in the features; other users than before come today, as others do every day."""

    def homes(rng, at):
        who = rng.choice(200, 20, replace=False)
        home = np.random.default_rng(3).normal(0, 3, (200, 2))[who]
        x, y = np.repeat(home, ROWS // 20, axis=0).T + rng.normal(size=(2, ROWS))
        return {"numeric": {"x": x, "y": y}, "users": np.repeat([f"u{k}" for k in who], ROWS // 20)}

    report = judge(window(DAYS, homes), window([14], homes), only="joint_drift")
    assert outcomes(report) == {"joint_drift": "ok"}


def test_a_feature_that_moved_by_itself_explains_it():
    def moved(rng, at):
        columns = three(rng, at)
        return {**columns, "numeric": {**columns["numeric"], "x": columns["numeric"]["x"] + 2}}

    report = judged(moved)
    assert [each.affected_features for each in report.alerts] == [["x"]]


@pytest.mark.parametrize("has_values", [[], ["u3"]])
def test_a_feature_without_values_in_the_rows_it_learns_from_costs_no_answer(has_values):
    def rows(at, *, tied):
        found = three(np.random.default_rng(at), at, tied=tied)
        new = np.where(np.isin(found["users"], has_values), 1.0, np.nan)
        return np.column_stack([*found["numeric"].values(), new]), found["users"].astype(object)

    (before, of_before), (alike, of_alike), (other, of_other) = (
        rows(1, tied=False),
        rows(2, tied=False),
        rows(3, tied=True),
    )
    usual = separability(before, alike, (of_before, of_alike)).auc
    assert usual < 0.6 < separability(before, other, (of_before, of_other)).auc


def test_without_rows_to_read_nobody_knows():
    reference = window(DAYS, lambda rng, at: {**three(rng, at), "users": None})
    (measured,) = JointDrift().measure(reference, window([14], three))
    assert measured.unknown


def test_few_users_cannot_be_held_out():
    def one(rng, at):
        return {"numeric": {"x": rng.normal(size=ROWS)}, "users": ["ann"] * ROWS}

    with pytest.raises(Exception, match="1 users; at least 5 are needed"):
        list(JointDrift().measure(window(DAYS, one), window([14], one)))


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(Exception, match=r"Install windage\[two-sample\]"):
        separability(np.zeros((10, 1)), np.zeros((10, 1)), (np.array(["a"] * 10, object),) * 2)


def test_the_area_is_scikit_learns():
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(0)
    scores, is_now = random.integers(0, 20, 300).astype(float), random.integers(0, 2, 300)
    assert area(scores, is_now) == pytest.approx(roc_auc_score(is_now, scores), abs=1e-12)


def test_chance_is_never_smaller_than_chance():
    """Days that are alike by luck make nothing certain."""
    assert above_usual(0.53, np.full(8, 0.5), 500) == pytest.approx(
        above_usual(0.53, np.full(8, 0.5) + 1e-9, 500), rel=1e-3
    )
    assert above_usual(0.53, np.full(8, 0.5), 500) > 0.05
    assert above_usual(0.5, np.array([0.49, 0.5, 0.51]), 500) == pytest.approx(0.5)


def test_a_day_by_itself_can_be_sampled():
    sample = day(3, **three(np.random.default_rng(0), 3)).sample()
    assert sample.features == ("x", "y", "z")
    assert sample.first(7).values.shape == (7, 3)
