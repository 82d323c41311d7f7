import io
import json
import os
import subprocess
import sys
from pathlib import Path

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


def started(words, **streams):
    script = f"from windage.cli import main; raise SystemExit(main({list(words)!r}))"
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, **streams)


MOVED = "check ref.parquet moved.parquet"
COMMANDS_AND_CODES = [
    ("checks", 0),
    ("schema", 0),
    ("checks --json", 0),
    ("check ref.parquet cur.parquet", 0),
    (MOVED, 1),
    (f"{MOVED} --json", 1),
]


@pytest.fixture
def logs(pair, log):
    return *pair, log("moved.parquet", seed=2, moved=2)


@pytest.mark.parametrize(("words", "code"), COMMANDS_AND_CODES)
def test_a_reader_that_has_left_changes_no_exit_code(logs, monkeypatch, words, code):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:  # whose end raises if anything is left that nobody reads
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(words.split()) == code


def test_a_reader_that_leaves_early_lets_the_process_end_as_it_would(logs):
    process = started(MOVED.split(), stdout=subprocess.PIPE)
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), told) == (1, "")


@pytest.mark.parametrize("closed", [["stdout"], ["stdout", "stderr"]], ids=str)
@pytest.mark.parametrize(("words", "code"), COMMANDS_AND_CODES)
def test_streams_that_are_closed_change_no_exit_code(logs, monkeypatch, words, code, closed):
    for stream in closed:
        monkeypatch.setattr(sys, stream, None)
    assert main(words.split()) == code


@pytest.mark.parametrize("closing", [">&-", ">&- 2>&-"])
def test_a_process_whose_streams_are_closed_ends_as_it_would(logs, closing):
    script = f"from windage.cli import main; raise SystemExit(main({MOVED.split()!r}))"
    ended = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -c "$1" {closing}', sys.executable, script],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, "")


def printed_in_ascii(monkeypatch, words):
    """The exit code of a command whose stdout has ASCII alone, and what it printed."""
    with io.TextIOWrapper(io.BytesIO(), encoding="ascii") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        code = main(words.split())
        stdout.flush()
        return code, stdout.buffer.getvalue().decode("ascii")


@pytest.mark.parametrize(("words", "code"), COMMANDS_AND_CODES)
def test_an_ascii_stdout_changes_no_exit_code(logs, monkeypatch, words, code):
    ended, told = printed_in_ascii(monkeypatch, words)
    assert (ended, bool(told)) == (code, True)


def test_an_ascii_stdout_loses_nothing_of_a_document(write, monkeypatch):
    write("ref.parquet", größe=[0.5, 1.5] * 200)
    _, told = printed_in_ascii(monkeypatch, "check ref.parquet ref.parquet --json")
    assert "größe" in str(json.loads(told))


def test_an_error_that_nobody_reads_is_no_critical_drift():
    process = started(["check", "nowhere", "nowhere"], stdout=subprocess.PIPE)
    process.stderr.close()
    process.stdout.close()
    assert process.wait() == 2


def test_a_stdout_that_takes_nothing_is_told_in_a_sentence(pair):
    with Path("/dev/full").open("w") as full:
        process = started(["check", *pair], stdout=full)
        _, told = process.communicate()
    assert process.returncode == 2
    assert told == (
        "windage: the output could not be written: No space left on device. Free the disk or redirect it elsewhere, then run again.\n"
    )


def test_arguments_default_to_the_shells(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["windage", "schema"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("{")
