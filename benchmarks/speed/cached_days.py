"""Fill a profile cache as a monitor's days would, without writing their rows.

python benchmarks/speed/cached_days.py FOLDER ROWS FEATURES [DAYS USERS]
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from windage.files import write_atomically
from windage.judging.job import WindowJob
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.document import to_bytes
from windage.profiles.numeric import NumericProfile
from windage.profiles.ranks import MOST_ROWS, RankProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile
from windage.spec import load_monitor
from windage.vocabulary import Window

RESOLUTION = 4096
LAST = Window(start=datetime(2026, 3, 30, tzinfo=UTC), end=datetime(2026, 3, 31, tzinfo=UTC))

MONITOR = """\
monitor: bench
start: 2026-01-01
reference: {{trailing: {trailing}d}}
log:
  location: log/date={{start:%Y-%m-%d}}
  numeric: [{numeric}]
  label: label
  probabilities: [p, q, r]
  confidence: p
  user: user
"""


def prepared(folder: Path, features: int, days: int) -> WindowJob:
    numeric = ", ".join(f"f{k}" for k in range(features))
    (folder / "bench.yaml").write_text(MONITOR.format(numeric=numeric, trailing=days - 1))
    return WindowJob(load_monitor(folder / "bench.yaml"), storage=str(folder))


def day(seed: int, rows: int, features: int, n_users: int) -> WindowProfile:
    rng = np.random.default_rng(seed)
    numeric, sample = {}, {}
    for k in range(features):
        values = rng.standard_normal(rows) + 0.03 * rng.standard_normal()
        sample[f"f{k}"] = values[:MOST_ROWS].copy()
        numeric[f"f{k}"] = NumericProfile.of(values, resolution=RESOLUTION, reuse=True)
    odds = rng.dirichlet((6.0, 2.0, 1.0), rows)
    users = np.array([f"u{k:03d}" for k in range(n_users)], dtype=object)[rng.integers(0, n_users, rows)]
    return WindowProfile(
        rows=rows,
        numeric=numeric,
        labels=CategoricalProfile(
            counts=dict(zip("abc", rng.multinomial(rows, (0.5, 0.3, 0.2)).tolist(), strict=True))
        ),
        confidence=NumericProfile.of(odds.max(axis=1), resolution=RESOLUTION, reuse=True),
        scores=ScoreProfile.of(odds, resolution=RESOLUTION),
        users=CategoricalProfile.of(users),
        ranks=RankProfile.of(sample, users[:MOST_ROWS]),
        schema=dict.fromkeys(numeric, "double"),
    )


def main() -> None:
    folder, (rows, features, days, users) = Path(sys.argv[1]), map(int, [*sys.argv[2:], "29", "50"][:4])
    job = prepared(folder, features, days)
    for k in range(days):
        place = folder / f"log/date={LAST.start - timedelta(days=k):%Y-%m-%d}"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"f0": [0.0]}), place / "part.parquet")
    for k, partition in enumerate(job.plan(LAST).partitions):
        write_atomically(job.profiler.cache.place(partition), to_bytes(day(k, rows, features, users)))


if __name__ == "__main__":
    main()
