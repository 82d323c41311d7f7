"""Verdicts, decisions and silences on both databases; every write may be repeated."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from histories import FIRST
from verdicts import seen, verdict
from windage.incidents.delivery import Delivery
from windage.incidents.from_verdicts import UNKNOWN
from windage.incidents.model import State, WindowFinding
from windage.incidents.news import news_alone
from windage.incidents.outbox import Outbox
from windage.incidents.routing import deliveries
from windage.incidents.store import IncidentStore
from windage.message import Message
from windage.spec.channel_kinds import AnyChannel
from windage.store.database import Database
from windage.vocabulary import Outcome, utc_now

FOUND = WindowFinding(
    subjects=("feature x",), triggers=("missingness",), severity="critical", headline="x is gone", features=("x",)
)


@pytest.fixture
def store(url):
    return IncidentStore(Database(url))


def test_an_empty_store_has_no_incidents(store):
    assert store.monitors() == []
    assert store.incidents("m") == []


def test_a_verdict_takes_the_place_of_its_windows_earlier_one(store):
    store.record(verdict(0, FOUND))
    store.record(verdict(0, FOUND))
    store.record(verdict(1, monitor="other"))
    (incident,) = store.incidents("m")
    assert (incident.windows, incident.latest) == (1, FOUND)
    assert store.monitors() == ["m", "other"]
    store.record(verdict(0))
    assert store.incidents("m") == []


def days_told(store, order):
    """The windows whose runs told something, when they came in this order."""
    return [day for day in order if store.claim(verdict(day, FOUND), at=FIRST)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_one_incident_is_told_by_whichever_run_comes_first(store, order):
    assert days_told(store, order) == [order[0]]
    (incident,) = store.incidents("m")
    assert (incident.windows, incident.first.start) == (3, FIRST)


def test_a_window_alone_tells_its_news_under_the_keys_that_a_claim_of_it_gives(store):
    alone = news_alone(verdict(0, FOUND))
    assert alone == store.claim(verdict(0, FOUND), at=FIRST)
    (unknown,) = news_alone(verdict(1, outcome=Outcome.unknown))
    assert (unknown.kind, unknown.subjects) == ("opened", UNKNOWN.subjects)


@pytest.mark.parametrize("others", [(), (0,)], ids=["that opened with it", "that others were told of before"])
def test_what_was_told_without_the_store_is_no_news_any_more_and_its_incident_ends(store, others):
    before = [each for day in others for each in store.claim(verdict(day, FOUND), at=FIRST, route=routed)]
    told = news_alone(verdict(1, FOUND))
    assert store.claim(verdict(1, FOUND), at=FIRST, route=routed, told_unkept=told) == []
    (incident,) = store.incidents("m")
    store.decide(incident, "resolved", by="ann")
    store.end("m", at=FIRST)
    ((_, messages),) = store.messages("m")
    of_it = {each.message.event: each.state for each in messages if told[0].incident_key in each.incidents}
    assert of_it == {"drift": "delivered", "resolved": "waiting"}
    assert len(messages) == 2 * len([*before, *told])


def test_what_waited_already_is_not_sent_again_when_it_was_told_without_the_store(store, url):
    store.claim(verdict(0, FOUND), at=FIRST, route=routed)  # its process was killed, and the retry found no store
    store.claim(verdict(0, FOUND), at=FIRST, route=routed, told_unkept=news_alone(verdict(0, FOUND)))
    assert Outbox(Database(url)).lease(at=FIRST) == []
    assert [each.state for each in Outbox(Database(url)).of("m")] == ["delivered"]


def routed(news):
    def words(news):
        return Message(event="drift", text="x", key=news[0].told_id, incident=news[0].incident_key, monitor="m")

    pager = TypeAdapter(AnyChannel).validate_python({"kind": "pagerduty"})
    return deliveries(news, [pager], together=words, apart=words, at=FIRST)


def test_a_run_that_is_repeated_tells_nothing_again(store):
    assert days_told(store, (0, 1, 0, 1)) == [0]


def test_runs_at_the_same_time_tell_once(store):
    store.incidents("m")  # the tables are there
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda day: bool(store.claim(verdict(day, FOUND), at=FIRST)), range(6)))
    assert sum(told) == 1


def test_what_is_silenced_is_told_to_nobody_and_kept(store):
    store.silence("m", until=FIRST + timedelta(days=9), reason="r", by="b", feature="x")
    other = FOUND.model_copy(update={"subjects": ("feature z",), "features": ("z",)})
    assert store.claim(verdict(0, FOUND), at=FIRST) == []
    assert [each.subjects for each in store.claim(verdict(0, FOUND, other), at=FIRST)] == [("feature z",)]
    assert len(store.incidents("m")) == 2
    assert store.claim(verdict(0, FOUND), at=FIRST + timedelta(days=9))


def test_decisions_are_kept_and_said_twice_are_one(store):
    store.record(verdict(0, FOUND))
    for _ in range(2):
        store.decide(store.incidents("m")[0], "acknowledged", by="ann", note="the feed")
    (incident,) = store.incidents("m")
    assert incident.state is State.acknowledged
    assert [(event.kind, event.by, event.note) for event in incident.events] == [
        ("opened", None, ""),
        ("acknowledged", "ann", "the feed"),
    ]
    store.decide(incident, "resolved", by="bob")
    assert store.incidents("m")[0].state is State.resolved


def test_who_acknowledges_after_another_erases_nothing(store):
    store.record(verdict(0, FOUND))
    for by, note in (("ann", "the feed"), ("bob", ""), ("ann", "")):
        store.decide(store.incidents("m")[0], "acknowledged", by=by, note=note)
    (incident,) = store.incidents("m")
    assert incident.state is State.acknowledged
    assert {(event.by, event.note) for event in incident.events[1:]} == {("ann", "the feed"), ("bob", ""), ("ann", "")}


def test_one_incident_is_found_by_its_number_and_key_and_only_its_messages_are_read(store, monkeypatch):
    others = [seen(name, severity="critical") for name in "abc"]
    store.claim(verdict(0, *others), at=FIRST, route=routed)
    store.claim(verdict(1, FOUND), at=FIRST, route=routed)
    every, read = store.messages("m"), []
    parse = Delivery.model_validate_json
    monkeypatch.setattr(Delivery, "model_validate_json", lambda text: read.append(text) or parse(text))
    for number, (incident, messages) in enumerate(every, start=1):
        assert store.of_number("m", number) == (incident, messages)
        assert store.number_of("m", incident.key) == store.number_of("m", messages[0].incidents[0]) == number
    assert len(read) == len(every) == 4
    assert store.of_number("m", 0) is store.of_number("m", 5) is store.number_of("m", "of none") is None


def test_silences_end(store):
    now = utc_now()
    until = now + timedelta(days=3)
    made = store.silence("m", until=until, reason="migration", by="ann", feature="x")
    assert store.silence("m", until=until, reason="migration", by="ann", feature="x").silence_id == made.silence_id
    assert [each.silence_id for each in store.silences("m", at=now)] == [made.silence_id]
    assert store.silences("m", at=until) == []
    assert store.silences("other", at=now) == []
    assert not store.unsilence(made.silence_id, by="ada", monitor="another")
    assert store.unsilence(made.silence_id, by="ada")
    assert not store.unsilence(made.silence_id, by="ada")
    assert store.silences("m", at=utc_now()) == []
    assert [(each.by, each.ended_by) for each in store.silences("m")] == [("ann", "ada")]


def test_the_same_silence_said_twice_is_one_until_the_later_end(store):
    now = utc_now()
    first, again, other = (
        store.silence("m", until=now + timedelta(days=days), reason=reason, by="ann", feature="x")
        for days, reason in ((3, "migration"), (1, "migration"), (1, "holidays"))
    )
    assert again == first
    assert [each.silence_id for each in store.silences("m")] == [other.silence_id, first.silence_id]
    assert (
        store.silence("m", until=now + timedelta(days=5), reason="migration", by="ann", feature="x").until > first.until
    )
    assert len(store.silences("m")) == 2


def test_a_silence_takes_no_other_ones_place_though_both_end_at_the_same_time(store):
    until = utc_now() + timedelta(days=3)
    anns = store.silence("m", until=until, reason="migration", by="ann")
    store.silence("m", until=until, reason="holidays", by="bob")
    assert store.unsilence(anns.silence_id, by="ann")
    store.silence("m", until=until, reason="migration", by="ann")
    assert {(each.by, each.reason, each.ended_by) for each in store.silences("m")} == {
        ("ann", "migration", "ann"),
        ("bob", "holidays", None),
        ("ann", "migration", None),
    }


def test_the_third_unknown_window_is_told_unless_all_is_silenced(store):
    unknown = [verdict(day).model_copy(update={"outcome": Outcome.unknown}) for day in range(3)]
    assert [len(store.claim(each, at=FIRST)) for each in unknown] == [0, 0, 1]
    store.silence("m", until=FIRST + timedelta(days=9), reason="r", by="b")
    assert store.claim(unknown[2], at=FIRST) == []


@pytest.mark.parametrize(
    ("given", "covers"),
    [
        ({}, True),
        ({"feature": "x"}, True),
        ({"feature": "y"}, False),
        ({"trigger": "missingness"}, True),
        ({"trigger": "frozen"}, False),
        ({"feature": "x", "user": "ann"}, False),
    ],
)
def test_a_silence_covers_what_is_about_nothing_else(store, given, covers):
    assert store.silence("m", until=FIRST, reason="r", by="b", **given).covers(FOUND) is covers
    both = FOUND.model_copy(update={"features": ("x", "z")})
    assert store.silence("m", until=FIRST, reason="r", by="b", feature="x").covers(both) is False


def test_many_writers_of_the_same_windows(store):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda day: store.record(verdict(day % 5, FOUND)), range(40)))
    (incident,) = store.incidents("m")
    assert incident.windows == 5
