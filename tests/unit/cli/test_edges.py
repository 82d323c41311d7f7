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


@pytest.mark.parametrize(
    ("words", "moved", "code"),
    [
        ("checks", 0, 0),
        ("schema", 0, 0),
        ("checks --json", 0, 0),
        ("check ref.parquet cur.parquet", 0, 0),
        ("check ref.parquet cur.parquet", 2, 1),
        ("check ref.parquet cur.parquet --json", 2, 1),
    ],
)
def test_a_reader_that_leaves_early_changes_no_exit_code(log, words, moved, code):
    log("ref.parquet", seed=1)
    log("cur.parquet", seed=2, moved=moved)
    process = started(words.split(), stdout=subprocess.PIPE)
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), told) == (code, "")


@pytest.mark.parametrize("moved", [0, 2])
@pytest.mark.parametrize("setting", ["{} >&-", "{} >&- 2>&-", "PYTHONIOENCODING=ascii {} >/dev/null"])
def test_a_stdout_that_is_closed_or_ascii_changes_no_exit_code(log, moved, setting):
    log("ref.parquet", seed=1)
    log("cur.parquet", seed=2, moved=moved)
    script = "from windage.cli import main; raise SystemExit(main('check ref.parquet cur.parquet'.split()))"
    ended = subprocess.run(
        ["/bin/sh", "-c", setting.format('"$0" -c "$1"'), sys.executable, script],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (bool(moved), "")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_an_ascii_stdout_loses_nothing_of_a_document(write, encoding):
    write("ref.parquet", größe=[0.5, 1.5] * 200)
    script = "from windage.cli import main; main('check ref.parquet ref.parquet --json'.split())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert "größe" in str(json.loads(done.stdout.decode(encoding)))


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
