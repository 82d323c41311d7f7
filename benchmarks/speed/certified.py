"""How far a profile's certified interval is from the truth, on columns made to break summaries."""

from __future__ import annotations

import numpy as np
from scipy.stats import ks_2samp
from whole import table

from windage.profiles import distance
from windage.profiles.counted import counted
from windage.profiles.document import to_bytes
from windage.profiles.numeric import NumericProfile
from windage.profiles.parts import finer
from windage.profiles.window import WindowProfile

ROWS, RESOLUTION, PARTS = 1_200_000, 4096, 4
COLUMNS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "ties across the ends of blocks": lambda rng, n: np.floor(rng.exponential(RESOLUTION / 3, n)),
    "99.9 % one value": lambda rng, n: np.where(rng.random(n) < 0.999, 7.0, rng.normal(size=n)),
    "offset 1e15, spread 1": lambda rng, n: 1e15 + rng.normal(size=n),
    "denormals": lambda rng, n: rng.integers(-50_000, 50_000, n) * 5e-324,
    "a tenth ±inf": lambda rng, n: np.where(rng.random(n) < 0.1, np.where(rng.random(n) < 0.5, np.inf, -np.inf), rng.normal(size=n)),
    "a fifth NaN": lambda rng, n: np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
    "lognormal, sd 5": lambda rng, n: rng.lognormal(0, 5, n),
    "Cauchy": lambda rng, n: rng.standard_cauchy(n),
    "sorted": lambda rng, n: np.sort(rng.normal(size=n)),
    "constant": lambda rng, n: np.zeros(n) * rng.random(),
}  # fmt: skip


def measured() -> str:
    rows = [_row(name, make) for name, make in COLUMNS.items()]
    title = f"### The Kolmogorov–Smirnov distance from profiles of {RESOLUTION} points, {ROWS:,} + {ROWS:,} rows in {PARTS} parts"
    heads = ["column", "true D", "error of D", "certified ±", "true D within it", "ranks outside", "bytes kept"]
    return f"{title}\n\n" + table(heads, rows)


def _row(name: str, make: object) -> list[str]:
    rng = np.random.default_rng([1, len(name)])
    before, now = (make(rng, ROWS) for _ in range(2))  # type: ignore[operator]
    finite = [values[np.isfinite(values)] for values in (before, now)]
    truth = float(ks_2samp(*finite, method="asymp").statistic)
    profiles = [_profiled(values) for values in (before, now)]
    found = distance.ks(*profiles).statistic
    margin = max(found.high - found.value, found.value - found.low)
    ordered = np.sort(finite[0])
    low, high = profiles[0].rows_at_or_below(ordered)
    exact = np.searchsorted(ordered, ordered, "right")
    outside = int(((exact < low) | (exact > high)).sum())
    kept = len(to_bytes(WindowProfile(rows=ROWS, numeric={"x": profiles[0]})))
    held = found.low - 1e-12 <= truth <= found.high + 1e-12
    return [
        name,
        f"{truth:.6f}",
        f"{abs(found.value - truth):.1e}",
        f"{margin:.1e}",
        "yes" if held else "NO",
        str(outside),
        str(kept),
    ]


def _profiled(values: np.ndarray) -> NumericProfile:
    parts = ((part, 0) for part in np.array_split(values, PARTS))
    found = counted(parts, resolution=RESOLUTION, kept=finer(RESOLUTION), more=True)
    return found.compressed(RESOLUTION)
