"""What a check measured comes back from its bytes as it went in."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.errors import CorruptDocument
from windage.history.measurement_document import from_bytes, subjects_of, to_bytes, values_of
from windage.vocabulary import CheckResult, Measurement

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
numbers = st.floats(allow_nan=False)
measurements = st.builds(
    Measurement,
    subject=names,
    rows=st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)),
    values=st.dictionaries(names, numbers, max_size=4),
    bounds=st.dictionaries(names, st.tuples(numbers, numbers), max_size=2),
    users=st.lists(names, max_size=3).map(tuple),
    partners=st.lists(names, max_size=3).map(tuple),
    categories=st.lists(names, max_size=3).map(tuple),
    unknown=st.none() | names,
    error=st.none() | names,
    lacking=st.none() | names,
)


@given(
    st.builds(
        CheckResult,
        check=st.just("c"),
        measurements=st.lists(measurements, max_size=5).map(tuple),
        error=st.none() | names,
        lacking=st.none() | names,
    )
)
def test_everything_comes_back(result):
    assert from_bytes("c", to_bytes(result)) == result


def test_one_subject_is_read_alone():
    content = to_bytes(
        CheckResult(
            check="c",
            measurements=(
                Measurement(subject="x", values={"effect": 0.1, "psi": None}),
                Measurement(subject="y", values={"effect": math.inf}),
            ),
        )
    )
    assert subjects_of("c", content) == ["x", "y"]
    assert values_of("c", content, "x") == {"effect": 0.1}
    assert values_of("c", content, "y") == {"effect": math.inf}
    assert values_of("c", content, "z") == {}


def test_torn_bytes_are_a_corrupt_document():
    content = to_bytes(CheckResult(check="c", measurements=(Measurement(subject="x"),)))
    with pytest.raises(CorruptDocument, match="the measurements of c cannot be read"):
        from_bytes("c", content[: len(content) // 2])
