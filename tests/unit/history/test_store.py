"""Windows are kept once, found by monitor, time and run, and read as far as they are asked for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from histories import FIRST, record, spec, window
from windage.errors import CorruptDocument
from windage.history.cells import KEPT
from windage.history.record import WORST_FIRST, Cell, Line
from windage.vocabulary import CheckResult, Measurement, Window


def measured(effect):
    return [CheckResult(check="numeric_feature", measurements=(Measurement(subject="x", values={"effect": effect}),))]


@pytest.fixture
def kept(history):
    for day in range(5):
        history.keep(record(day, state="warning" if day == 3 else "ok"), measured(day / 10), spec())
    history.keep(record(0, monitor="other"), [], spec("other"))
    return history


def test_the_newest_come_oldest_first_with_their_lines(kept):
    found = kept.records("m", most=2)
    assert [each.window for each in found] == [window(3), window(4)]
    assert found[0].lines["estimated_accuracy"] == Line(0.8, 0.7, 0.9)
    assert found[0].classes == {"a": 0.25, "b": 0.75}
    assert found[0].wholes == {"reject_rate": Cell(0.01, "ok")}


def test_a_period_holds_the_windows_that_end_in_it(kept):
    assert [each.window for each in kept.records("m", Window(start=window(1).start, end=window(2).end))] == [
        window(1),
        window(2),
    ]


def test_cells_stand_in_the_rows_of_their_windows(kept):
    records, cells = kept.records_and_cells("m", most=3)
    assert records == kept.records("m", most=3)
    assert cells.names == ("x", "y")
    assert cells.effects[:, 0].tolist() == [0.25] * 3
    quiet, unknown, warned = map(WORST_FIRST.index, ("ok", "unknown", "warning"))
    assert cells.states.tolist() == [[quiet, unknown], [warned, unknown], [quiet, unknown]]


def test_states_are_kept_by_numbers_that_never_change():
    """Histories of years are read by them."""
    assert [KEPT.index(each) for each in ("critical", "warning", "unknown", "ok", "error")] == [0, 1, 2, 3, 4]
    assert {*KEPT} == {*WORST_FIRST}


def test_of_windows_that_end_together_the_one_that_began_first_comes_first(history):
    for start in (2, 0, 1):
        one = Window(start=window(start).start, end=window(2).end)
        cells = {"x": Cell(float(start), "ok")}
        history.keep(record(2).model_copy(update={"window": one, "cells": cells}), measured(start), spec())
    records, cells = history.records_and_cells("m")
    assert [each.window.start for each in records] == [window(k).start for k in (0, 1, 2)]
    assert cells.effects[:, 0].tolist() == [0, 1, 2]
    strip = history.strips({"m"}, most=2)["m"]
    assert [each.start for each in strip] == [window(k).start for k in (1, 2)]
    found = history.values("m", "numeric_feature", "x", Window(start=FIRST, end=window(2).end))
    assert [values["effect"] for _, values in found] == [0, 1, 2]
    assert [each.start for each, _ in history.inputs("m")] == [window(k).start for k in (0, 1, 2)]


def test_a_window_that_is_judged_again_takes_its_own_place_and_stays_its_runs(kept):
    kept.keep(record(2, state="critical", run_id=None), measured(0.9), spec())
    assert [each.state for each in kept.records("m")] == ["ok", "ok", "critical", "warning", "ok"]
    assert kept.of_run("m", "run-2") == window(2)
    period = Window(start=FIRST, end=window(4).end)
    assert [values["effect"] for _, values in kept.values("m", "numeric_feature", "x", period)] == [
        0,
        0.1,
        0.9,
        0.3,
        0.4,
    ]


def test_runs_in_parallel_keep_each_window_once(history):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda day: history.keep(record(day % 3), measured(0.1), spec()), range(12)))
    assert [each.window for each in history.records("m")] == [window(0), window(1), window(2)]


def test_monitors_are_told_apart(kept):
    assert list(kept.specs()) == ["m", "other"]
    assert kept.names() == ["m", "other"]
    assert kept.specs({"m"})["m"] == spec()
    assert kept.about()["other"].description == "of other"
    assert {name: len(strip) for name, strip in kept.strips({"m", "other"}, most=2).items()} == {"m": 2, "other": 1}
    assert kept.spec("nobody") is None
    assert kept.of_run("other", "run-2") is None


def test_a_monitor_that_cannot_be_used_here_hides_no_other(kept, caplog):
    kept.keep(record(0, monitor="odd"), [], spec("odd").model_copy(update={"checks": {"uninstalled": None}}))
    assert list(kept.specs()) == ["m", "other"]
    assert "monitor odd, as its last window left it, cannot be used here: checks: " in caplog.text
    assert list(kept.about()) == ["m", "odd", "other"]
    with pytest.raises(CorruptDocument, match="unknown check 'uninstalled'"):
        kept.spec("odd")


def test_the_windows_beside_one_are_found(kept):
    assert kept.beside("m", window(2).end) == (window(1), window(3))
    assert kept.beside("m", window(4).end) == (window(3), None)


def test_what_was_measured_comes_back_for_a_policy(kept):
    found = kept.measured("m", Window(start=window(1).start, end=window(2).end))
    assert [(each.window, each.results[0].measurements[0].values) for each in found] == [
        (window(1), {"effect": 0.1}),
        (window(2), {"effect": 0.2}),
    ]
    assert kept.subjects("m") == {"numeric_feature": ["x"]}
    assert kept.checks_of("m", "x") == ["numeric_feature"]
    assert kept.checks_of("m", "y") == []
