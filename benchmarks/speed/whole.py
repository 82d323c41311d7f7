"""What a whole process costs, from start to exit, as the operating system accounts for it."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from threading import Timer
from typing import NamedTuple

HERE = Path(__file__).parent
PATIENCE = 120.0
SLOW = 10.0
"""Seconds of a first run after which there is no other."""


class Cost(NamedTuple):
    cpu: float
    wall: float
    peak_mb: float


class Contender(NamedTuple):
    """A script of this folder with its arguments, and the interpreter that runs it."""

    script: str
    arguments: tuple[str, ...] = ()
    python: str = sys.executable


def run(contender: Contender, *arguments: str, patience: float = PATIENCE) -> Cost | None:
    """The cost of one run; None where it took longer than ``patience`` seconds or failed."""
    command = [contender.python, str(HERE / contender.script), *arguments, *contender.arguments]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # peers are installed compiled; so is Windage, where it may be
    environment.pop("NPY_DISABLE_CPU_FEATURES", None)  # what Windage chose in this process is no choice of theirs
    start = os.times().elapsed
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    process = os.posix_spawn(contender.python, command, environment, file_actions=quiet)
    timer = Timer(patience, os.kill, (process, signal.SIGKILL))
    timer.start()
    _, status, used = os.wait4(process, 0)
    timer.cancel()
    if status:
        return None
    return Cost(used.ru_utime + used.ru_stime, os.times().elapsed - start, used.ru_maxrss / 1024)


def measure(
    contenders: Mapping[str, Contender], *arguments: str, runs: int, patience: float = PATIENCE
) -> dict[str, Cost | None]:
    """Medians over turns, after one turn to warm the file cache; a slow contender has that one alone."""
    first = {name: run(each, *arguments, patience=patience) for name, each in contenders.items()}
    turns = {name: [cost] if cost.wall > SLOW else [] for name, cost in first.items() if cost is not None}
    for _ in range(runs):
        for name, taken in turns.items():
            if first[name] in taken:
                continue
            cost = run(contenders[name], *arguments, patience=patience)
            if cost is not None:
                taken.append(cost)
    found: dict[str, Cost | None] = dict.fromkeys(contenders)
    for name, taken in turns.items():
        found[name] = Cost(*(median(getattr(each, field) for each in taken) for field in Cost._fields))
    return found


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def prepared(script: str, *arguments: object) -> None:
    """Run a script of this folder that writes what is measured."""
    subprocess.run([sys.executable, HERE / script, *map(str, arguments)], check=True)


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "pandas", "scipy"))
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {packages}"
