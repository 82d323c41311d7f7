"""The whole check of two windows, side by side with decoding alone, with peers, and with what one writes first."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from whole import PATIENCE, Contender, Cost, measure, prepared, table

sys.path.insert(0, str(Path(__file__).parents[1]))
from environments import installed, python

DECODE, WINDAGE, STRAIGHT = "decode only", "windage", "straightforward"
OURS = {
    DECODE: Contender("decode_only.py"),
    WINDAGE: Contender("windage_check.py"),
    "windage, exact": Contender("windage_check.py", ("exact",)),
    "windage, 4096 points": Contender("windage_check.py", ("4096",)),
    STRAIGHT: Contender("straightforward.py"),
}
TOO_LARGE_FOR_PEERS = 100_000_000
"""Values of a window: beyond it peers need more memory than the machine has, or hours."""


def contenders(rows: int, features: int) -> dict[str, Contender]:
    if rows * features > TOO_LARGE_FOR_PEERS:
        return OURS
    peers = {
        name: Contender(f"peers/{name.replace('-', '_')}_check.py", python=str(python(name))) for name in installed()
    }
    return {**OURS, **peers}


def measured(size: str, *, runs: int) -> str:
    rows, features = map(int, size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        prepared("data.py", folder, rows, features)
        chosen = contenders(rows, features)
        costs = measure(chosen, folder, runs=runs, patience=PATIENCE if chosen is not OURS else 900)
    decode, ours, straight = (costs[name] for name in (DECODE, WINDAGE, STRAIGHT))
    if decode is None or ours is None or straight is None:
        raise SystemExit("a contender of ours failed")
    title = f"### The check of {rows:,} + {rows:,} rows × {features} features"
    heads = ["", "CPU s", "wall s", "peak MB", "CPU × decoding", "windage's CPU ÷ this", "windage's peak ÷ this"]
    return f"{title}\n\n" + table(heads, [_row(name, cost, decode, ours) for name, cost in costs.items()])


def _row(name: str, cost: Cost | None, decode: Cost, ours: Cost) -> list[str]:
    if cost is None:
        return [name, "failed, or over 2 minutes", "", "", "", "", ""]
    return [
        name,
        f"{cost.cpu:.2f}",
        f"{cost.wall:.2f}",
        f"{cost.peak_mb:.0f}",
        f"{cost.cpu / decode.cpu:.2f}",
        f"{ours.cpu / cost.cpu:.3f}",
        f"{ours.peak_mb / cost.peak_mb:.2f}",
    ]
