"""Strategies, sources, channels, engines and checks of other packages, from the command line."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[3] / "docs" / "extending.md"

MINE = """
from typing import Literal

import numpy as np
from windage.checks.check import Check
from windage.partitions.sources import parquet
from windage.selection.strategy import Strategy
from windage.spec.channel import Channel

SURE = Strategy("most_sure", "the rows it is surest of", lambda rows: np.asarray(rows.confidence))


def partitions(log, periods):
    return parquet.partitions(log.model_copy(update={"location": "log/" + log.location}), periods)


class Nothing:
    partitions = staticmethod(lambda log, periods: [])


class Pigeon(Channel):  # without a kind of its own
    pass


class Mute(Channel):
    kind: Literal["mute"]


class Hollow:
    def __init__(self, *_):
        pass


class Half(Check):
    name = "half"
    needs = "numeric"
    measure = None


class Misspelt(Half):
    name = "misspelt"
    needs = "numbrs"
    family = "inputs"
    calibrated = ()
    conclude = None
"""
ENTRY_POINTS = """
[windage.strategies]
most_sure = mine:SURE
broken = nowhere.to_be_found:STRATEGY
renamed = mine:SURE
[windage.sources]
lake = mine
nothing = mine:Nothing
broken = nowhere.to_be_found
hollow = mine:Hollow
[windage.channels]
pigeon = mine:Pigeon
mute = mine:Mute
broken = nowhere.to_be_found:Channel
[windage.engines]
broken = nowhere.to_be_found:Engine
hollow = mine:Hollow
[windage.checks]
number = math:pi
half = mine:Half
misspelt = mine:Misspelt
named_otherwise = windage.checks.missingness:CHECK
"""
MONITOR = """
monitor: m
start: 2013-03-01
log: {format: lake, location: 'date={start:%Y-%m-%d}', numeric: [speed]}
reference: {trailing: 8d}
labeling: {strategy: most_sure}
"""


LINTED = {
    "strategy_gone": (
        MONITOR.replace("most_sure", "broken"),
        "labeling.strategy: the strategy 'broken' cannot be imported",
    ),
    "source_gone": (MONITOR.replace("lake", "broken"), ""),
    "channel_gone": (
        MONITOR + "on_call: [{kind: broken, connection: x}]\n",
        "on_call.0: the channel 'broken' cannot be imported",
    ),
    "engine_gone": (MONITOR + "engine: broken\n", ""),
    "channel_without_kind": (
        MONITOR + "on_call: [{kind: pigeon}]\n",
        "on_call.0: the channel 'pigeon' cannot be used: its entry point must name a",
    ),
    "channel_without_method": (
        MONITOR + "on_call: [{kind: mute}]\n",
        (
            "on_call.0: the channel 'mute' cannot be used: its entry point must name a class of "
            "windage.spec.channel.Channel with kind: Literal['mute'] and a method send."
        ),
    ),
    "strategy_renamed": (
        MONITOR.replace("most_sure", "renamed"),
        "labeling.strategy: the strategy 'renamed' cannot be used: its entry point must name a windage.selection.Strategy",
    ),
    "engine_misspelt": (MONITOR + "engine: brokn\n", "engine.kind: unknown engine 'brokn'. Did you mean 'broken'?"),
    "format_misspelt": (MONITOR.replace("lake", "lak"), "log.format: unknown format 'lak'. Did you mean 'lake'?"),
}
"""Files, and the error that ``windage lint`` finds in them, if any."""

FAILING = {
    "source_gone": (MONITOR.replace("lake", "broken"), "'broken' cannot be imported from nowhere.to_be_found"),
    "engine_gone": (MONITOR + "engine: broken\n", "'broken' cannot be imported from nowhere.to_be_found"),
    "source_without_function": (
        MONITOR.replace("lake", "hollow"),
        "the format 'hollow' cannot be used: its entry point must name a module or",
    ),
    "engine_without_method": (
        MONITOR + "engine: hollow\n",
        "the engine 'hollow' cannot be used: it has no method profiles(",
    ),
    "source_of_too_few": (
        MONITOR.replace("lake", "nothing"),
        "windage: the source nothing found 0 partitions in 8 periods.",
    ),
}
"""Files that only fail when a window is judged, and what is said then."""

COMMANDS = """
import contextlib, io, json, sys
from windage.cli import main
said = []
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(words)
    said.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(said))
