"""What another run writes after a claim has read the history, and before the claim has the lock, counts."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from histories import FIRST
from verdicts import verdict
from windage.airflow.channels.webhook import Webhook
from windage.incidents.model import WindowFinding
from windage.incidents.outbox import Outbox
from windage.incidents.routing import deliveries
from windage.incidents.store import IncidentStore
from windage.message import Message
from windage.store.database import Database

FOUND = WindowFinding(
    subjects=("feature x",), triggers=("missingness",), severity="critical", headline="x is gone", features=("x",)
)
CHANNEL = Webhook(kind="webhook", connection="pager", resolved=True)


class Overtaken(Database):
    """Before its next transaction that writes, somebody else does this."""

    def __init__(self, url, meanwhile):
        super().__init__(url)
        self.meanwhile = [meanwhile]

    @contextmanager
    def writing(self):
        if self.meanwhile:
            self.meanwhile.pop()()
        with super().writing() as connection:
            yield connection


def routed(news):
    def words(told):
        about = {"window_end": told[0].window.end.isoformat()}
        return Message(
            event="drift", text="x", key=told[0].told_id, incident=told[0].incident_key, monitor="m", facts=about
        )

    return deliveries(news, [CHANNEL], together=words, apart=words, at=FIRST)


@pytest.fixture
def store(url):
    return IncidentStore(Database(url))


@pytest.fixture
def claimed(url):
    """What a claim of a day tells that is overtaken by something."""

    def claim(day, meanwhile, finding=FOUND):
        store = IncidentStore(Overtaken(url, meanwhile))
        return store.claim(verdict(day, *([finding] if finding else [])), at=FIRST, route=routed)

    return claim


@pytest.mark.parametrize("other", [0, 1, 2])
def test_of_two_runs_one_tells(store, claimed, url, other):
    assert claimed(1, lambda: store.claim(verdict(other, FOUND), at=FIRST, route=routed)) == []
    assert len(Outbox(Database(url)).of("m")) == 1


def test_a_silence_made_meanwhile_is_kept_to(store, claimed):
    def silence():
        store.silence("m", until=FIRST + timedelta(days=9), reason="known", by="ann")

    assert claimed(0, silence) == []


def test_a_decision_made_meanwhile_counts(store, claimed, url):
    store.claim(verdict(0, FOUND), at=FIRST, route=routed)
    (incident,) = store.incidents("m")
    told = claimed(8, lambda: store.decide(incident, "acknowledged", by="ann"))
    assert told == []  # or it would remind of it
    assert [each.kind for each in store.incidents("m")[0].events] == ["opened", "acknowledged"]


def test_an_end_is_told_once_though_two_runs_find_it(store, claimed, url):
    store.claim(verdict(0, FOUND), at=FIRST, route=routed)
    for day in (1, 2):
        store.claim(verdict(day), at=FIRST, route=routed)
    claimed(3, lambda: store.claim(verdict(4), at=FIRST, route=routed), finding=None)
    assert [each.message.event for each in Outbox(Database(url)).of("m")] == ["drift", "resolved"]


def test_more_ends_than_can_be_asked_for_by_name_are_all_told(store, url):
    gone = [FOUND.model_copy(update={"subjects": (f"feature {k}",)}) for k in range(130)]
    store.claim(verdict(0, *gone), at=FIRST, route=lambda news: [one for each in news for one in routed([each])])
    for day in (1, 2, 3):
        store.claim(verdict(day), at=FIRST, route=routed)
    events = [each.message.event for each in Outbox(Database(url)).of("m")]
    assert (events.count("drift"), events.count("resolved")) == (130, 130)
