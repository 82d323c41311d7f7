import json
import subprocess
import sys
from pathlib import Path

import pytest

from windage.cli import COMMANDS
from windage.policy import ReferencePolicy

HEAVY = ["airflow", "matplotlib", "pandas", "pyarrow", "rich", "scipy", "sqlalchemy"]
LOOK = """
import contextlib, io, json, sys
from windage.cli import main
told = []
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            main(words.split())
        except SystemExit as leaving:
            assert not leaving.code, leaving.code
    told.append((printed.getvalue(), sorted({name.partition(".")[0] for name in sys.modules})))
print(json.dumps(told))
"""
WORDS = [
    "--help",
    *(f"{name} --help" for name in COMMANDS),
    "queue list --help",
    "queue done --help",
    "incidents list --help",
]


@pytest.fixture(scope="module")
def helped():
    """What each help prints, and which modules are there after it, in a process that prints one after another."""
    done = subprocess.run([sys.executable, "-c", LOOK, json.dumps(WORDS)], capture_output=True, text=True, check=True)
    return dict(zip(WORDS, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("words", WORDS)
def test_help_imports_nothing_heavy_and_lists_exit_codes(helped, words):
    printed, modules = helped[words]
    assert not set(HEAVY) & set(modules)
    assert "exit codes:\n  0  " in printed
    assert "\n  2  " in printed


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_verdict_has_an_exit_code_of_its_own(windage, command):
    assert "1  critical drift" in windage(command, "--help")[1]


def test_every_command_is_in_the_list_with_its_first_line(windage):
    code, out, _ = windage("--help")
    assert code == 0
    for name, command in COMMANDS.items():
        assert f"    {name}" in out
        assert " ".join(command.__doc__.splitlines()[0].split()) in " ".join(out.split())


def test_every_limit_of_the_policy_is_an_option(windage):
    _, out, _ = windage("check", "--help")
    for name, field in ReferencePolicy.model_fields.items():
        if name != "preset":
            assert f"--{name.replace('_', '-')} " in out
            assert f"(default: {field.default})" in " ".join(out.split())


def test_help_fits_a_terminal(windage):
    for name in COMMANDS:
        text = windage(name, "--help")[1]
        assert max(map(len, text.splitlines())) <= 80, name


def test_without_a_command_all_of_them_are_listed(windage):
    code, out, err = windage()
    assert (code, out) == (2, "")
    assert err == windage("--help")[1]


def test_version(windage):
    code, out, _ = windage("--version")
    assert code == 0
    assert out.startswith("windage ")


@pytest.mark.parametrize("words", [[], ["chekc"], ["check"], ["queue"], ["run", "monitor.yaml"]])
def test_a_wrong_call_is_broken_and_never_critical(windage, words):
    assert windage(*words)[0] == 2


def test_the_package_run_as_a_module_is_the_command():
    words = ["check", "nowhere.parquet", "nowhere.parquet"]
    told = [
        subprocess.run([*command, *words], check=False, capture_output=True, text=True)
        for command in ([sys.executable, "-m", "windage"], [Path(sys.executable).with_name("windage")])
    ]
    assert [each.returncode for each in told] == [2, 2]
    assert told[0].stderr == told[1].stderr != ""
