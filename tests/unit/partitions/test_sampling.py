"""Which rows are sampled depends on what they hold, and on nothing else."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from windage.partitions.parquet import PARTS_OF_A_PIECE, ParquetColumns
from windage.partitions.sampling import hashed_columns, row_hashes, sample_rows, sampled
from windage.profiles.ranks import MOST_ROWS
from windage.spec.log import Log

RNG = np.random.default_rng(5)
LOG = Log(location="x/{start:%Y}", numeric=("x", "y"), confidence="p", probabilities=("p", "q"), bucket_start="at")


@pytest.fixture
def of(tmp_path):
    """The rows that are sampled of a table, and the columns they were told apart by."""

    def open_(table, *, log=LOG, at_once=10**6, **options):
        pq.write_table(table, tmp_path / "x.parquet", **options)
        columns = ParquetColumns([str(tmp_path / "x.parquet")], where="w", rows_at_once=at_once)
        return sampled(columns, hashed_columns(columns, log), of=columns.rows).places

    return open_


def table(rows):
    return pa.table(
        {
            "x": RNG.normal(size=rows),
            "y": RNG.integers(0, 3, rows),
            "p": RNG.random(rows),
            "at": pa.array(RNG.integers(0, 10**9, rows), pa.timestamp("us", "UTC")),
            "row": np.arange(rows),
        }
    )


def test_all_of_a_small_partition(of):
    assert of(table(100)).tolist() == list(range(100))


def test_in_another_order_and_other_parts_the_same_rows(of):
    rows = table(3 * MOST_ROWS)
    mixed = rows.take(pa.array(RNG.permutation(rows.num_rows)))
    chosen = of(rows)
    other = mixed["row"].to_numpy()[of(mixed, at_once=7_001, row_group_size=5_000)]
    assert set(chosen) == set(other)
    assert MOST_ROWS * 0.97 < chosen.size < MOST_ROWS * 1.03


def test_each_row_is_as_likely_as_any_other(of):
    chosen = of(table(5 * MOST_ROWS))
    assert stats.kstest(chosen / (5 * MOST_ROWS), "uniform").pvalue > 1e-4


def test_pieces_decide_by_themselves(tmp_path):
    rows = table(3 * MOST_ROWS)
    pq.write_table(rows, tmp_path / "x.parquet", row_group_size=7_000)
    whole = ParquetColumns([str(tmp_path / "x.parquet")], where="w", rows_at_once=15_000 // PARTS_OF_A_PIECE)
    pieces = [whole.piece(piece) for piece in whole.cut()]
    assert [piece.rows for piece in pieces] == [14_000, 14_000, 14_000, 14_000, 4_000]
    names, start, found = hashed_columns(whole, LOG), 0, []
    for piece in pieces:
        found.append(sampled(piece, names, of=whole.rows).places + start)
        start += piece.rows
    assert np.array_equal(np.concatenate(found), sampled(whole, names, of=whole.rows).places)


def test_rows_that_are_all_alike_do_not_fill_the_memory(of):
    alike = pa.table({"x": np.full(3 * MOST_ROWS, 1.0), "row": np.arange(3 * MOST_ROWS)})
    for value in range(40):  # of which some are taken: all rows have one hash
        chosen = of(alike.set_column(0, "x", pa.array(np.full(alike.num_rows, float(value)))))
        assert chosen.size in (0, 4 * MOST_ROWS + 1000, alike.num_rows)


def test_columns_that_differ_most_and_can_be_read(of, tmp_path):
    pq.write_table(table(10).drop_columns(["p"]), tmp_path / "y.parquet")
    columns = ParquetColumns([str(tmp_path / "y.parquet")], where="w")
    assert hashed_columns(columns, LOG) == ["at", "x", "y"]


def test_hashes_spread_over_all_bits():
    bits = np.unpackbits(row_hashes([np.arange(10_000.0)]).view(np.uint8)).reshape(-1, 64)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.03


def test_rows_to_compare_come_in_the_order_of_their_hashes(tmp_path):
    rows = table(500).append_column("user", pa.array([f"u{k % 7}" for k in range(500)]))
    taken = []
    for each in (rows, rows.take(pa.array(RNG.permutation(500)))):
        pq.write_table(each, tmp_path / "x.parquet")
        columns = ParquetColumns([str(tmp_path / "x.parquet")], where="w")
        taken.append(sample_rows(columns, LOG.model_copy(update={"user": "user"})))
    assert np.array_equal(taken[0].values, taken[1].values)
    assert taken[0].users.tolist() == taken[1].users.tolist()
    assert len(taken[0].values) == 500
