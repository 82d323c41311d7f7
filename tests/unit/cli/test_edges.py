import subprocess
import sys

import pytest

from windage.cli import COMMANDS, main


class Raising:
    """A command that ends with an exception."""

    EXIT_CODES = ""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def add_arguments(self, parser):
        return

    def run(self, args):
        raise self.error


def test_a_bug_keeps_its_traceback_and_is_not_taken_for_critical_drift(windage, monkeypatch):
    monkeypatch.setitem(COMMANDS, "schema", Raising(ZeroDivisionError("a bug")))
    code, out, err = windage("schema")
    assert (code, out) == (2, "")
    assert err.startswith("Traceback")
    assert "ZeroDivisionError: a bug" in err


def test_an_interrupt_ends_quietly(windage, monkeypatch):
    monkeypatch.setitem(COMMANDS, "schema", Raising(KeyboardInterrupt()))
    assert windage("schema") == (130, "", "")


@pytest.mark.parametrize("words", ["checks", "schema", "checks --json"])
def test_a_reader_that_leaves_early_is_no_critical_drift(words):
    script = f"from windage.cli import main; raise SystemExit(main({words.split()!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 2
    assert told == ""


def test_arguments_default_to_the_shells(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["windage", "schema"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("{")
