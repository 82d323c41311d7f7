"""Alerts that share users or a moment are one finding; everything else is alone."""

from datetime import UTC, datetime

import pytest

from daily import FOUR_WEEKS, judge, window
from windage.checks import discovered
from windage.evidence.shares import UNCALIBRATED
from windage.reports.html import render_html
from windage.reports.markdown import render_markdown
from windage.reports.sentences.report import ten_lines
from windage.verdict.findings import with_findings
from windage.verdict.onset import with_onsets
from windage.vocabulary import Attribution, DriftAlert, DriftReport, DriftTrigger, GroupShare

AT, MONDAY, FRIDAY = (datetime(2026, 3, day, tzinfo=UTC) for day in (20, 2, 6))


def alert(feature, *, trigger="feature_ks", severity="warning", since=None, users=(), scope="global", **details):
    groups = tuple(GroupShare(name=each, rows=20, contribution=0.5, mix=0.0, behaviour=0.5) for each in users)
    return DriftAlert(
        trigger=trigger,
        severity=severity,
        details=details,
        affected_features=[feature] if feature else [],
        affected_user_ids=list(users),
        attribution={"user": Attribution(scope=scope, groups=groups)} if users else {},
        since=since,
        timestamp=AT,
    )


def found(*alerts):
    """Each finding as (how it hangs together, what its alerts are about)."""
    report = with_findings(DriftReport(alerts=list(alerts)))
    assert sorted(k for each in report.findings for k in each.members) == list(range(len(alerts)))
    return [
        (each.through, tuple(report.alerts[k].affected_features[0] for k in each.members)) for each in report.findings
    ]


def test_of_no_alerts_there_are_no_findings():
    assert with_findings(DriftReport()).findings == []


def test_the_same_moment_is_one_finding_and_another_moment_is_another():
    assert found(
        alert("a", since=MONDAY, effect=0.2), alert("b", since=FRIDAY, effect=0.4), alert("c", since=MONDAY, effect=0.3)
    ) == [("alone", ("b",)), ("moment", ("c", "a"))]


def test_what_nobody_knows_the_beginning_of_is_alone():
    assert found(alert("a"), alert("b")) == [("alone", ("a",)), ("alone", ("b",))]


def test_what_a_logs_first_days_cannot_date_is_one_finding_and_not_a_message_each():
    """A sensor log whose days all differ sent 15 messages in its first four days."""
    assert found(
        alert("a", effect=0.5, note=UNCALIBRATED),
        alert("b", effect=0.7, note=UNCALIBRATED),
        alert("c", effect=0.9),
        alert("d", effect=0.4, since=MONDAY),
    ) == [("alone", ("c",)), ("moment", ("b", "a")), ("alone", ("d",))]


def test_the_same_users_are_one_finding_whenever_it_began():
    theirs = {"users": ("ann", "bob"), "scope": "localised"}
    assert found(
        alert("a", since=MONDAY, effect=0.3, **theirs),
        alert("b", since=FRIDAY, effect=0.2, **theirs),
        alert("c", since=MONDAY, effect=0.1, users=("eve",), scope="localised"),
        alert("d", since=MONDAY, effect=0.05),
    ) == [("users", ("a", "b")), ("alone", ("c",)), ("alone", ("d",))]


@pytest.mark.parametrize(("users", "together"), [(("ann", "bob", "cy"), True), (("ann", "x", "y"), False)])
def test_half_of_the_users_in_common_are_the_same_users(users, together):
    groups = found(alert("a", users=("ann", "bob"), scope="localised"), alert("b", users=users, scope="localised"))
    assert (len(groups) == 1) is together


def test_a_single_users_change_is_theirs():
    segment = alert("a", trigger="segment", since=MONDAY).model_copy(update={"affected_user_ids": ["ann"]})
    assert {how for how, _ in found(segment, alert("b", since=MONDAY))} == {"alone"}
    (first, second) = with_findings(DriftReport(alerts=[segment, alert("b", since=MONDAY)])).findings
    assert {first.users, second.users} == {(), ("ann",)}


def test_the_most_urgent_leads_and_gives_its_severity():
    report = with_findings(
        DriftReport(
            alerts=[
                alert("a", since=FRIDAY, effect=0.9),
                alert("b", since=FRIDAY, trigger="frozen", severity="critical"),
                alert("", since=FRIDAY, trigger="class_shift", effect=0.1),
            ]
        )
    )
    (finding,) = report.findings
    assert report.alerts[finding.members[0]].trigger is DriftTrigger.frozen
    assert (finding.severity, finding.since, finding.users) == ("critical", FRIDAY, ())


def test_classes_that_were_renamed_lead_the_shares_that_moved_with_it():
    moved = alert("c0", trigger="class_shift", severity="critical", since=MONDAY, effect=0.6)
    renamed = alert("c4", trigger="new_class", severity="critical", since=MONDAY, effect=0.1, statistic="renamed")
    assert found(moved, renamed) == [("moment", ("c4", "c0"))]


def test_every_view_tells_a_finding_once():
    report = with_findings(
        DriftReport(alerts=[alert(name, since=FRIDAY, effect=0.5 - k / 10) for k, name in enumerate("abc")])
    )
    lines = ten_lines(report).splitlines()
    assert len(lines) == 2
    assert lines[1].endswith("Changed with it: `b` and `c`.")
    assert render_markdown(report).count("changed with it: **warning**") == 2
    page = render_html(report)
    assert "3 in 1 finding" in page
    assert page.count('class="joined"') == page.count("<small>changed with it:</small> ") == 2


def test_a_message_tells_what_else_of_a_finding_there_is_room_for():
    kinds = ("missingness", "feature_ks", "feature_ks", "value_range")
    moved = [alert(name, since=FRIDAY, trigger=kind, effect=0.5) for name, kind in zip("abcd", kinds, strict=True)]
    lines = ten_lines(with_findings(DriftReport(alerts=moved))).splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == ["Warning", *["Warning, with it"] * 3]
    assert not any("Changed with it" in line for line in lines)
    alone = [alert(name, since=None, effect=0.1) for name in "efgh"]
    lines = ten_lines(with_findings(DriftReport(alerts=[*moved, *alone]))).splitlines()
    assert len(lines) == 6
    assert lines[1].endswith("Changed with it: `d`, `b` and `c`.")


def test_a_finding_survives_its_document():
    report = with_findings(DriftReport(alerts=[alert("a", since=FRIDAY), alert("b", since=FRIDAY)]))
    assert DriftReport.model_validate_json(report.model_dump_json()) == report


def test_columns_that_go_together_are_one_finding_and_not_a_page_each():
    def day_of(*names):
        return lambda rng, at: {"numeric": {name: rng.normal(size=400) for name in names}}

    reference = window(FOUR_WEEKS, day_of("a", "b", "c", "d"))
    report = judge(reference, current := window([28], day_of("d")))
    report = with_findings(with_onsets(report, [kind() for kind in discovered().values()], reference, current))
    assert [(each.severity, len(each.members)) for each in report.findings] == [("critical", 3)]


def test_thousands_of_alerts_on_users_of_their_own_are_findings_of_their_own():
    alerts = [alert(f"f{k}", users=(f"u{k}", f"v{k}"), scope="localised") for k in range(3000)]
    assert len(with_findings(DriftReport(alerts=alerts)).findings) == 3000
