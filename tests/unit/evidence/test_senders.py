"""A day that differs for who sends its rows."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, REJECT, day, judge, told, window
from windage.evidence.senders import kinship, senders

USERS = 20
ROWS = 800


def sent(*, burst=None, differ=1.0, by=0.0):
    """Users whose values differ by ``differ`` sd and whose parts of a day's rows vary; one of them may send half of all."""
    own = np.random.default_rng(0).normal(size=USERS)

    def make(rng, _at):
        parts = rng.gamma(4.0, size=USERS)
        if burst is not None:
            parts[burst] = parts.sum()
        who = rng.choice(USERS, ROWS, p=parts / parts.sum())
        x = rng.normal(size=ROWS) + differ * own[who] + by
        sure = 1 / (1 + np.exp(-np.abs(x + rng.normal(size=ROWS))))
        return {
            "numeric": {"x": x, "y": rng.normal(size=ROWS)},
            "labels": np.where(x + rng.normal(size=ROWS) > 0, "a", "b"),
            "probabilities": np.column_stack([sure, 1 - sure]),
            "users": [f"u{k}" for k in who],
        }

    return make


def judged(current, *, differ=1.0):
    return judge(window(FOUR_WEEKS, sent(differ=differ)), window([28], current))


@pytest.mark.parametrize("burst", [2, 6, 9])
def test_who_sends_is_no_drift_of_what_is_sent(burst):
    assert told(judged(sent(burst=burst))) == []


def test_where_nobody_can_be_told_apart_the_same_day_is_news():
    def unnamed(make):
        return lambda rng, at: {name: each for name, each in make(rng, at).items() if name != "users"}

    report = judge(window(FOUR_WEEKS, unnamed(sent())), window([28], unnamed(sent(burst=6))))
    assert ("feature_ks", "warning", ("x",)) in told(report)


def test_a_feature_in_which_users_are_alike_is_judged_as_on_any_day():
    """It moved by half a standard deviation: no mix of such users does that."""
    report = judged(sent(burst=2, differ=0.0, by=0.5), differ=0.0)
    assert ("feature_ks", "warning", ("x",)) in told(report)


def test_a_move_of_everybody_is_seen_on_a_day_of_the_usual_mix():
    assert ("feature_ks", "critical", ("x",)) in told(judged(sent(by=1.5)))


def test_by_how_much_users_differ():
    reference = window(FOUR_WEEKS, sent(differ=2.0))
    found = kinship(reference)
    assert found["y"] < 0.01
    # Of values with variance 1 within users and 4 between them, ranks say less only for their ends.
    assert found["x"] == pytest.approx(0.8, abs=0.15)


def test_parts_are_those_of_all_rows_and_aligned_over_both_windows():
    reference = window(FOUR_WEEKS, sent())
    current = day(28, numeric={"x": [1.0, 2.0, 3.0, 4.0]}, users=["new", "u1", "u1", "u1"])
    before, now = senders(reference, current)
    assert before.shape == (28, now.shape[1])
    assert before.sum(axis=1) == pytest.approx(np.ones(28))
    assert sorted(now[0][now[0] > 0]) == [0.25, 0.75]
    assert before[:, now[0] == 0.25].max() == 0


def test_a_day_without_users_says_nothing_of_who_sends():
    assert senders(window(FOUR_WEEKS, sent()), day(28, numeric={"x": [1.0]})) is None


def test_two_users_who_are_left_explain_no_reject_of_all_rows():
    """Users send alike and the same number of rows every day; then 18 of 20 are gone and every row is rejected."""

    def alike(rng, _at):
        return {
            "numeric": {"x": rng.normal(size=400)},
            "labels": rng.choice(["a", REJECT], 400, p=[0.9, 0.1]),
            "users": np.repeat([f"u{k}" for k in range(20)], 20),
        }

    def left(rng, at):
        return {**alike(rng, at), "labels": np.full(400, REJECT), "users": np.repeat(["u1", "u2"], 200)}

    report = judge(window(FOUR_WEEKS, alike), window([28], left))
    assert ("reject_rate_increase", "critical", ()) in told(report)


def of_a_newcomer(rows, *, factor=1, occupation=None):
    """``rows`` of the day's rows come from one user, whom no day had, with other values or another occupation."""

    def make(rng, at):
        made = sent()(rng, at)
        theirs = np.arange(ROWS) < rows
        usual = rng.choice(["doctor", "lawyer"], ROWS)
        return {
            "numeric": {"x": made["numeric"]["x"] * np.where(theirs, factor, 1)},
            "categorical": {"occupation": np.where(theirs & (occupation is not None), occupation, usual)},
            "users": np.where(theirs, "stranger", made["users"]),
        }

    return make


@pytest.mark.parametrize("news", [{"occupation": "pilot"}, {"factor": 1000}])
def test_what_one_new_user_sends_warns_and_what_others_send_too_pages(news):
    reference = window(FOUR_WEEKS, of_a_newcomer(0))
    (found,) = judge(reference, window([28], of_a_newcomer(400, **news))).alerts
    assert found.severity == "warning"
    assert found.details["note"] == "no page: without the rows of one new user this would be below the critical limit"

    def of_several(rng, at):
        made = of_a_newcomer(400, **news)(rng, at)
        others = np.array(sent()(rng, at)["users"])
        return {**made, "users": np.where(np.arange(ROWS) < 200, "stranger", others)}

    assert [each.severity for each in judge(reference, window([28], of_several)).alerts] == ["critical"]


@pytest.mark.parametrize("news", [{"occupation": "pilot"}, {"factor": 1000}])
def test_a_new_user_who_goes_on_pages_on_no_later_day(news):
    goes_on = dict.fromkeys(("d25", "d26", "d27"), of_a_newcomer(400, **news))
    report = judge(window(FOUR_WEEKS, of_a_newcomer(0), **goes_on), window([28], of_a_newcomer(400, **news)))
    assert [each.severity for each in report.alerts] == ["warning"]


def test_the_only_user_of_a_log_is_no_newcomer():
    def make(rng, at):
        x = rng.normal(size=ROWS) * (1000 if at == 28 else 1)
        return {"numeric": {"x": x}, "users": ["u"] * ROWS}

    assert told(judge(window(FOUR_WEEKS, make), window([28], make))) == [("value_range", "critical", ("x",))]
