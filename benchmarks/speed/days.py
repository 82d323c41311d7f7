"""Days of a log with everything that a monitor can name, as Parquet.

python benchmarks/speed/days.py FOLDER ROWS DAYS FILES
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
FEATURES = 16
MONITOR = f"""\
monitor: bench
start: 2026-01-01
reference: {{trailing: 28d}}
log:
  location: log/date={{start:%Y-%m-%d}}
  numeric: [{", ".join(f"f{k}" for k in range(FEATURES))}]
  label: label
  probabilities: [p, q, r]
  confidence: confidence
  user: user
"""


def rows_of(seed: int, rows: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    odds = rng.dirichlet((6.0, 2.0, 1.0), rows)
    features = {
        f"f{k}": rng.normal(size=rows) if k % 4 else rng.poisson(12, rows).astype(float) for k in range(FEATURES)
    }
    names = np.array(["a", "b", "c"])[odds.argmax(axis=1)]
    return pa.table(
        {
            **features,
            "label": pa.array(names).dictionary_encode(),
            **{name: odds[:, k] for k, name in enumerate("pqr")},
            "confidence": odds.max(axis=1),
            "user": pa.array(rng.integers(0, 200, rows)).cast(pa.string()).dictionary_encode(),
        }
    )


def write(folder: Path, rows: int, days: int, files: int, *, first: datetime = FIRST) -> None:
    """Days from ``first`` on, each a hard link to one of so many files."""
    written = []
    for k in range(min(files, days)):
        written.append(folder / f"{k}.parquet")
        pq.write_table(rows_of(k, rows), written[-1], row_group_size=1 << 20)
    for k in range(days):
        place = folder / f"log/date={first + timedelta(days=k):%Y-%m-%d}"
        place.mkdir(parents=True)
        os.link(written[k % files], place / "part.parquet")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "bench.yaml").write_text(MONITOR)
    write(place, *map(int, sys.argv[2:]))
