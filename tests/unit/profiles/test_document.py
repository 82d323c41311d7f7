"""A profile's document: the same profile back, the same bytes again, and a torn one is never taken for a profile."""

import io
import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import SHAPES, Predictions, sample
from windage.errors import CorruptDocument
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.document import FORMAT, from_bytes, to_bytes
from windage.profiles.numeric import NumericProfile
from windage.profiles.part_document import part_from_bytes, part_to_bytes
from windage.profiles.parts import Part
from windage.profiles.ranks import RankProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile


def window(seed=0, *, resolution=16, shapes=SHAPES):
    rng = np.random.default_rng(seed)
    numeric = {shape: NumericProfile.of(sample(rng, shape, 300), nulls=2, resolution=resolution) for shape in shapes}
    numeric["empty"] = NumericProfile.of(np.array([np.nan, np.inf, -np.inf]), nulls=1)
    return WindowProfile(
        rows=302,
        numeric=numeric,
        categorical={"origin": CategoricalProfile.of(["a", "é", None, "\N{SNOWMAN}\"'\n"])},
        labels=CategoricalProfile(counts={"x": 3}, nulls=1, other=7),
        confidence=NumericProfile.of(rng.random(300), resolution=resolution),
        scores=ScoreProfile.of(rng.random((300, 3)), resolution=resolution),
        users=CategoricalProfile(counts={}),
        first_at=datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=UTC),
        last_at=datetime(2026, 3, 2, tzinfo=UTC),
        schema={"x": "double"},
        faults={"numeric.gone": "it is gone"},
    )


def assert_same_numeric(one, other):
    np.testing.assert_array_equal(one.points, other.points)
    assert (one.weights is None) == (other.weights is None)
    np.testing.assert_array_equal(one.cumulative, other.cumulative)
    for name in ("slack", "nulls", "nans", "positive_infinite", "negative_infinite", "minimum", "stored_moments"):
        np.testing.assert_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_equal(tuple(one.moments), tuple(other.moments))


@given(st.integers(0, 2**32 - 1), st.sampled_from([None, 2, 16, 1000]))
def test_the_profile_comes_back_whole(seed, resolution):
    before = window(seed, resolution=resolution)
    after = from_bytes(to_bytes(before), where="there")
    assert list(after.numeric) == list(before.numeric)
    for name, profile in before.numeric.items():
        assert_same_numeric(profile, after.numeric[name])
    assert_same_numeric(before.confidence, after.confidence)
    assert_same_numeric(before.scores.entropy, after.scores.entropy)
    assert after.scores.invalid == before.scores.invalid
    for name in ("rows", "categorical", "labels", "users", "first_at", "last_at", "schema", "faults"):
        assert getattr(after, name) == getattr(before, name)


def test_the_smallest_profile_comes_back():
    assert vars(from_bytes(to_bytes(WindowProfile(rows=0)), where="there")) == vars(WindowProfile(rows=0))


def test_ranks_come_back():
    ranks = RankProfile.of(
        {"a": np.array([3.0, 1, np.nan, 2]), "b": np.array([1.0, 2, 3, 4])}, np.array(["u", "v", "u", None])
    )
    again = from_bytes(to_bytes(WindowProfile(rows=4, ranks=ranks)), where="there").ranks
    assert (again.features, again.rows, again.users) == (ranks.features, 4, ("u", "v"))
    for part in ("correlations", "values", "rank_sums"):
        assert np.array_equal(getattr(again, part), getattr(ranks, part), equal_nan=True)


def test_the_same_profile_gives_the_same_bytes():
    assert to_bytes(window(3)) == to_bytes(window(3))
    again = from_bytes(to_bytes(window(3)), where="there")
    assert to_bytes(again) == to_bytes(window(3))


def test_a_frames_profile_is_written_although_its_columns_are_made_on_demand():
    profile = Predictions().profile
    assert list(from_bytes(to_bytes(profile), where="there").numeric) == ["age", "amount"]


@pytest.mark.parametrize("keep", [0, 1, 4, 100, 0.5, 0.9, -1])
def test_a_torn_document_is_corrupt(keep):
    whole = to_bytes(window())
    with pytest.raises(CorruptDocument, match=r"^there .* It will be rebuilt"):
        from_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep], where="there")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"\0" * 1000, b"{}", "\N{SNOWMAN}".encode() * 50])
def test_what_is_no_document_is_corrupt(content):
    with pytest.raises(CorruptDocument, match="there"):
        from_bytes(content, where="there")


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_a_changed_byte_is_corrupt(position, flipped):
    content = bytearray(SMALL)
    content[position % len(content)] ^= flipped
    with pytest.raises(
        CorruptDocument, match="there is not a readable profile: its content changed after it was written"
    ):
        from_bytes(bytes(content), where="there")


@pytest.mark.parametrize("position", [0, 9, 0.5, -30, -1])
def test_a_changed_byte_of_a_part_is_corrupt(position):
    content = bytearray(part_to_bytes(Part(window=window(), sampled={"x": np.array([1.0, 2])}, users=None)))
    content[int(len(content) * position) if isinstance(position, float) else position] ^= 1
    with pytest.raises(CorruptDocument, match="there is not a readable part of a profile"):
        part_from_bytes(bytes(content), where="there")


def test_a_document_of_before_has_no_checksum_and_is_read():
    before = SMALL[:-4]
    assert before.endswith(b"PAR1")
    assert to_bytes(from_bytes(before, where="there")) == SMALL


SMALL = to_bytes(window(shapes=("normal",)))


def rewritten(change):
    table = pq.ParquetFile(io.BytesIO(to_bytes(window())[:-4])).read()
    header = change(json.loads(table.schema.metadata[b"windage.profile"]))
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({b"windage.profile": json.dumps(header)}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda header: [],
        lambda header: None,
        lambda header: {**header, "format": FORMAT + 1},
        lambda header: {key: value for key, value in header.items() if key != "rows"},
        lambda header: {**header, "numeric": [{**header["numeric"][0], "surprise": 1}]},
        lambda header: {**header, "numeric": header["numeric"][:-1]},
        lambda header: {**header, "numeric": [*header["numeric"], header["numeric"][0]]},
        lambda header: {**header, "numeric": [[]]},
        lambda header: {**header, "first_at": "yesterday"},
        lambda header: {**header, "labels": {"counts": {}, "what": 1}},
    ],
)
def test_a_header_that_does_not_fit_is_corrupt(change):
    with pytest.raises(CorruptDocument, match="there"):
        from_bytes(rewritten(change), where="there")


def test_a_parquet_file_of_something_else_is_corrupt():
    sink = io.BytesIO()
    pq.write_table(pa.table({"x": [1]}), sink)
    with pytest.raises(CorruptDocument, match="not a readable profile"):
        from_bytes(sink.getvalue(), where="there")
