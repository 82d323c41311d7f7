"""Which rows each strategy asks about, and that an estimate from its labels is honest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.errors import InvalidInput
from windage.selection import Candidates, Strategy, select, strategies

ROWS = 400


def candidates(seed=0, rows=ROWS, *, users=40, weight=None, affected=(), probabilities=True):
    rng = np.random.default_rng(seed)
    matrix = rng.dirichlet([3.0, 1.0, 1.0], rows)
    return Candidates(
        confidence=matrix.max(axis=1),
        probabilities=matrix if probabilities else None,
        users=np.array([f"u{k % users}" for k in range(rows)], dtype=object),
        starts=np.arange(rows) * 60,
        drift_weight=np.ones(rows) if weight is None else weight,
        affected=frozenset(affected),
    )


every = pytest.mark.parametrize("name", sorted(strategies()))


def test_there_are_five():
    assert sorted(strategies()) == ["drift_aware", "entropy", "lowest_confidence", "margin", "uniform"]
    assert all(each.about for each in strategies().values())


@every
@pytest.mark.parametrize("limit", [0, 1, 7, 50, ROWS, ROWS + 1])
def test_no_more_than_asked_none_twice_and_each_with_its_probability(name, limit):
    found = select(candidates(), strategies()[name], limit=limit, seed=[1])
    assert found.rows.size == found.probability.size <= min(limit, ROWS)
    assert np.unique(found.rows).size == found.rows.size
    assert ((found.probability > 0) & (found.probability <= 1)).all()


@every
def test_the_same_seed_gives_the_same_rows(name):
    first, second = (select(candidates(), strategies()[name], limit=30, seed=[5, 2]).rows.tolist() for _ in range(2))
    assert first == second


@every
def test_nothing_to_choose_from(name):
    assert select(candidates(rows=0), strategies()[name], limit=5, seed=[0]).rows.size == 0


def test_lowest_confidence_margin_and_entropy_take_their_least_sure_rows():
    given = candidates()
    ordered = np.sort(given.probabilities, axis=1)
    entropy = -(given.probabilities * np.log(given.probabilities)).sum(axis=1)
    for name, doubt in (
        ("lowest_confidence", -ordered[:, -1]),
        ("margin", ordered[:, -2] - ordered[:, -1]),
        ("entropy", entropy),
    ):
        found = select(given, strategies()[name], limit=25, seed=[0])
        assert found.rows.tolist() == np.argsort(-doubt, kind="stable")[:25].tolist()
        assert (found.probability == 1).all()


@pytest.mark.parametrize("given", [np.zeros(3), np.zeros((ROWS, 1)), [0.0] * (ROWS + 1)])
def test_a_strategy_that_does_not_score_every_row_is_refused(given):
    mine = Strategy("mine", "wrong", lambda rows: given)
    with pytest.raises(InvalidInput, match=f"the strategy 'mine' gave scores of shape .* for {ROWS} rows"):
        select(candidates(), mine, limit=5, seed=[0])


def test_rows_of_which_nothing_is_known_come_last():
    given = candidates(probabilities=False)
    given.confidence[:380] = np.nan
    for name in ("lowest_confidence", "margin", "entropy"):
        assert set(select(given, strategies()[name], limit=20, seed=[0]).rows) == set(range(380, 400))


def test_drift_aware_prefers_the_new_kind_and_asks_no_user_too_much():
    weight = np.where(np.arange(ROWS) % 4 == 0, 6.0, 1.0)
    given = candidates(weight=weight, users=20)
    found = select(given, strategies()["drift_aware"], limit=50, seed=[0])
    taken = found.rows[found.probability == 1]
    assert taken.size == 35
    assert (weight[taken] > 1).mean() > 0.7
    users, counts = np.unique(given.users[taken].astype(str), return_counts=True)
    assert counts.max() <= 5
    for user in users:
        moments = np.sort(given.starts[taken][given.users[taken] == user])
        assert (np.diff(moments) >= 600).all()


def test_affected_users_may_be_asked_more():
    weight = np.where(np.arange(ROWS) % 20 == 3, 20.0, 1.0)
    given = candidates(weight=weight, users=20, affected=["u3"])
    found = select(given, strategies()["drift_aware"], limit=50, seed=[0])
    assert (given.users[found.rows[found.probability == 1]] == "u3").sum() == 12


def test_what_the_caps_leave_over_is_drawn_at_random():
    given = candidates(users=1)
    found = select(given, strategies()["drift_aware"], limit=50, seed=[0])
    assert found.rows.size == 50
    assert (found.probability == 1).sum() == 5


@pytest.mark.parametrize(("name", "share"), [("drift_aware", None), ("lowest_confidence", 0.5), ("uniform", None)])
def test_an_estimate_weighted_by_the_probabilities_is_unbiased(name, share):
    """Hájek (1971): Σ(y/π) / Σ(1/π), over many draws, is the mean of all rows."""
    given = candidates(3)
    is_right = np.random.default_rng(9).random(ROWS) < given.confidence
    estimates = []
    for seed in range(400):
        found = select(given, strategies()[name], limit=60, seed=[seed], uniform_share=share)
        estimates.append(np.sum(is_right[found.rows] / found.probability) / np.sum(1 / found.probability))
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert np.mean(estimates) == pytest.approx(is_right.mean(), abs=4 * error + 0.003)


@given(st.integers(0, 80), st.integers(0, 60), st.floats(0, 1), st.sampled_from(sorted(strategies())))
def test_rows_and_probabilities_add_up(rows, limit, share, name):
    """Σ 1/π is the number of rows, whenever any are drawn at random."""
    found = select(candidates(rows=rows, users=5), strategies()[name], limit=limit, seed=[1], uniform_share=share)
    if (found.probability < 1).any():
        assert np.sum(1 / found.probability) == pytest.approx(rows)
