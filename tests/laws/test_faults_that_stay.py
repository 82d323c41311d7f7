"""A fault is part of the reference from its second day on. It must not be judged ordinary by itself: an incident opens when
a window pages, or when two of three windows alert."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from daily import REJECT, day, judge
from windage.evidence.day_spans import of_other_days
from windage.profiles.window import WindowProfile
from windage.vocabulary import DriftReport

pytestmark = pytest.mark.slow

ROWS, BEGINS = 1000, 28
Columns = dict[str, Any]
Strike = Callable[[Columns, np.random.Generator], None]


def usual(rng: np.random.Generator, at: int) -> Columns:
    x = rng.normal(0.05 * np.random.default_rng(at).standard_normal(), 1, ROWS)
    odds = np.exp(1.5 * rng.standard_normal((ROWS, 3)))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    confidence = probabilities.max(axis=1)
    labels = np.array(["A", "B", "C"], dtype=object)[probabilities.argmax(axis=1)]
    return {
        "numeric": {"x": x, "y": 0.7 * x + rng.normal(size=ROWS), "z": rng.lognormal(0, 1, ROWS)},
        "categorical": {"c": rng.choice(np.array([*"abcd"], dtype=object), ROWS, p=[0.5, 0.3, 0.15, 0.05])},
        "labels": np.where(confidence < 0.42, REJECT, labels),
        "probabilities": probabilities,
        "confidence": confidence,
        "users": np.repeat([f"user {k:02d}" for k in range(25)], 40),
    }


def x(change: Callable[[np.ndarray, np.random.Generator], Any], name: str = "x") -> Strike:
    def strike(day: Columns, rng: np.random.Generator) -> None:
        day["numeric"][name] = change(day["numeric"][name], rng)

    return strike


def some(share: float, value: float) -> Strike:
    return x(lambda values, rng: np.where(rng.random(ROWS) < share, value, values))


def relabelled(share: float, to: str, of: str | None = None) -> Strike:
    def strike(day: Columns, rng: np.random.Generator) -> None:
        hit = rng.random(ROWS) < share
        day["labels"] = np.where(hit if of is None else hit & (day["labels"] == of), to, day["labels"])

    return strike


def recategorised(to: str, *, share: float = 1.0, of: str | None = None) -> Strike:
    def strike(day: Columns, rng: np.random.Generator) -> None:
        values, hit = day["categorical"]["c"], rng.random(ROWS) < share
        day["categorical"]["c"] = np.where(hit if of is None else hit & (values == of), to, values)

    return strike


def of_one_user(values: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(ROWS) < 40, values + 3, values)


def invalid(day: Columns, rng: np.random.Generator) -> None:
    day["probabilities"][rng.random(ROWS) < 0.05] = np.nan


def less_sure(day: Columns, rng: np.random.Generator) -> None:
    day["confidence"] = np.clip(day["confidence"] - 0.08, 0, 1)


def without_a_column(day: Columns, rng: np.random.Generator) -> None:
    del day["numeric"]["y"]


def with_fewer_rows(day: Columns, rng: np.random.Generator) -> None:
    for kind in ("numeric", "categorical"):
        day[kind] = {name: values[:400] for name, values in day[kind].items()}
    for name in ("labels", "probabilities", "confidence", "users"):
        day[name] = day[name][:400]


FAULTS: dict[str, Strike] = {
    "shift of one sd": x(lambda values, rng: values + 1),
    "scale × 1.5": x(lambda values, rng: values * 1.5),
    "unit × 1000": x(lambda values, rng: values * 1000, "z"),
    "unit ÷ 60": x(lambda values, rng: values / 60, "z"),
    "frozen": x(lambda values, rng: np.ones(ROWS)),
    "flipped sign": x(lambda values, rng: -values),
    "one user": x(of_one_user),
    "all missing": some(1.0, np.nan),
    "a fifth missing": some(0.2, np.nan),
    "a twentieth missing": some(0.05, np.nan),
    "sentinel in 3 %": some(0.03, -999),
    "sentinel in 8 %": some(0.08, -999),
    "infinite in 2 %": some(0.02, np.inf),
    "column gone": without_a_column,
    "new category": recategorised("new", share=0.03),
    "category gone": recategorised("a", of="c"),
    "new class": relabelled(0.03, "new"),
    "class prior": relabelled(0.6, "A", of="B"),
    "reject + 5 points": relabelled(0.05, REJECT),
    "reject + 20 points": relabelled(0.2, REJECT),
    "invalid probabilities": invalid,
    "confidence": less_sure,
    "fewer rows": with_fewer_rows,
}


def ends_early(day: Columns, rng: np.random.Generator) -> None:
    day["ends"] = 14.0


def of_another_type(day: Columns, rng: np.random.Generator) -> None:
    day["schema"] = {"x": "double", "y": "string", "z": "double", "c": "string"}


LASTING = {
    **dict.fromkeys(("frozen", "all missing", "unit × 1000", "column gone", "another type"), "critical"),
    **dict.fromkeys(("log ends early", "fewer rows"), "warning"),
}
STRIKES = {**FAULTS, "another type": of_another_type, "log ends early": ends_early}


@cache
def ordinary(at: int) -> WindowProfile:
    return day(at, **usual(np.random.default_rng([1, at]), at))


@cache
def ordinary_days(which: range) -> WindowProfile:
    return WindowProfile.merge([ordinary(at) for at in which])


def struck(at: int, strike: Strike) -> WindowProfile:
    columns = usual(rng := np.random.default_rng([1, at]), at)
    strike(columns, rng)
    return day(at, **columns)


def judged(at: int, strike: Strike, *, days: int = 28, begins: int = BEGINS) -> DriftReport:
    """What is told of day ``at``, whose reference are the ``days`` before it, of a fault that ``begins`` and stays."""
    which = range(at - days, at)
    broken = [struck(each, strike) for each in which if each >= begins]
    reference = ordinary_days(range(which.start, min(at, begins)))
    if broken:
        reference = WindowProfile.merge([*(ordinary(each) for each in which if each < begins), *broken])
    return judge(reference, WindowProfile.merge([struck(at, strike)]))


@cache
def report(fault: str, at: int, *, days: int = 28) -> DriftReport:
    return judged(at, STRIKES[fault], days=days)


@pytest.mark.parametrize("days", [28, 10])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_opens_an_incident(fault, days):
    reports = [report(fault, at, days=days) for at in range(BEGINS, BEGINS + 3)]
    assert reports[0].alerts
    assert any(each.any_critical for each in reports) or sum(bool(each.alerts) for each in reports) >= 2


@pytest.mark.parametrize(
    "fault", sorted(FAULTS.keys() - {"reject + 5 points", "a twentieth missing"})
)  # no larger than days differ
def test_a_fault_that_came_once_is_as_bad_when_it_comes_again(fault):
    """One broken day says nothing of how ordinary days are."""
    reference = WindowProfile.merge([struck(at, FAULTS[fault]) if at == 13 else ordinary(at) for at in range(BEGINS)])
    once, again = report(fault, BEGINS), judge(reference, WindowProfile.merge([struck(BEGINS, FAULTS[fault])]))
    assert again.alerts
    assert again.any_critical is once.any_critical


@pytest.mark.parametrize("begins", [BEGINS, BEGINS + 1, BEGINS + 4, BEGINS + 5])
def test_a_page_stays_one_through_the_week(begins):
    """On a weekend too, whose other season holds the fault's own days, and on days that say less by themselves."""
    half_missing, moved = some(0.5, np.nan), x(lambda values, rng: values + 1.2, "y")

    def strike(columns, rng):
        half_missing(columns, rng)
        moved(columns, rng)

    for at in range(begins, begins + 7):
        alerts = judged(at, strike, begins=begins).alerts
        paged = {name for each in alerts if each.severity == "critical" for name in each.affected_features}
        assert {"x", "y"} <= paged, at - begins