"""


def installed(site, name, entry_points):
    about = site / f"{name}-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (about / "entry_points.txt").write_text(entry_points)


def python(folder, script, *arguments):
    """What ``script`` prints in a process in ``folder`` that has the packages of its ``site``."""
    path = os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], check=False, capture_output=True, text=True,
        cwd=folder, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def ran(folder, *commands):
    """The exit code, stdout and stderr of each command, one after another in a process of its own."""
    return json.loads(python(folder, COMMANDS, json.dumps(commands)))


def judging(file, *options, day="2013-03-09"):
    return ("run", file, "--window", day, "--storage", ".", *options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, write_log):
    """Nine days of a log, of which the last has moved, and a package whose entry points are mostly broken."""
    folder = tmp_path_factory.mktemp("extended")
    installed(folder / "site", "mine", ENTRY_POINTS)
    (folder / "site" / "mine.py").write_text(MINE)
    for day in range(1, 10):
        write_log(folder / f"log/date=2013-03-{day:02}/part.parquet", seed=day, moved=3.0 * (day == 9))
    (folder / "m.yaml").write_text(MONITOR)
    return folder


@pytest.fixture(scope="module")
def linted(folder):
    for name, (text, _) in LINTED.items():
        (folder / f"{name}.yaml").write_text(text.replace("monitor: m", f"monitor: {name}"))
    ((code, told, err),) = ran(folder, ("lint", *(f"{name}.yaml" for name in LINTED)))
    assert code == 2, err
    return told


@pytest.fixture(scope="module")
def judged(folder):
    """What is said of the monitor that uses the package, and of each failing one."""
    for name, (text, _) in FAILING.items():
        (folder / f"failing_{name}.yaml").write_text(text)
    files = ("m.yaml", *(f"failing_{name}.yaml" for name in FAILING))
    return dict(zip(("m", *FAILING), ran(folder, *(judging(file, "--json") for file in files)), strict=True))


def test_a_strategy_and_a_source_of_another_package_judge_though_checks_of_it_are_broken(judged):
    code, out, err = judged["m"]
    assert code == 1, err
    assert '"value_range"' in out


def test_a_check_that_is_none_or_a_part_of_one_fails_alone_and_lint_says_so(linted):
    (told,) = (line for line in linted.splitlines() if line.startswith("OK  engine_gone.yaml"))
    assert "One check will fail in every window: the entry point 'number' adds no class that inherits from" in told
    assert "the check 'half' has no family, calibrated, conclude. Define what is missing in mine" in told
    assert "the check 'misspelt' has needs 'numbrs'. Did you mean 'numbers'? Use one of numeric, categorical" in told


@pytest.mark.parametrize("name", LINTED)
def test_what_is_broken_hurts_the_file_that_names_it(linted, name):
    said = LINTED[name][1]
    if said:
        assert re.search(rf"^{name}\.yaml:\d+ {re.escape(said)}", linted, re.MULTILINE), linted
    else:
        assert f"OK  {name}.yaml" in linted


@pytest.mark.parametrize("name", FAILING)
def test_what_is_loaded_late_is_told_in_one_sentence(judged, name):
    code, out, err = judged[name]
    assert (code, out) == (2, "")
    assert FAILING[name][1] in " ".join(err.split())


def test_the_guide_is_a_package_that_works(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    site, guide = tmp_path / "site", GUIDE.read_text(encoding="utf-8")
    (toml,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    declared = toml.replace('project.entry-points."', "").replace('"]', "]").replace('"', "")
    installed(site, "guide", declared.replace("mine.", "guide."))
    (site / "guide").mkdir()
    names = re.findall(r'= "mine\.(\w+)', toml)
    for name, code in zip(names, re.findall(r"```python\n(.*?)```", guide, re.DOTALL), strict=True):
        (site / "guide" / f"{name}.py").write_text(code)
    text = MONITOR.replace("lake", "daily_file").replace("'date=", "'log/date=").replace("most_sure", "near_half")
    text += "engine: sequential\non_call: [{kind: to_file, path: told.txt}]\n"
    (tmp_path / "guide.yaml").write_text(text)
    for day in range(1, 9):
        (tmp_path / "log" / f"date=2013-03-{day:02}.done").touch()
    linted, without = ran(tmp_path, ("lint", "guide.yaml"), judging("guide.yaml"))
    assert linted[0] == 0, linted
    assert "No partition for 2013-03-09" in without[1], without
    (tmp_path / "log" / "date=2013-03-09.done").touch()
    sent = """
from windage.cli import main
from windage.message import Message
from windage.selection import strategy_named
from windage.spec import load_monitor
main("run guide.yaml --window 2013-03-09 --storage .".split())
(channel,) = load_monitor("guide.yaml").on_call
channel.send(Message(event="drift", text="moved", key="k", incident="i"))
print(strategy_named("near_half").about, open("told.txt").read())
"""
    told = python(tmp_path, sent)
    assert told.startswith("CRITICAL  speed")
    assert "nearest to one half moved" in told


def test_a_check_of_another_package_that_cannot_be_imported_breaks_alone(folder, tmp_path):
    shutil.copytree(folder / "log", tmp_path / "log")
    installed(tmp_path / "site", "others", "[windage.checks]\nmedian_move = nowhere.to_be_found:Check\n")
    (tmp_path / "m.yaml").write_text(
        "monitor: m\nstart: 2013-03-01\nlog:\n  location: log/date={start:%Y-%m-%d}\n  numeric: [speed]\n"
        "reference: {trailing: 8d}\nchecks: {defaults: , median_move: {most: 3}}\n"
    )
    linted, judged = ran(tmp_path, ("lint", "m.yaml"), judging("m.yaml", "--json", day="2013-03-08"))
    assert (linted[0], judged[0]) == (0, 2)
    outcomes = json.loads(judged[1])["outcomes"]
    assert "cannot be imported from nowhere.to_be_found:Check: ModuleNotFoundError" in outcomes["median_move"]["reason"]
    assert {name for name, each in outcomes.items() if each["outcome"] == "error"} == {"median_move"}
