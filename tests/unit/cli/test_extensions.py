"""Strategies, sources, channels, engines and checks of other packages, from the command line."""

import os
import re
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


@pytest.fixture
def ran(tmp_path, log):
    site = tmp_path / "site"
    about = site / "mine-1.dist-info"
    about.mkdir(parents=True)
    (site / "mine.py").write_text(MINE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    for day in range(1, 10):
        log(f"log/date=2013-03-{day:02}/part.parquet", seed=day, moved=3.0 * (day == 9))
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    script = "import sys; from windage.cli import main; raise SystemExit(main(sys.argv[1:]))"

    def python(script):
        return subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True,
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
        ).stdout  # fmt: skip

    def run(text, *words):
        (tmp_path / "m.yaml").write_text(text)
        return subprocess.run(
            [sys.executable, "-c", script, words[0], "m.yaml", *words[1:]], check=False, capture_output=True, text=True,
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    run.python = python
    return run


def test_a_strategy_and_a_source_of_another_package(ran):
    judged = ran(MONITOR, "run", "--window", "2013-03-09", "--storage", ".", "--json")
    assert judged.returncode == 1, judged.stderr
    assert '"feature_ks"' in judged.stdout or '"value_range"' in judged.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MONITOR.replace("most_sure", "broken"), "labeling.strategy: the strategy 'broken' cannot be imported"),
        (MONITOR.replace("lake", "broken"), ""),
        (MONITOR + "on_call: [{kind: broken, connection: x}]\n", "on_call.0: the channel 'broken' cannot be imported"),
        (MONITOR + "engine: broken\n", ""),
        (
            MONITOR + "on_call: [{kind: pigeon}]\n",
            "on_call.0: the channel 'pigeon' cannot be used: its entry point must name a",
        ),
        (
            MONITOR + "on_call: [{kind: mute}]\n",
            "must name a class of windage.spec.channel.Channel with kind: Literal['mute'] and a method send.",
        ),
        (
            MONITOR.replace("most_sure", "renamed"),
            "labeling.strategy: the strategy 'renamed' cannot be used: its entry point must name a windage.selection.Strategy",
        ),
        (MONITOR + "engine: brokn\n", "engine.kind: unknown engine 'brokn'. Did you mean 'broken'?"),
        (MONITOR.replace("lake", "lak"), "log.format: unknown format 'lak'. Did you mean 'lake'?"),
    ],
)
def test_what_is_broken_hurts_the_file_that_names_it(ran, text, said):
    linted = ran(text, "lint")
    told = " ".join((linted.stdout + linted.stderr).split())
    assert (linted.returncode != 0) == bool(said), told
    assert said in told


@pytest.mark.parametrize("text", [MONITOR.replace("lake", "broken"), MONITOR + "engine: broken\n"])
def test_what_is_loaded_late_is_told_in_one_sentence(ran, text):
    judged = ran(text, "run", "--window", "2013-03-09", "--storage", ".")
    assert judged.returncode == 2
    assert "'broken' cannot be imported from nowhere.to_be_found" in " ".join(judged.stderr.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            MONITOR.replace("lake", "hollow"),
            "the format 'hollow' cannot be used: its entry point must name a module or",
        ),
        (MONITOR + "engine: hollow\n", "the engine 'hollow' cannot be used: it has no method profiles("),
    ],
)
def test_what_lacks_its_function_is_told_in_one_sentence(ran, text, said):
    judged = ran(text, "run", "--window", "2013-03-09", "--storage", ".")
    assert judged.returncode == 2
    assert said in " ".join(judged.stderr.split())


def test_a_check_that_is_none_or_a_part_of_one_fails_alone_and_lint_says_so(ran):
    told = " ".join(ran(MONITOR, "lint").stdout.split())
    assert "One check will fail in every window: the entry point 'number' adds no class that inherits from" in told
    assert "the check 'half' has no family, calibrated, conclude. Define what is missing in mine" in told
    assert "the check 'misspelt' has needs 'numbrs'. Did you mean 'numbers'? Use one of numeric, categorical" in told
    judged = ran(MONITOR, "run", "--window", "2013-03-09", "--storage", ".", "--json")
    assert judged.returncode == 1, judged.stderr
    assert '"value_range"' in judged.stdout


def test_a_source_that_answers_for_fewer_periods_is_told_in_one_sentence(ran):
    judged = ran(MONITOR.replace("lake", "nothing"), "run", "--window", "2013-03-09", "--storage", ".")
    assert judged.returncode == 2
    told = " ".join(judged.stderr.split())
    assert "windage: the source nothing found 0 partitions in 8 periods." in told


def test_the_guide_is_a_package_that_works(ran, tmp_path):
    site, guide = tmp_path / "site", GUIDE.read_text(encoding="utf-8")
    about = site / "guide-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: guide\nVersion: 1\n")
    (toml,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (about / "entry_points.txt").write_text(
        toml.replace('project.entry-points."', "").replace('"]', "]").replace('"', "").replace("mine.", "guide.")
    )
    (site / "guide").mkdir()
    names = re.findall(r'= "mine\.(\w+)', toml)
    for name, code in zip(names, re.findall(r"```python\n(.*?)```", guide, re.DOTALL), strict=True):
        (site / "guide" / f"{name}.py").write_text(code)
    text = MONITOR.replace("lake", "daily_file").replace("'date=", "'log/date=").replace("most_sure", "near_half")
    text += "engine: sequential\non_call: [{kind: to_file, path: told.txt}]\n"
    linted = ran(text, "lint")
    assert linted.returncode == 0, linted.stdout
    for day in range(1, 9):
        (tmp_path / "log" / f"date=2013-03-{day:02}.done").touch()
    judged = ran(text, "run", "--window", "2013-03-09", "--storage", ".")
    assert "No partition for 2013-03-09" in judged.stdout, judged.stderr
    (tmp_path / "log" / "date=2013-03-09.done").touch()
    judged = ran(text, "run", "--window", "2013-03-09", "--storage", ".")
    assert judged.stdout.startswith("CRITICAL  speed"), judged.stderr
    sent = """
from windage.message import Message
from windage.selection import strategy_named
from windage.spec import load_monitor
(channel,) = load_monitor("m.yaml").on_call
channel.send(Message(event="drift", text="moved", key="k", incident="i"))
print(strategy_named("near_half").about, open("told.txt").read())
"""
    assert "nearest to one half moved" in ran.python(sent)
