import re

import numpy as np
import pytest

from broken_worlds import world
from windage.cli.views.report_view import print_report
from windage.vocabulary import CheckOutcome, DriftReport

ESC = "\x1b"


@pytest.mark.parametrize("width", [80, 120])
def test_a_pipe_gets_plain_lines_that_fit(windage, log, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = windage("check", log("ref.parquet"), log("cur.parquet", moved=2, seed=8))
    assert ESC not in out
    assert max(map(len, out.splitlines())) <= width
    assert "before → now" in out
    assert ("mostly" in out) == (width == 120)


def test_a_check_is_in_the_table_or_in_the_list_of_what_was_not_judged(capsys):
    quiet, silent = CheckOutcome(outcome="ok", answered=1), CheckOutcome(outcome="unknown", reason="no Sunday")
    print_report(DriftReport(outcomes={"quiet": quiet, "silent": silent}, current_rows=9), [], seconds=0)
    marked = [line.split()[:2] for line in capsys.readouterr().out.splitlines() if line[:1] in ("✓", "?")]
    assert marked == [["✓", "quiet"], ["?", "silent"]]


def test_colour_is_for_terminals_that_want_it(windage, log, monkeypatch):
    pair = log("ref.parquet"), log("cur.parquet", moved=2, seed=8)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert f"{ESC}[1;31m" in windage("check", *pair)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert f"{ESC}[1;31m" not in windage("check", *pair)[1]


def test_names_from_the_data_do_not_reach_the_terminal_as_commands(windage, write):
    random = np.random.default_rng(3)
    evil = f"{ESC}[31mred[bold]"
    pair = [
        write(f"{moved}.parquet", **{evil: random.normal(moved, 1, 200), "n" * 300: random.normal(0, 1, 200)},
              label=[f"{ESC}]0;title\x07", "b"] * 100)
        for moved in (0, 3)
    ]  # fmt: skip
    code, out, _ = windage("check", *pair)
    assert code == 1
    assert ESC not in out
    assert "\x07" not in out
    assert "[31mred[bold]" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_keeps_what_was_found(windage, log, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = windage("check", log("ref.parquet"), log("cur.parquet", moved=2, seed=8), "--resolution", "100")
    assert "▲  speed" in out
    assert "✓  weight" in out
    assert max(map(len, out.splitlines())) <= width


def test_of_many_steady_features_only_some_are_shown(windage, write):
    random = np.random.default_rng(3)
    columns = {f"f{number:02}": random.normal(0, 1, 100) for number in range(40)}
    moved = {**columns, "f13": columns["f13"] + 3}
    code, out, _ = windage("check", write("ref.parquet", **columns), write("cur.parquet", **moved))
    assert code == 1
    assert "▲  f13" in out
    assert out.count("✓  f") == 12
    assert "and 27 more features that did not move (PSI at most 0" in out


def test_certified_errors_take_the_place_of_pictures(windage, log):
    pair = log("ref.parquet"), log("cur.parquet", moved=2, seed=8)
    _, out, _ = windage("check", *pair, "--resolution", "100")
    assert "before → now" not in out
    assert " to " in out
    assert max(map(len, out.splitlines())) <= 80


def test_classes_within_their_limits_say_who_judges_the_rejected_rows(capsys):
    for name, is_said in (("reject_rate_increase", True), ("quiet", False)):
        print_report(world(name), (), seconds=0)
        (line,) = re.findall(r"✓  class_shift.*(?:\n {10}.*)*", capsys.readouterr().out)
        assert ("rejected rows are judged by reject_rate" in " ".join(line.split())) == is_said
