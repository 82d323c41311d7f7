"""One window from cached profiles, and how that grows with the windows of the reference and with users."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping

from whole import Contender, Cost, measure, prepared, table

from windage.judging.feature_batches import FEATURES_PER_BATCH

LOAD, JUDGE = "load the profiles only", "judge the window"
CONTENDERS = {
    LOAD: Contender("judge_cached.py", ("decode",)),
    JUDGE: Contender("judge_cached.py", ("judge",)),
}
TASKS = {
    "one task of `numeric_feature`": Contender("judge_cached.py", ("batch",)),
    "the task that concludes": Contender("judge_cached.py", ("conclude",)),
}
"""Of a window so wide that checks are asked about its features in batches."""


def judged(size: str, *, runs: int) -> str:
    rows, features = map(int, size.split("x"))
    costs = _costs(
        rows, features, runs=runs, contenders={**CONTENDERS, **(TASKS if features > FEATURES_PER_BATCH else {})}
    )
    title = f"### One window from cached profiles: 28 + 1 days of {rows:,} rows × {features} features"
    heads = ["", "CPU s", "wall s", "peak MB", "CPU × loading"]
    lines = [
        [name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.peak_mb:.0f}", f"{cost.cpu / costs[LOAD].cpu:.1f}"]
        for name, cost in costs.items()
    ]
    return f"{title}\n\n" + table(heads, lines)


def growth(*, runs: int) -> str:
    """With twice the reference's days, and ten times the users."""
    before = _costs(100_000, 16, runs=runs, days=29, users=25)[JUDGE]
    found = {
        "days of the reference, 28 to 56": _costs(100_000, 16, runs=runs, days=57, users=25)[JUDGE],
        "users, 25 to 250": _costs(100_000, 16, runs=runs, days=29, users=250)[JUDGE],
        "features, 16 to 160": _costs(100_000, 160, runs=runs, days=29, users=25)[JUDGE],
    }
    rows = [
        [what, f"{before.cpu:.2f}", f"{cost.cpu:.2f}", f"{cost.cpu / before.cpu:.1f}"] for what, cost in found.items()
    ]
    return "### How a judgement's cost grows (CPU s, whole process)\n\n" + table(["", "before", "after", "times"], rows)


def _costs(
    rows: int,
    features: int,
    *,
    runs: int,
    days: int = 29,
    users: int = 50,
    contenders: Mapping[str, Contender] = CONTENDERS,
) -> dict[str, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        prepared("cached_days.py", folder, rows, features, days, users)
        found = measure(contenders, folder, runs=runs)
    costs = {name: cost for name, cost in found.items() if cost is not None}
    if costs.keys() != found.keys():
        raise SystemExit("a judgement failed")
    return costs
