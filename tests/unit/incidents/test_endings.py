"""Whatever was told of is told to be over, however windows that come later put incidents together."""

import re
from datetime import timedelta
from functools import partial

import pytest
from pydantic import TypeAdapter
from sqlalchemy import text

from histories import window
from verdicts import seen, verdict
from windage.incidents.from_verdicts import incidents_of
from windage.incidents.messages.about_drift import ending_message
from windage.incidents.messages.about_monitors import Failure, broken_message
from windage.incidents.messages.about_several import digest
from windage.incidents.messages.composing import Source
from windage.incidents.model import State, Told
from windage.incidents.news import keys_of
from windage.incidents.outbox import Outbox
from windage.incidents.routing import deliveries, delivery
from windage.incidents.store import IncidentStore
from windage.message import Message
from windage.spec.channel_kinds import AnyChannel
from windage.store.database import Database
from windage.vocabulary import TRIGGER_FACTS, Window

PAGER = TypeAdapter(AnyChannel).validate_python(
    {"kind": "pagerduty", "connection": "pager", "severities": ["critical", "warning"]}
)
critical = partial(seen, severity="critical")


def said(told):
    return Message(
        event="drift", severity=told[0].severity, text=told[0].subjects[0], key=told[0].told_id,
        incident=told[0].incident_key if len(told) == 1 else "page", monitor="m",
    )  # fmt: skip


@pytest.fixture
def database(url):
    return Database(url)


@pytest.fixture
def judged(database):
    """Claims a day with what it found, as the run of that day does."""

    def judge(number, *findings):
        at = window(number).end
        IncidentStore(database).claim(
            verdict(number, *findings),
            at=at,
            route=lambda news: deliveries(news, [PAGER], together=said, apart=said, at=at),
        )

    return judge


def messages(database):
    return [(each.message.event, each.message.incident) for each in Outbox(database).of("m")]


def opened_and_ended(database):
    sent = messages(database)
    return [key for event, key in sent if event == "drift"], [key for event, key in sent if event == "resolved"]


def decided(database, kind, *features):
    store = IncidentStore(database)
    for each in store.incidents("m"):
        if each.is_active and each.latest.features[0] in features:
            store.decide(each, kind, by="ann")
    store.end("m", at=window(0).end + timedelta(hours=1))


def test_a_page_about_many_incidents_is_acknowledged_and_resolved_when_all_of_them_are(database, judged):
    judged(0, *map(critical, "abcde"))
    assert messages(database) == [("drift", "page")]
    decided(database, "resolved", "a")
    decided(database, "acknowledged", *"bcd")
    assert messages(database) == [("drift", "page")]
    decided(database, "acknowledged", "e")
    assert messages(database)[1:] == [("acknowledged", "page")]
    judged(1, critical("e"))
    for number in range(2, 5):
        judged(number)
    assert messages(database)[1:] == [("acknowledged", "page"), ("resolved", "page")]
    assert {len(each.incidents) for each in Outbox(database).of("m")} == {5}
    for _, sent in IncidentStore(database).messages("m"):
        assert [each.message.event for each in sent] == ["drift", "acknowledged", "resolved"]


def test_a_page_is_acknowledged_too_if_the_last_of_its_incidents_ends_by_itself(database, judged):
    judged(0, *map(critical, "abcde"))
    decided(database, "acknowledged", *"bcde")
    assert messages(database) == [("drift", "page")]
    decided(database, "resolved", "a")
    assert messages(database)[1:] == [("acknowledged", "page")]
    decided(database, "resolved", *"bcde")
    assert messages(database)[1:] == [("acknowledged", "page"), ("resolved", "page")]


def test_one_incident_of_a_page_that_is_told_again_alone_ends_alone_and_with_the_page(database, judged):
    for number in range(2):
        judged(number, *map(seen, "abcde"))
    judged(2, critical("a"))
    for number in range(3, 6):
        judged(number)
    opened, ended = opened_and_ended(database)
    assert opened[0] == "page"
    assert sorted(ended) == sorted(opened)
    assert len(opened) == 2


def test_two_that_a_later_finding_joins_both_end(database, judged):
    judged(0, critical("a"), critical("b"))
    for number in range(1, 5):
        judged(number, critical("a", "b"))
    for number in range(5, 9):
        judged(number)
    opened, ended = opened_and_ended(database)
    assert len(opened) == 2
    assert sorted(ended) == sorted(opened)


def test_two_that_a_late_window_makes_one_both_end(database, judged):
    judged(0, critical("a"))
    for number in (1, 2, 3):
        judged(number)
    judged(4, critical("a"))
    judged(2, critical("a"))
    for number in (5, 6, 7, 8):
        judged(number)
    opened, ended = opened_and_ended(database)
    assert len(set(opened)) == 2
    assert sorted(ended) == sorted(opened)


def test_a_warning_that_a_told_finding_joins_is_told_when_it_becomes_critical(database, judged):
    judged(0, seen("a"))
    judged(1, critical("b"))
    judged(2, critical("a", "b"))
    for number in range(3, 7):
        judged(number, critical("a"))
    told = [each.message.text for each in Outbox(database).of("m") if each.message.event == "drift"]
    assert told == ["feature b", "feature a"]
    (still,) = [each for each in IncidentStore(database).incidents("m") if each.state is State.open]
    assert "feature a" in still.subjects


def breaks(database, number, *, cleared=0):
    failure = Failure(run_id="r", task="profile", reason="", cleared=cleared)
    message = broken_message(Source(), failure, monitor="m", window=window(number))
    Outbox(database).put([delivery(message, PAGER, at=window(number).end)])


