"""What a report says as a whole: its badge, its headline, what could not be judged, and its ten lines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reported import AT, PSI, alert
from windage.checks.check import too_few_rows
from windage.errors import MissingColumn
from windage.reports.formats import count
from windage.reports.sentences.report import Status, headline, not_judged, status, ten_lines
from windage.vocabulary import (
    CheckOutcome,
    DriftReport,
    FeatureDriftReport,
    RejectRateDrift,
    Window,
)


def test_a_headline_says_what_each_did():
    def of(trigger, name, **details):
        return alert(trigger, details, affected_features=[name])

    lost = [of("missingness", name, ref_share=0.0, cur_share=0.4) for name in ("a", "b")]
    told = [*lost, of("reject_rate_increase", "r"), of("segment", "c")]
    text = "`a` and `b` lost values, the reject rate rose, and `c` moved for single users."
    assert str(headline(DriftReport(alerts=told))) == text
    assert str(headline(DriftReport(alerts=told[1:]))) == text.replace("`a` and ", "").replace(", and", " and")
    many = [*told, of("frozen", "d"), of("feature_ks", "e")]
    assert str(headline(DriftReport(alerts=many))).endswith(" and 3 more changed.")


def partly_quiet(**others):
    """A report of two quiet checks and of others."""
    quiet = {name: CheckOutcome(outcome="ok", answered=1) for name in "ab"}
    return DriftReport(outcomes={**quiet, **others})


@pytest.mark.parametrize(
    ("report", "badge", "text"),
    [
        (DriftReport(summary="No drift detected."), Status.unknown, "Nothing was judged in this window."),
        (
            DriftReport(any_critical=True),
            Status.critical,
            "A critical limit was crossed, but this report does not say which.",
        ),
        (
            DriftReport(outcomes={"a": CheckOutcome(outcome="ok")}),
            Status.ok,
            "Nothing moved beyond its limit.",
        ),
        (
            DriftReport(reject_rate_drift=RejectRateDrift(ref_rate=0.1, cur_rate=0.1, increase=0.0, is_flagged=False)),
            Status.ok,
            "Nothing moved beyond its limit.",
        ),
        (
            DriftReport(
                reject_rate_drift=RejectRateDrift(ref_rate=None, cur_rate=None, increase=None, is_flagged=False)
            ),
            Status.unknown,
            "Nothing was judged in this window.",
        ),
        (
            DriftReport(outcomes={"a": CheckOutcome(outcome="ok", unknown={"x": "no rows"})}),
            Status.ok,
            "No drift in what could be judged.",
        ),
        (
            DriftReport(outcomes={each: CheckOutcome(outcome=each) for each in ("ok", "unknown", "error")}),
            Status.error,
            "Not judged: of 3 checks, 1 failed and 1 had too little data.",
        ),
        (
            partly_quiet(numeric_feature=CheckOutcome(outcome="unknown", unknown={"x": "no rows"}, answered=9)),
            Status.unknown,
            "No drift in what could be judged; of 3 checks, `numeric_feature` could not judge `x`.",
        ),
        (
            partly_quiet(reject_rate=CheckOutcome(outcome="unknown", unknown={"reject_rate": "few rows"})),
            Status.unknown,
            "No drift in what could be judged; of 3 checks, `reject_rate` had too little data.",
        ),
        (
            partly_quiet(
                c=CheckOutcome(outcome="unknown", unknown={"x": ""}, answered=1), d=CheckOutcome(outcome="unknown")
            ),
            Status.unknown,
            "No drift in what could be judged; of 4 checks, `c` and `d` could not judge everything.",
        ),
        (
            partly_quiet(c=CheckOutcome(outcome="unknown", unknown=dict.fromkeys("vwxyz", "no rows"), answered=1)),
            Status.unknown,
            "Not judged: of 3 checks, 1 had too little data.",
        ),
        (
            DriftReport(
                outcomes={
                    "a": CheckOutcome(outcome="ok"),
                    "realised_performance": CheckOutcome(outcome="unknown", unknown={"accuracy": "no labels"}),
                }
            ),
            Status.ok,
            "Nothing moved beyond its limit.",
        ),
        (DriftReport(alerts=[alert("feature_psi", PSI, "warning")]), Status.warning, "`dep_delay` moved."),
        (
            DriftReport(
                alerts=[
                    alert("class_shift", {}, "warning"),
                    alert("feature_psi", PSI),
                    alert("reject_rate_increase", {}),
                ]
            ),
            Status.critical,
            "The reject rate rose, and `dep_delay` and the class mix moved.",
        ),
    ],
)
def test_the_verdict(report, badge, text):
    assert (status(report), str(headline(report))) == (badge, text)


def test_what_could_not_be_judged_is_one_line_per_reason():
    report = DriftReport(
        outcomes={
            "numeric_feature": CheckOutcome(
                outcome="alert", unknown={f"s{i}": "too few rows." for i in range(500)}, errors={"t": "ValueError: no"}
            ),
            "reject_rate": CheckOutcome(outcome="unknown", reason="no labels", unknown={"reject_rate": "no labels"}),
            "entropy": CheckOutcome(outcome="error", reason="ZeroDivisionError: x\ny"),
            "volume": CheckOutcome(outcome="unknown"),
            "class_shift": CheckOutcome(outcome="ok"),
        },
        feature_report=FeatureDriftReport(
            results=[], flagged_features=[], timestamp=AT, unknown={"s1": "-", "u": "all null"}
        ),
    )
    assert [str(line) for line in not_judged(report)] == [
        "`numeric_feature` could not judge `s0`, `s1`, `s2` and 497 more: too few rows.",
        "`numeric_feature` failed on `t`: ValueError: no.",
        "`reject_rate` could not judge: no labels.",
        "`entropy` failed: ZeroDivisionError: x y.",
        "`volume` could not judge: no reason was given.",
        "`u` could not be judged: all null.",
    ]


def test_a_number_of_rows_in_a_reason_is_written_as_all_others_are():
    reason = too_few_rows((18_995, 12), 50)
    report = DriftReport(outcomes={"a": CheckOutcome(outcome="unknown", reason=reason)})
    told = f"too few rows with a value: {count(18_995)} in the reference, 12 now; at least 50 needed."
    assert str(headline(report)) == f"Not judged: {told}"
    assert [str(line) for line in not_judged(report)] == [f"`a` could not judge: {told}"]


TOO_FEW = "the reference has too few days"


def of_a_first_day(**others):
    """A report of two checks of features and one of rows that all lack days, and of others."""
    unknown = {"a": ("x", "y"), "b": ("x",), "c": ("rows",)}
    return DriftReport(
        current_rows=300,
        outcomes={
            name: CheckOutcome(outcome="unknown", reason=TOO_FEW, unknown=dict.fromkeys(subjects, TOO_FEW))
            for name, subjects in unknown.items()
        }
        | others,
    )


def test_a_reason_that_is_about_no_subject_is_told_once():
    volume = CheckOutcome(outcome="unknown", reason="no Sunday", unknown={"rows": "no Sunday"})
    report = of_a_first_day(volume=volume)
    assert str(headline(report)) == "Not judged: the reference has too few days."
    assert [str(line) for line in not_judged(report)] == [
        "`a`, `b` and `c` could not judge: the reference has too few days.",
        "`volume` could not judge `rows`: no Sunday.",
    ]


def test_a_reason_that_two_share_still_says_of_what():
    outcomes = of_a_first_day().outcomes
    report = DriftReport(current_rows=300, outcomes={"a": outcomes["a"], "b": outcomes["b"]})
    assert [str(line) for line in not_judged(report)] == [
        "`a` could not judge `x` and `y`: the reference has too few days.",
        "`b` could not judge `x`: the reference has too few days.",
    ]


def test_where_the_reference_is_empty_that_is_all_there_is_to_say():
    first = of_a_first_day(d=CheckOutcome(outcome="unknown", reason="0 in the reference")).model_copy(
        update={"reference_rows": 0}
    )
    assert str(headline(first)) == "Not judged: the reference has no rows."
    assert [str(line) for line in not_judged(first)] == ["Nothing could be judged: the reference has no rows."]
    judged = {**first.outcomes, "e": CheckOutcome(outcome="ok", answered=1)}
    assert len(not_judged(first.model_copy(update={"outcomes": judged}))) == 2


def test_columns_that_are_all_gone_are_one_line_though_each_reason_names_its_own():
    present = ["user", "g9"]
    faults = {name: str(MissingColumn.named(name, present=present, where="day 1")) for name in ("f1", "f2", "f3", "g1")}
    report = DriftReport(outcomes={"missingness": CheckOutcome(outcome="error", errors=faults)})
    assert [str(line) for line in not_judged(report)] == [
        (
            "`missingness` failed on `f1`, `f2`, `f3` and `g1`: of the first, day 1 has no column 'f1'; it has g9, user. "
            "Correct the name, or restore the column."
        )
    ]


def test_ten_lines_say_what_moved_by_how_much_for_whom_since_when_and_where_to_look(sample):
    lines = ten_lines(sample, location="s3://reports/flights").replace("\u202f", " ").splitlines()
    assert lines[0] == "[Critical] flights: The reject rate rose, and `dewp`, `recent_dep_delay` and 7 more moved."
    assert lines[1] == (
        "Window 2013-03-08 – 2013-03-09 UTC (1 day), 198 rows, against 2013-02-08 – 2013-03-08 UTC (28 days), 5 991 rows."
    )
    assert lines[2].startswith("Critical: The reject rate rose from 10.3 % to 22.7 %")
    assert lines[7].startswith("5 more alerts: ")
    assert lines[8].startswith("Not judged: `numeric_feature` could not judge `pressure`: too few rows")
    assert lines[8].endswith("And 1 more. 1 partition is missing.")
    assert lines[9] == "Report file: s3://reports/flights"


def test_ten_lines_of_an_empty_report_are_two():
    assert ten_lines(DriftReport()) == "[Unknown] Nothing was judged in this window."


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ten_lines_are_never_more_than_ten_short_lines(sample, wide, hostile_text, data):
    name, reason = data.draw(hostile_text), data.draw(hostile_text)
    for report in (sample, wide):
        alerts = [
            each.model_copy(update={"affected_features": [name] * 9, "affected_user_ids": [name, reason]})
            for each in report.alerts
        ]
        outcomes = {name: CheckOutcome(outcome="unknown", reason=reason, unknown={reason: name})}
        lines = ten_lines(
            report.model_copy(update={"alerts": alerts, "monitor": name, "outcomes": outcomes}), location="/reports"
        ).splitlines()
        assert len(lines) <= 10
        assert max(map(len, lines)) < 500


def test_a_missing_partition_of_the_reference_is_told_where_nothing_else_is():
    gone = Window(start=AT, end=AT + timedelta(days=1))
    report = DriftReport(monitor="m", alerts=[], outcomes={"x": CheckOutcome(outcome="ok")}, missing_partitions=[gone])
    assert ten_lines(report).splitlines()[-1] == "Not judged: 1 partition is missing."
