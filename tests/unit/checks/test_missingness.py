"""Missing values: more, fewer, all; on ordinary days, after an outage, on weekends without data."""

from dataclasses import replace

import numpy as np
import pytest

from daily import FOUR_WEEKS, day, judge, outcomes, told, window
from windage.checks.missingness import Missingness
from windage.policy import CalibratedPolicy
from windage.reports.sentences.alert import alert_sentence, subject
from windage.verdict.onset import onset

ROWS = 600


def missing(share, *, rows=ROWS):
    """A column ``x`` of which this share is missing, beside one that is whole."""

    def make(rng, at):
        values = rng.normal(size=rows)
        values[rng.random(rows) < share] = np.nan
        return {"numeric": {"x": values, "whole": rng.normal(size=rows)}}

    return make


def at_weekends(weekend, weekday=0.0):
    return lambda rng, at: missing(weekend if at % 7 >= 5 else weekday)(rng, at)


USUAL = window(FOUR_WEEKS, missing(0.02))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_an_ordinary_day_is_none(share):
    report = judge(window(FOUR_WEEKS, missing(share)), window([28], missing(share)))
    assert not report.alerts
    assert outcomes(report)["missingness"] == "ok"


@pytest.mark.parametrize(
    ("share", "severity"), [(0.05, None), (0.2, "warning"), (0.6, "critical"), (0.97, "critical"), (1.0, "critical")]
)
def test_the_more_the_worse(share, severity):
    report = judge(USUAL, window([28], missing(share)))
    assert told(report) == ([("missingness", severity, ("x",))] if severity else [])


@pytest.mark.parametrize("since", [1, 2, 3, 6])
@pytest.mark.parametrize("share", [0.6, 1.0])
def test_what_is_told_of_before_is_no_part_of_the_fault(share, since):
    make = lambda rng, at: missing(share if at > 28 - since else 0.3)(rng, at)  # noqa: E731
    (alert,) = judge(window(FOUR_WEEKS, make), window([28], make)).alerts
    said = alert.details
    assert said["ref_share"] == pytest.approx(0.3, abs=0.02)
    if said["span_days"] == 1:
        assert said["cur_share"] - said["ref_share"] == pytest.approx(said["move"])


def test_nulls_that_vanish_are_news():
    assert told(judge(window(FOUR_WEEKS, missing(0.3)), window([28], missing(0.0)))) == [
        ("missingness", "warning", ("x",))
    ]
    assert told(judge(window(FOUR_WEEKS, missing(1.0)), window([28], missing(0.0)))) == [
        ("missingness", "warning", ("x",))
    ]


def test_one_outage_day_neither_alerts_nor_masks_the_next():
    for when in ("d10", "d26", "d27"):
        reference = window(FOUR_WEEKS, missing(0.02), **{when: missing(1.0)})
        assert told(judge(reference, window([28], missing(0.02)))) == []
        assert told(judge(reference, window([28], missing(1.0)))) == [("missingness", "critical", ("x",))]
        assert told(judge(reference, window([28], missing(0.6)))) == [("missingness", "critical", ("x",))]


@pytest.mark.parametrize("days", [3, 5])
def test_an_outage_of_some_days_makes_no_later_one_ordinary(days):
    broken = {f"d{at}": missing(1.0) for at in range(14, 14 + days)}
    reference = window(FOUR_WEEKS, missing(0.02), **broken)
    assert told(judge(reference, window([28], missing(0.02)))) == []
    for share in (0.6, 1.0):
        assert told(judge(reference, window([28], missing(share)))) == [("missingness", "critical", ("x",))]


@pytest.mark.parametrize("since", [1, 6, 7, 8, 10, 13])
@pytest.mark.parametrize("earlier", [(), range(8, 11)])
def test_while_it_lasts_an_outage_is_no_part_of_what_is_ordinary(since, earlier):
    make = lambda rng, at: missing(1.0 if at > 28 - since or at in earlier else 0.02)(rng, at)  # noqa: E731
    assert told(judge(window(FOUR_WEEKS, make), window([28], make))) == [("missingness", "critical", ("x",))]


@pytest.mark.parametrize("weeks", [1, 2, 4])
def test_an_outage_of_weeks_is_no_part_of_what_is_ordinary_where_windows_are_weeks_either(weeks):
    make = lambda rng, at: missing(1.0 if at >= 70 - 7 * weeks else 0.02)(rng, at)  # noqa: E731
    report = judge(window(range(70), make), window(range(70, 77), make))
    assert told(report) == [("missingness", "critical", ("x",))]
    assert report.alerts[0].details["ref_share"] == pytest.approx(0.02, abs=0.01)


