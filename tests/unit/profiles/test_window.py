"""A window of many partitions, and columns that are profiled when they are asked for."""

from datetime import UTC, datetime

import numpy as np
import pytest

from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import OnDemand, WindowProfile


def part(day, rows, **more):
    moment = datetime(2026, 3, day, tzinfo=UTC)
    return WindowProfile(
        rows=rows,
        numeric={"x": NumericProfile.of(np.arange(float(rows)))},
        labels=CategoricalProfile.of(["a"] * rows),
        first_at=moment,
        last_at=moment,
        **more,
    )


def test_partitions_become_one_window():
    merged = WindowProfile.merge([part(2, 3), part(1, 5)])
    assert merged.rows == 8
    assert merged.numeric["x"].finite == 8
    assert dict(merged.labels.counts) == {"a": 8}
    assert (merged.first_at.day, merged.last_at.day) == (1, 2)
    assert merged.confidence is None


def test_no_partition_is_a_window_of_no_rows():
    empty = WindowProfile.merge([])
    assert empty.rows == 0
    assert list(empty.numeric) == []
    assert empty.labels is None
    assert empty.first_at is None


def test_a_column_that_some_partitions_lack_is_put_together_from_the_others_and_its_fault_is_kept():
    lacking = WindowProfile(rows=4, faults={"numeric.x": "it is text"})
    merged = WindowProfile.merge([part(1, 3), lacking])
    assert merged.numeric["x"].finite == 3
    assert merged.faulty("numeric") == ["x"]


def test_on_demand_makes_a_value_each_time_it_is_asked_for_and_not_before():
    made = []
    lazy = OnDemand(["b", "a", "b"], lambda name: made.append(name) or name.upper())
    assert (len(lazy), list(lazy), "a" in lazy, "c" in lazy) == (2, ["b", "a"], True, False)
    assert made == []
    assert (lazy["a"], lazy["a"]) == ("A", "A")
    assert made == ["a", "a"]
    with pytest.raises(KeyError):
        lazy["c"]


def test_on_demand_keeps_those_that_were_asked_for_last():
    made = []
    lazy = OnDemand("abc", lambda name: made.append(name) or name.upper(), keep=2)
    assert [lazy[name] for name in "abacab"] == list("ABACAB")
    assert made == ["a", "b", "c", "b"]
