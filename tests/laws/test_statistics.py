"""What checks measure and alerts tell is declared by name, and every name that is read; nothing else is declared."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import windage
from broken_worlds import CHANGES, TODAY, WORLDS, broken, ordinary, ordinary_days, world
from daily import MONDAY, days, judge, window
from windage.checks import discovered
from windage.checks.check import CHANGES_OF_SHARES, Gate, Verdict, alert
from windage.checks.class_shift import DAY_MODEL
from windage.history.timeline import FIRST, MOVES
from windage.policy.causes import CUT_SHORT, NEVER_SEEN
from windage.profiles.window import WindowProfile
from windage.reports.sentences.alert import alert_sentence, verb
from windage.reports.sentences.facts import evidence
from windage.verdict.consolidation import OF_THE_WHOLE
from windage.verdict.details import with_units
from windage.verdict.findings import OF_ALL_ROWS, SIZES
from windage.verdict.onset import with_onsets
from windage.verdict.slow_drift import slow_drift
from windage.vocabulary import STATISTICS, DriftTrigger, Measurement, Outcome

OF_THE_LIMIT = {"limit", "bounds"}
"""What is of another statistic, which the alert names."""
OF_OTHERS = {"noise"}
"""What the check of another package measures in ``broken_worlds``."""
OURS = [kind for kind in discovered().values() if kind.__module__.startswith("windage.checks.")]
GATES = [(kind, gate) for kind in OURS for gate in (*kind.gates, *kind.calibrated)]
SOURCE = Path(windage.__file__).parent
READERS = ("checks", "evidence", "policy", "verdict", "reports", "history")
BY_NAME = re.compile(r'(?:values|details)(?:\.get\(|\[)"(\w+)"')
MORE_CHANGES = {
    "one class": lambda columns, *_: columns.update(labels=np.full(len(columns["labels"]), "yes")),
    "another type": lambda columns, *_: columns.update(schema={"speed": "string", "weight": "double"}),
}


@cache
def measured() -> frozenset[str]:
    """The names of all that the checks measure in ordinary and broken windows."""
    checks = [kind() for kind in OURS if kind.by_default]
    windows = [
        window(TODAY, lambda random, at, change=change: broken(change, random, at))
        for change in {**CHANGES, **MORE_CHANGES}.values()
    ]
    gone = window(TODAY, lambda random, at: broken(CHANGES["schema_change"], random, at))
    undated = [replace(day, first_at=None, last_at=None) for day in days(TODAY, ordinary)]
    windows += [window(TODAY, ordinary), replace(gone, named=frozenset({"speed"})), WindowProfile.merge(undated)]
    before = ordinary_days(28)
    return frozenset(
        name for now in windows for check in checks for each in check.measure(before, now) for name in each.values
    )


@cache
def alerted() -> frozenset[str]:
    """The names of all facts in alerts, those that are added to them later as well."""
    moved = world("feature_ks")
    report = with_units(moved, {"speed": "m/s"})
    slow = slow_drift(moved, world("quiet"), baseline=moved.current_window)
    gate = Gate(DriftTrigger.feature_psi, "psi", "above", 0.2, "warning")
    verdict = Verdict(Measurement(subject="x"), Outcome.alert, gate=gate, undecided=True, reason="few days")
    told = [*report.alerts, *slow.alerts, _gradual(), alert(verdict, MONDAY, features=["x"], details={})]
    told += [each for name in WORLDS for each in world(name).alerts]
    return frozenset(name for each in told for name in each.details)


def _gradual():
    """An alert about a feature that went a third of a standard deviation up over nine days."""

    def make(random, at):
        return {"numeric": {"x": random.normal(0.35 * np.clip((at - 19) / 9, 0, 1), 1, 2_000)}}

    reference, current = window(range(26), make), window([26], make)
    report = judge(reference, current)
    report.alerts[0].details["span_days"] = 7.0
    (found,) = with_onsets(report, [kind() for kind in OURS], reference, current).alerts
    return found


def test_all_that_checks_measure_and_alerts_hold_is_declared():
    assert (measured() | alerted()) - OF_THE_LIMIT - OF_OTHERS <= STATISTICS.keys()


def test_nothing_is_declared_that_nobody_measures():
    assert STATISTICS.keys() <= measured() | alerted()


def test_a_number_is_declared_as_one_and_a_text_as_one():
    texts = {name for name, each in STATISTICS.items() if each.kind in ("text", "moment")}
    assert texts.isdisjoint(measured())
    for name in WORLDS:
        for each in world(name).alerts:
            assert {key for key, value in each.details.items() if isinstance(value, str | list)} <= texts


def test_a_lower_bound_is_declared_on_the_same_scale():
    bounds = {each.least for each in STATISTICS.values()} - {""}
    assert bounds <= STATISTICS.keys()
    for name, each in STATISTICS.items():
        if each.least:
            assert STATISTICS[each.least].is_of_shares == each.is_of_shares, name


@pytest.mark.parametrize(
    "names",
    [
        *[pytest.param((gate.statistic,), id=f"{kind.name}, {gate.statistic}") for kind, gate in GATES],
        OF_THE_WHOLE, SIZES, OF_ALL_ROWS, MOVES, FIRST, CHANGES_OF_SHARES, DAY_MODEL, (NEVER_SEEN, CUT_SHORT),
    ],
)  # fmt: skip
def test_what_a_limit_or_a_list_of_ours_names_is_declared(names):
    assert set(names) <= STATISTICS.keys()


def test_what_judges_and_pages_read_by_its_name_is_declared():
    sources = [file for folder in READERS for file in (SOURCE / folder).rglob("*.py")]
    read = {name for file in sources for name in BY_NAME.findall(file.read_text(encoding="utf-8"))}
    assert {"newcomer_share", "their_part", "deviation"} < read
    assert read - OF_THE_LIMIT <= STATISTICS.keys()


class Read(dict):
    """Details that keep which names they were asked for."""

    def __init__(self, details):
        super().__init__(details)
        self.names = set()

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("name", [name for name in WORLDS if name != "quiet"])
def test_a_sentence_reads_only_what_is_declared(name):
    """A statistic that a check calls otherwise now, or no longer has, would be half of a sentence."""
    for each in world(name).alerts:
        details = Read(each.details)
        told = each.model_copy(update={"details": details})
        assert str(alert_sentence(told)) == str(alert_sentence(each))
        assert (verb(told), evidence(told)) == (verb(each), evidence(each))
        assert details.names - OF_THE_LIMIT - OF_OTHERS <= STATISTICS.keys()
