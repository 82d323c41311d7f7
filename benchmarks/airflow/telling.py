"""What a year through Airflow came to, in words and a table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "speed"))

from whole import Cost, table


@dataclass(frozen=True)
class Outcome:
    wall: float
    cpu: dict[str, float]
    """Seconds, by who used them."""
    idle: float
    """CPU seconds a second of all of them with nothing to run."""
    profiled: Counter[Path]
    tasks: list[dict[str, Any]]
    n_partitions: int
    n_reports: int
    n_critical: int


def told(options: argparse.Namespace, outcome: Outcome, plain: Cost) -> str:
    n = options.windows
    states = Counter(str(each["state"]) for each in outcome.tasks)
    ran = [each for each in outcome.tasks if each["pid"]]
    whole, tasks, idle = sum(outcome.cpu.values()), outcome.cpu["tasks"], outcome.idle * outcome.wall
    costs = {
        "through Airflow": whole,
        **{f"– {who}": seconds for who, seconds in outcome.cpu.items()},
        "the same windows in one process, without Airflow": plain.cpu,
        "what the tasks took beyond it": tasks - plain.cpu,
        "Airflow with nothing to run, in that time": idle,
        "Airflow for these runs, outside of their tasks": whole - tasks - idle,
    }
    rows = [[who, f"{s:.1f}", f"{s / n:.2f}", f"{s / len(ran):.3f}", f"{s / whole:.0%}"] for who, s in costs.items()]
    limit = f", at most {options.max_active_runs} runs" if options.way == "backfill" else ""
    title = f"### {n} windows × (28 + 1) days of {options.rows:,} rows × 16 features through Airflow: {options.way}"
    times = (
        f"`{_command(options)}`: {outcome.wall / 60:.1f} minutes with {options.at_once} tasks at once{limit}, "
        f"{plain.wall / 60:.1f} minutes in one process. {_machine()}."
    )
    counts = (
        f"{len(outcome.tasks)} task instances ({', '.join(f'{k} {state}' for state, k in states.most_common())}), "
        f"{len(ran)} of which had a process; {sum(each['try_number'] > 1 for each in ran)} were tried again. "
        f"{len(outcome.profiled)} of {outcome.n_partitions} partitions profiled: {_times(outcome.profiled)}. "
        f"{outcome.n_reports} reports, {outcome.n_critical} of them critical."
    )
    return "\n\n".join([title, times, counts, table(["", "CPU s", "a window", "a task", "share"], rows)])


def _times(counts: Counter[Path]) -> str:
    """How often each: ``393 once``."""
    often = Counter("once" if times == 1 else f"{times} times" for times in counts.values())
    return ", ".join(f"{n} {times}" for times, n in sorted(often.items())) or "none"


def _command(options: argparse.Namespace) -> str:
    more = f" --tasks {options.tasks}" if options.way == "backfill" else ""
    more += "" if options.preload else " --no-preload"
    return (
        f"python benchmarks/airflow/year.py --way {options.way} --windows {options.windows} --rows {options.rows}{more}"
    )


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("apache-airflow", "numpy", "pyarrow"))
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {packages}, PostgreSQL 18"
    )
