"""Everything that Windage costs, side by side in one run with decoding alone, with peers, and with what one writes first.

    python benchmarks/speed/run.py [--runs 5] [--only check,profile,…] [--out benchmarks/RESULTS.md]

Peers take part where they are installed (python benchmarks/environments.py). Contenders take turns; ratios are of medians.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import backfill
import checking
import judging
import profiling
import scaling
from whole import machine

WHAT = "# What Windage costs"
ELSEWHERE = "## A year through Airflow"
"""The last section of the results, which benchmarks/airflow/year.py measures; it is kept."""


def sections(runs: int, sizes: list[str]) -> dict[str, Callable[[], Iterator[str]]]:
    return {
        "check": lambda: (checking.measured(size, runs=runs) for size in sizes),
        "profile": lambda: iter([profiling.against_decoding(["1000000x16", "100000x500"]), profiling.growth()]),
        "judge": lambda: (judging.judged(size, runs=runs) for size in ("1000000x16", "100000x500")),
        "growth": lambda: iter([judging.growth(runs=runs)]),
        "backfill": lambda: iter([backfill.measured(1_000_000, 90)]),
        "engines": lambda: iter([scaling.measured(1_000_000)]),
        "certified": lambda: iter([_certified()]),
    }


def _certified() -> str:
    """Imported when it is asked for: the system counts as a process's peak no less than the process that started it held."""
    import certified

    return certified.measured()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sizes", default="10000x16,1000000x16,100000x500,10000000x16", help="of the check's windows")
    parser.add_argument("--only", default="", help="some of: check,profile,judge,growth,backfill,engines,certified")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    every = sections(options.runs, options.sizes.split(","))
    tables = [
        f"{WHAT}\n\n`make bench`: medians of {options.runs} runs; of what takes over ten seconds, one run. {machine()}."
    ]
    for name in options.only.split(",") if options.only else every:
        for table in every[name]():
            print(table, end="\n\n", flush=True)
            tables.append(table)
    if options.out:
        before = options.out.read_text() if options.out.exists() else ""
        _, title, rest = before.partition(ELSEWHERE)
        options.out.write_text("\n\n".join([*tables, (title + rest).strip()]).strip() + "\n")


if __name__ == "__main__":
    main()
