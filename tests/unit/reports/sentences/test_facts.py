"""A fact in an alert is written as what its name is declared to be, and one of another package's as what it ends in."""

import pytest

from windage.reports.sentences.facts import fact, said
from windage.vocabulary import Statistic, declared


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("cur_rate", 0.4, "40.0 %"),
        ("excess", 0.4, "40.0 %"),
        ("move", 0.1, "+10.0 points"),
        ("effect", 0.31, "31.0 points"),
        ("decrease", -0.31, "-31.0 points"),
        ("shift_sd", -1.2, "-1.20 sd"),
        ("looks", 17.6, "18"),
        ("p_value", 3.2e-41, "3e-41"),
        ("frozen", 1.0, "yes"),
        ("gradual", True, "yes"),
        ("ratio", 1.2265, "1.23"),
        ("gap", 0.41666, "41.7 %"),
        ("promised", 0.8, "80.0 %"),
        ("gone", 1.0, "yes"),
        ("users_emptied", 3.0, "3"),
        ("psi", None, "unknown"),
        ("categories", ["EWR", "JFK"], "EWR, JFK"),
        ("missing_rate", 0.4, "40.0 %"),  # of another package, as are the next two
        ("trend_p_value", 3.2e-41, "3e-41"),
        ("turnover", 1.7, "1.70"),
    ],
)
def test_each_kind_has_its_form(name, value, written):
    assert fact(name, value).replace("\N{NARROW NO-BREAK SPACE}", " ") == written


def test_an_error_is_told_of_a_number_and_not_of_a_share():
    assert fact("psi", 0.612, [0.602, 0.622]).replace("\N{NO-BREAK SPACE}", " ") == "0.61 ± 0.01"
    assert fact("cur_share", 0.612, [0.602, 0.622]).replace("\N{NARROW NO-BREAK SPACE}", " ") == "61.2 %"


def test_a_name_that_says_nothing_is_that_of_a_plain_number():
    assert declared("daily_turnover") == Statistic()
    assert (said("daily_turnover"), said("adjusted_p")) == ("daily turnover", "adjusted p")
