"""A partition of which only a part is in memory at a time gives the profile that it gives in memory."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from partition_log import LOG, table
from windage.partitions.engines.local import LocalEngine
from windage.partitions.parquet import ParquetColumns
from windage.partitions.profile import ENTROPIES, live_window
from windage.partitions.recipe import Recipe
from windage.partitions.sampling import sample_rows
from windage.profiles.ranks import MOST_ROWS

ROWS = MOST_ROWS + 7_000


@pytest.fixture
def files(tmp_path):
    """Two files, with row groups that end where no part does."""
    found = []
    for number, rows in enumerate((ROWS - 4_321, 4_321)):
        found.append(str(tmp_path / f"{number}.parquet"))
        pq.write_table(table(number, rows), found[-1], row_group_size=7_919)
    return found


def profiled(files, at_once, resolution=256, log=LOG):
    columns = ParquetColumns(files, where="the partition", rows_at_once=at_once)
    return columns, LocalEngine().profile(columns, Recipe(log=log, resolution=resolution, rows_at_once=at_once))


@pytest.mark.parametrize("at_once", [1_000, 6_007, 26_999])
def test_in_parts_and_whole_are_one_profile(files, at_once):
    (in_parts, parts), (whole_columns, whole) = profiled(files, at_once), profiled(files, ROWS)
    assert in_parts.is_large
    assert not whole_columns.is_large
    assert parts.faults == whole.faults == {}
    for kind in ("rows", "first_at", "last_at", "schema", "labels", "users"):
        assert getattr(parts, kind) == getattr(whole, kind), kind
    assert parts.categorical["origin"] == whole.categorical["origin"]
    assert parts.scores.invalid == whole.scores.invalid > 0
    for name in ("few", "whole"):
        assert np.array_equal(parts.numeric[name].points, whole.numeric[name].points)
        assert np.array_equal(parts.numeric[name].weights, whole.numeric[name].weights)
    for ours, theirs in ((parts.numeric["x"], whole.numeric["x"]), (parts.scores.entropy, whole.scores.entropy)):
        assert (ours.finite, ours.nulls, ours.nans) == (theirs.finite, theirs.nulls, theirs.nans)
        assert ours.moments.mean == pytest.approx(theirs.moments.mean, rel=1e-12)
        assert (ours.minimum, ours.maximum) == (theirs.minimum, theirs.maximum)
        assert ours.points.size <= 256
        assert ours.slack <= ours.finite / 256 * 1.25
    assert parts.ranks.users == whole.ranks.users
    assert np.array_equal(parts.ranks.correlations, whole.ranks.correlations)
    assert np.array_equal(parts.ranks.rank_sums, whole.ranks.rank_sums)


def test_the_certified_interval_of_a_large_partition_holds_the_exact_rank(files):
    _, parts = profiled(files, 1_500)
    exact = np.concatenate([pq.read_table(file)["x"].drop_null().to_numpy() for file in files])
    exact = np.sort(exact[np.isfinite(exact)])
    low, high = parts.numeric["x"].rows_at_or_below(exact)
    rank = np.searchsorted(exact, exact, "right")
    assert (low <= rank).all()
    assert (rank <= high).all()


def test_the_same_rows_are_sampled(files):
    parts, whole = (
        sample_rows(ParquetColumns(files, where="the partition", rows_at_once=at_once), LOG)
        for at_once in (2_003, ROWS)
    )
    assert np.array_equal(parts.values, whole.values, equal_nan=True)
    assert np.array_equal(parts.users, whole.users)


def test_without_a_resolution_every_value_is_kept(files):
    _, parts = profiled(files, 1_000, resolution=None)
    assert parts.numeric["x"].weights is None


def test_of_a_large_window_the_entropies_alone_are_not_all_kept(files):
    windows = [
        live_window(ParquetColumns(files, where="it", rows_at_once=at_once), LOG, resolution=None)
        for at_once in (6_007, ROWS)
    ]
    large, whole = (window.scores for window in windows)
    assert large.entropy.points.size <= ENTROPIES < whole.entropy.points.size
    assert (large.invalid, large.entropy.finite) == (whole.invalid, whole.entropy.finite)
    assert large.entropy.moments.mean == pytest.approx(whole.entropy.moments.mean, rel=1e-12)
    for window in windows:
        assert window.confidence.weights is None


def test_files_that_disagree_about_a_type_are_read_whole(files):
    other = table(1, 4_321)
    other = other.set_column(other.schema.get_field_index("origin"), "origin", pa.array([1] * 4_321))
    pq.write_table(other, files[1])
    _, parts = profiled(files, 1_000)
    assert parts.categorical["origin"] == profiled(files, ROWS)[1].categorical["origin"]
    assert parts.categorical["origin"].counts["1"] == 4_321


def test_a_column_that_is_gone_is_one_fault(files):
    pq.write_table(table(1, 4_321).drop_columns(["x", "label"]), files[1])
    _, parts = profiled(files, 1_000)
    assert set(parts.faults) == {"numeric.x", "labels"}
    assert "few" in parts.numeric


MEASURE = """
import resource, sys
from windage.partitions.parquet import ParquetColumns
from windage.partitions.profile import ENTROPIES, live_window
from windage.partitions.engines.local import LocalEngine
from windage.partitions.recipe import Recipe
from windage.spec.log import Log
log = Log(location="x", numeric=("x", "y"), label="label", user="user", probabilities=("x", "y"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
at_once = int(sys.argv[2])
profile = LocalEngine().profile(ParquetColumns([sys.argv[1]], where="it", rows_at_once=at_once), Recipe(log=log, resolution=1024, rows_at_once=at_once))
print(profile.rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
def test_a_partition_of_ten_times_the_memory_is_profiled(tmp_path):
    """In one row group, and in a process of its own, whose memory grows by what a part needs and not by the partition."""
    rng, grown = np.random.default_rng(0), {}
    for millions in (1, 10):
        rows = millions * 1_000_000
        made = pa.table(
            {
                "x": rng.random(rows), "y": rng.random(rows), "label": pa.array(["a", "b"] * (rows // 2)),
                "user": pa.array([f"u{k}" for k in range(1000)] * (rows // 1000)),
            }
        )  # fmt: skip
        pq.write_table(made, tmp_path / "x.parquet", row_group_size=rows)
        del made
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(tmp_path / "x.parquet"), "200000"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        n, megabytes = done.stdout.split()
        assert int(n) == rows
        grown[millions] = float(megabytes)
    assert grown[10] < 2 * grown[1] + 50, grown


FEW_FILES_AT_ONCE = """
import resource, sys
from pathlib import Path
from windage.partitions.engines.local import LocalEngine
from windage.partitions.parquet import ParquetColumns
from windage.partitions.recipe import Recipe
from windage.spec.log import Log
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), int(sys.argv[2])))
log = Log(location="{start:%Y-%m-%d}", numeric=["a", "b", "c", "d"])
columns = ParquetColumns(sorted(map(str, Path(sys.argv[1]).iterdir())), where="w")
profile = LocalEngine().profile(columns, Recipe(log=log, resolution=None, rows_at_once=1 << 20))
print({name: float(profile.numeric[name].points.sum()) for name in "abcd"}, profile.faults)
"""


def test_a_partition_of_more_files_than_a_process_may_have_open_is_profiled(tmp_path):
    n = 500
    for k in range(n):
        pq.write_table(pa.table({name: [k] for name in "abcd"}), tmp_path / f"{k}.parquet")
    program = [sys.executable, "-c", FEW_FILES_AT_ONCE, tmp_path, str(n - 100)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    sums = dict.fromkeys("abcd", n * (n - 1) / 2)
    assert done.stdout.strip() == f"{sums} {{}}", done.stderr
