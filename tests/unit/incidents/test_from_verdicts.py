"""Incidents follow from the set of verdicts: when they open, get worse, are told again and end."""

import random
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import FIRST, window
from verdicts import seen, verdict
from windage.incidents.from_verdicts import incidents_of, since_all_clear
from windage.incidents.model import Decision, State, WindowFinding, arrival_of
from windage.incidents.news import untold
from windage.vocabulary import Outcome, Window


def days(text, *, feature="x"):
    """A verdict for each character: ``w`` warning, ``C`` critical, ``.`` clean, ``?`` unknown, a blank none."""
    severities = {"w": "warning", "C": "critical"}
    return [
        verdict(day, seen(feature, severity=severities[each]))
        if each in severities
        else verdict(day, outcome=Outcome.unknown if each == "?" else None)
        for day, each in enumerate(text)
        if each != " "
    ]


def told(incident):
    return [(event.kind, (event.window.start - FIRST).days) for event in incident.events]


def test_an_event_keeps_the_words_of_its_window():
    froze, gone = (seen("x", severity="critical").model_copy(update={"headline": each}) for each in ("froze", "gone"))
    (incident,) = incidents_of([verdict(0, froze), verdict(1, gone)])
    assert incident.latest.headline == "gone"
    assert [(event.kind, event.headline) for event in incident.events] == [("opened", "froze")]


def test_an_incident_that_spreads_critically_says_so_each_time_and_only_then():
    days = [
        seen("x", severity="critical"),
        seen("x", "y", severity="critical", critical=["x"]),  # a warning beside it
        seen("x", "z", severity="critical"),
        seen("x", "z", severity="critical"),
        seen("x", "u", "v", severity="critical"),
    ]
    (incident,) = incidents_of(verdict(day, each) for day, each in enumerate(days))
    assert told(incident) == [("opened", 0), ("spread", 2), ("spread", 4)]


def test_a_second_finding_of_a_window_spreads_an_incident_that_joins_both():
    apart = [seen("x", severity="critical"), seen("y", severity="critical")]
    days = [[seen("x", "y", severity="critical")], apart, [*apart[:1], seen("y", "z", severity="critical")]]
    (incident,) = incidents_of(verdict(day, *each) for day, each in enumerate(days))
    assert told(incident) == [("opened", 0), ("spread", 2)]


def test_every_spread_is_told_once_and_reopens_what_was_acknowledged():
    days = [verdict(day, seen(*"xyz"[: day + 1], severity="critical")) for day in range(3)]
    heard = []
    for day in range(3):
        incidents = incidents_of(days[: day + 1], [])
        heard += untold(incidents, days[day], heard)
        assert untold(incidents, days[day], heard) == []
    assert [(each.kind, (each.window.start - FIRST).days) for each in heard] == [
        ("opened", 0),
        ("spread", 1),
        ("spread", 2),
    ]
    taken = Decision(
        decision_id="d", monitor="m", kind="acknowledged", subjects=("feature x",), window=window(0), by="ann", at=FIRST
    )
    (incident,) = incidents_of(days[:2], [taken])
    assert incident.state is State.open


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_windows_come_a_spread_is_told_unless_a_later_window_told_of_it(order):
    days = [verdict(day, seen(*"xyz"[: day + 1], severity="critical")) for day in range(3)]
    heard = []
    for count, day in enumerate(order, start=1):
        incidents = incidents_of([days[each] for each in sorted(order[:count])])
        heard += untold(incidents, days[day], heard)
        assert untold(incidents, days[day], heard) == []
    at = [(each.window.start - FIRST).days for each in heard]
    assert at == [day for place, day in enumerate(order) if day >= max(order[:place], default=0)]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("w", [("pending", 0)]),
        ("w..", [("pending", 0), ("passed", 2)]),
        ("ww", [("pending", 0), ("opened", 1)]),
        ("w.w", [("pending", 0), ("opened", 2)]),
        ("w?w", [("pending", 0), ("opened", 2)]),
        ("C", [("opened", 0)]),
        ("C...", [("opened", 0), ("resolved", 3)]),
        ("C..C...", [("opened", 0), ("resolved", 6)]),
        ("C??..", [("opened", 0)]),
        ("wwC", [("pending", 0), ("opened", 1), ("worsened", 2)]),
        ("wC", [("pending", 0), ("opened", 1)]),
        ("w" * 7, [("pending", 0), ("opened", 1), ("escalated", 6)]),
        ("C" * 8, [("opened", 0), ("reminded", 7)]),
        ("C" * 14, [("opened", 0), ("reminded", 7)]),
        ("C" * 15, [("opened", 0), ("reminded", 7), ("reminded", 14)]),
    ],
)
def test_the_course_of_one_incident(text, events):
    (incident,) = incidents_of(days(text))
    assert told(incident) == events


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (".??.??.", []),
        ("???", [("opened", 2)]),
        ("????", [("opened", 2)]),
        (".???...", [("opened", 3), ("resolved", 6)]),
    ],
)
def test_windows_that_nobody_could_judge(text, events):
    assert [event for incident in incidents_of(days(text)) for event in told(incident)] == events


