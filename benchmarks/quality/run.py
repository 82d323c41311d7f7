"""Operating characteristics: false alarms in quiet worlds, and what is found of faults, by policy.

    python benchmarks/quality/run.py [--policy reference,calibrated] [--seeds 0:20] [--days 60]
        [--worlds seasons,ties] [--faults "frozen,step .6 sd"] [--quick] [--out table.md] [--alerts alerts.jsonl]

``--alerts`` writes every alert of every run as a line of JSON, to see what was false and why. Seeds below 1000 are for
building; results that are published use seeds from 1000 up.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from judges import judges
from score import is_unrelated
from stream import Life, Run
from tables import report
from worlds import QUIET

from faults import FAULTS

QUICK_WORLDS = ("independent", "users", "seasons", "tiny")
QUICK_FAULTS = (
    "shift .1 sd",
    "shift .5 sd",
    "shift 2 sd",
    "frozen",
    "all missing",
    "missing 2 → 20 %",
    "one user in fifty",
    "reject +10 points",
    "outage and recovery",
)


def lives(policy: str, world: str, seed: int, days: int, faults: Sequence[str]) -> list[Run]:
    """One seed of one world: its quiet run and a run for each fault."""
    life = Life(QUIET[world], seed, policy, judges()[policy], days=days)
    return [life.quiet(), *(life.with_fault(FAULTS[name]) for name in faults)]


def alert_lines(run: Run) -> Iterator[str]:
    for day in run.days:
        for each in day.findings:
            line: dict[str, Any] = {
                "policy": run.policy,
                "world": run.world.name,
                "seed": run.seed,
                "fault": run.fault.name if run.fault else None,
                "since": day.since,
                "trigger": each.trigger,
                "severity": each.severity,
                "named": each.named,
                "users": each.users,
                "false": is_unrelated(each, run),
                "details": each.details,
            }
            yield json.dumps(line, ensure_ascii=False, default=str)


def named(text: str, known: Mapping[str, Any], what: str) -> list[str]:
    names = [each.strip() for each in text.split(",")] if text else list(known)
    for each in names:
        if each not in known:
            raise SystemExit(f"{each!r} is no {what}; there are: {', '.join(known)}.")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", default="reference")
    parser.add_argument("--seeds", default="0:10", help="first:end")
    parser.add_argument("--days", type=int, default=60, help="quiet days judged in each run, at least 7")
    parser.add_argument("--worlds", default="")
    parser.add_argument("--faults", default="", help="names, or 'none'")
    parser.add_argument("--quick", action="store_true", help="four worlds, nine faults, 30 days")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--alerts", type=Path)
    options = parser.parse_args()
    worlds = named(options.worlds or ",".join(QUICK_WORLDS if options.quick else QUIET), QUIET, "world")
    quick = ",".join(QUICK_FAULTS if options.quick else FAULTS)
    faults = [] if options.faults == "none" else named(options.faults or quick, FAULTS, "fault")
    days = max(30 if options.quick else options.days, 7)
    first, end = map(int, options.seeds.split(":"))
    jobs = [
        (policy, world, seed, days, faults)
        for policy in named(options.policy, judges(), "policy")
        for seed in range(first, end)
        for world in worlds
    ]
    runs: list[Run] = []
    started = time.monotonic()
    with ProcessPoolExecutor(options.jobs) if options.jobs > 1 else nullcontext() as pool:
        each_life = pool.map if pool else map
        for done, found in enumerate(each_life(lives, *zip(*jobs, strict=True)), start=1):
            runs += found
            left = (time.monotonic() - started) / done * (len(jobs) - done)
            print(f"\r{done}/{len(jobs)} lives, {left:.0f} s left ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    text = (
        f"# Operating characteristics\n\nSeeds {options.seeds}, {len(worlds)} worlds, {days} quiet days a run, "
        f"{len(faults)} faults, 28 days of reference.\n\n{report(runs)}\n"
    )
    print(text)
    if options.out:
        options.out.write_text(text)
    if options.alerts:
        options.alerts.write_text("".join(line + "\n" for run in runs for line in alert_lines(run)))


if __name__ == "__main__":
    main()