def test_a_monitor_that_broke_recovers_with_that_window_or_a_later_one(database, judged):
    breaks(database, 5)
    judged(1)
    assert [event for event, _ in messages(database)] == ["broken"]
    judged(5)
    assert {event for event, _ in messages(database)} == {"broken", "resolved"}


def test_a_run_that_is_cleared_and_breaks_again_is_told_again(database):
    breaks(database, 5)
    breaks(database, 5)
    assert len(messages(database)) == 1
    breaks(database, 5, cleared=1)
    assert len(messages(database)) == 2


def test_an_end_that_no_person_said_may_be_a_reference_that_learned(database, judged):
    judged(0, critical("a"))
    for number in range(1, 4):
        judged(number)
    (over,) = [each.message.text for each in Outbox(database).of("m") if each.message.event == "resolved"]
    assert over.splitlines() == [
        "[No longer found] m: a moved",
        f"1 window found it, {window(0)}. Later windows no longer find it: either it ended, or a trailing reference has adapted to it.",
    ]


def test_ends_are_looked_for_only_where_people_were_told_of_something_that_has_no_end_yet(database, judged):
    store = IncidentStore(database)
    store.record(verdict(0, critical("a"), monitor="nobody was told"))
    judged(0, critical("a"))
    for number in range(1, 5):
        store.record(verdict(number))  # filled in, which tells nobody
    assert store.not_ended() == ["m"]
    store.end("m", at=window(5).end)
    assert len(messages(database)) == 2
    assert store.not_ended() == []
    store.record(verdict(6, critical("a")))
    assert store.not_ended() == []
    judged(6, critical("a"))
    assert store.not_ended() == ["m"]


def test_a_record_of_what_was_told_that_cannot_be_read_is_looked_into(database, judged):
    judged(0, critical("a"))
    with database.writing() as connection:
        connection.execute(text("UPDATE windage_told SET told = '{}'"))
    assert IncidentStore(database).not_ended() == ["m"]


def test_what_was_told_belongs_to_the_incident_that_lasted_then_however_many_were_about_the_same():
    verdicts = [verdict(day, *([seen("a", severity="critical")] if day % 5 == 0 else [])) for day in range(60)]
    incidents = incidents_of(verdicts)
    told = [Told(monitor="m", kind="opened", subjects=each.subjects, window=each.first) for each in incidents]
    assert keys_of(incidents, reversed(told)) == [{each.incident_key} for each in told]
    between = Told(monitor="m", kind="opened", subjects=("feature a",), window=window(4))
    assert not any(keys_of(incidents, [between]))
    long = incidents_of(
        [verdict(day, *([seen("a", "b", severity="critical")] if day < 50 else [])) for day in range(60)]
    )
    late = Told(monitor="m", kind="reminded", subjects=("feature b",), window=window(49))
    assert keys_of([*long, *incidents], [late])[0] == {late.incident_key}


def test_an_incident_has_the_messages_about_it_in_their_order(database, judged):
    for day in (0, 10, 20):
        judged(day, critical("a"))
        for number in range(day + 1, day + 4):
            judged(number)
    found = IncidentStore(database).messages("m")
    assert [[one.message.event for one in messages] for _, messages in found] == [["drift", "resolved"]] * 3


@pytest.mark.parametrize(
    ("subjects", "words"),
    [
        (("feature a",), "`a`."),
        (("arrival of a", "feature b"), "the arrival of `a` and `b`."),
        (("window row", "window class", "window reject"), "the number of rows, the class mix and the reject rate."),
        (("window realised_performance",), "accuracy by labels."),
        (("window my_check",), "my check."),
        (("window unknown",), "windows that could not be judged."),
    ],
)
def test_what_no_window_finds_any_more_is_told_in_words(subjects, words):
    over = ending_message(Told(monitor="m", kind="resolved", subjects=subjects, window=window(0)), None)
    assert over.subject == f"[No longer found] m: {words}"


def test_every_subject_that_is_a_windows_has_words():
    for facts in filter(lambda each: each.of_window, TRIGGER_FACTS.values()):
        told = Told(monitor="m", kind="resolved", subjects=(f"window {facts.of_window}",), window=window(0))
        assert re.fullmatch(r"\[No longer found\] m: \w+ \w+( \w+)*\.", ending_message(told, None).subject)


def test_what_no_window_finds_any_more_is_named_in_one_short_line():
    subjects = tuple(f"feature {k}\n{'x' * 300}" for k in range(500))
    over = ending_message(Told(monitor="m", kind="resolved", subjects=subjects, window=window(0)), None)
    first, second = over.text.split("\n")
    assert first.startswith("[No longer found] m: `0 xxx")
    assert first.endswith("…` and 494 more.")
    assert len(first) < 500
    assert second == "Windows judged again no longer find it."


def test_an_ending_says_in_how_many_windows_it_was_found_and_from_when_to_when():
    days = [verdict(day, seen("x", severity="critical")) for day in (0, 2)] + [verdict(day) for day in (1, 3, 4, 5)]
    (incident,) = incidents_of(days)
    over = ending_message(Told(monitor="m", kind="resolved", subjects=incident.subjects, window=window(5)), incident)
    span = Window(start=window(0).start, end=window(2).end)
    assert over.text.split("\n")[1].startswith(f"2 windows found it, {span}. Later windows no longer find it")


def test_a_digest_of_very_many_names_the_first_and_says_how_many_are_left():
    each = said([Told(monitor="m", kind="opened", subjects=("a moved",), window=window(0), severity="warning")])
    lines = digest([each] * 500).text.split("\n")
    assert (lines[0], lines[1], lines[-1]) == ("[Digest] m: 500 warnings.", "- a moved", "- and 475 more.")
    assert len(lines) == 27
