"""Labels and probabilities that no longer belong together, although neither changed by itself."""

import numpy as np
import pytest

from daily import FOUR_WEEKS, REJECT, judge, outcomes, told, window
from windage.checks import discovered

N = 900
NAMES = np.array(["a", "b", "c"])


def classified(*, at=(), change=None, threshold=None, rejected=0.0):
    """Days whose labels are the likeliest class, or b from a ``threshold`` on; from the days ``at`` on they are changed."""

    def make(rng, day):
        logits = rng.normal(size=(N, 3)) * 2 + [0.5, 0.3, 0.0]
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        labels = NAMES[probabilities.argmax(axis=1)].astype(object)
        if threshold is not None:
            labels[probabilities[:, 1] > threshold] = "b"
        labels[rng.random(N) < rejected] = REJECT
        if day in at:
            labels, probabilities = change(labels, probabilities, rng)
        return {"labels": labels, "probabilities": probabilities}

    return make


def judged(change, **about):
    return judge(window(FOUR_WEEKS, classified(**about)), window([28], classified(at=[28], change=change, **about)))


def in_another_order(labels, probabilities, _):
    return labels, probabilities[:, [1, 0, 2]]


def beside_other_rows(labels, probabilities, rng):
    return rng.permutation(labels), probabilities


@pytest.mark.parametrize("about", [{}, {"threshold": 0.3}, {"rejected": 0.3}])
@pytest.mark.parametrize("change", [in_another_order, beside_other_rows])
def test_neither_changed_and_they_no_longer_agree(change, about):
    report = judged(change, **about)
    assert [name for name, *_ in told(report)] == ["label_mismatch"]
    (alert,) = report.alerts
    assert alert.severity == "warning"
    assert set(alert.affected_features) <= {"a", "b", "c"}
    assert alert.details["cur_share"] > 0.3


@pytest.mark.parametrize("days", [1, 2, 3, 6])
def test_the_share_before_is_that_of_days_without_the_fault(days):
    broken = {"at": range(29 - days, 29), "change": in_another_order}
    (alert,) = judge(window(FOUR_WEEKS, classified(**broken)), window([28], classified(**broken))).alerts
    before, now, rise = (alert.details[name] for name in ("ref_share", "cur_share", "rise"))
    assert before == pytest.approx(0, abs=0.01)
    assert now - before == pytest.approx(rise, abs=0.05)


@pytest.mark.parametrize("about", [{}, {"threshold": 0.3}, {"rejected": 0.3}])
def test_ordinary_days_agree_as_usual(about):
    assert judged(lambda labels, probabilities, _: (labels, probabilities), **about).alerts == []


def test_labels_of_which_far_more_disagree_than_the_mix_shifted_are_told_beside_it():
    """Each class bears another one's name: in all rows, of which the mix shows a fifth."""

    def renamed(labels, probabilities, _):
        return np.array([{"a": "b", "b": "c", "c": "a"}[label] for label in labels], dtype=object), probabilities

    report = judged(renamed)
    assert {name for name, *_ in told(report)} == {"class_shift", "label_mismatch"}
    shift, mismatch = (
        next(each for each in report.alerts if each.trigger == name) for name, *_ in sorted(told(report))
    )
    assert mismatch.details["rise"] > 0.9 > 0.3 > shift.details["max_shift"]


def test_a_shift_of_the_mix_is_why_labels_disagree_though_some_rows_changed_the_other_way():
    """Half as many rows again disagree as the mix shifted by."""

    def pushed(labels, probabilities, rng):
        chance, is_b = rng.random(N), labels == "b"
        labels[~is_b & (chance < 0.4)] = "b"
        labels[is_b & (chance < 0.15)] = "a"
        return labels, probabilities

    assert {name for name, *_ in told(judged(pushed))} == {"class_shift"}


def test_labels_that_changed_by_themselves_are_their_own_finding():
    def all_one(labels, probabilities, _):
        return np.full(N, "a", dtype=object), probabilities

    assert "label_mismatch" not in [name for name, *_ in told(judged(all_one))]


def test_agreeing_better_is_no_news():
    def agreeing(labels, probabilities, _):
        return NAMES[probabilities.argmax(axis=1)].astype(object), probabilities

    make = classified(threshold=0.2)
    report = judge(window(FOUR_WEEKS, make), window([28], classified(threshold=0.2, at=[28], change=agreeing)))
    assert "label_mismatch" not in [name for name, *_ in told(report)]


def test_of_few_days_it_is_unknown():
    report = judge(window(range(3), classified()), window([28], classified()), only="label_agreement")
    assert outcomes(report) == {"label_agreement": "unknown"}


def test_the_reject_label_belongs_to_no_class():
    assert discovered()["label_agreement"]().reject_label == REJECT
    many = judge(
        window(FOUR_WEEKS, classified(rejected=0.1)), window([28], classified(rejected=0.6)), only="label_agreement"
    )
    assert many.alerts == []