@pytest.mark.parametrize("fault", LASTING)
def test_what_only_people_end_is_told_as_long_as_it_lasts_in_its_first_week(fault):
    for at in range(BEGINS, BEGINS + 6):
        assert LASTING[fault] in {each.severity for each in report(fault, at).alerts}, at - BEGINS


A_DAY, AN_AFTERNOON = 8, 17 * 8 + 5
OF_THREE_HOURS = {
    "a fifth missing": "warning",
    "all missing": "critical",
    "frozen": "critical",
    "sentinel in 8 %": "warning",
    "class prior": "warning",
    "reject + 20 points": "critical",
    "fewer rows": "warning",
}


@cache
def three_hours(at: int) -> WindowProfile:
    return day(at, **usual(np.random.default_rng([1, at]), at), a_day=A_DAY)


@pytest.mark.parametrize("fault", OF_THREE_HOURS)
def test_a_fault_is_told_in_every_window_of_three_hours_of_its_first_day(fault):
    windows = [three_hours(at) for at in range(AN_AFTERNOON - 14 * A_DAY, AN_AFTERNOON)]
    for at in range(AN_AFTERNOON, AN_AFTERNOON + A_DAY):
        columns = usual(rng := np.random.default_rng([1, at]), at)
        FAULTS[fault](columns, rng)
        now = day(at, **columns, a_day=A_DAY)
        alerts = judge(WindowProfile.merge(of_other_days(windows[-14 * A_DAY :], now)), now).alerts
        assert OF_THREE_HOURS[fault] in {each.severity for each in alerts}, at - AN_AFTERNOON
        windows.append(now)


@pytest.mark.parametrize("empty", [3, 6, 8, 12])
def test_a_column_that_comes_back_costs_no_other_its_verdict(empty):
    def scaled(columns, rng):
        columns["numeric"]["z"] *= 1000

    x_missing, whole = some(1.0, np.nan), range(BEGINS - empty)
    reference = [*map(ordinary, whole), *(struck(at, x_missing) for at in range(whole.stop, BEGINS))]
    report = judge(WindowProfile.merge(reference), WindowProfile.merge([struck(BEGINS, scaled)]))
    assert {"z"} == {name for each in report.alerts for name in each.affected_features}


def test_without_a_fault_nothing_is_told():
    for at in range(BEGINS, BEGINS + 6):
        assert judge(ordinary_days(range(at - 28, at)), ordinary_days(range(at, at + 1))).alerts == []
    for at in range(AN_AFTERNOON, AN_AFTERNOON + A_DAY):
        windows = [three_hours(each) for each in range(at - 14 * A_DAY, at + 1)]
        assert judge(WindowProfile.merge(of_other_days(windows[:-1], windows[-1])), windows[-1]).alerts == []
