"""A column that hardly ever has a value is asked how many are missing, and not how they are distributed."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, judge, outcomes, told, window
from windage.reports.sentences.detectable import not_asked

ROWS = 200
NO_FEATURE = "feature with 50 values on most days like this"


def lived(values, *, today=None, full=True):
    """Days on which two columns have so many values, beside two full ones."""

    def make(rng, at):
        n = today if at == 28 and today is not None else values
        some = np.arange(ROWS) < n
        category = rng.choice(np.array(["a", "b"], dtype=object), ROWS)
        numbers = {"rare": np.where(some, rng.normal(size=ROWS), np.nan)}
        texts = {"seldom": np.where(some, category, None)}
        if full:
            return {"numeric": {**numbers, "x": rng.normal(size=ROWS)}, "categorical": {**texts, "c": category}}
        return {"numeric": numbers, "categorical": texts}

    return make


def judged(make, *, days=FOUR_WEEKS):
    return judge(window(days, make), window([28], make))


@pytest.mark.parametrize("values", [0, 10, 49])
def test_a_column_that_hardly_ever_has_values_leaves_nothing_unknown(values):
    report = judged(lived(values))
    assert set(outcomes(report).values()) == {"ok"}
    assert report.outcomes["missingness"].answered == 4
    assert [each.feature for each in report.feature_report.results] == ["x"]
    assert [str(each) for each in not_asked(report)[-2:]] == [
        "`seldom` does not have 50 values on most days like this, so `categorical_feature` did not ask about it.",
        "`rare` does not have 50 values on most days like this, so `numeric_feature` and `value_range` did not ask about it.",
    ]


def test_one_with_just_enough_is_asked():
    assert [each.feature for each in judged(lived(50)).feature_report.results] == ["rare", "x"]


def test_one_with_fewer_values_than_usual_is_unknown():
    report = judged(lived(60, today=10))
    assert {name: list(each.unknown) for name, each in report.outcomes.items() if each.unknown} == {
        "numeric_feature": ["rare"],
        "value_range": ["rare"],
        "categorical_feature": ["seldom"],
    }


def test_that_it_comes_to_be_filled_is_told():
    assert told(judged(lived(0, today=ROWS))) == [
        ("missingness", "warning", ("rare",)),
        ("missingness", "warning", ("seldom",)),
    ]


def test_a_log_of_such_columns_alone_is_not_asked():
    report = judged(lived(10, full=False))
    assert {name: report.not_asked[name] for name in ("numeric_feature", "value_range", "categorical_feature")} == {
        "numeric_feature": NO_FEATURE,
        "value_range": NO_FEATURE,
        "categorical_feature": NO_FEATURE,
    }
    assert outcomes(report)["missingness"] == "ok"


def test_the_first_days_do_not_know_what_is_usual():
    assert judged(lived(10), days=range(25, 28)).outcomes["value_range"].unknown.keys() == {"rare", "x"}
