"""Counts of values as text: nulls apart, an exact cap, and any input that holds one value per row."""

from collections import Counter
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.errors import DataError
from windage.profiles.categorical import CategoricalProfile, strings, texts

PLAIN = ["a", None, "b", "a"]


@pytest.mark.parametrize(
    "values",
    [
        PLAIN,
        tuple(PLAIN),
        np.array(PLAIN, dtype=object),
        pd.Series(PLAIN),
        pd.Series(PLAIN, dtype="category"),
        pd.Series(PLAIN, dtype=object),
        pd.array(PLAIN, dtype="string"),
        pa.array(PLAIN),
        pa.array(PLAIN, pa.large_string()),
        pa.array(PLAIN).dictionary_encode(),
        pa.chunked_array([PLAIN[:1], PLAIN[1:]]),
        pa.chunked_array([pa.array(PLAIN[:2]).dictionary_encode(), pa.array(PLAIN[2:]).dictionary_encode()]),
        ["a", pd.NA, "b", "a"],
        ["a", float("nan"), "b", "a"],
    ],
    ids=str,
)
def test_the_same_values_are_counted_alike_in_every_container(values):
    assert CategoricalProfile.of(values) == CategoricalProfile(counts={"a": 2, "b": 1}, nulls=1)
    assert texts(values).tolist() == PLAIN


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([1, 2, 1], {"1": 2, "2": 1}),
        ([True, False, True], {"True": 2, "False": 1}),
        ([1.5, float("nan"), 1.5], {"1.5": 2}),
        ([1.0, -0.0, 0.0, float("inf"), 1e300], {"0": 2, "1": 1, "1e+300": 1, "inf": 1}),
        (np.array([3.0, np.nan], dtype=np.float32), {"3": 1}),
        (pd.Series([1, None, 2]), {"1": 1, "2": 1}),
        (pd.Series([1.0, 2.0], dtype="category"), {"1": 1, "2": 1}),
        (["a", 1.0, np.float32(2)], {"1": 1, "2": 1, "a": 1}),
        (["a", 1, pd.NA, None], {"1": 1, "a": 1}),
        ([2**70, 2**70, 1], {str(2**70): 2, "1": 1}),
        ([b"raw", "text"], {"b'raw'": 1, "b'text'": 1}),
        ([date(2026, 3, 1)], {"2026-03-01": 1}),
        ([Decimal("1.50")], {"1.50": 1}),
        (pd.Series(pd.to_datetime(["2026-03-01", None])), {"2026-03-01 00:00:00": 1}),
        ([None, None], {}),
        ([], {}),
        (["\ud800", "a", 1], {"1": 1, "\\ud800": 1, "a": 1}),
    ],
    ids=str,
)
def test_values_of_other_types_count_as_their_text(values, counts):
    profile = CategoricalProfile.of(values)
    assert dict(profile.counts) == counts
    assert profile.rows == len(values)
    assert Counter(text for text in texts(values) if text is not None) == counts


def test_what_cannot_be_a_category_says_so():
    with pytest.raises(DataError, match=r"list<.*one text, number or boolean per row"):
        CategoricalProfile.of(pa.array([[1], [2]]))


VALUES = st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=40)


@given(VALUES, VALUES, VALUES)
def test_merging_is_counting_all(one, two, three):
    profiles = [CategoricalProfile.of(each) for each in (one, two, three)]
    whole = CategoricalProfile.of(one + two + three)
    assert CategoricalProfile.merge(profiles) == whole
    assert CategoricalProfile.merge(profiles[::-1]) == whole
    assert CategoricalProfile.merge([CategoricalProfile.merge(profiles[:2]), profiles[2]]) == whole


def test_beyond_the_cap_rows_are_summed_and_none_is_lost():
    values = [f"v{k % 30}" for k in range(465)] + ["often"] * 100
    profile = CategoricalProfile.of(values, cap=10)
    assert len(profile.counts) == 10
    assert next(iter(profile.counts)) == "often"
    assert profile.known == profile.rows == len(values)
    assert not profile.is_exact
    assert profile.share("often") == 100 / len(values)
    assert CategoricalProfile.merge([profile, profile], cap=10).rows == 2 * len(values)


def test_the_most_frequent_come_first_and_equals_by_name():
    assert list(CategoricalProfile.of(["b", "c", "c", "a"]).counts) == ["c", "a", "b"]
    assert list(CategoricalProfile.of(["b", "c", "c", "a"], cap=2).counts) == ["c", "a"]


def test_shares_are_of_the_rows_that_hold_a_value():
    profile = CategoricalProfile.of(PLAIN)
    assert profile.shares() == {"a": 2 / 3, "b": 1 / 3}
    assert profile.share("never seen") == 0.0
    assert CategoricalProfile(counts={}).share("a") == 0.0


BAD = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"\xe9a")])


@pytest.mark.parametrize("values", [BAD, BAD.dictionary_encode(), BAD.cast(pa.large_string(), safe=False)], ids=str)
def test_bytes_that_are_no_text_cost_their_own_row_alone(values):
    assert CategoricalProfile.of(values).counts == {"\\xe9": 1, "a": 1}
    assert texts(values).tolist() == ["\\xe9", "a"]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, None, False]),
        pa.array([b"raw", None, b"bytes"]),
        pa.array([0, None, 10**15], pa.timestamp("us")),
        pa.array(["a", None, "b"], pa.string_view()),
        pa.array([1.0, None, 2.5]),
        pa.array([1, None, 2]).dictionary_encode(),
    ],
    ids=lambda values: str(values.type),
)
def test_a_value_has_one_name_wherever_it_is_read(values):
    counted = CategoricalProfile.of(values)
    named = texts(values).tolist()
    assert named == strings(values).to_pylist()
    assert set(named) - {None} == set(counted.counts)
    assert counted.nulls == named.count(None) == 1


def test_half_a_surrogate_is_spelled_out():
    assert texts(["\ud800"]).tolist() == list(CategoricalProfile.of(["\ud800"]).counts) == ["\\ud800"]
