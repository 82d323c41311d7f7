"""Verdicts, decisions and silences on both databases; every write may be repeated."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from windage.incidents.model import Seen, State, WindowVerdict
from windage.incidents.store import IncidentStore
from windage.store.database import Database
from windage.vocabulary import Outcome, Window

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
FOUND = Seen(
    subjects=("feature x",), triggers=("missingness",), severity="critical", headline="x is gone", features=("x",)
)


def verdict(day, *findings, monitor="m"):
    window = Window(start=FIRST + timedelta(days=day), end=FIRST + timedelta(days=day + 1))
    return WindowVerdict(
        monitor=monitor, window=window, outcome=Outcome.alert if findings else Outcome.ok, findings=findings
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


def test_what_is_not_kept_yet_counts_too(store):
    store.record(verdict(0, FOUND))
    (incident,) = store.incidents("m", besides=[verdict(1, FOUND)])
    assert incident.windows == 2
    assert store.incidents("m")[0].windows == 1


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


def test_silences_end(store):
    until = FIRST + timedelta(days=3)
    made = store.silence("m", until=until, reason="migration", by="ann", feature="x")
    assert store.silence("m", until=until, reason="migration", by="ann", feature="x").silence_id == made.silence_id
    assert [each.silence_id for each in store.silences("m", at=FIRST)] == [made.silence_id]
    assert store.silences("m", at=until) == []
    assert store.silences("other", at=FIRST) == []
    assert store.unsilence(made.silence_id)
    assert not store.unsilence(made.silence_id)
    assert store.silences("m", at=FIRST) == []


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
