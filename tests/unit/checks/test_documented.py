"""The check of docs/adding_a_check.md is one."""

import re
from pathlib import Path

import numpy as np
import pytest

from daily import FOUR_WEEKS, window
from windage.policy import CalibratedPolicy
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.summary import ColumnSummary, summary
from windage.profiles.window import WindowProfile
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure

DOCUMENT = Path(__file__).parents[3] / "docs" / "adding_a_check.md"


@pytest.fixture(scope="module")
def check():
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    space = {"__name__": "documented"}
    exec(compile(code, str(DOCUMENT), "exec"), space)  # noqa: S102 — our own document
    return space["CHECK"]


def judged(check, centre, days=FOUR_WEEKS):
    def made(rng, at):
        return {"numeric": {"x": rng.normal(centre if at == 28 else 0.0, 1, 500), "y": np.arange(500.0)}}

    reference, current = window(days, made), window([28], made)
    result = measure(check, reference, current, policy=CalibratedPolicy())
    return consolidate([result], [check], policy=CalibratedPolicy(), at=current.days[0].starts_at)


def test_it_alerts_where_the_median_went_far(check):
    assert judged(check(), 0.0).alerts == []
    (alert,) = judged(check(), 1.0).alerts
    assert (alert.trigger, alert.check, alert.affected_features) == ("other", "median_move", ["x"])
    assert judged(check(least=3.0), 1.0).alerts == []


def test_of_few_days_it_knows_nothing(check):
    report = judged(check(), 1.0, days=range(3))
    assert report.outcomes["median_move"].unknown.keys() == {"x", "y"}


def test_a_feature_that_is_gone_today_costs_the_others_nothing(check):
    def made(rng, at):
        y = {} if at == 28 else {"y": np.arange(500.0)}
        return {"numeric": {"x": rng.normal(1.0 if at == 28 else 0.0, 1, 500), **y}}

    result = measure(check(), window(FOUR_WEEKS, made), window([28], made), policy=CalibratedPolicy())
    assert result.error is None
    assert {each.subject: each.rows for each in result.measurements} == {"x": (14_000, 500), "y": (14_000, 0)}


def test_what_it_says_a_window_knows_is_there():
    (section,) = re.findall(r"## What a window knows\n(.*?)\n## ", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    rows = "".join(line for line in section.splitlines() if line.startswith("|"))
    kinds = (WindowProfile, NumericProfile, CategoricalProfile, ScoreProfile, ColumnSummary)
    known = {name for kind in kinds for name in (*dir(kind), *kind.__annotations__)} | {summary.__name__}
    named = {part for words in re.findall(r"`([a-z_.]+)", rows) for part in words.split(".")}
    assert len(named) > 20
    assert named <= known