def test_what_a_season_that_knows_only_the_outage_had_before_is_what_other_days_had():
    make = lambda rng, at: missing(1.0 if at >= 5 else 0.02)(rng, at)  # noqa: E731 — the log's first weekend
    (alert,) = judge(window(range(6), make), window([6], make)).alerts
    assert (alert.severity, alert.details["cur_share"]) == ("critical", 1.0)
    assert alert.details["ref_share"] == pytest.approx(0.02, abs=0.01)


@pytest.mark.parametrize("comes_at", range(28))
def test_a_column_that_comes_once_a_month_is_usually_missing(comes_at):
    make = lambda rng, at: missing(0.02 if at == comes_at else 1.0)(rng, at)  # noqa: E731
    assert not judge(window(FOUR_WEEKS, make), window([28], make)).alerts


@pytest.mark.parametrize("gone", [10, 14])
def test_a_fixed_reference_that_ends_without_values_says_that_this_is_ordinary(gone):
    make = lambda rng, at: missing(1.0 if at >= 28 - gone else 0.02)(rng, at)  # noqa: E731
    assert not judge(window(FOUR_WEEKS, make), window([60], make)).alerts


def test_a_partial_outage_that_is_over_is_no_news():
    for when in ("d24", "d27"):
        assert told(judge(window(FOUR_WEEKS, missing(0.02), **{when: missing(0.6)}), window([28], missing(0.02)))) == []


@pytest.mark.parametrize("days", [7, 14])
def test_a_partial_outage_of_all_known_days_of_a_season_is_over_as_well(days):
    """A weekend of few that are known missed half of the values; none of the days since does."""

    def lived(rng, at):
        return missing(0.5 if at in (19, 20) else 0.0)(rng, at)

    for at in range(21, 30):
        assert told(judge(window(range(at - days, at), lived), window([at], lived))) == []


@pytest.mark.parametrize("at", [28, 32, 33, 34])
def test_a_feature_without_weekends_is_ordinary(at):
    history = window(range(at - 28, at), at_weekends(1.0))
    assert told(judge(history, window([at], at_weekends(1.0)))) == []


def test_a_weekday_like_a_weekend_is_at_most_a_warning():
    assert told(judge(window(FOUR_WEEKS, at_weekends(1.0)), window([28], missing(1.0)))) == [
        ("missingness", "warning", ("x",))
    ]


@pytest.mark.parametrize("days", [1, 2, 3])
def test_without_days_what_would_page_is_a_warning_and_the_rest_unknown(days):
    reference = window(range(28 - days, 28), missing(0.02))
    gone = judge(reference, window([28], missing(1.0)))
    assert told(gone) == [("missingness", "warning", ("x",))]
    assert gone.alerts[0].details["note"].startswith("uncalibrated")
    assert outcomes(judge(reference, window([28], missing(0.02))))["missingness"] == "unknown"
    assert told(judge(reference, window([28], missing(0.5)))) == [("missingness", "warning", ("x",))]
    assert outcomes(judge(reference, window([28], missing(0.2))))["missingness"] == "unknown"


@pytest.mark.parametrize("rows", [1, 49])
def test_few_rows_are_unknown_even_if_all_are_missing(rows):
    report = judge(USUAL, window([28], missing(1.0, rows=rows)), only="missingness")
    assert told(report) == []
    assert outcomes(report) == {"missingness": "unknown"}


def test_nulls_and_nans_are_both_missing_and_infinities_are_values():
    from windage.profiles.numeric import NumericProfile

    values = np.array([1.0, np.nan, np.inf, -np.inf, 2.0])
    current = replace(day(28, numeric={"x": [0]}), numeric={"x": NumericProfile.of(values, nulls=5)})
    (found,) = Missingness().measure(day(27, numeric={"x": [0.0] * 10}), current)
    assert (found.values["ref_share"], found.values["cur_share"]) == (0.0, 0.6)
    assert found.rows == (10, 10)


def test_the_policy_judges_a_column_by_itself():
    policy = CalibratedPolicy(input_level=1e-9)
    assert told(judge(USUAL, window([28], missing(0.1)))) == [("missingness", "warning", ("x",))]
    assert told(judge(USUAL, window([28], missing(0.08)), policy=policy)) == []


def test_a_categorical_feature_that_is_null_pages():
    def lived(rng, at):
        cities = rng.choice(["a", "b"], 200).astype(object)
        return {"categorical": {"city": [None] * 200 if at == 28 else cities}}

    report = judge(window(FOUR_WEEKS, lived), window([28], lived), only="missingness")
    assert told(report) == [("missingness", "critical", ("city",))]


@pytest.mark.parametrize("seed", range(5))
def test_a_column_that_is_nearly_always_missing_is_a_little_more_so_on_some_days(seed):
    reference = window(FOUR_WEEKS, missing(0.975), seed=seed)
    assert not [
        each for each in told(judge(reference, window([28], missing(0.981), seed=seed))) if each[1] == "critical"
    ]


