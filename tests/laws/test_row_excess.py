"""What a check says of single rows adds up to what it alerted about: by it the users are named whose rows those are."""

from functools import cache, partial

import numpy as np
import pytest

from broken_worlds import CHANGES, TODAY, broken, ordinary, ordinary_days
from daily import judge, window
from windage.checks import discovered
from windage.checks.check import Check
from windage.profiles.categorical import texts

SIZES = {
    "category_shift": "total_variation",
    "new_category": "new_share",
    "vanished_category": "vanished_share",
}
ALERTED = {name: name.partition(",")[0] for name in CHANGES}


class ColumnsRows:
    """The rows of one day's columns."""

    def __init__(self, columns):
        self._columns = columns

    def numbers(self, column):
        return np.asarray(self._columns["numeric"][column], dtype=float)

    def texts(self, column):
        return texts(self._columns["categorical"][column])

    def labels(self):
        return texts(self._columns["labels"])

    def probabilities(self):
        return np.asarray(self._columns["probabilities"])

    def confidence(self):
        return np.asarray(self._columns.get("confidence", self.probabilities().max(axis=1)))


@cache
def alerted(name):
    """The day's columns, both windows, and the alert that the day was made for."""
    make = partial(broken, CHANGES[name])
    columns = make(np.random.default_rng([1, TODAY.start]), TODAY.start)
    windows = ordinary_days(28), window(TODAY, make)
    only = "joint_drift" if ALERTED[name] == "joint_drift" else None
    alert = next(each for each in judge(*windows, only=only).alerts if each.trigger == ALERTED[name])
    return columns, windows, alert


def excess_of(name, columns=None):
    own, windows, alert = alerted(name)
    check = discovered()[alert.check]()
    return check.row_excess(ColumnsRows(columns or own), *windows, alert)


def is_somebodys(name):
    return discovered()[alerted(name)[2].check].row_excess is not Check.row_excess


SOMEBODYS = [
    name
    for name in CHANGES
    if ALERTED[name] not in {"row_volume", "schema_change", "freshness", "segment", "correlation", "joint_drift"}
]


def test_every_alert_but_those_about_no_single_row_is_somebodys():
    assert [name for name in CHANGES if is_somebodys(name)] == SOMEBODYS


@pytest.mark.parametrize("name", SOMEBODYS)
def test_the_rows_scores_add_up_to_a_change_of_the_alerted_size_and_sign(name):
    columns, _, alert = alerted(name)
    excess = excess_of(name)
    assert excess.shape == (len(columns["labels"]),)
    assert np.isfinite(excess).all()
    assert excess.mean() > 0
    if "increase" in alert.details:
        assert excess.mean() == pytest.approx(abs(alert.details["increase"]), abs=1e-9)
    if size := SIZES.get(ALERTED[name]):
        assert excess.mean() == pytest.approx(alert.details[size], abs=1e-9)
    if "cur_mean_entropy" in alert.details:
        moved = abs(alert.details["cur_mean_entropy"] - alert.details["ref_mean_entropy"])
        assert excess.mean() == pytest.approx(moved, abs=1e-9)


@pytest.mark.parametrize("name", SOMEBODYS)
def test_an_ordinary_days_rows_add_up_to_little(name):
    columns = ordinary(np.random.default_rng([3, TODAY.start]), TODAY.start)
    assert excess_of(name, columns).mean() < excess_of(name).mean() / 2


@pytest.mark.parametrize("name", ["category_shift", "new_category", "vanished_category", "class_shift", "new_class"])
def test_a_row_without_a_value_is_blamed_for_nothing(name):
    columns, _, _ = alerted(name)
    holes = np.arange(len(columns["labels"])) % 7 == 0
    part = {name: np.where(holes, None, values.astype(object)) for name, values in columns["categorical"].items()}
    labels = np.where(holes, None, np.asarray(columns["labels"], dtype=object))
    excess = excess_of(name, {**columns, "categorical": part, "labels": labels})
    assert not excess[holes].any()
    assert excess[~holes].any()


@pytest.mark.parametrize("name", ["new_category", "vanished_category"])
def test_whoever_sends_none_of_the_categories_in_question_adds_nothing(name):
    """The others' shares moved too, if only by chance."""
    columns, (reference, _), alert = alerted(name)
    categories = np.asarray(columns["categorical"]["origin"])
    asked = np.isin(categories, alert.details["categories"])
    usual = sum(reference.categorical["origin"].share(each) for each in alert.details["categories"])
    assert excess_of(name)[~asked] == pytest.approx(usual)
