"""The classifier's certainty under the calibrated policy."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, days, judge, outcomes, told, window
from windage.profiles.window import WindowProfile

ROWS = 500


def certain(most, *, rows=ROWS, day_sd=0.0):
    """The larger of two probabilities: the higher ``most``, the surer."""

    def make(rng, at):
        top = 0.5 + 0.5 * rng.beta(most * np.exp(day_sd * rng.normal()), 1, rows)
        return {"probabilities": np.column_stack([top, 1 - top])}

    return make


USUAL = window(FOUR_WEEKS, certain(20))


@pytest.mark.parametrize(
    ("most", "found"),
    [
        (20, []),
        (14, [("entropy_spike", "warning", ())]),
        (4, [("entropy_spike", "critical", ())]),
        (35, [("entropy_drop", "warning", ())]),
        (400, [("entropy_drop", "warning", ())]),
    ],
)
def test_both_directions_by_their_size(most, found):
    assert told(judge(USUAL, window([28], certain(most)))) == found


def undecided(power):
    """Of four classes one that is never sure; the smaller the power, the less it says."""

    def make(rng, at):
        odds = rng.dirichlet((2.0, 1.5, 1.0, 1.0), ROWS) ** power
        return {"probabilities": odds / odds.sum(axis=1, keepdims=True)}

    return make


@pytest.mark.parametrize(("power", "severity"), [(1.0, None), (0.45, "warning"), (0.05, "critical")])
def test_a_classifier_that_was_never_sure_collapses_where_it_nearly_guesses(power, severity):
    report = judge(window(FOUR_WEEKS, undecided(1.0)), window([28], undecided(power)), only="entropy")
    assert [alert.severity for alert in report.alerts] == ([severity] if severity else [])
    assert all(alert.details["ratio"] < 2 for alert in report.alerts)


def changeable(mean):
    """A classifier that is nearly sure: how far from it differs by a factor of ten from day to day."""

    def make(rng, at):
        unsure = np.random.default_rng([7, at]).gamma(1.0, 0.06) if mean is None else mean
        lost = np.clip(rng.exponential(unsure / 4, 200), 0, 0.5)
        return {"probabilities": np.column_stack([1 - lost, lost])}

    return make


def test_days_on_which_a_classifier_is_many_times_less_sure_are_ordinary_where_they_are_skewed():
    every = days(range(148), changeable(None))
    reports = [judge(WindowProfile.merge(every[at - 28 : at]), every[at], only="entropy") for at in range(28, 148)]
    assert sum(bool(each.alerts) for each in reports) <= 1
    collapsed = judge(window(FOUR_WEEKS, changeable(None)), window([28], changeable(4.0)), only="entropy")
    assert told(collapsed) == [("entropy_spike", "critical", ())]


def test_days_that_differ_ordinarily_are_ordinary():
    make = certain(20, day_sd=0.3)
    for at in range(28, 40):
        assert told(judge(window(range(at - 28, at), make), window([at], make))) == []


def test_a_monday_that_looks_like_a_sunday_is_at_most_a_warning():
    reference = window(FOUR_WEEKS, lambda rng, at: certain(4 if at % 7 >= 5 else 20)(rng, at))
    assert told(judge(reference, window([28], certain(4)))) == [("entropy_spike", "warning", ())]
    assert told(judge(reference, window([33], certain(4)))) == []


@pytest.mark.parametrize("when", ["d10", "d27"])
def test_one_outage_day_neither_alerts_nor_masks_the_next(when):
    reference = window(FOUR_WEEKS, certain(20), **{when: certain(2)})
    assert told(judge(reference, window([28], certain(20)))) == []
    assert told(judge(reference, window([28], certain(2)))) == [("entropy_spike", "critical", ())]


def test_constant_probabilities():
    def same(rng, at):
        return {"probabilities": np.full((ROWS + at, 2), 0.5)}

    assert told(judge(window(FOUR_WEEKS, same), window([28], same))) == []


@pytest.mark.parametrize("days", [1, 3])
def test_without_days_the_fixed_limit_warns_and_nothing_is_ok(days):
    reference = window(range(28 - days, 28), certain(20))
    assert told(judge(reference, window([28], certain(2)), only="entropy")) == [("entropy_spike", "warning", ())]
    assert outcomes(judge(reference, window([28], certain(20)), only="entropy")) == {"entropy": "unknown"}


def test_few_rows_are_unknown():
    assert outcomes(judge(USUAL, window([28], certain(1, rows=49)), only="entropy")) == {"entropy": "unknown"}


@pytest.mark.parametrize("days_known", [1, 2, 3])
def test_without_days_what_would_page_warns_and_nothing_is_ok(days_known):
    reference = window(range(28 - days_known, 28), certain(20))
    report = judge(reference, window([28], certain(4)), only="entropy")
    assert told(report) == [("entropy_spike", "warning", ())]
    assert report.alerts[0].details["note"].startswith("uncalibrated")
    few = judge(reference, window([28], certain(7, rows=60)), only="entropy")
    assert outcomes(few) == {"entropy": "unknown"}  # more than twice the entropy, but in few rows


def test_few_days_that_differ_among_themselves_explain_as_much_again():
    differing = window([26, 27], certain(20), d26=certain(100))
    assert outcomes(judge(differing, window([28], certain(10)), only="entropy")) == {"entropy": "unknown"}
    assert told(judge(differing, window([28], certain(2)), only="entropy")) == [("entropy_spike", "warning", ())]
