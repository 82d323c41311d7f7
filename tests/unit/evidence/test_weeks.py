"""Windows wider than a day, such as weekly partitions, each of which counts as one of the days that looks are made of."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from daily import MONDAY, day, judge, told
from windage.profiles.window import WindowProfile
from windage.vocabulary import Window

ROWS, KNOWN = 600, 12


def _week(at, columns):
    start = MONDAY + timedelta(weeks=at)
    period = Window(start=start, end=start + timedelta(weeks=1))
    return replace(day(at, **columns), period=period, first_at=None, last_at=None)


def made(rng):
    x = rng.normal(rng.normal(0, 0.1), 1, ROWS)
    category = rng.choice(np.array(["a", "b", "c"], dtype=object), ROWS)
    return {"numeric": {"x": x, "y": rng.normal(size=ROWS)}, "categorical": {"c": category}}


def renamed(columns):
    category = columns["categorical"]["c"]
    return {**columns, "categorical": {"c": np.where(category == "a", "A", category)}}


def changed(change):
    return lambda columns: {**columns, "numeric": {**columns["numeric"], "x": change(columns["numeric"]["x"])}}


def lasting(fault):
    """What is told in the first three weeks of a fault, each beside the weeks before it, and in the quiet week before."""
    begun = [_week(at, made(np.random.default_rng(at))) for at in range(KNOWN + 1)]
    begun += [_week(at, fault(made(np.random.default_rng(at)))) for at in range(KNOWN + 1, KNOWN + 4)]
    return [
        {
            (trigger, severity)
            for trigger, severity, _ in told(judge(WindowProfile.merge(begun[at - KNOWN : at]), begun[at]))
        }
        for at in range(KNOWN, KNOWN + 4)
    ]


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (changed(lambda x: x * 1000), ("value_range", "critical")),
        (changed(lambda x: np.full(ROWS, 0.3)), ("frozen", "critical")),
        (changed(lambda x: np.where(np.arange(ROWS) % 10, x, -999.0)), ("value_range", "warning")),
        (changed(lambda x: np.where(np.arange(ROWS) % 4, x, np.nan)), ("missingness", "warning")),
        (renamed, ("new_category", "critical")),
    ],
)
def test_what_lasts_for_weeks_is_told_in_each(fault, found):
    assert lasting(fault) == [set(), {found}, {found}, {found}]
