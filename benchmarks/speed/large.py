"""Memory and CPU of profiling one partition, for growing partitions: memory must not grow with them.

    python benchmarks/speed/large.py [--millions 1,4,12] [--out FILE]

Each is profiled in a process of its own, once with the default number of rows at a time and once with all at once.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MILLION = 1_000_000
PROFILE = """
import resource, sys, time
from windage.partitions.parquet import ParquetColumns
from windage.partitions.engines.local import LocalEngine
from windage.partitions.recipe import Recipe
from windage.spec.log import Log
log = Log(location="x", numeric=tuple(f"f{k}" for k in range(6)), label="label", user="user", probabilities=("p", "q"),
          confidence="p", bucket_start="t")
began = time.process_time()
at_once = int(sys.argv[2])
LocalEngine().profile(ParquetColumns([sys.argv[1]], where="it", rows_at_once=at_once), Recipe(log=log, resolution=4096, rows_at_once=at_once))
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", default="1,4,12", help="rows of the partitions")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = [
        "| million rows × 11 columns | CPU s | peak MB | CPU s, all rows at once | peak MB, all rows at once |",
        "|---|---|---|---|---|",
    ]
    for millions in map(int, options.millions.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "partition.parquet"
            _write(file, millions)
            figures = [figure for at_once in (MILLION, 10**9) for figure in _profiled(file, at_once)]
        rows.append(f"| {millions} | {figures[0]:.2f} | {figures[1]:.0f} | {figures[2]:.2f} | {figures[3]:.0f} |")
    text = "\n".join(rows) + "\n"
    print(text, end="")
    if options.out:
        options.out.write_text(f"# What a large partition costs\n\n`python benchmarks/speed/large.py`\n\n{text}")
    return 0


def _write(file: Path, millions: int) -> None:
    rng = np.random.default_rng(0)
    writer = None
    for _ in range(millions):
        p = rng.random(MILLION)
        part = pa.table(
            {
                **{f"f{k}": rng.normal(size=MILLION) for k in range(6)},
                "label": pa.array(rng.choice(["a", "b"], MILLION)),
                "user": pa.array([f"u{k}" for k in rng.integers(0, 1000, MILLION)]),
                "p": p,
                "q": 1 - p,
                "t": pa.array(rng.integers(0, 86_400 * 10**6, MILLION), pa.timestamp("us", "UTC")),
            }
        )
        writer = writer or pq.ParquetWriter(file, part.schema)
        writer.write_table(part)
    if writer:
        writer.close()


def _profiled(file: Path, at_once: int) -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", PROFILE, str(file), str(at_once)], capture_output=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


if __name__ == "__main__":
    raise SystemExit(main())
