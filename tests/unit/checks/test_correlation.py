"""Features that no longer go together."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, outcomes, told, window
from windage.reports.sentences.alert import alert_sentence


def lived(*, flipped=(), missing=()):
    def make(rng, day):
        x = rng.normal(size=600)
        y = 0.7 * x + rng.normal(size=600)
        z = 0.7 * x + rng.normal(size=600)
        if day in flipped:
            x = -x
        if day in missing:
            y[:] = np.nan
        return {"numeric": {"x": x, "y": y, "z": z, "other": rng.normal(size=600)}}

    return make


def test_the_feature_that_left_the_others_is_blamed_once():
    report = judge(window(FOUR_WEEKS, lived()), window([28], lived(flipped=[28])), only="correlation")
    assert [(each.trigger, each.details["feature"]) for each in report.alerts] == [("correlation", "x")]
    assert report.alerts[0].affected_features == ["x"]
    assert set(report.alerts[0].details["partners"]) == {"y", "z"}
    said = str(alert_sentence(report.alerts[0]))
    assert said.startswith(
        ("`x` no longer correlates with `y` and `z` as", "`x` no longer correlates with `z` and `y` as")
    )


def test_of_one_pair_both_are_named():
    def make(rng, day):
        x = rng.normal(size=600)
        y = (-0.7 if day == 28 else 0.7) * x + rng.normal(size=600)
        return {"numeric": {"x": x, "y": y, "other": rng.normal(size=600)}}

    (told,) = judge(window(FOUR_WEEKS, make), window([28], make), only="correlation").alerts
    assert sorted(told.affected_features) == ["x", "y"]


@pytest.mark.parametrize("since", range(3))
def test_what_stays_flipped_is_told_for_three_days(since):
    make, today = lived(flipped=range(28, 40)), 28 + since
    report = judge(window(range(today - 28, today), make), window([today], make), only="correlation")
    assert [(each.trigger, each.details["feature"]) for each in report.alerts] == [("correlation", "x")]


@pytest.mark.parametrize("seed", range(5))
def test_a_quiet_day_is_ok(seed):
    report = judge(window(FOUR_WEEKS, lived(), seed=seed), window([28], lived(), seed=seed), only="correlation")
    assert outcomes(report) == {"correlation": "ok"}


def test_a_feature_that_is_missing_explains_its_correlations():
    report = judge(window(FOUR_WEEKS, lived()), window([28], lived(missing=[28])))
    assert told(report) == [("missingness", "critical", ("y",))]


@pytest.mark.parametrize("seed", range(5))
def test_a_coefficient_of_a_few_rows_is_no_news(seed):
    """A gauge that speaks on some rows only: its three values of a calm day happen to be in order."""

    def make(rng, day):
        x, gust = rng.normal(size=(2, 600))
        gust[np.arange(600) >= (3 if day == 28 else 150)] = np.nan
        if day == 28:
            x[:3], gust[:3] = range(3), range(3)
        return {"numeric": {"x": x, "gust": gust}}

    report = judge(window(FOUR_WEEKS, make, seed=seed), window([28], make, seed=seed), only="correlation")
    assert outcomes(report) == {"correlation": "ok"}


@pytest.mark.parametrize("seed", range(5))
def test_two_rare_events_in_one_row_are_no_news(seed):
    """Columns of amounts that are nearly always 0: one row with both makes a strong correlation."""

    def make(rng, day):
        columns = {name: np.where(np.arange(600) % 200 == k, 100.0, 0.0) for k, name in enumerate(("tax", "fine"))}
        if day == 28:
            columns["fine"][:1] = 100.0
        return {"numeric": {"x": rng.normal(size=600), **columns}}

    report = judge(window(FOUR_WEEKS, make, seed=seed), window([28], make, seed=seed), only="correlation")
    assert outcomes(report) == {"correlation": "ok"}


@pytest.mark.parametrize("share", [0.005, 0.02, 0.15])
def test_amounts_that_are_mostly_zero_are_quiet(share):
    def make(rng, day):
        return {"numeric": {f"x{k}": np.where(rng.random(500) < share, rng.random(500), 0.0) for k in range(8)}}

    reference = window(FOUR_WEEKS, make)
    assert not any(judge(reference, window([day], make), only="correlation").alerts for day in range(28, 58))


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (0.0, 0.9, "`x` correlates with `y` more strongly than before"),
        (0.9, 0.0, "`x` no longer correlates with `y` as before"),
        (-0.9, 1.2, "`x` no longer correlates with `y` as before"),
    ],
)
def test_it_is_told_which_way_a_correlation_went(before, now, words):
    def make(rng, day):
        x, y = rng.normal(size=(2, 600))
        return {"numeric": {"x": x, "y": y + (now if day == 28 else before) * x}}

    (alert,) = judge(window(FOUR_WEEKS, make), window([28], make), only="correlation").alerts
    assert str(alert_sentence(alert)).startswith(words)


def test_without_days_it_is_unknown():
    report = judge(window(range(25, 28), lived()), window([28], lived()), only="correlation")
    assert outcomes(report) == {"correlation": "unknown"}


USERS = np.repeat([f"u{k:02}" for k in range(20)], 40)
ODD = np.isin(USERS, ["u00", "u01"])


def turned_round(x):
    """The two users whose values lay high have low ones; the others' lie where they were."""
    return -x


def moved_for_two(x):
    return x - 4 * ODD


@pytest.mark.parametrize(
    ("change", "found"), [(turned_round, {"correlation", "segment"}), (moved_for_two, {"segment"})]
)
def test_a_few_users_explain_a_correlation_that_their_rows_can_have_changed(change, found):
    def make(rng, day):
        x, y = rng.normal(size=(2, USERS.size))
        x += 1.5 * ODD
        y += 0.7 * x
        return {"numeric": {"x": change(x) if day == 28 else x, "y": y}, "users": USERS}

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    assert told(judge(reference, current, only="correlation"))
    assert {each for each, *_ in told(judge(reference, current))} == found


def test_a_few_users_explain_more_of_a_correlation_that_was_the_other_way():
    """A quarter of the rows, high in both features that go against each other."""
    theirs = np.isin(USERS, [f"u{k:02}" for k in range(5)])

    def make(rng, day):
        x, y = rng.normal(size=(2, USERS.size))
        y -= 0.8 * x
        moved = 3 * theirs * (day == 28)
        return {"numeric": {"x": x + moved, "y": y + moved}, "users": USERS}

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    assert told(judge(reference, current, only="correlation"))
    assert "correlation" not in {each for each, *_ in told(judge(reference, current))}


@pytest.mark.parametrize("seed", range(4))
def test_a_few_values_that_happen_to_lie_in_one_order_show_no_other_correlation(seed):
    """As of the weather of a week's seven days, beside each of many rows: now and then a warmer day was always a wetter one."""

    def make(rng, at):
        of_days = rng.multivariate_normal([0, 0], [[1, 0.75], [0.75, 1]], 7)
        if at == 28:
            of_days.sort(axis=0)
        x, y = np.repeat(of_days, 20, axis=0).T
        return {"numeric": {"x": x, "y": y}, "users": [f"u{k % 20}" for k in range(140)]}

    assert told(judge(window(FOUR_WEEKS, make, seed=seed), window([28], make, seed=seed), only="correlation")) == []
