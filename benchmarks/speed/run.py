"""Side by side in one run: decoding alone, Windage's whole check, and what one writes first with pandas and scipy.

    python benchmarks/speed/run.py [--runs 5] [--sizes 1000000x16,100000x500] [--out benchmarks/RESULTS.md]

Every figure is of a whole process, from start to exit, as the operating system accounts for it; contenders take
turns, and the ratios are of medians.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).parent
CONTENDERS = {
    "decode only": ["decode_only.py"],
    "windage, exact": ["windage_check.py", "exact"],
    "windage, 4096 points": ["windage_check.py", "4096"],
    "straightforward": ["straightforward.py"],
}


class Cost(NamedTuple):
    cpu: float
    wall: float
    peak_mb: float


def run(script: list[str], folder: Path) -> Cost:
    name, *arguments = script
    command = [sys.executable, str(HERE / name), str(folder), *arguments]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    start = os.times().elapsed
    process = os.posix_spawn(
        sys.executable, command, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed with status {status}")
    return Cost(used.ru_utime + used.ru_stime, os.times().elapsed - start, used.ru_maxrss / 1024)


JUDGEMENT = {
    "load the profiles only": ["judge_cached.py", "decode"],
    "judge the window": ["judge_cached.py", "judge"],
}


def measure(folder: Path, runs: int, contenders: Mapping[str, list[str]]) -> dict[str, Cost]:
    for script in contenders.values():
        run(script, folder)
    turns = [{name: run(script, folder) for name, script in contenders.items()} for _ in range(runs)]
    return {
        name: Cost(*(median(getattr(turn[name], field) for turn in turns) for field in Cost._fields))
        for name in contenders
    }


def judgement_table(title: str, costs: Mapping[str, Cost]) -> str:
    load = costs["load the profiles only"]
    lines = [f"### {title}", "", "| | CPU s | wall s | peak MB | CPU × loading |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {cost.cpu:.2f} | {cost.wall:.2f} | {cost.peak_mb:.0f} | {cost.cpu / load.cpu:.1f} |"
        for name, cost in costs.items()
    ]
    return "\n".join(lines)


def table(title: str, costs: dict[str, Cost]) -> str:
    decode, straight = costs["decode only"], costs["straightforward"]
    lines = [
        f"### {title}",
        "",
        "| | CPU s | wall s | peak MB | CPU × decode only | CPU, straightforward ÷ this | peak ÷ straightforward |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {cost.cpu:.2f} | {cost.wall:.2f} | {cost.peak_mb:.0f} | {cost.cpu / decode.cpu:.2f} "
        f"| {straight.cpu / cost.cpu:.1f} | {cost.peak_mb / straight.peak_mb:.2f} |"
        for name, cost in costs.items()
    ]
    return "\n".join(lines)


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "pandas", "scipy"))
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {packages}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", default="1000000x16,100000x500", help="rows x features of each window")
    parser.add_argument("--judged", default="1000000x16,100000x500", help="rows x features of each cached day")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    tables = [f"# What a check costs\n\nMedians of {options.runs} runs. {machine()}."]
    for size in options.sizes.split(","):
        rows, features = map(int, size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, str(HERE / "data.py"), folder, str(rows), str(features)], check=True)
            tables.append(
                table(
                    f"{rows:,} + {rows:,} rows × {features} features", measure(Path(folder), options.runs, CONTENDERS)
                )
            )
        print(tables[-1], flush=True)
    for size in options.judged.split(","):
        rows, features = map(int, size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            script = str(HERE / "cached_days.py")
            subprocess.run([sys.executable, script, folder, str(rows), str(features)], check=True)
            title = f"One window from cached profiles: 28 + 1 days of {rows:,} rows × {features} features"
            tables.append(judgement_table(title, measure(Path(folder), options.runs, JUDGEMENT)))
        print(tables[-1], flush=True)
    if options.out:
        options.out.write_text("\n\n".join(tables) + "\n")


if __name__ == "__main__":
    main()