def test_of_a_column_that_is_mostly_missing_the_last_values_are_missed():
    reference = window(FOUR_WEEKS, missing(0.93))
    assert told(judge(reference, window([28], missing(1.0)))) == [("missingness", "critical", ("x",))]
    rare = window(FOUR_WEEKS, missing(0.99, rows=400))
    assert told(judge(rare, window([28], missing(1.0, rows=400)))) == []  # four values a day may well be none


def test_a_column_of_which_days_miss_much_or_nearly_all_is_as_it_was():
    def varying(rng, at):
        return missing(rng.uniform(0.7, 0.97))(rng, at)

    reference = window(FOUR_WEEKS, varying)
    assert told(judge(reference, window([28], missing(0.985)))) == []
    assert told(judge(reference, window([28], missing(1.0)))) == [("missingness", "critical", ("x",))]


def predicted(labels=0.0, confidence=0.0, *, rows=ROWS):
    """Predictions of which these shares of the labels and confidences are missing, beside a feature that is whole."""

    def make(rng, at):
        sure = rng.random(rows)
        sure[rng.random(rows) < confidence] = np.nan
        named = np.where(rng.random(rows) < labels, None, rng.choice(["a", "b"], rows).astype(object))
        return {"numeric": {"x": rng.normal(size=rows)}, "labels": named, "confidence": sure}

    return make


PREDICTED = window(FOUR_WEEKS, predicted())


@pytest.mark.parametrize(
    ("lost", "found"),
    [
        (predicted(), []),
        (predicted(labels=0.5), [("missingness", "critical", ("predicted label",))]),
        (predicted(labels=0.2), [("missingness", "warning", ("predicted label",))]),
        (predicted(confidence=0.5), [("missingness", "critical", ("confidence",))]),
        (predicted(confidence=1.0), [("missingness", "critical", ("confidence",))]),
    ],
)
def test_a_prediction_without_its_label_or_confidence_is_missed(lost, found):
    report = judge(PREDICTED, window([28], lost), only="missingness")
    assert told(report) == found
    assert ["is missing in" in str(alert_sentence(each)) for each in report.alerts] == [True] * len(found)
    for each in report.alerts:
        assert str(alert_sentence(each)).startswith(f"The {each.affected_features[0]} is missing in")
        assert subject(each) == f"the {each.affected_features[0]}"
        assert onset(Missingness().day_level(PREDICTED, window([28], lost), each), PREDICTED, window([28], lost))


def test_labels_that_often_are_missing_are_like_that():
    assert told(judge(window(FOUR_WEEKS, predicted(labels=0.5)), window([28], predicted(labels=0.5)))) == []


def test_a_log_without_labels_and_confidences_is_asked_about_its_features_alone():
    measured = Missingness().measure(USUAL, window([28], missing(0.02)))
    assert [each.subject for each in measured] == ["x", "whole"]


def test_a_feature_of_that_name_goes_before():
    def lived(rng, at):
        return {**predicted()(rng, at), "numeric": {"confidence": np.full(200, np.nan if at == 28 else 1.0)}}

    measured = list(Missingness().measure(window(FOUR_WEEKS, lived), window([28], lived)))
    assert [each.subject for each in measured] == ["confidence", "predicted label"]
    assert measured[0].values["cur_share"] == 1.0


def test_a_part_that_cannot_be_read_is_an_error():
    broken = replace(window([28], predicted()), labels=None, faults={"labels": "no column"})
    (found,) = [each for each in Missingness().measure(PREDICTED, broken) if each.error]
    assert (found.subject, found.error) == ("predicted label", "no column")


def test_rows_without_a_user_are_missed_and_nobodys():
    def sent(rng, at):
        return {"numeric": {"x": rng.normal(size=200)}, "users": [None] * 200 if at == 28 else ["u", "v"] * 100}

    reference, current = window(FOUR_WEEKS, sent), window([28], sent)
    (alert,) = judge(reference, current).alerts
    assert told(judge(reference, current)) == [("missingness", "critical", ("user",))]
    assert str(alert_sentence(alert)).startswith("The user is missing in")
    assert not Missingness().row_excess(None, reference, current, alert).any()


def test_whose_labels_and_confidences_are_missing():
    class Rows:
        def labels(self):
            return np.array([None, "a", None, "b"], dtype=object)

        def confidence(self):
            return np.array([0.5, np.nan, 0.5, 0.5])

    current = window([28], predicted(labels=0.5, confidence=0.5))
    for name, missed in (("predicted label", [0, 2]), ("confidence", [1])):
        (alert,) = [each for each in judge(PREDICTED, current).alerts if each.affected_features == [name]]
        excess = Missingness().row_excess(Rows(), PREDICTED, current, alert)
        assert np.flatnonzero(excess).tolist() == missed
