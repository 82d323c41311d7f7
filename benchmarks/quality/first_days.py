"""The first days of a monitor, whose reference is as old as its log: what quiet days tell, and which faults are told.

python benchmarks/quality/first_days.py [--seeds 0:3] [--jobs 1] [--out table.md]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path

from judge import Judge, Past
from judges import judges
from stream import JudgedDay, judged
from tables import percent, table
from worlds import QUIET

from faults import FAULTS
from world import Timeline, World

POLICY = "calibrated"
LAST = 21
BROKEN = ("unit error ×1000", "out of range 35 %", "frozen", "all missing", "reject +20 points", "confidence collapse")
"""Faults that page when the days are known."""
BROKEN_ON = (2, 3, 4, 8, 15)
WORLDS = [world for world in QUIET.values() if world.windows_a_day == 1]
"""Of one window a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One judged day of one life, quiet or with its first day of a fault; the first day of the log has number 1."""

    number: int
    fault: str | None
    found: JudgedDay


def first_days(world: World, seed: int) -> list[Day]:
    timeline, judge = world.begin(seed, days=LAST), judges()[POLICY]
    past: list[Past] = []
    days = []
    for index in range(LAST):
        number, clean = index + 1, timeline.day(index)
        if number in BROKEN_ON:
            days += [
                Day(number=number, fault=name, found=_broken(judge, past, timeline, name, index)) for name in BROKEN
            ]
        found, gone = judged(judge, past, clean, since=index)
        past.append(gone)
        days.append(Day(number=number, fault=None, found=found))
    return [day for day in days if day.number > 1]  # the first has nothing to be compared with


def _broken(judge: Judge, past: Sequence[Past], timeline: Timeline, name: str, index: int) -> JudgedDay:
    fault = FAULTS[name]
    day = fault.applied(timeline, timeline.day(index), fault.target(timeline), since=0, index=index)
    return judged(judge, past, day, since=index)[0]


def report(days: Sequence[Day]) -> str:
    quiet = {number: _of(days, None, number) for number in range(2, LAST + 1)}
    rows = [
        [str(number), str(len(those)), _share(those, _alerts), _share(those, _pages), _share(those, _is_unknown)]
        for number, those in quiet.items()
    ]
    heads = ["day", "windows", "that alert, %", "that page, %", "with something unknown, %"]
    parts = [f"### Quiet days\n\n{table(heads, rows)}"]
    told = [[name, *(_told(_of(days, name, number)) for number in BROKEN_ON)] for name in BROKEN]
    heads = ["fault", *(f"on day {number}" for number in BROKEN_ON)]
    parts.append(f"### A fault's first day: told, % (paged, %)\n\n{table(heads, told)}")
    return "\n\n".join(parts)


def _of(days: Sequence[Day], fault: str | None, number: int) -> list[Day]:
    return [day for day in days if (day.fault, day.number) == (fault, number)]


def _told(days: Sequence[Day]) -> str:
    return f"{_share(days, _alerts)} ({_share(days, _pages)})" if days else ""


def _share(days: Sequence[Day], holds: Callable[[JudgedDay], bool]) -> str:
    return percent(sum(holds(day.found) for day in days) / len(days))


def _alerts(day: JudgedDay) -> bool:
    return day.severity is not None


def _pages(day: JudgedDay) -> bool:
    return day.severity == "critical"


def _is_unknown(day: JudgedDay) -> bool:
    return bool(day.unknown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0:3", help="first:end")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    lives = list(product(WORLDS, range(*map(int, options.seeds.split(":")))))
    with ProcessPoolExecutor(options.jobs) if options.jobs > 1 else nullcontext() as pool:
        each_life = pool.map if pool else map
        days = list(chain.from_iterable(each_life(first_days, *zip(*lives, strict=True))))
    text = f"# The first days of a monitor\n\nSeeds {options.seeds}, {len(WORLDS)} worlds.\n\n{report(days)}\n"
    print(text)
    if options.out:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
