"""The reject rate under the calibrated policy: blamed once, by its size, never after it is over."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, REJECT, judge, outcomes, told, window

ROWS = 1000


def rejecting(rate, classes=(0.5, 0.3, 0.2), *, rows=ROWS):
    """Exactly this share of rejected rows; the others in fixed proportions."""

    def make(rng, at):
        kept = rows - round(rate * rows)
        labels = np.array([REJECT] * (rows - kept) + rng.choice(list("abc"), kept, p=classes).tolist(), dtype=object)
        return {"labels": rng.permutation(labels)}

    return make


UP, DOWN = "reject_rate_increase", "reject_rate_decrease"
USUAL = window(FOUR_WEEKS, rejecting(0.05))


@pytest.mark.parametrize(
    ("rate", "severity"),
    [
        (0.05, None),
        (0.07, None),
        (0.09, "warning"),
        (0.10, "warning"),
        (0.15, "critical"),
        (0.25, "critical"),
        (1, "critical"),
    ],
)
def test_an_increase_is_blamed_once_and_by_its_size(rate, severity):
    assert told(judge(USUAL, window([28], rejecting(rate)))) == ([(UP, severity, ())] if severity else [])


@pytest.mark.parametrize(
    ("before", "now", "alerts"), [(0.2, 0.05, 1), (0.2, 0.14, 0), (0.08, 0.02, 1), (0.05, 0.01, 0)]
)
def test_a_decrease_warns_if_it_is_five_points_and_half(before, now, alerts):
    report = judge(window(FOUR_WEEKS, rejecting(before)), window([28], rejecting(now)))
    assert told(report) == [(DOWN, "warning", ())] * alerts


@pytest.mark.parametrize("when", ["d10", "d22", "d24", "d27"])
@pytest.mark.parametrize("outage", [0.3, 0.6, 1.0])
def test_one_outage_day_neither_alerts_nor_masks_the_next(when, outage):
    reference = window(FOUR_WEEKS, rejecting(0.05), **{when: rejecting(outage)})
    assert told(judge(reference, window([28], rejecting(0.05)))) == []
    for rate in (0.25, outage):
        assert told(judge(reference, window([28], rejecting(rate)))) == [(UP, "critical", ())]


def test_the_second_day_of_an_outage_is_one_too():
    reference = window(FOUR_WEEKS, rejecting(0.05), d27=rejecting(0.5))
    assert told(judge(reference, window([28], rejecting(0.5)))) == [(UP, "critical", ())]


def test_a_monday_that_looks_like_a_sunday_is_at_most_a_warning():
    reference = window(FOUR_WEEKS, lambda rng, at: rejecting(0.3 if at % 7 >= 5 else 0.05)(rng, at))
    assert told(judge(reference, window([28], rejecting(0.3)))) == [(UP, "warning", ())]
    assert told(judge(reference, window([28], rejecting(0.6)))) == [(UP, "critical", ())]


def test_days_that_differ_ordinarily_are_ordinary():
    def make(rng, at):
        return rejecting(float(rng.beta(4, 36)))(rng, at)

    for at in range(28, 40):
        assert told(judge(window(range(at - 28, at), make), window([at], make), only="reject_rate")) == []


def test_a_slow_rise_is_found_through_the_week():
    def make(rng, at):
        return rejecting(0.05 + 0.01 * max(at - 22, 0), rows=300)(rng, at)

    assert told(judge(window(FOUR_WEEKS, make), window([28], make)))[0][:2] in ((UP, "warning"), (UP, "critical"))


@pytest.mark.parametrize("now", [0.02, 0.2, 0.26])
def test_the_rates_that_are_told_differ_by_the_points_that_are_told(now):
    """Weekends reject more, so that the whole reference's rate is no ordinary Monday's."""
    reference = window(FOUR_WEEKS, lambda rng, at: rejecting(0.28 if at % 7 >= 5 else 0.15)(rng, at))
    report = judge(reference, window([28], rejecting(now)), only="reject_rate")
    (alert,) = report.alerts
    assert alert.details["increase"] == alert.details["move"]
    assert (alert.details["ref_rate"], alert.details["cur_rate"]) == pytest.approx((0.15, now), abs=0.005)
    assert alert.details["cur_rate"] - alert.details["ref_rate"] == pytest.approx(alert.details["increase"])
    assert report.reject_rate_drift.ref_rate == pytest.approx(0.187, abs=0.001)


@pytest.mark.parametrize("days", [1, 3])
def test_without_days_the_fixed_limit_warns_and_nothing_is_ok(days):
    reference = window(range(28 - days, 28), rejecting(0.05))
    report = judge(reference, window([28], rejecting(0.4)), only="reject_rate")
    assert told(report) == [(UP, "warning", ())]
    assert report.alerts[0].details["note"].startswith("uncalibrated")
    assert outcomes(judge(reference, window([28], rejecting(0.05)), only="reject_rate")) == {"reject_rate": "unknown"}


def test_few_rows_are_unknown():
    report = judge(USUAL, window([28], rejecting(0.9, rows=49)))
    assert {outcomes(report)[name] for name in ("reject_rate", "class_shift")} == {"unknown"}
