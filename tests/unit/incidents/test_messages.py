"""What people read of news: that it is news, why it is told again, and what else is found."""

from datetime import timedelta

import pytest

from histories import FIRST, window
from verdicts import verdict
from windage.incidents.from_verdicts import incidents_of
from windage.incidents.messages.about_drift import incident_message, window_message
from windage.incidents.messages.composing import Source
from windage.incidents.model import Told
from windage.incidents.news import untold
from windage.incidents.verdicts import subjects_of
from windage.reports.sentences.report import grouped
from windage.verdict.findings import with_findings
from windage.vocabulary import DriftAlert, DriftReport, DriftTrigger


def alert(name, severity="critical", *, trigger=DriftTrigger.missingness, since=0):
    return DriftAlert(
        trigger=trigger,
        severity=severity,
        affected_features=[name],
        details={"statistic": "all_missing", "cur_share": 1.0, "ref_share": 0.0, "limit": 0.98},
        since=FIRST + timedelta(days=since),
        timestamp=FIRST,
    )


def report(day, *alerts):
    is_critical = any(each.severity == "critical" for each in alerts)
    found = DriftReport(monitor="m", alerts=list(alerts), any_critical=is_critical, current_window=window(day))
    return with_findings(found)


def told(day, name, kind="opened", severity="critical"):
    return Told(monitor="m", kind=kind, subjects=(f"arrival of {name}",), window=window(day), severity=severity)


def first_lines(message):
    return [line for line in message.text.replace("\u202f", " ").splitlines() if not line.startswith("Window")]


def test_what_is_new_is_told_and_what_is_known_is_named():
    both = report(3, alert("a", since=0), alert("b", since=3))
    message = window_message(Source(), both, [told(3, "b")])
    assert first_lines(message) == [
        "[Critical] m: `b` lost values.",
        "Critical: `b` is missing in 100 % of rows, 0 % before, limit 98 %. Since 2026-03-05.",
        "Also found: `a` lost values.",
    ]


def test_a_warning_beside_a_critical_finding_that_is_known_is_a_warning():
    both = report(3, alert("a", since=0), alert("b", "warning", since=3))
    message = window_message(Source(), both, [told(3, "b", severity="warning")])
    assert message.severity == "warning"
    assert message.text.startswith("[Warning] m: `b` lost values.")
    assert message.facts["critical"]  # of the report


def test_what_is_all_new_is_told_as_the_report_tells_it():
    both = report(3, alert("a", since=0), alert("b", since=3))
    assert first_lines(window_message(Source(), both, [told(3, "a"), told(3, "b")])) == first_lines(
        window_message(Source(), both)
    )


@pytest.mark.parametrize(
    ("kind", "badge"),
    [
        ("opened", "[Critical]"),
        ("reminded", "[Critical, still open]"),
        ("escalated", "[Critical after 7 days]"),
        ("worsened", "[Critical, worse now]"),
        ("spread", "[Critical, wider now]"),
    ],
)
def test_every_message_says_why_it_is_told_again(kind, badge):
    one = report(3, alert("a", "warning" if kind == "escalated" else "critical"))
    again = told(3, "a", kind)
    for message in (
        window_message(Source(), one, [again]),
        incident_message(Source(), again, one, "`a` lost values.", ("a",)),
    ):
        assert message.text.startswith(f"{badge} m: `a` lost values.")
        assert message.severity == "critical"


def test_of_several_that_are_told_for_different_reasons_none_is_given():
    both = report(3, alert("a", since=0), alert("b", since=3))
    message = window_message(Source(), both, [told(3, "a", "reminded"), told(3, "b")])
    assert message.text.startswith("[Critical] m: `a` and `b` lost values.")


def test_a_page_about_one_incident_says_what_changed_with_it():
    feed = report(3, *(alert(name, since=3) for name in "abcdefg"), alert("z", since=1))
    message = incident_message(Source(), told(3, "b"), feed, "`a` is missing.", ("a",))
    assert first_lines(message) == ["[Critical] m: `a` is missing.", "Changed with it: `b`, `c`, `d`, `e` and 2 more."]


def test_windows_that_nobody_could_judge_are_told_as_such():
    unknown = DriftReport(monitor="m", alerts=[], current_window=window(2))
    (news,) = untold(
        incidents_of([verdict(day, outcome="unknown") for day in range(3)]), verdict(2, outcome="unknown"), []
    )
    assert first_lines(window_message(Source(), unknown, [news])) == ["[Unknown] m: Nothing was judged in this window."]
    assert first_lines(incident_message(Source(), news, unknown, "3 windows in a row.", ())) == [
        "[Critical] m: 3 windows in a row."
    ]


def test_the_findings_of_a_part_of_the_news_are_those_of_all():
    feed = report(3, *(alert(name, since=ord(name) % 3) for name in "abcdefgh"))
    groups = [subjects_of(each) for each in grouped(feed)]
    assert len(groups) == 3
    for own in groups:
        news = Told(monitor="m", kind="opened", subjects=own, window=window(3))
        lines = first_lines(window_message(Source(), feed, [news]))
        assert sum(line.startswith("Critical: ") for line in lines) == 1
        assert all(f"`{each.removeprefix('arrival of ')}`" in " ".join(lines[:2]) for each in own)
