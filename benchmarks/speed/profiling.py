"""Profiling one partition against decoding it, without the start of a process; how the cost grows; all cores."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from whole import prepared, table

MEASURE = """
import sys, time
import pyarrow.parquet as pq
from windage.partitions.engines.local import LocalEngine
from windage.partitions.guess import guessed_log
from windage.partitions.parquet import ParquetColumns
from windage.partitions.recipe import Recipe

file, workers = sys.argv[1], sys.argv[2]
columns = ParquetColumns([file], where="it", rows_at_once=1 << 20)
log = guessed_log(columns.schema)
alone = log.model_copy(
    update={"label": None, "probabilities": (), "confidence": None, "user": None, "bucket_start": None, "categorical": ()}
)

def decode(names):
    reader = pq.ParquetFile(file, pre_buffer=False)
    for name in names:
        for group in range(reader.metadata.num_row_groups):
            reader.read_row_group(group, columns=[name], use_threads=False)

def profile(log):
    recipe = Recipe(log=log, resolution=4096, rows_at_once=1 << 20)
    LocalEngine(settings={"workers": workers}).profile(columns, recipe)

def cost(work, *arguments):
    best = (9e9, 9e9)
    for _ in range(5):
        cpu, wall = time.process_time(), time.perf_counter()
        work(*arguments)
        best = min(best, (time.process_time() - cpu, time.perf_counter() - wall))
    return best

everything = [name for name in columns.schema.names]
for work, argument in ((decode, alone.numeric), (profile, alone), (decode, everything), (profile, log)):
    print(*cost(work, argument))
"""


def against_decoding(sizes: list[str]) -> str:
    rows = []
    for size in sizes:
        n, features = map(int, size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            prepared("data.py", folder, n, features)
            file = Path(folder) / "reference.parquet"
            (bare, numeric, decoded, whole), (*_, wide) = (_costs(file, workers) for workers in (1, 2))
        rows.append(
            [
                f"{n:,} × {features}",
                f"{bare[0]:.2f}",
                f"{numeric[0]:.2f}",
                f"{numeric[0] / bare[0]:.2f}",
                f"{decoded[0]:.2f}",
                f"{whole[0]:.2f}",
                f"{whole[0] / decoded[0]:.2f}",
                f"{whole[1] / wide[1]:.2f}",
            ]
        )
    heads = [
        "rows × features", "decode the features", "numeric profiles", "ratio",
        "decode all columns", "the whole profile", "ratio", "faster on two threads",
    ]  # fmt: skip
    return "### A partition's profile against decoding it (CPU s, best of five)\n\n" + table(heads, rows)


def _costs(file: Path, workers: int) -> list[tuple[float, float]]:
    command = [sys.executable, "-c", MEASURE, str(file), str(workers)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return [(float(cpu), float(wall)) for cpu, wall in map(str.split, done.stdout.splitlines())]


def growth() -> str:
    """CPU of one profile while rows or features grow tenfold; linear is ten."""
    found: dict[str, float] = {}
    for size in ("100000x16", "1000000x16", "10000000x16", "100000x160"):
        n, features = map(int, size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            prepared("data.py", folder, n, features)
            found[size] = _costs(Path(folder) / "reference.parquet", 1)[3][0]
    rows = [
        [what, f"{found[before]:.3f}", f"{found[after]:.3f}", f"{found[after] / found[before]:.1f}"]
        for what, before, after in (
            ("rows, 100 k to 1 M", "100000x16", "1000000x16"),
            ("rows, 1 M to 10 M", "1000000x16", "10000000x16"),
            ("features, 16 to 160", "100000x16", "100000x160"),
        )
    ]
    return "### How a profile's cost grows (CPU s)\n\n" + table(["tenfold", "before", "after", "times"], rows)
