"""A sentence for each alert, and the facts beside it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reported import AT, PSI, alert
from windage.reports.sentences.alert import alert_sentence
from windage.reports.sentences.facts import evidence
from windage.reports.sentences.report import Status, headline, status
from windage.vocabulary import (
    Attribution,
    ClassShiftResult,
    DriftAlert,
    DriftReport,
    DriftTrigger,
    GroupShare,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "psi",
        "ks_statistic",
        "ks_p_value",
        "limit",
        "statistic",
        "feature",
        "bounds",
        "increase",
        "ref_rate",
        "cur_rate",
        "ratio",
        "ref_mean_entropy",
        "cur_mean_entropy",
        "max_shift",
        "shifted_classes",
        "undecided",
    ]
)


@pytest.mark.parametrize(
    ("trigger", "details", "text"),
    [
        ("feature_psi", PSI, "`dep_delay` moved: PSI 0.61, limit 0.40; KS distance 0.28 (p 3e-41)."),
        (
            "feature_ks",
            {**PSI, "psi": 0.12, "ks_p_value": 0.0042, "statistic": "ks_p_value", "limit": 0.05},
            "`dep_delay` moved: KS distance 0.28 (p 0.0042, limit 0.05); PSI 0.12.",
        ),
        (
            "feature_ks",
            {**PSI, "psi": None, "statistic": "ks_statistic", "limit": 0.06},
            "`dep_delay` moved: KS distance 0.28, limit 0.060 (p 3e-41); PSI unknown.",
        ),
        (
            "feature_psi",
            {**PSI, "limit": 0.6119},
            "`dep_delay` moved: PSI 0.6120, limit 0.6119; KS distance 0.28 (p 3e-41).",
        ),
        (
            "feature_psi",
            {**PSI, "undecided": True},
            "`dep_delay` moved: PSI 0.61, limit 0.40; KS distance 0.28 (p 3e-41). The limit is within the certified error.",
        ),
        (
            "reject_rate_increase",
            {"ref_rate": 0.0211, "cur_rate": 0.1142, "increase": 0.0931, "statistic": "increase", "limit": 0.05},
            "The reject rate rose from 2.1 % to 11.4 % (+9.3 points, limit 5.0 points).",
        ),
        (
            "reject_rate_increase",
            {
                "ref_rate": 0.045,
                "cur_rate": 0.069,
                "increase": 0.024,
                "rise": 0.034,
                "move": 0.034,
                "span_days": 3.0,
                "statistic": "rise",
                "limit": 0.03,
            },
            "The reject rate rose from 4.5 % to 6.9 % (+3.4 points, limit 3.0 points over the last 3 days together).",
        ),
        (
            "entropy_spike",
            {"ref_mean_entropy": 0.412, "cur_mean_entropy": 0.925, "ratio": 2.245, "limit": 2.0},
            "Predictions became less certain: mean entropy went from 0.41 to 0.93 nats (×2.25, limit ×2.00).",
        ),
        (
            "entropy_spike",
            {"ref_mean_entropy": 0.9, "cur_mean_entropy": 0.1, "ratio": 0.111},
            "Predictions became more certain: mean entropy went from 0.90 to 0.10 nats (×0.11).",
        ),
        (
            "confidence_drop",
            {"ref_mean_confidence": 0.9812, "cur_mean_confidence": 0.9769, "fall": 0.122, "statistic": "fall"},
            "Predictions became less confident: the mean went from 0.981 to 0.977 (12.2 % of rows crossed one level).",
        ),
        (
            "confidence_rise",
            {"ref_mean_confidence": 0.96, "cur_mean_confidence": 0.95, "rise": 0.241, "statistic": "rise"},
            "More predictions are confident, although the mean went from 0.96 to 0.95 (24.1 % of rows crossed one level).",
        ),
        (
            "class_shift",
            {"max_shift": 0.506, "shifted_classes": ["on_time", "very_late"], "limit": 0.15},
            "The mix of predicted classes shifted by up to 50.6 points, limit 15.0 points: `on_time` and `very_late`.",
        ),
    ],
)
def test_each_alert_is_one_plain_sentence(trigger, details, text):
    assert str(alert_sentence(alert(trigger, details))).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("shift", "median", "said"),
    [
        (-0.8, 11.0, "moved down by 0.80 sd (median 12 → 11)"),
        (-0.8, 12.5, "moved down by 0.80 sd: "),
        (0.8, 12.5, "moved up by 0.80 sd (median 12.00 → 12.50)"),
        (0.8, 11.0, "moved up by 0.80 sd: "),
    ],
)
def test_medians_are_told_where_they_moved_the_same_way(shift, median, said):
    details = {"statistic": "effect", "effect": 0.31, "shift_sd": shift, "usual_median": 12.0, "median": median}
    assert said in str(alert_sentence(alert("feature_ks", details, affected_features=["amount"])))


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"span_days": 7.0}, "over the last 7 days together: "),
        ({"span_days": 7.0, "gradual": True}, "over the last 7 days, a slow drift: "),
        ({"against": "2024-01-01 – 2024-01-22"}, "It moved away from the baseline of 2024-01-01 – 2024-01-22."),
        ({"against": "2024-01-01 – 2024-01-22", "gradual": True}, "It drifted slowly away from the baseline of 2024"),
    ],
)
def test_a_change_is_called_slow_where_its_days_showed_it(details, said):
    assert said in str(alert_sentence(alert("feature_ks", {"statistic": "effect", "effect": 0.31, **details})))


def test_an_alert_says_whose_rows_moved_it():
    few = alert("feature_psi", PSI, affected_user_ids=["EV", "MQ"])
    many = alert("feature_psi", PSI, affected_user_ids=list("abcdefgh"))
    assert str(alert_sentence(few)).endswith("(p 3e-41). Mostly EV and MQ.")
    assert str(alert_sentence(many)).endswith("(p 3e-41). Mostly a, b, c and 5 more users.")


@pytest.mark.parametrize(
    ("scope", "remainder", "said"),
    [
        ("global", 0.9, "All users are affected."),
        ("global", 0.3, "Mostly EV."),
        ("localised", 0.1, "Mostly EV; without them it would not have alerted."),
    ],
)
def test_users_who_are_a_small_part_of_a_change_are_not_most_of_it(scope, remainder, said):
    group = GroupShare(name="EV", rows=90, contribution=0.1, mix=0.0, behaviour=0.1)
    split = Attribution(scope=scope, groups=(group,), remainder=remainder)
    found = alert("feature_psi", PSI, affected_user_ids=["EV"], attribution={"carrier": split})
    assert str(alert_sentence(found)).endswith(f"(p 3e-41). {said}")


@pytest.mark.parametrize(
    ("users", "said"),
    [
        (None, "(p 3e-41). Mostly where `app` is `v2`; elsewhere it would not have alerted."),
        (0.9, "All users are affected. Mostly where `app` is `v2`; elsewhere it would not have alerted."),
        (0.3, "(p 3e-41). Mostly EV. Mostly where `app` is `v2`; elsewhere it would not have alerted."),
    ],
)
def test_where_else_than_among_users_a_change_lies_is_said(users, said):
    """In a log of apps, with or without users."""

    def split(name, scope, remainder):
        group = GroupShare(name=name, rows=90, contribution=0.1, mix=0.0, behaviour=0.1)
        return Attribution(scope=scope, groups=(group,), remainder=remainder)

    by_column = {"app": split("v2", "localised", 0.0), "region": split("eu", "global", 0.9)}
    if users is not None:
        by_column["carrier"] = split("EV", "global", users)
    named = [] if users is None else ["EV"]
    found = alert("feature_psi", PSI, affected_user_ids=named, attribution=by_column)
    assert str(alert_sentence(found)).endswith(said)


def test_all_users_are_not_said_to_be_most_of_them():
    groups = tuple(GroupShare(name=each, rows=24, contribution=0.5, mix=0.0, behaviour=0.5) for each in ("EWR", "JFK"))
    split = Attribution(scope="global", groups=groups, remainder=0.0, is_everybody=True)
    found = alert("feature_psi", PSI, affected_user_ids=["EWR", "JFK"], attribution={"airport": split})
    assert str(alert_sentence(found)).endswith("(p 3e-41). All users are affected.")


def test_a_trigger_that_nobody_wrote_a_sentence_for_tells_its_facts():
    details = {"rows": 12, "expected_rows": 842.0, "missing_rate": 0.4, "z": -8.1, "statistic": "rows", "limit": 0.5}
    unknown = DriftAlert(
        trigger="other",
        check="volume_drop",
        details=details,
        severity="critical",
        affected_user_ids=[],
        affected_features=["a|b"],
        timestamp=AT,
    )
    text = "`volume_drop` on `a|b`: rows 12 (limit 0.50); expected rows 842.00; missing rate 40.0 %; z -8.10."
    assert str(alert_sentence(unknown)).replace("\u202f", " ") == text
    assert str(headline(DriftReport.model_construct(alerts=[unknown]))) == "`a|b` changed."


def test_one_row_and_several_features_are_told_in_grammar():
    rows = alert(DriftTrigger.row_volume, {"current_rows": 1, "usual_rows": 600.0})
    assert str(alert_sentence(rows)).startswith("1 row arrived; 600 are usual")
    gone = [
        alert(DriftTrigger.schema_change, {}).model_copy(update={"affected_features": [name]}) for name in ("a", "b")
    ]
    assert str(headline(DriftReport(alerts=gone))) == "`a` and `b` vanished or changed type."
    told = [{"gone": 1.0}, {"other_kind": 1.0, "categories": ["number", "text"]}, {"not_named": 1.0}]
    known = [each.model_copy(update={"details": details}) for each, details in zip([*gone, gone[0]], told, strict=True)]
    assert [str(headline(DriftReport(alerts=[each]))) for each in known] == [
        "`a` vanished.",
        "`b` changed type.",
        "`a` vanished.",
    ]


@given(details=st.dictionaries(KEYS | st.text(max_size=12), JSON, max_size=8))
@settings(max_examples=60, deadline=None)
def test_every_trigger_has_a_sentence_whatever_its_details_hold(details):
    for trigger in DriftTrigger:
        found = alert(trigger, details)
        text = str(alert_sentence(found))
        assert text.endswith("."), trigger
        assert len(text.splitlines()) == 1, trigger
        assert all(isinstance(value, str) for _, value in evidence(found)), trigger
        assert str(headline(DriftReport(alerts=[found]))), trigger


@pytest.mark.parametrize("trigger", [each for each in DriftTrigger if each is not DriftTrigger.other])
def test_every_trigger_has_a_sentence_of_its_own(trigger):
    assert " crossed its limit." not in str(alert_sentence(alert(trigger, {})))


def test_evidence_carries_the_certified_error():
    facts = dict(evidence(alert("feature_psi", {**PSI, "bounds": {"psi": [0.602, 0.622]}})))
    assert facts["psi"].replace("\N{NO-BREAK SPACE}", " ") == "0.61 ± 0.01"
    assert facts["KS p-value"] == "3e-41"
    assert "bounds" not in facts


@pytest.mark.parametrize(("days", "shares"), [(1.0, " (26.1 % → 100 %)"), (3.0, "")])
def test_of_several_classes_the_one_that_is_left_is_named(days, shares):
    details = {
        "statistic": "collapsed",
        "class": "a",
        "shifted_classes": ["b", "a"],
        "ref_share": 0.261,
        "cur_share": 1.0,
    }
    told = alert_sentence(alert("class_shift", {**details, "span_days": days}, affected_features=["b", "a"]))
    assert (
        str(told).replace("\N{NARROW NO-BREAK SPACE}", " ")
        == f"Only `a` is predicted, of several classes before{shares}."
    )


def test_class_shift_falls_back_on_the_affected_features():
    report = DriftReport(
        class_shift=ClassShiftResult(ref_dist={}, cur_dist={}, max_shift=0.0, shifted_classes=[], is_flagged=False)
    )
    assert status(report) is Status.ok
    assert str(alert_sentence(alert("class_shift", {"max_shift": 0.2}, affected_features=["late"]))).endswith(
        "20.0 points: `late`."
    )
