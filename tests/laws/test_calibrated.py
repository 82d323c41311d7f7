"""What holds for every check there is under the calibrated policy, whose windows are made of days."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from daily import FOUR_WEEKS, MONDAY, judge, window
from windage.checks import discovered
from windage.checks.missingness import PARTS
from windage.policy import CalibratedPolicy
from windage.profiles.window import WindowProfile
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.vocabulary import TRIGGER_FACTS, DriftReport, Outcome

CALIBRATED = [name for name, kind in discovered().items() if kind.calibrated and kind.needs != "answers"]
every_check = pytest.mark.parametrize("name", CALIBRATED)
TODAY = range(28, 29)


def calm(rng, at):
    """A day of 400 rows on which nothing happens; days differ a little."""
    del at
    score = np.clip(rng.beta(8, 2, 400), 0.4, 0.99)
    return {
        "numeric": {"amount": rng.normal(rng.normal(0, 0.05), 1, 400), "age": rng.gamma(3, 10, 400)},
        "categorical": {"city": rng.choice(["a", "b", "c"], 400, p=[0.5, 0.3, 0.2])},
        "labels": rng.choice(["yes", "no", "Mixed/Unknown"], 400, p=[0.5, 0.4, 0.1]),
        "probabilities": np.column_stack([score, 1 - score]),
        "users": np.repeat([f"user {k}" for k in range(20)], 20),
    }


def broken(rng, at):
    """A day on which every check has something to say."""
    day = calm(rng, at)
    amount = day["numeric"]["amount"] * 1000
    amount[:160] = np.nan
    return {
        "numeric": {"amount": amount[:40], "age": day["numeric"]["age"][:40] + 60},
        "categorical": {"city": np.full(40, "z")},
        "labels": np.full(40, "Mixed/Unknown"),
        "probabilities": np.full((40, 2), 0.5),
        "users": np.repeat(["user 1", "user 2"], 20),
    }


def all_rows(make):
    """The same day ten times over: as broken, with enough rows to judge."""

    def grown(rng, at):
        parts = [make(rng, at) for _ in range(10)]
        return {
            kind: {name: np.concatenate([part[kind][name] for part in parts]) for name in parts[0][kind]}
            if isinstance(parts[0][kind], dict)
            else np.concatenate([part[kind] for part in parts])
            for kind in parts[0]
        }

    return grown


REFERENCE = window(FOUR_WEEKS, calm)


@cache
def calm_today():
    return window(TODAY, calm)


@cache
def broken_today():
    return window(TODAY, all_rows(broken))


@every_check
def test_a_day_like_the_others_is_ok(name):
    report = judge(REFERENCE, calm_today(), only=name)
    assert report.alerts == []
    assert report.outcomes[name].outcome is Outcome.ok


@cache
def quiet_windows(seed):
    return window(FOUR_WEEKS, calm, seed=seed), window(TODAY, calm, seed=seed)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "joint_drift" else name  # which fits ten classifiers
        for name in CALIBRATED
    ],
)
def test_quiet_days_stay_quiet(name):
    for seed in range(2, 12):
        assert judge(*quiet_windows(seed), only=name).alerts == [], seed


@every_check
def test_the_reference_itself_never_alerts(name):
    assert judge(REFERENCE, REFERENCE, only=name).alerts == []


def test_a_broken_day_is_critical_and_every_alert_names_what_moved():
    report = judge(REFERENCE, broken_today())
    assert report.any_critical
    assert all(alert.affected_features or TRIGGER_FACTS[alert.trigger].of_window for alert in report.alerts)
    assert DriftReport.model_validate_json(report.model_dump_json()) == report


@pytest.mark.parametrize("name", [name for name, kind in discovered().items() if kind.by_column])
@pytest.mark.parametrize("today", [calm_today, broken_today], ids=["calm", "broken"])
@pytest.mark.parametrize("days", [0, 5, 28])
def test_a_check_of_columns_says_the_same_of_each_whichever_others_are_asked_about(name, today, days):
    """Only then may tasks ask about a few each."""
    reference, current = window(range(28 - days, 28), calm), today()
    check = discovered()[name]()
    together = list(check.measure(reference, current))
    assert {each.subject for each in together} <= {"amount", "age", "city", *PARTS}
    for each in together:
        (alone,) = check.measure(reference, replace(current, asked=frozenset({each.subject})))
        assert alone.values.keys() == each.values.keys()
        for statistic, value in each.values.items():  # p-values that are computed together share their last digits
            assert alone.values[statistic] == value or alone.values[statistic] == pytest.approx(value, rel=1e-10)
        assert alone.model_copy(update={"values": each.values}) == each
    assert list(check.measure(reference, replace(current, asked=frozenset()))) == []


@every_check
@pytest.mark.parametrize("days", [0, 1, 3])
def test_with_too_few_days_nothing_is_called_ok_that_needs_them_and_nothing_pages(name, days):
    reference = window(range(28 - days, 28), calm) if days else WindowProfile(rows=0)
    check, policy = discovered()[name](), CalibratedPolicy()
    found = measure(check, reference, calm_today(), policy=policy)
    assert found.error is None
    report = consolidate([found], [check], policy=policy, at=MONDAY)
    assert not report.any_critical
    certain = days and all(gate.certain for gate in check.calibrated)
    assert report.outcomes[name].outcome is not Outcome.ok or certain


HOSTILE = {
    "no rows": WindowProfile(rows=0),
    "rows without any part": WindowProfile(rows=400),
    "faults": WindowProfile(
        rows=400,
        faults={"numeric.amount": "it is text", "categorical.city": "a list", "labels": "lists", "scores": "gone"},
    ),
}


@every_check
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("side", ["reference", "current"])
def test_a_check_never_raises_and_never_passes_what_it_could_not_see(name, hostile, side):
    whole = calm_today()
    windows = (HOSTILE[hostile], whole) if side == "reference" else (REFERENCE, HOSTILE[hostile])
    check = discovered()[name]()
    ((_, verdicts),) = CalibratedPolicy().judge_all([(check, list(check.measure(*windows)))])
    silent = name == "row_volume" and side == "current"
    assert silent or all(each.outcome is not Outcome.ok for each in verdicts)
    assert silent or all(each.outcome is not Outcome.alert for each in verdicts)


@every_check
def test_the_order_of_the_reference_days_changes_nothing_in_one_days_verdict(name):
    days = list(REFERENCE.days)
    shuffled = WindowProfile.merge([days[k] for k in np.random.default_rng(0).permutation(len(days))])
    today = broken_today()
    alerts = [
        [(each.trigger, each.severity, each.affected_features) for each in judge(reference, today, only=name).alerts]
        for reference in (REFERENCE, shuffled)
    ]
    assert alerts[0] == alerts[1]


def test_an_unrelated_feature_never_turns_a_critical_into_silence():
    def crowded(make):
        def more(rng, at):
            day = make(rng, at)
            size = day["numeric"]["age"].size
            noise = {f"noise{k}": rng.normal(size=size) for k in range(30)}
            return {**day, "numeric": {**day["numeric"], **noise}}

        return more

    today = all_rows(broken)
    alone = judge(REFERENCE, window(TODAY, today))
    together = judge(window(FOUR_WEEKS, crowded(calm)), window(TODAY, crowded(today)))
    critical = {(each.trigger, *each.affected_features) for each in alone.alerts if each.severity == "critical"}
    assert critical
    assert critical <= {(each.trigger, *each.affected_features) for each in together.alerts}
