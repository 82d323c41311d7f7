"""Strategies, sources, channels, engines and checks of other packages, from the command line."""

import os
import subprocess
import sys

import pytest

MINE = """
import numpy as np
from windage.partitions.sources import parquet
from windage.selection.strategy import Strategy

SURE = Strategy("most_sure", "the rows it is surest of", lambda rows: np.asarray(rows.confidence))


def partitions(log, periods):
    return parquet.partitions(log.model_copy(update={"location": "log/" + log.location}), periods)
"""
ENTRY_POINTS = """
[windage.strategies]
most_sure = mine:SURE
broken = nowhere.to_be_found:STRATEGY
[windage.sources]
lake = mine
broken = nowhere.to_be_found
[windage.channels]
broken = nowhere.to_be_found:Channel
[windage.engines]
broken = nowhere.to_be_found:Engine
[windage.checks]
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

    def run(text, *words):
        (tmp_path / "m.yaml").write_text(text)
        return subprocess.run(
            [sys.executable, "-c", script, words[0], "m.yaml", *words[1:]], check=False, capture_output=True, text=True,
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

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
