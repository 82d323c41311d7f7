"""Since when a change is there."""

from datetime import timedelta

import numpy as np
import pytest

from daily import FOUR_WEEKS, MONDAY, REJECT, judge, window
from windage.onset import onset, with_onsets


def lived(since, change):
    def make(rng, at):
        day = {
            "numeric": {"x": rng.normal(size=400), "y": rng.normal(size=400)},
            "categorical": {"c": rng.choice(["a", "b"], 400)},
            "labels": rng.choice(["yes", "no", REJECT], 400, p=[0.5, 0.4, 0.1]),
        }
        return {**day, **change(rng)} if at >= since else day

    return make


CHANGES = {
    "feature_ks": lambda rng: {"numeric": {"x": rng.normal(1, 1, 400), "y": rng.normal(size=400)}},
    "missingness": lambda rng: {
        "numeric": {"x": np.where(rng.random(400) < 0.4, np.nan, rng.normal(size=400)), "y": rng.normal(size=400)}
    },
    "value_range": lambda rng: {
        "numeric": {"x": np.where(rng.random(400) < 0.1, -99.0, rng.normal(size=400)), "y": rng.normal(size=400)}
    },
    "category_shift": lambda rng: {"categorical": {"c": rng.choice(["a", "b"], 400, p=[0.8, 0.2])}},
    "class_shift": lambda rng: {"labels": rng.choice(["yes", "no", REJECT], 400, p=[0.75, 0.15, 0.1])},
    "frozen": lambda rng: {"numeric": {"x": np.full(400, 0.5), "y": rng.normal(size=400)}},
    "schema_change": lambda rng: {"numeric": {"y": rng.normal(size=400)}},
    "freshness": lambda rng: {"ends": 12.0},
    "reject_rate_increase": lambda rng: {"labels": rng.choice(["yes", "no", REJECT], 400, p=[0.35, 0.3, 0.35])},
}


ONE_DAY = {"value_range"}
"""What a day of the reference also had is no news, so that these alert on their first day alone."""


@pytest.mark.parametrize(
    ("trigger", "days"), [(each, days) for each in CHANGES for days in (1, 2, 4) if days == 1 or each not in ONE_DAY]
)
def test_the_first_of_the_days_in_a_row_is_found(trigger, days):
    make = lived(29 - days, CHANGES[trigger])
    reference, current = window(FOUR_WEEKS, make), window([28], make)
    alerts = [each for each in judge(reference, current).alerts if each.trigger == trigger]
    assert alerts, "the change must alert for its onset to be asked"
    found = onset(alerts[0], reference, current, reject_label=REJECT)
    assert found == MONDAY + timedelta(days=29 - days)


def test_a_change_that_came_back_began_when_it_came_back():
    change = CHANGES["feature_ks"]

    def make(rng, at):
        return lived(0 if at in {20, 21, 28} else 99, change)(rng, at)

    reference, current = window(FOUR_WEEKS, make), window([28], make)
    (alert,) = judge(reference, current).alerts
    assert onset(alert, reference, current, reject_label=REJECT) == MONDAY + timedelta(days=28)


def test_without_days_nothing_is_said():
    make = lived(28, CHANGES["feature_ks"])
    reference, current = window([27], make), window([28], make)
    report = judge(reference, current)
    assert with_onsets(report, reference, current, reject_label=REJECT) == report