def test_what_comes_back_after_it_was_over_is_a_new_incident():
    first, second = incidents_of(days("C...C"))
    assert (first.state, second.state) == (State.resolved, State.open)
    assert (first.first, second.first) == (window(0), window(4))


def test_features_that_moved_together_are_one_incident_while_any_of_them_stays():
    (incident,) = incidents_of(
        [verdict(0, seen("a", "b", severity="critical")), verdict(1, seen("b", "c")), verdict(2, seen("c"))]
    )
    assert incident.subjects == ("feature a", "feature b", "feature c")
    assert (incident.windows, incident.severity) == (3, "critical")


def test_incidents_that_a_window_finds_together_both_go_on_and_end_by_themselves():
    apart = verdict(0, seen("a", severity="critical"), seen("b", severity="critical"))
    together = [verdict(day, seen("a", "b", severity="critical")) for day in (1, 2, 3)]
    after = [verdict(day, seen("b", severity="critical")) for day in (4, 5, 6)]
    first, second = incidents_of([apart, *together, *after])
    assert (first.subjects, second.subjects) == (("feature a",), ("feature b",))
    assert told(first) == [("opened", 0), ("resolved", 6)]
    assert told(second) == [("opened", 0)]
    assert second.latest.headline == "b moved"


def test_of_incidents_found_together_only_that_gets_worse_which_is_critical():
    apart = [verdict(day, seen("a"), seen("b")) for day in (0, 1)]
    first, second = incidents_of([*apart, verdict(2, seen("a", "b", severity="critical", critical=["b"]))])
    assert (first.severity, second.severity) == ("warning", "critical")
    assert told(second) == [("pending", 0), ("opened", 1), ("worsened", 2)]


def test_a_subject_that_was_clean_for_long_is_another_incident_although_the_rest_goes_on():
    """The whole feed broke; one column stays broken and was taken on; then the feed breaks once more, or another column."""
    feed = seen("a", "b", "c", severity="critical")
    days = [verdict(0, feed), *(verdict(day, seen("a", severity="critical")) for day in (1, 2, 3))]
    taken = decided("acknowledged", 1).model_copy(update={"subjects": tuple(f"feature {each}" for each in "abc")})
    (again,) = incidents_of([*days, verdict(4, feed)], [taken])
    assert told(again) == [("opened", 0), ("acknowledged", 1), ("spread", 4)]
    assert again.state is State.open
    first, other = incidents_of(
        [*days, verdict(4, seen("a", severity="critical"), seen("b", severity="critical"))], [taken]
    )
    assert (first.state, told(other)) == (State.acknowledged, [("opened", 4)])
    (short,) = incidents_of([*days[:3], verdict(3, feed)], [taken])
    assert told(short) == [("opened", 0), ("acknowledged", 1)]


def test_a_decision_is_about_the_incident_that_touched_what_it_names():
    """Of what the first incident had, another has more by now."""
    days = [verdict(0, seen("a", "b", "c", severity="critical"))]
    days += [verdict(day, seen("a", severity="critical")) for day in (1, 2, 3)]
    days += [verdict(4, seen("a", severity="critical"), seen("b", "c", severity="critical"))]
    taken = decided("acknowledged", 4).model_copy(update={"subjects": tuple(f"feature {each}" for each in "abc")})
    first, other = incidents_of(days, [taken])
    assert (first.state, other.state) == (State.acknowledged, State.open)


def test_what_became_critical_by_lasting_is_worse_once_a_window_is_critical():
    (incident,) = incidents_of(days("w" * 9 + "C"), [decided("acknowledged", 7)])
    assert told(incident)[2:] == [("escalated", 6), ("acknowledged", 7), ("worsened", 9)]
    assert incident.state is State.open


