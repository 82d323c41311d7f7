"""Features that no longer go together."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, outcomes, told, window


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
    assert set(report.alerts[0].details["partners"]) == {"y", "z"}


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


def test_without_days_it_is_unknown():
    report = judge(window(range(25, 28), lived()), window([28], lived()), only="correlation")
    assert outcomes(report) == {"correlation": "unknown"}
