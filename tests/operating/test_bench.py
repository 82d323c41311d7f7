"""The operating-characteristics bench itself: seeded, and its faults are what they say they are."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "quality"))

import first_days
from fault import Truth
from judges import judges
from score import Quiet, outcome
from stream import QUIET_BEFORE_FAULT, Finding, JudgedDay, Life, Reaction, Run
from tables import report
from worlds import QUIET

from faults import FAULTS
from world import REJECT


@pytest.mark.parametrize("world", QUIET.values(), ids=list(QUIET))
def test_a_seed_is_one_life(world):
    first, again, other = (world.begin(seed, days=31).day(30) for seed in (1, 1, 2))

    assert all(np.array_equal(first.numeric[name], again.numeric[name], equal_nan=True) for name in world.numeric)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.latent, other.latent)


@pytest.fixture(scope="module")
def timeline():
    return QUIET["seasons"].begin(3, days=40)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_changes_what_it_says_and_no_other_feature(timeline, fault):
    target = fault.target(timeline)
    truth = fault.truth(timeline, target)
    clean = timeline.day(35)
    broken = fault.applied(timeline, clean, target, since=0, index=35)
    if broken.rows < clean.rows:
        return

    changed = {
        name
        for values in ("numeric", "categorical")
        for name, before in getattr(clean, values).items()
        if not np.array_equal(before, getattr(broken, values)[name], equal_nan=values == "numeric")
    }

    assert changed == truth.features
    theirs = np.isin(clean.users, list(truth.users))
    for name in changed & set(clean.numeric) if truth.users else ():
        assert np.array_equal(broken.numeric[name] != clean.numeric[name], theirs)


def test_rejected_points_are_points():
    timeline = QUIET["independent"].begin(0, days=40)
    fault, clean = FAULTS["reject +10 points"], timeline.day(35)
    broken = fault.applied(timeline, clean, fault.target(timeline), since=0, index=35)

    assert np.mean(broken.labels == REJECT) - np.mean(clean.labels == REJECT) == pytest.approx(0.10, abs=0.001)


def test_a_run_is_scored_against_its_truth():
    world = QUIET["independent"]
    alerts = (_finding("feature_psi", "critical", ("normal_0", "normal_1")), _finding("class_shift", "warning", ()))
    truth = Truth(topics=frozenset({"drift"}), severities=frozenset({"critical"}), features=frozenset({"normal_0"}))
    still = Reaction(reject=0.0, classes=0.0, entropy_ratio=1.0)
    days = (_day(0), _day(1, *alerts), _day(2))
    broken = outcome(
        Run(policy="any", world=world, seed=0, days=days, fault=FAULTS["frozen"], truth=truth, reaction=still)
    )
    quiet = Quiet.of([Run(policy="any", world=world, seed=0, days=days)])

    assert (broken.seen_after, broken.is_seen_in_time, broken.severity_right, broken.cause_right) == (
        2,
        True,
        True,
        True,
    )
    assert (broken.features_right, broken.features_named, broken.features_true) == (1, 2, 1)
    assert broken.unrelated == 1  # no class moved
    assert (quiet.alerts, quiet.criticals, quiet.alert_days, quiet.per_period(quiet.alerts)) == (2, 1, 1, 60)


@pytest.mark.slow
def test_a_stream_is_judged_and_reported():
    life = Life(QUIET["tiny"], 0, "reference", judges()["reference"], days=QUIET_BEFORE_FAULT)
    runs = [life.quiet(), life.with_fault(FAULTS["frozen"])]

    assert outcome(runs[1]).seen_after == 1
    assert "| frozen |" in report(runs)
    assert life.with_fault(FAULTS["frozen"]).days[0].findings == runs[1].days[0].findings


def _finding(trigger: str, severity: str, named: tuple[str, ...]) -> Finding:
    return Finding(trigger=trigger, severity=severity, named=named, users=(), details={})


def _day(since: int, *findings: Finding) -> JudgedDay:
    return JudgedDay(since=since, rows=2000, findings=findings, unknown=(), errors=(), seconds=0.0, profile_seconds=0.0)


def test_the_first_days_are_quiet_and_each_broken_feed_is_told(monkeypatch):
    monkeypatch.setattr(first_days, "LAST", 4)
    monkeypatch.setattr(first_days, "BROKEN", ("unit error ×1000", "all missing"))

    days = first_days.first_days(QUIET["independent"], 1)

    assert [(day.number, day.fault) for day in days] == [
        (number, fault) for number in (2, 3, 4) for fault in ("unit error ×1000", "all missing", None)
    ]
    assert [day.found.severity for day in days] == ["warning", "warning", None] * 3  # few days: nothing pages yet
    assert all(day.found.unknown for day in days)
    lines = first_days.report(days).splitlines()
    assert "| 2 | 1 | 0 | 0 | 100 |" in lines
    assert "| all missing | 100 (0) | 100 (0) | 100 (0) |  |  |" in lines
