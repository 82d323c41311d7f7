"""Rows whose probabilities are none are reported, beyond what ordinary days have of them."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, day, judge, told, window
from windage.checks.probabilities import Probabilities
from windage.partitions.frames import FrameRows
from windage.vocabulary import Outcome

ROWS = 1_000


def classes(rng, at, *, broken=0.0, value=np.nan):
    matrix = rng.dirichlet([4.0, 2.0, 1.0], ROWS)
    matrix[: int(broken * ROWS), 0] = value
    return {"probabilities": matrix}


def judged(broken, *, value=np.nan, before=0.0):
    return judge(
        window(FOUR_WEEKS, lambda rng, at: classes(rng, at, broken=before)),
        window([28], lambda rng, at: classes(rng, at, broken=broken, value=value)),
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 7.0])
def test_some_are_a_warning_and_many_a_page(value):
    assert ("invalid_probabilities", "warning", ()) in told(judged(0.05, value=value))
    assert ("invalid_probabilities", "critical", ()) in told(judged(0.5, value=value))


def test_only_news_alerts():
    assert told(judged(0.0)) == []
    assert told(judged(0.005)) == []
    assert told(judged(0.05, before=0.04)) == []


def test_probabilities_that_are_none_explain_the_entropy():
    report = judged(0.9, value=0.0)
    assert [name for name, *_ in told(report)] == ["invalid_probabilities"]


def test_whose_rows_they_are():
    reference, current = (day(at, **classes(np.random.default_rng(at), at)) for at in (0, 1))
    rows = FrameRows(None, [], np.array([[0.5, 0.5], [0.9, np.nan], [0.5, 0.1]]))
    assert Probabilities().row_excess(rows, reference, current, []).tolist() == [0.0, 1.0, 1.0]


def test_columns_that_never_were_probabilities_are_not_called_ok():
    def amounts(rng, at):
        return {"probabilities": rng.gamma(2.0, 3.0, (ROWS, 2))}

    report = judge(window(FOUR_WEEKS, amounts), window([28], amounts))
    assert report.alerts == []
    for name in ("probabilities", "entropy"):
        assert report.outcomes[name].outcome is Outcome.unknown
        assert report.outcomes[name].reason.startswith("100% of the reference's rows have invalid probabilities")