@pytest.mark.parametrize(
    ("width", "every", "escalated"),
    [
        (timedelta(hours=1), timedelta(hours=1), 6 * 24),
        (timedelta(hours=3), timedelta(days=1), 6),
        (timedelta(days=1), timedelta(days=1), 6),
        (timedelta(days=7), timedelta(days=1), 6),
        (timedelta(days=7), timedelta(days=7), 2),  # the second week is told as one that opens
    ],
)
def test_a_warning_is_critical_by_lasting_a_week_however_long_windows_are(width, every, escalated):
    windows = [Window(start=FIRST + k * every, end=FIRST + k * every + width) for k in range(escalated + 1)]
    (incident,) = incidents_of(verdict(0, seen("x")).model_copy(update={"window": each}) for each in windows)
    told = [(event.kind, windows.index(event.window)) for event in incident.events]
    assert told == [("pending", 0), ("opened", 1), ("escalated", escalated)]


def test_an_incident_is_told_by_what_leads_with_its_own():
    apart = [verdict(day, seen("a"), seen("b")) for day in (0, 1)]
    together = seen("b", "a", severity="critical")
    first, second = incidents_of([*apart, verdict(2, together), verdict(3, seen("a", severity="critical"), seen("b"))])
    assert (first.latest.headline, second.latest.headline) == ("a moved", "b moved")
    first, _ = incidents_of([*apart, verdict(2, seen("b", "a"))])
    assert first.latest.headline == "a moved"


def test_what_lasts_is_told_by_its_last_window():
    lasting = days("w" * 9)
    changed = [*lasting[:-1], verdict(8, seen("x").model_copy(update={"headline": "x moved further"}))]
    (incident,) = incidents_of(changed)
    assert (incident.severity, incident.latest.headline) == ("critical", "x moved further")


def test_while_a_feature_does_not_arrive_nothing_is_known_of_its_values():
    """A shift is taken on; for a week the column is gone; it comes back shifted, or as it was."""
    gone = WindowFinding(
        subjects=(arrival_of("x"),), critical=(arrival_of("x"),), triggers=("missingness",), severity="critical",
        headline="x is gone", features=("x",),
    )  # fmt: skip
    outage = [*days("CC"), *(verdict(day, gone) for day in range(2, 9))]
    shift, absence = incidents_of(
        [*outage, *(verdict(day, seen("x", severity="critical")) for day in (9, 10, 11))], [decided("acknowledged", 1)]
    )
    assert (shift.state, told(shift)) == (State.acknowledged, [("opened", 0), ("acknowledged", 1)])
    assert told(absence) == [("opened", 2), ("resolved", 11)]
    shift, _ = incidents_of([*outage, *map(verdict, (9, 10, 11))])
    assert told(shift) == [("opened", 0), ("resolved", 11)]
    wider = [verdict(0, seen("x", "y", severity="critical")), *(verdict(day, gone) for day in range(1, 6))]
    (shift, _) = incidents_of(wider)
    assert shift.state is State.open


def test_two_findings_of_one_incident_count_one_window():
    (incident,) = incidents_of([verdict(0, seen("a", "b")), verdict(1, seen("a"), seen("b"))])
    assert told(incident) == [("pending", 0), ("opened", 1)]


def test_other_features_are_other_incidents():
    assert len(incidents_of([verdict(0, seen("a"), seen("b"))])) == 2


def decided(kind, day, at=0):
    return Decision(
        decision_id=f"{kind}{day}", monitor="m", kind=kind, subjects=("feature x",), window=window(day), by="ann",
        at=FIRST + timedelta(hours=at),
    )  # fmt: skip


def test_what_is_acknowledged_is_told_no_more_until_it_gets_worse():
    (incident,) = incidents_of(days("C" * 20), [decided("acknowledged", 1)])
    assert incident.state is State.acknowledged
    assert told(incident) == [("opened", 0), ("acknowledged", 1)]
    (incident,) = incidents_of(days("wwwC"), [decided("acknowledged", 1)])
    assert told(incident)[-1] == ("worsened", 3)
    assert incident.state is State.open


def test_what_a_person_resolved_is_over_and_comes_back_as_another():
    first, second = incidents_of(days("CCC"), [decided("resolved", 1)])
    assert told(first) == [("opened", 0), ("resolved", 1)]
    assert first.events[-1].by == "ann"
    assert told(second) == [("opened", 2)]


def test_a_decision_about_what_never_was_changes_nothing():
    verdicts = days("w")
    assert incidents_of(verdicts, [decided("acknowledged", 0)]) == incidents_of(verdicts)
    assert incidents_of([], [decided("resolved", 0)]) == []


