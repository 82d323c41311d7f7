"""Two windows of a prediction log as Parquet, with a little drift in a tenth of the features.

Values are what logs hold: full-precision doubles, skewed amounts, counts with ties, a few nulls.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CLASSES = ("Build", "Debug", "Write", "Read")
REJECT = "Mixed/Unknown"
ROW_GROUP = 1 << 20


def window(rows: int, features: int, *, seed: int, drift: float) -> pa.Table:
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {}
    for k in range(features):
        values = _feature(k, rows, rng)
        columns[f"f{k:03d}"] = values * (1 + drift) if k % 10 == 0 else values
    logits = rng.normal(size=(rows, len(CLASSES))) * 2
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    confidence = probabilities.max(axis=1)
    names = np.array(CLASSES)[probabilities.argmax(axis=1)]
    columns["predicted_label"] = pa.array(np.where(confidence < 0.45, REJECT, names)).dictionary_encode()
    columns |= {f"p_{name}": probabilities[:, k] for k, name in enumerate(CLASSES)}
    columns["confidence"] = confidence
    return pa.table(columns)


def _feature(k: int, rows: int, rng: np.random.Generator) -> object:
    if k % 4 == 0:
        return rng.normal(100, 15, rows)
    if k % 4 == 1:
        return rng.lognormal(3, 1, rows)
    if k % 4 == 2:
        return rng.poisson(12, rows).astype(np.float64)
    return np.where(rng.random(rows) < 0.02, np.nan, rng.gamma(2.0, 5.0, rows))


def write(folder: Path, rows: int, features: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed, drift in (("reference", 1, 0.0), ("current", 2, 0.05)):
        file = folder / f"{name}.parquet"
        if not file.exists():
            table = window(rows, features, seed=seed, drift=drift)
            pq.write_table(table, file, row_group_size=ROW_GROUP, compression="snappy")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
