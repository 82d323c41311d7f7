"""Classes under the calibrated policy: their shares of what was not rejected."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, REJECT, judge, outcomes, told, window
from windage.checks.class_shift import ClassShift
from windage.reports.formats import percent
from windage.reports.sentences.alert import alert_sentence

ROWS = 1000
USUAL_SHARES = {"a": 0.5, "b": 0.3, "c": 0.2}


def labelled(shares, reject=0.05, *, rows=ROWS):
    names = np.array([*shares, REJECT], dtype=object)
    weights = np.array([*shares.values()])
    weights = np.append(weights / weights.sum() * (1 - reject), reject)
    return lambda rng, at: {"labels": rng.choice(names, rows, p=weights)}


USUAL = window(FOUR_WEEKS, labelled(USUAL_SHARES))
FLIPPED = {"a": 0.02, "b": 0.3, "c": 0.68}


@pytest.mark.parametrize(
    ("shares", "found"),
    [
        (USUAL_SHARES, []),
        ({"a": 0.38, "b": 0.3, "c": 0.32}, [("class_shift", "warning", ("a", "c"))]),
        (FLIPPED, [("class_shift", "critical", ("a", "c"))]),
        ({**USUAL_SHARES, "d": 0.03}, [("new_class", "warning", ("d",))]),
        ({"a": 0.5, "b": 0.3, "d": 0.2}, [("class_shift", "warning", ("c",)), ("new_class", "critical", ("d",))]),
        ({"a": 0.5, "b": 0.5}, [("class_shift", "warning", ("b", "c"))]),
    ],
)
def test_each_change_by_its_cause(shares, found):
    assert told(judge(USUAL, window([28], labelled(shares)))) == found


@pytest.mark.parametrize("reject", [0.0, 0.2])
def test_the_shares_that_are_told_differ_by_the_points_that_are_told(reject):
    """Weekends have another mix, so that the whole reference's shares are no ordinary Monday's."""

    def weekly(rng, at):
        share = 0.4 if at % 7 >= 5 else 0.5
        return labelled({"a": share, "b": 1 - share}, reject)(rng, at)

    (alert,) = judge(window(FOUR_WEEKS, weekly), window([28], labelled({"a": 0.7, "b": 0.3}, reject))).alerts
    effect, before, now = (alert.details[key] for key in ("effect", "ref_share", "cur_share"))
    assert abs(now - before) == pytest.approx(effect)
    assert {round(before, 1), round(now, 1)} <= {0.5, 0.7, 0.3}
    assert f"{percent(before)} → {percent(now)}" in str(alert_sentence(alert))


def test_a_rare_class_that_is_gone_is_no_change_of_names():
    usual = window(FOUR_WEEKS, labelled({"a": 0.57, "b": 0.4, "c": 0.03}))
    report = judge(usual, window([28], labelled({"a": 0.57, "b": 0.4, "d": 0.03})))
    assert told(report) == [("new_class", "warning", ("d",))]


def swinging(rng, at):
    """Two classes whose shares differ widely from day to day, and a rare third."""
    share = 0.9 if at == 28 else np.random.default_rng([3, at]).uniform(0.2, 0.8)
    return {"labels": rng.choice(["a", "b", "c"], 2000, p=[0.97 * share, 0.97 * (1 - share), 0.03])}


def test_a_class_that_every_day_had_and_today_has_not_is_told_whatever_shares_wander():
    reference = window(FOUR_WEEKS, swinging)

    def without(name):
        return window([28], lambda rng, at: {"labels": [each for each in swinging(rng, at)["labels"] if each != name]})

    assert told(judge(reference, window([28], swinging))) == []
    for name in "bc":
        (alert,) = judge(reference, without(name)).alerts
        assert (alert.trigger, alert.severity, alert.affected_features) == ("class_shift", "warning", [name])
        assert str(alert_sentence(alert)).startswith(f"No row is predicted as `{name}`, ")


@pytest.mark.parametrize(
    ("today", "told_first"),
    [
        ({"a": 0.62, "b": 0.38}, "No row is predicted as `c`, "),
        ({"a": 0.85, "b": 0.15}, "The mix of predicted classes shifted by up to 3"),
    ],
    ids=["its rows went to another", "another change is far larger"],
)
def test_a_class_that_is_gone_is_told_before_where_its_rows_went(today, told_first):
    usual = window(FOUR_WEEKS, labelled({"a": 0.5, "b": 0.4, "c": 0.1}))
    (alert,) = judge(usual, window([28], labelled(today))).alerts
    assert str(alert_sentence(alert)).startswith(told_first)


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (0.005, []),
        (0.008, []),
        (0.015, [("class_shift", "warning", ("b",))]),
        (0.0005, [("class_shift", "warning", ("b",))]),
    ],
)
def test_where_nearly_all_rows_are_of_one_class_the_others_are_held_against_themselves(today, found):
    def rare(share):
        return labelled({"a": 1 - share, "b": share}, 0.0, rows=20_000)

    report = judge(window(FOUR_WEEKS, rare(0.005)), window([28], rare(today)))
    assert told(report) == found
    for each in report.alerts:
        assert str(alert_sentence(each)).startswith("The class `b` is predicted in ")


def test_a_few_rows_of_a_rare_class_more_or_less_are_none_of_that():
    usual = window(FOUR_WEEKS, labelled({"a": 0.999, "b": 0.001}, rows=3000))
    assert told(judge(usual, window([28], labelled({"a": 0.994, "b": 0.006}, rows=3000)))) == []


@pytest.mark.parametrize("rare", [0.045, 0.3])
def test_a_classifier_that_says_one_thing_has_collapsed(rare):
    usual = window(FOUR_WEEKS, labelled({"a": 1 - rare, "b": rare}))
    assert told(judge(usual, window([28], labelled({"a": 1.0})))) == [
        ("class_shift", "critical", ("a", "b") if rare > 0.05 else ("a",))
    ]


def test_few_rows_of_a_rare_class_may_all_be_of_the_other():
    usual = window(FOUR_WEEKS, labelled({"a": 0.98, "b": 0.02}, rows=300))
    assert told(judge(usual, window([28], labelled({"a": 1.0}, rows=300)))) == []


def test_a_new_class_of_a_quarter_is_critical():
    report = judge(USUAL, window([28], labelled({"a": 0.35, "b": 0.2, "c": 0.15, "d": 0.3})))
    assert ("new_class", "critical", ("d",)) in told(report)


@pytest.mark.parametrize("reject", [0.1, 0.5, 0.97, 1.0])
def test_rejected_rows_are_blamed_once(reject):
    report = judge(USUAL, window([28], labelled(USUAL_SHARES, reject)))
    assert {trigger for trigger, _, _ in told(report)} == {"reject_rate_increase"}


def test_classes_that_flip_among_what_is_not_rejected_are_told_beside_the_rejects():
    report = judge(USUAL, window([28], labelled(FLIPPED, 0.6)))
    assert told(report) == [("class_shift", "critical", ("a", "c")), ("reject_rate_increase", "critical", ())]


def test_a_reject_label_of_ones_own():
    def make(share):
        def labels(rng, at):
            shares = [0.6 * (1 - share), 0.4 * (1 - share), share]
            return {"labels": rng.choice(np.array(["a", "b", "?"], dtype=object), ROWS, p=shares)}

        return labels

    reference, current = window(FOUR_WEEKS, make(0.05)), window([28], make(0.5))
    measured = {each.subject: each.values for each in ClassShift(reject_label="?").measure(reference, current)}
    assert measured["?"]["p_value"] == 1.0
    assert measured["a"]["effect"] < 0.06


def test_a_monday_that_looks_like_a_sunday_is_at_most_a_warning():
    reference = window(FOUR_WEEKS, lambda rng, at: labelled(FLIPPED if at % 7 >= 5 else USUAL_SHARES)(rng, at))
    assert told(judge(reference, window([28], labelled(FLIPPED)))) == [("class_shift", "warning", ("a", "c"))]


@pytest.mark.parametrize("when", ["d10", "d27"])
def test_one_outage_day_neither_alerts_nor_masks_the_next(when):
    reference = window(FOUR_WEEKS, labelled(USUAL_SHARES), **{when: labelled({"c": 1.0})})
    assert told(judge(reference, window([28], labelled(USUAL_SHARES)))) == []
    assert ("class_shift", "critical") in {
        each[:2] for each in told(judge(reference, window([28], labelled({"c": 1.0}))))
    }


@pytest.mark.parametrize("days", [1, 3])
def test_without_days_the_fixed_limit_warns(days):
    reference = window(range(28 - days, 28), labelled(USUAL_SHARES))
    report = judge(reference, window([28], labelled(FLIPPED)), only="class_shift")
    assert {each[:2] for each in told(report)} == {("class_shift", "warning")}
    quiet = judge(reference, window([28], labelled(USUAL_SHARES)), only="class_shift")
    assert outcomes(quiet) == {"class_shift": "unknown"}


def test_hundreds_of_classes():
    shares = {f"k{i:03}": 1 / (i + 3) for i in range(400)}
    reference = window(FOUR_WEEKS, labelled(shares))
    quiet = judge(reference, window([28], labelled(shares)), only="class_shift")
    assert (told(quiet), outcomes(quiet)) == ([], {"class_shift": "ok"})
    report = judge(reference, window([28], labelled({**shares, "k000": 1.2})))
    assert "k000" in report.alerts[0].affected_features


@pytest.mark.parametrize("classes", [5, 60, 400, 20_000])
def test_many_new_classes_are_as_grave_as_one(classes):
    """More than are counted one by one, too."""

    def renamed(rng, at):
        return {"labels": [f"k{row % classes}" for row in range(20_000)]}

    report = judge(USUAL, window([28], renamed), only="class_shift")
    (found,) = [each for each in report.alerts if each.trigger == "new_class"]
    assert found.severity == "critical"
    assert found.details["new_share"] > 0.99


def test_a_few_rows_of_new_classes_are_no_alarm():
    rare = {f"k{number}": 0.0001 for number in range(20)}
    assert told(judge(USUAL, window([28], labelled({**USUAL_SHARES, **rare})))) == []


def test_new_classes_that_hide_behind_many_others_are_judged():
    shares = {f"k{i:03}": 1 / (i + 3) for i in range(400)}
    moved = {name: share * (1 + (i < 60)) for i, (name, share) in enumerate(shares.items())}
    new = {f"n{i:03}": sum(moved.values()) / 2 / 300 for i in range(300)}
    reference = window(FOUR_WEEKS, labelled(shares))
    report = judge(reference, window([28], labelled({**moved, **new})), only="class_shift")
    assert ("new_class", "critical") in {each[:2] for each in told(report)}


@pytest.mark.parametrize("classes", [100, 3000])
def test_new_classes_every_day_are_ordinary(classes):
    """Of a reference of more classes than are counted one by one, too."""

    def named(rng, at):
        return {"labels": [f"{at}-{row % classes}" for row in range(2 * classes)]}

    assert told(judge(window(FOUR_WEEKS, named), window([28], named), only="class_shift")) == []
