"""A document of many features: their points are decoded, a group of neighbours at a time, when one of them is asked for."""

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow.parquet as pq
import pytest

from windage.errors import CorruptDocument, ReadFailed
from windage.profiles.document import TOGETHER, from_bytes, to_bytes
from windage.profiles.numeric import NumericProfile
from windage.profiles.ranks import RankProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile

FEATURES = 2 * TOGETHER + 5


def window(features=FEATURES):
    rng = np.random.default_rng(0)
    numeric = {
        f"f{k}": NumericProfile.of(rng.normal(k, 1, size=30 + k % 7), nulls=k, resolution=[None, 8, 64][k % 3])
        for k in range(features)
    }
    numeric["f1"] = NumericProfile.of(np.array([np.nan]))
    return WindowProfile(
        rows=300,
        numeric=numeric,
        confidence=NumericProfile.of(rng.random(50), resolution=16),
        scores=ScoreProfile.of(rng.random((50, 3)), resolution=16),
        ranks=RankProfile.of({"a": rng.random(9), "b": rng.random(9)}, np.array(["u"] * 9)),
    )


def groups_of(content):
    about = pq.ParquetFile(io.BytesIO(content[:-4])).metadata
    return [about.row_group(k) for k in range(about.num_row_groups)]


def damaged(content, group):
    """A document as of before, which has no checksum, with nonsense where the values of a row group stand."""
    column = groups_of(content)[group].column(0)
    start, length = column.data_page_offset, column.total_compressed_size
    return content[:start] + b"\xff" * length + content[start + length : -4]


def assert_same(found, expected):
    assert list(found.numeric) == list(expected.numeric)
    for name, profile in expected.numeric.items():
        again = found.numeric[name]
        np.testing.assert_array_equal(again.points, profile.points)
        np.testing.assert_array_equal(again.cumulative, profile.cumulative)
        assert (again.slack, again.nulls, again.weights is None) == (
            profile.slack, profile.nulls, profile.weights is None,
        )  # fmt: skip
    np.testing.assert_array_equal(found.confidence.points, expected.confidence.points)
    np.testing.assert_array_equal(found.scores.entropy.points, expected.scores.entropy.points)
    np.testing.assert_array_equal(found.ranks.correlations, expected.ranks.correlations)


def test_it_comes_back_whole_and_is_written_alike_again():
    content = to_bytes(window())
    found = from_bytes(content, where="there")
    assert_same(found, window())
    assert to_bytes(found) == content
    assert ("f3" in found.numeric, "g" in found.numeric, len(found.numeric)) == (True, False, FEATURES)
    with pytest.raises(KeyError):
        found.numeric["g"]


@pytest.mark.parametrize(
    ("features", "n"), [(2, 1), (TOGETHER, 1), (TOGETHER + 1, 3), (2 * TOGETHER, 3), (2 * TOGETHER + 1, 4)]
)
def test_many_features_are_row_groups_of_a_few_and_a_last_one_of_what_is_no_feature(features, n):
    assert len(groups_of(to_bytes(window(features)))) == n
    assert_same(from_bytes(to_bytes(window(features)), where="there"), window(features))


def test_one_row_group_of_all_is_read_as_well():
    """So were documents of many features written before."""
    table = pq.ParquetFile(io.BytesIO(to_bytes(window())[:-4])).read()
    for at_once in (None, 700):
        pq.write_table(table, sink := io.BytesIO(), row_group_size=at_once)
        assert_same(from_bytes(sink.getvalue(), where="there"), window())


def test_features_without_any_value_have_empty_groups():
    given = WindowProfile(rows=9, numeric={f"f{k}": NumericProfile.of(np.empty(0), nulls=9) for k in range(FEATURES)})
    found = from_bytes(to_bytes(given), where="there")
    assert {profile.rows for profile in found.numeric.values()} == {9}


def test_what_stays_in_memory_is_the_same_object_until_two_other_groups_are_asked_for():
    numeric = from_bytes(to_bytes(window()), where="there").numeric
    first = numeric["f0"]
    assert numeric[f"f{TOGETHER}"] is not numeric["f0"] is first
    numeric[f"f{TOGETHER}"]
    numeric[f"f{2 * TOGETHER}"]
    assert numeric["f0"] is not first


def test_a_document_on_a_disk_does_not_stay_in_memory(tmp_path):
    content, file = to_bytes(window()), tmp_path / "profile"
    file.write_bytes(content)
    held = sys.getrefcount(content)
    found = from_bytes(content, where="there", file=file)
    deadline = time.monotonic() + 10
    while sys.getrefcount(content) > held:  # Arrow's threads let go of it a moment later
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert_same(found, window())
    file.unlink()
    with pytest.raises(ReadFailed, match=r"there holds points that cannot be decoded: .*No such file"):
        found.numeric["f0"]


@pytest.mark.parametrize("place", ["memory", "disk"])
def test_threads_may_ask_at_once(tmp_path, place):
    expected, file = window(), tmp_path / "profile"
    file.write_bytes(to_bytes(expected))
    numeric = from_bytes(to_bytes(expected), where="there", file=file if place == "disk" else None).numeric
    names = np.random.default_rng(1).permutation(list(expected.numeric)).tolist()
    with ThreadPoolExecutor(4) as pool:
        for name, found in zip(names, pool.map(numeric.__getitem__, names), strict=True):
            np.testing.assert_array_equal(found.points, expected.numeric[name].points)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_torn_one_is_corrupt_at_once(keep):
    content = to_bytes(window())
    with pytest.raises(CorruptDocument, match="there"):
        from_bytes(content[: int(len(content) * keep)], where="there")


def test_points_that_cannot_be_decoded_are_forgotten_when_they_are_asked_for():
    forgotten = []
    found = from_bytes(damaged(to_bytes(window()), 1), where="there", forget=lambda: forgotten.append(1))
    assert found.numeric["f0"].nulls == 0
    assert forgotten == []
    with pytest.raises(ReadFailed, match=r"(?s)^there holds points that cannot be decoded: .* Try again"):
        found.numeric[f"f{TOGETHER}"]
    assert forgotten == [1]


def test_what_is_no_feature_is_decoded_at_once():
    with pytest.raises(CorruptDocument, match="there"):
        from_bytes(damaged(to_bytes(window()), -1), where="there")