def days_told(verdicts, *, backfilled=()):
    """The days whose runs told something critical, when each came after the one before and kept what it told."""
    told, days = [], []
    for k, each in enumerate(verdicts, start=1):
        news = untold(incidents_of(verdicts[:k]), each, told) if k - 1 not in backfilled else []
        told += news
        days += [(each.window.start - FIRST).days] * any(one.severity == "critical" for one in news)
    return days


@pytest.mark.parametrize(
    ("text", "expected"), [("C" * 9, [0, 7]), ("ww", []), ("w" * 8, [6]), ("wwC", [2]), ("C...C", [0, 4])]
)
def test_only_news_is_told(text, expected):
    assert days_told(days(text)) == expected


def test_what_was_found_in_backfills_alone_is_told_by_the_first_window_of_its_day():
    assert days_told(days("CCCCC"), backfilled=range(3)) == [3]
    assert days_told(days("CCCCC"), backfilled=range(5)) == []
    assert days_told(days("CCC..."), backfilled=range(5)) == []


def test_how_often_one_is_reminded_is_the_monitors_word():
    often = [each.model_copy(update={"remind_every": timedelta(days=2)}) for each in days("CCCCC")]
    assert days_told(often) == [0, 2, 4]


def test_what_is_over_when_it_is_found_is_told_to_nobody():
    late = days("C....")
    assert untold(incidents_of(late), late[0], []) == []
    assert untold(incidents_of(late[:3]), late[0], []) != []


findings = st.lists(
    st.builds(
        lambda names, severity: seen(*sorted(names), severity=severity),
        st.sets(st.sampled_from("abc"), min_size=1, max_size=2),
        st.sampled_from(["warning", "critical"]),
    ),
    max_size=2,
)
verdict_sets = st.lists(findings, max_size=12).map(
    lambda each: [verdict(day, *found) for day, found in enumerate(each)]
)


@given(verdict_sets, st.randoms(use_true_random=False), st.lists(st.sampled_from(range(12)), max_size=3))
def test_the_order_of_arrival_changes_nothing(verdicts, shuffle: random.Random, acknowledged):
    decisions = [decided("acknowledged", day) for day in set(acknowledged)]
    expected = incidents_of(verdicts, decisions)
    shuffle.shuffle(verdicts)
    shuffle.shuffle(decisions)
    assert incidents_of(verdicts, decisions) == expected


@given(verdict_sets)
def test_no_finding_is_lost_and_none_told_twice(verdicts):
    incidents = incidents_of(verdicts)
    for each in verdicts:
        lasting = [one for one in incidents if one.first.start <= each.window.start <= one.last.start]
        for subject in {subject for finding in each.findings for subject in finding.subjects}:
            assert any(subject in incident.subjects for incident in lasting)
    for incident in incidents:
        kinds = [event.kind for event in incident.events]
        assert kinds.count("opened") <= 1
        assert incident.state is not State.resolved or kinds[-1] in ("resolved", "passed")


@given(st.text("wC.??...", max_size=40), st.integers(0, 39), st.sampled_from(["acknowledged", "resolved"]))
def test_what_is_open_follows_from_the_windows_since_the_last_all_clear(text, decided, kind):
    """The short way to what is open gives what the whole history gives, whatever people said and when."""
    verdicts = days(text)
    said = [
        Decision(
            decision_id="d", monitor="m", kind=kind, subjects=("feature x",), window=window(decided), by="ann", at=FIRST
        )
    ]
    recent = since_all_clear(reversed(verdicts))
    whole = [each for each in incidents_of(verdicts, said) if each.is_open]
    if recent is None:
        return
    begin = min((each.window.start for each in recent), default=FIRST + timedelta(days=999))
    short = incidents_of(recent, [each for each in said if each.window.start >= begin])
    assert [each for each in short if each.is_open] == whole


def test_an_incident_is_told_by_its_last_critical_finding():
    both = ("x", "rows")
    found = [
        verdict(0, seen("x")),
        verdict(1, seen(*both, severity="critical")),
        verdict(2, seen("rows")),
    ]
    assert [each.latest.headline for each in incidents_of(found)] == ["x moved"]
    assert [each.latest.headline for each in incidents_of([*found, verdict(3, seen("rows", severity="critical"))])] == [
        "rows moved"
    ]
    assert [each.latest.headline for each in incidents_of([verdict(0, seen("x")), verdict(1, seen("rows", "x"))])] == [
        "rows moved"
    ]
