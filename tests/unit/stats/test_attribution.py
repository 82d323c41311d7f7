"""Whose rows carry a change: by hand, and what no group may be blamed for."""

import numpy as np
import pytest

from windage.stats.attribution import LEAST_ROWS, MOST_LISTED, GroupSums, largest_contributors, mix_and_behaviour


def contributors(**contributions):
    """Groups of 20 rows, each with the given contribution in all."""
    excess = np.concatenate([np.full(20, total / 20) for total in contributions.values()])
    groups = np.repeat(np.array(list(contributions), dtype=object), 20)
    order = np.random.default_rng(0).permutation(groups.size)
    return largest_contributors(excess[order], groups[order])


@pytest.mark.parametrize(
    ("contributions", "expected"),
    [
        ({"a": 10.0, "b": -10.0}, ["a"]),
        ({"a": 1.0, "b": 3.0}, ["b", "a"]),
        ({"a": 81.0, "b": 19.0}, ["a"]),
        ({"a": 79.0, "b": 21.0}, ["a", "b"]),
        ({"a": 78.0, "b": 4.9, "c": 4.9, "d": 4.9}, ["a"]),
        ({"a": 0.0, "b": 0.0}, []),
        ({"a": -1.0, "b": -2.0}, []),
    ],
)
def test_the_largest_until_they_explain_most(contributions, expected):
    assert contributors(**contributions) == expected


def test_equal_contributions_come_in_the_order_of_their_names():
    assert contributors(c=1.0, a=1.0, b=1.0) == ["a", "b", "c"]


def test_a_group_of_few_rows_is_not_named_however_much_it_carries():
    excess = np.array([100.0] * (LEAST_ROWS - 1) + [1.0] * 100)
    groups = np.array(["few"] * (LEAST_ROWS - 1) + ["many"] * 100, dtype=object)
    assert largest_contributors(excess, groups) == []
    assert largest_contributors(np.append(excess, 100.0), np.append(groups, "few")) == ["few"]


def test_of_a_change_that_everybody_shares_nobody_is_named():
    assert contributors(**{f"u{k:03}": 1.0 for k in range(100)}) == []


def test_no_more_are_listed_than_can_be_read():
    assert len(contributors(**{f"u{k:02}": 1.0 for k in range(20)})) == 16
    assert MOST_LISTED == 50


def test_rows_of_nobody_are_nobodys_part():
    """Three quarters of the change is nobody's: what is left may be named, but explains little."""
    excess = np.array([3.0] * 20 + [0.9] * 20 + [0.1] * 20)
    groups = np.array([None] * 20 + ["a"] * 20 + ["b"] * 20, dtype=object)
    assert largest_contributors(excess, groups) == ["a"]
    assert largest_contributors(excess[:20], groups[:20]) == []


def test_no_rows():
    assert largest_contributors(np.empty(0), np.empty(0, dtype=object)) == []


def sums(rng, names, *, rows=200, centred=False):
    index = rng.integers(-1, len(names), rows)
    scores = rng.normal(size=rows)
    return GroupSums.of(names, index, scores - scores.mean() if centred else scores), index, scores


@pytest.mark.parametrize("seed", range(5))
def test_mix_and_behaviour_add_up_to_the_change(seed):
    rng = np.random.default_rng(seed)
    before, _, _ = sums(rng, ["a", "b", "c"], centred=True)
    now, _, scores = sums(rng, ["b", "c", "d"])
    split = mix_and_behaviour(before, now)
    assert split.names == ("a", "b", "c", "d")
    assert split.total == pytest.approx(scores.mean(), abs=1e-12)
    assert split.contribution.sum() == pytest.approx(split.total)
    assert split.mix[3] == 0  # nobody knew d, so that all of it is behaviour


def test_parts_of_the_reference_are_summed():
    rng = np.random.default_rng(9)
    (one, _, _), (other, _, _) = sums(rng, ["a", "b"]), sums(rng, ["b", "c"])
    whole = GroupSums.merge([one, other])
    assert whole.names == ("a", "b", "c")
    assert whole.rows.sum() == 400
    assert whole.sums[1] == pytest.approx(one.sums[1] + other.sums[0])


def test_without_its_groups_a_change_is_that_of_the_others():
    names, index = ["a", "b"], np.repeat([0, 1], 50)
    before = GroupSums.of(names, index, np.zeros(100))
    now = GroupSums.of(names, index, np.repeat([2.0, 0.1], 50))
    split = mix_and_behaviour(before, now)
    assert split.behaviour.tolist() == [pytest.approx(1.0), pytest.approx(0.05), 0.0]
    assert split.without([0]) == pytest.approx(0.1)
    assert split.without([0, 1]) == 0.0


def test_days_without_any_group_take_part():
    nobodys = GroupSums.of([], np.full(3, -1), np.array([1.0, 2.0, 3.0]))
    some = GroupSums.of(["a"], np.array([0, -1]), np.array([5.0, 7.0]))
    together = GroupSums.merge([nobodys, some, GroupSums.of([], np.array([], dtype=int), np.array([]))])
    assert together.names == ("a",)
    assert together.rows.tolist() == [1, 4]
    assert together.sums.tolist() == [5, 13]
