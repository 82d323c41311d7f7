"""A backfill from cached profiles against reading every window's partitions again, and the cost of the next day.

Each day is a hard link to one of a few files of the same size, so that the disk need not hold them all; each is
profiled by itself all the same, because its name is part of what identifies it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from whole import Contender, Cost, prepared, run, table

FILES = 4
NEXT = 3
"""Days after the backfill that are judged in a process each."""


def measured(rows: int, windows: int, *, again: int = 3) -> str:
    """
    Args:
        again: of so many windows the partitions are read again, as a monitor without a cache would; the others cost the
            same.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared("days.py", folder, rows, windows + 28 + NEXT, FILES)
        kept = _run(folder, "backfill", windows)
        increment = median(_run(folder, "increment", windows + k).cpu for k in range(NEXT))
        reread = _run(folder, "reread", again)
        empty = median(_run(folder, "nothing", 0).cpu for _ in range(NEXT))
    per_window = kept.cpu / windows
    reread_window = (reread.cpu - empty) / again
    rows_of_table = [
        [f"{windows} windows, {windows + 28} partitions read once", f"{kept.cpu:.1f}", f"{per_window:.2f}", "1.0"],
        [
            f"each window's 29 partitions read again ({again} windows measured)",
            f"{reread_window * windows:.0f}",
            f"{reread_window:.2f}",
            f"{reread_window / per_window:.1f}",
        ],
        ["the next day: one partition and one verdict", "", f"{increment - empty:.2f}", ""],
        ["the start of a process that does nothing", "", f"{empty:.2f}", ""],
    ]
    title = f"### A backfill of {windows} windows × (28 + 1) days of {rows:,} rows × 16 features"
    return f"{title}\n\n" + table(["", "CPU s", "CPU s a window", "times"], rows_of_table)


def _run(folder: Path, what: str, windows: int) -> Cost:
    cost = run(Contender("backfill_windows.py"), str(folder), what, str(windows), patience=3600)
    if cost is None:
        raise SystemExit(f"{what} failed")
    return cost
