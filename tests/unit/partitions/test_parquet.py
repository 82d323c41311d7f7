"""Columns out of Parquet: every type that is a number, any number of files and row groups, and located errors."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.errors import DataError, MissingColumn, ReadFailed
from windage.partitions.engines.local import LocalEngine
from windage.partitions.open_files import OpenFiles
from windage.partitions.parquet import ParquetColumns
from windage.partitions.recipe import Recipe
from windage.partitions.rows import ParquetRows, probabilities
from windage.spec.log import Log


def profiled(columns, log=None, *, resolution):
    return LocalEngine().profile(
        columns, Recipe(log=log or LOG, resolution=resolution, rows_at_once=columns.rows_at_once)
    )


@pytest.fixture
def written(tmp_path):
    """Writes each table to a file of its own and opens them as one window."""

    def write(*tables, **options):
        files = []
        for number, columns in enumerate(tables):
            table = columns if isinstance(columns, pa.Table) else pa.table(columns)
            files.append(str(tmp_path / f"{number}.parquet"))
            pq.write_table(table, files[-1], **options)
        return ParquetColumns(files, where="the current window")

    return write


NAN = float("nan")
TYPES = {
    "float64": (pa.array([1.5, None, NAN]), [1.5, NAN, NAN], 1),
    "float32": (pa.array([1.5, None, 2.0], pa.float32()), [1.5, NAN, 2.0], 1),
    "float16": (pa.array(np.array([1.5, 2.0, -1.0], np.float16)), [1.5, 2.0, -1.0], 0),
    "float16 with null": (pa.array([np.float16(1.5), None], pa.float16()), [1.5, NAN], 1),
    "int8": (pa.array([1, None, -3], pa.int8()), [1, NAN, -3], 1),
    "int64": (pa.array([1, 2, 2**53]), [1, 2, 2**53], 0),
    "uint64": (pa.array([2**63, None], pa.uint64()), [2.0**63, NAN], 1),
    "bool": (pa.array([True, None, False]), [1, NAN, 0], 1),
    "decimal": (pa.array([Decimal("1.25"), None]), [1.25, NAN], 1),
    "decimal256": (pa.array([Decimal("1.25"), None], pa.decimal256(50, 2)), [1.25, NAN], 1),
    "dictionary of int": (pa.array([7, None, 7]).dictionary_encode(), [7, NAN, 7], 1),
    "dictionary of double": (pa.array([7.5, None]).dictionary_encode(), [7.5, NAN], 1),
    "null": (pa.nulls(3), [NAN] * 3, 3),
    "all null": (pa.array([None, None], pa.float64()), [NAN] * 2, 2),
    "no rows": (pa.array([], pa.float64()), [], 0),
    "infinite": (pa.array([np.inf, -np.inf, 0.0]), [np.inf, -np.inf, 0.0], 0),
}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("row_group_size", [None, 1, 2])
def test_every_type_that_is_a_number(written, kind, row_group_size):
    array, expected, nulls = TYPES[kind]
    columns = written({"x": array}, row_group_size=row_group_size)
    np.testing.assert_array_equal(columns.numbers("x"), np.array(expected, dtype=float))
    (known,) = columns.known_number_parts("x")
    assert known.nulls == nulls
    assert known.values.size == len(expected) - nulls
    assert columns.rows == len(expected)


@given(
    st.lists(st.none() | st.integers(-100, 100), max_size=200),
    st.lists(st.integers(0, 200), max_size=3),
    st.integers(1, 50),
)
def test_files_and_row_groups_change_nothing(tmp_path_factory, values, cuts, group):
    folder = tmp_path_factory.mktemp("log")
    ends = sorted(min(cut, len(values)) for cut in [0, *cuts, len(values)])
    files = []
    for number, (start, end) in enumerate(pairwise(ends)):
        files.append(str(folder / f"{number}.parquet"))
        pq.write_table(pa.table({"x": pa.array(values[start:end], pa.int16())}), files[-1], row_group_size=group)
    columns = ParquetColumns(files, where="w")
    expected = np.array([NAN if value is None else value for value in values], dtype=float)
    np.testing.assert_array_equal(columns.numbers("x"), expected)
    assert sum(part.nulls for part in columns.known_number_parts("x")) == values.count(None)


@pytest.mark.parametrize("order", [("x", "x.y"), ("x.y", "x")])
def test_a_name_with_a_dot_is_no_part_of_another_column(written, order):
    values = {"x": [1.0, 2.0], "x.y": [8.0, 9.0]}
    columns = written({name: values[name] for name in order})
    for name, expected in values.items():
        assert columns.numbers(name).tolist() == expected


def test_a_nested_column_beside_a_plain_one(written):
    columns = written({"s": pa.array([{"x": 1.0}, {"x": 2.0}]), "x": [3.0, 4.0]})
    assert columns.numbers("x").tolist() == [3.0, 4.0]
    with pytest.raises(DataError, match="is not numeric but struct"):
        columns.numbers("s")


@pytest.mark.parametrize("method", ["numbers", "column"])
def test_a_column_that_is_not_there(written, method):
    columns = written({"dep_delay": [1.0], "origin": ["EWR"]})
    with pytest.raises(MissingColumn, match=r"the current window .*'dep_deley'.*Did you mean 'dep_delay'\?"):
        getattr(columns, method)("dep_deley")


@pytest.mark.parametrize("method", ["numbers", "column"])
def test_a_column_that_only_some_files_have(written, method):
    columns = written({"x": [1.0]}, {"y": [1.0]})
    with pytest.raises(MissingColumn, match=r"1\.parquet.* no column 'x'"):
        getattr(columns, method)("x")


def test_a_column_that_a_file_has_twice(written):
    columns = written(pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["x", "x"]))
    with pytest.raises(DataError, match="more than one column 'x'"):
        columns.numbers("x")


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["1", "2"]),
        pa.array(["1", "2"]).dictionary_encode(),
        pa.array([datetime(2026, 3, 1, tzinfo=UTC)]),
        pa.array([[1.0], [2.0]]),
        pa.array([1], pa.duration("s")),
    ],
    ids=lambda array: str(array.type),
)
def test_a_column_that_holds_no_numbers(written, array):
    with pytest.raises(DataError, match="column 'x' is not numeric but"):
        written({"x": array}).numbers("x")


LARGE = {
    "int64": pa.array([2**63 - 1 - k for k in range(300)]),
    "uint64": pa.array([None, *(2**64 - 1 - k for k in range(300))], pa.uint64()),
    "negative": pa.array([-(2**62) - k for k in range(300)]),
    "decimal": pa.array([Decimal(10**30 + k) for k in range(300)], pa.decimal128(38, 0)),
    "decimal256": pa.array([Decimal(10**60 + k) for k in range(300)], pa.decimal256(76, 0)),
    "dictionary": pa.array([2**62 + k for k in range(300)]).dictionary_encode(),
}


@pytest.mark.parametrize("array", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("resolution", [None, 64])
def test_different_numbers_are_not_profiled_as_one(written, array, resolution):
    log = Log(location="x", numeric=("x",))
    for files in ([array], [array[:1], array[1:2], array[-1:]]):
        found = profiled(written(*({"x": each} for each in files)), log, resolution=resolution)
        assert "holds different numbers that are all" in found.faults["numeric.x"]
    same = profiled(written({"x": array[-1:]}, {"x": array[-1:]}), log, resolution=resolution)
    assert (same.numeric["x"].finite, same.faults) == (2, {})


def test_large_doubles_are_profiled_beside_what_is_not_finite(written):
    found = profiled(written({"x": [1e20, 1e20, NAN, np.inf]}), Log(location="x", numeric=("x",)), resolution=64)
    assert (found.numeric["x"].finite, found.faults) == (2, {})


def test_numbers_of_several_types_are_one_column(written):
    columns = written({"x": pa.array([1, 2], pa.int8())}, {"x": [2.5]}, {"x": pa.nulls(1)}, {"x": [True]})
    np.testing.assert_array_equal(columns.numbers("x"), [1, 2, 2.5, NAN, 1])
    with pytest.raises(DataError, match="not numeric but string"):
        written({"x": [1.0]}, {"x": ["a"]}).numbers("x")


@pytest.mark.parametrize(
    "second",
    [
        pa.array(["b"]).dictionary_encode(),
        pa.array(["b"], pa.large_string()),
        pa.array(["b"], pa.large_string()).dictionary_encode(),
    ],
    ids=lambda array: str(array.type),
)
def test_texts_of_several_types_are_one_column(written, second):
    """A log whose writer changed from one day to the next."""
    columns = written({"x": pa.array(["a", None])}, {"x": second})
    assert columns.column("x").to_pylist() == ["a", None, "b"]
    assert ParquetRows(columns, Log(location="x", label="x")).labels().tolist() == ["a", None, "b"]


def test_labels_that_were_numbers_and_became_text(written):
    columns = written({"x": [1, 2]}, {"x": ["1", "b"]}, {"x": pa.nulls(1)})
    assert columns.column("x").to_pylist() == ["1", "2", "1", "b", None]


def test_numbers_that_are_floats_beside_a_null_keep_their_names(written):
    columns = written({"x": [1, 2]}, {"x": [2.0, None]}, {"x": ["b"]})
    rows = ParquetRows(columns, Log(location="x", label="x", user="x"))
    assert rows.labels().tolist() == rows.users().tolist() == ["1", "2", "2", None, "b"]
    names, places = ParquetRows(written({"x": [2.0, None, 10.0**16]}), LOG).groups("x")
    assert (names, places.tolist()) == (["2", "10000000000000000"], [0, -1, 1])


def test_types_that_do_not_go_together(written):
    columns = written({"x": ["a"]}, {"x": [[1]]})
    with pytest.raises(DataError, match=r"has incompatible types: list<.*string"):
        columns.column("x")


def test_no_files_hold_no_rows():
    columns = ParquetColumns([], where="w")
    assert columns.rows == 0
    assert columns.numbers("x").size == 0
    assert len(columns.column("x")) == 0


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"not parquet at all"])
def test_a_file_that_cannot_be_opened(tmp_path, content):
    (tmp_path / "x.parquet").write_bytes(content)
    with pytest.raises(ReadFailed, match=r"the current window could not be read from .*x\.parquet"):
        ParquetColumns([str(tmp_path / "x.parquet")], where="the current window")


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(ReadFailed, match="try again"):
        ParquetColumns([str(tmp_path / "x.parquet")], where="w")


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_truncated_file(tmp_path, keep):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": np.random.default_rng(0).normal(size=5000)}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(ReadFailed):
        ParquetColumns([str(path)], where="w")


def test_a_file_that_breaks_after_it_was_opened(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": np.random.default_rng(0).normal(size=5000)}), path, compression="zstd")
    columns = ParquetColumns([str(path)], where="w")
    content = bytearray(path.read_bytes())
    content[4:2000] = b"\xff" * 1996
    path.write_bytes(bytes(content))
    with pytest.raises(ReadFailed) as failure:
        columns.numbers("x")
    assert len(str(failure.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (PermissionError(13, "Permission denied"), "Make the file readable for the user that runs Windage."),
        (pa.ArrowMemoryError("malloc failed"), "Give the process more memory, or lower the monitor's rows_at_once."),
        (
            OSError(5, "Input/output error"),
            "If the file is still being written, try again; if it is broken, rewrite it.",
        ),
    ],
)
def test_what_to_do_depends_on_why_a_file_could_not_be_read(error, remedy):
    with pytest.raises(ReadFailed) as failure, OpenFiles([], where="w").reading("x.parquet"):
        raise error
    assert str(failure.value) == f"w could not be read from x.parquet: {error}. {remedy}"


LOG = Log(
    location="x",
    numeric=("x",),
    categorical=("origin",),
    label="label",
    probabilities=("p", "q"),
    confidence="p",
    user="user",
    bucket_start="at",
)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = {
    "x": [1.0, None],
    "origin": ["EWR", "EWR"],
    "label": ["a", None],
    "p": [0.9, 0.4],
    "q": [0.1, 0.6],
    "user": ["u", "v"],
    "at": [AT, AT.replace(hour=13)],
}


@pytest.mark.parametrize("resolution", [None, 8])
def test_a_window_is_profiled_part_by_part(written, resolution):
    profile = profiled(written(COLUMNS), resolution=resolution)
    assert profile.faults == {}
    assert profile.rows == 2
    assert (profile.numeric["x"].finite, profile.numeric["x"].nulls) == (1, 1)
    assert dict(profile.categorical["origin"].counts) == {"EWR": 2}
    assert (dict(profile.labels.counts), profile.labels.nulls) == ({"a": 1}, 1)
    assert profile.confidence.maximum == 0.9
    assert (profile.scores.entropy.finite, profile.scores.invalid) == (2, 0)
    assert dict(profile.users.counts) == {"u": 1, "v": 1}
    assert (profile.first_at, profile.last_at) == (AT, AT.replace(hour=13))
    assert profile.schema["x"] == "double"


@pytest.mark.parametrize("broken", COLUMNS)
@pytest.mark.parametrize("how", ["gone", "lists"])
def test_one_broken_column_is_one_fault(written, broken, how):
    columns = dict(COLUMNS)
    if how == "gone":
        del columns[broken]
    else:
        columns[broken] = [[1], [2]]
    profile = profiled(written(columns), resolution=8)
    parts = {
        "x": {"numeric.x"},
        "origin": {"categorical.origin"},
        "label": {"labels"},
        "p": {"confidence", "scores"},
        "q": {"scores"},
        "user": {"users"},
        "at": {"timestamps"} if how == "gone" else set(),
    }
    assert set(profile.faults) == parts[broken]
    assert profile.rows == 2


@pytest.mark.parametrize(
    "times",
    [
        pa.array([AT, AT], pa.timestamp("s", "UTC")),
        pa.array([AT, AT], pa.timestamp("ns", "America/New_York")),
        pa.array([AT.replace(tzinfo=None)] * 2, pa.timestamp("us")),
        pa.array([AT, None], pa.timestamp("ms", "UTC")),
    ],
    ids=lambda array: str(array.type),
)
def test_the_span_of_a_window_is_utc(written, times):
    profile = profiled(written({**COLUMNS, "at": times}), resolution=8)
    assert profile.first_at == profile.last_at == AT
    assert profile.first_at.tzinfo is UTC


def test_nanoseconds_are_cut_to_what_python_keeps(written):
    times = pa.array([1_700_000_000_123_456_789] * 2, pa.timestamp("ns", "UTC"))
    profile = profiled(written({**COLUMNS, "at": times}), resolution=8)
    assert profile.first_at.microsecond == 123456


@pytest.mark.parametrize("times", [pa.nulls(2), pa.array(["noon"] * 2), pa.array([None] * 2, pa.timestamp("us"))])
def test_a_window_without_times_has_no_span(written, times):
    profile = profiled(written({**COLUMNS, "at": times}), resolution=8)
    assert (profile.first_at, profile.last_at) == (None, None)


@pytest.mark.parametrize("odd", [2**62, -(2**62), 1_700_000_000 * 10**9], ids=["far", "long ago", "nanoseconds"])
def test_times_beyond_the_calendar_are_a_fault_of_the_times_alone(written, odd):
    times = pa.array([odd, 1_700_000_000 * 10**6], pa.timestamp("us", "UTC"))
    profile = profiled(written({**COLUMNS, "at": times}), resolution=8)
    assert (profile.rows, profile.first_at, profile.last_at) == (2, None, None)
    assert list(profile.faults) == ["timestamps"]
    assert "'at' has times outside the years 1 to 9999" in profile.faults["timestamps"]


def test_probabilities_are_a_matrix_of_rows_and_classes(written):
    assert probabilities(written(COLUMNS), LOG).tolist() == [[0.9, 0.1], [0.4, 0.6]]


def test_texts_that_are_views_are_read_as_texts(written):
    values = ["a", None, "b", "a"]
    views = pa.array(values, pa.string_view())
    columns = written({"c": views, "u": views, "x": [1.0, 2.0, 3.0, 4.0]})
    log = Log(location="log/{start:%Y}", numeric=("x",), categorical=("c",), user="u")
    profile = profiled(columns, log, resolution=64)
    assert profile.faults == {}
    assert dict(profile.categorical["c"].counts) == dict(profile.users.counts) == {"a": 2, "b": 1}
    assert ParquetRows(columns, log).users().tolist() == values
    assert ParquetRows(columns, log).groups("c")[0] == ["a", "b"]


def test_a_column_that_holds_no_names_groups_nothing(written):
    columns = written({"c": [[1], [2]]})
    with pytest.raises(DataError, match=r"values of type list<.*> cannot be categories"):
        ParquetRows(columns, Log(location="log/{start:%Y}")).groups("c")
