"""Partitions that hold what the one before held."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, day, judge, outcomes, told, window
from windage.profiles.window import WindowProfile
from windage.reports.sentences.alert import alert_sentence

ONLY = "duplicate_partition"


def lived(*, of=None, rows=400, kinds=("real", "whole", "text")):
    """Days of some features; the days in ``of`` hold those of another day, in another order."""

    def make(rng, at):
        source = np.random.default_rng([7, (of or {}).get(at, at)])
        order = rng.permutation(rows)
        columns = {
            "real": source.normal(size=rows)[order],
            "whole": source.integers(0, 3, size=rows)[order],
            "text": np.array(["a", "b"])[source.integers(0, 2, size=rows)][order].tolist(),
        }
        return {
            "numeric": {name: columns[name] for name in kinds if name != "text"},
            "categorical": {name: columns[name] for name in kinds if name == "text"},
        }

    return make


def judged(of, *, today=28, days=FOUR_WEEKS, **how):
    make = lived(of=of, **how)
    return judge(window(days, make), window([today], make), only=ONLY)


@pytest.mark.parametrize(("of", "found"), [({}, []), ({28: 27}, [("duplicate_partition", "warning", ("rows",))])])
def test_a_log_without_numeric_features_repeats_its_probabilities(of, found):
    def scored(rng, at):
        p = np.random.default_rng([7, of.get(at, at)]).uniform(size=400)
        return {"labels": ["a"] * 400, "probabilities": np.column_stack([p, 1 - p])}

    assert told(judge(window(FOUR_WEEKS, scored), window([28], scored), only=ONLY)) == found


def test_days_of_their_own_are_ok():
    assert outcomes(judged({})) == {ONLY: "ok"}


def test_the_rows_of_the_day_before_are_a_ticket_that_says_which():
    report = judged({28: 27})
    assert told(report) == [(ONLY, "warning", ("rows",))]
    assert "those of 2026-03-29 00:00 again" in str(alert_sentence(report.alerts[0]))


def test_over_days_without_rows_the_day_before_is_the_last_that_had_some():
    make = lived(of={28: 25})
    days = [day(at, **({"rows": 0} if at in {26, 27} else make(np.random.default_rng(at), at))) for at in FOUR_WEEKS]
    assert told(judge(WindowProfile.merge(days), window([28], make), only=ONLY)) == [(ONLY, "warning", ("rows",))]


def test_a_day_like_one_of_last_week_may_be_meant():
    assert outcomes(judged({28: 21})) == {ONLY: "ok"}


@pytest.mark.parametrize("since", range(1, 6))
def test_it_is_told_while_it_lasts(since):
    report = judged({28 + k: 27 for k in range(7)}, today=28 + since, days=range(since, 28 + since))
    assert told(report) == [(ONLY, "warning", ("rows",))]
    assert report.alerts[0].details["same_as"] == ["2026-03-29 00:00"]


def test_a_log_whose_days_repeat_is_like_that():
    assert outcomes(judged({12: 11, 28: 27})) == {ONLY: "ok"}


def test_a_value_that_differs_is_a_day_of_its_own():
    make = lived(of={28: 27})
    today = make(np.random.default_rng(1), 28)
    today["numeric"]["real"][0] += 1e-6
    assert outcomes(judge(window(FOUR_WEEKS, make), window([28], lambda *_: today), only=ONLY)) == {ONLY: "ok"}


@pytest.mark.parametrize("kinds", [("whole",), ("whole", "text")])
def test_of_columns_of_few_values_it_is_unknown(kinds):
    """Two days of them may be alike by chance."""
    assert outcomes(judged({28: 27}, kinds=kinds)) == {ONLY: "unknown"}


def test_a_partition_is_no_repetition_of_itself():
    reference = window(FOUR_WEEKS, lived())
    assert outcomes(judge(reference, reference.days[-1], only=ONLY)) == {ONLY: "ok"}


def test_part_of_a_window_is_a_ticket():
    make = lived(of={29: 28})
    days = [day(at, **make(np.random.default_rng(at), at)) for at in (28, 29, 30)]
    report = judge(window(FOUR_WEEKS, make), WindowProfile.merge(days), only=ONLY)
    assert told(report) == [(ONLY, "warning", ("rows",))]
    assert report.alerts[0].details["repeated"] == pytest.approx(1 / 3)
    assert "so nothing of their time was seen" in str(alert_sentence(report.alerts[0]))


@pytest.mark.parametrize(("days", "rows"), [(range(25, 28), 400), (FOUR_WEEKS, 40)])
def test_few_days_or_rows_are_unknown(days, rows):
    assert outcomes(judged({28: 27}, days=days, rows=rows)) == {ONLY: "unknown"}
