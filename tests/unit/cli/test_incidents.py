"""``windage incidents``: what is wrong, taken on, ended, silenced."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from histories import record, spec
from windage.history.store import HistoryStore
from windage.incidents.delivery import Delivery
from windage.incidents.model import WindowFinding, WindowVerdict
from windage.incidents.outbox import Outbox
from windage.incidents.store import IncidentStore
from windage.message import Message
from windage.store.database import Database
from windage.vocabulary import Outcome, Window

FIRST = datetime(2026, 3, 2, tzinfo=UTC)


def verdict(day, *features, monitor="flights"):
    findings = tuple(
        WindowFinding(
            subjects=(f"feature {name}",), triggers=("missingness",), severity="critical",
            headline=f"`{name}` is missing in 90 % of rows.", features=(name,),
        )
        for name in features
    )  # fmt: skip
    return WindowVerdict(
        monitor=monitor,
        window=Window(start=FIRST + timedelta(days=day), end=FIRST + timedelta(days=day + 1)),
        outcome=Outcome.alert if findings else Outcome.ok,
        findings=findings,
    )


@pytest.fixture
def place(sqlite_url):
    store = IncidentStore(Database(sqlite_url))
    for day, found in enumerate([("dep_delay",), (), (), (), ("temp",), ("temp",)]):
        store.record(verdict(day, *found))
    return sqlite_url


def listed(windage, place, *more):
    code, out, _ = windage("incidents", "list", "--store", place, "--json", *more)
    assert code == 0
    return json.loads(out)


def test_the_list_shows_what_lasts(windage, place):
    code, out, _ = windage("incidents", "list", "--store", place)
    assert code == 0
    assert "`temp` is missing in 90 % of rows." in " ".join(out.split())
    assert "dep_delay" not in out
    assert [each["number"] for each in listed(windage, place)["incidents"]] == [2]
    assert [each["state"] for each in listed(windage, place, "--all")["incidents"]] == ["resolved", "open"]


def test_an_incident_is_shown_with_what_it_was_when_it_opened(windage, place):
    (finding,) = verdict(6, "temp").findings
    gone = verdict(6).model_copy(update={"findings": (finding.model_copy(update={"headline": "`temp` is gone."}),)})
    IncidentStore(Database(place)).record(gone)
    _, out, _ = windage("incidents", "show", "2", "--store", place)
    text = " ".join(out.split())
    assert "is open. `temp` is gone." in text
    assert "2026-03-06 – 2026-03-07 opened `temp` is missing in 90 %" in text


def test_taking_on_and_ending(windage, place):
    assert windage("incidents", "ack", "2", "--note", "on it", "--store", place)[:2] == (
        0,
        "incident 2 of flights is acknowledged\n",
    )
    (found,) = listed(windage, place)["incidents"]
    assert (found["state"], found["events"][-1]["note"]) == ("acknowledged", "on it")
    assert windage("incidents", "resolve", "2", "--store", place)[0] == 0
    assert listed(windage, place)["incidents"] == []
    code, _, error = windage("incidents", "ack", "2", "--store", place)
    assert code != 0
    assert "incident 2 already ended, with window" in " ".join(error.split())


def test_an_incident_by_the_key_that_a_message_leads_to(windage, place):
    (told,) = IncidentStore(Database(place)).claim(verdict(6, "temp"), at=FIRST)
    _, out, _ = windage("incidents", "show", told.incident_key, "--store", place)
    assert out.startswith("Incident 2 of flights is open.")
    assert windage("incidents", "ack", told.incident_key, "--store", place)[:2] == (
        0,
        "incident 2 of flights is acknowledged\n",
    )
    code, _, error = windage("incidents", "ack", "1e0ce1ab", "--store", place)
    assert (code, "unknown incident 1e0ce1ab." in error) == (2, True)


def test_a_silence_and_its_end(windage, place):
    code, out, _ = windage(
        "incidents", "silence", "--feature", "temp", "--until", "+3d", "--reason", "feed moves", "--store", place
    )
    assert code == 0
    assert out.startswith("flights: notifications about feature temp are muted until ")
    (silence,) = listed(windage, place)["silences"]
    assert (silence["feature"], silence["reason"]) == ("temp", "feed moves")
    assert windage("incidents", "unsilence", silence["silence_id"], "--store", place)[0] == 0
    assert listed(windage, place)["silences"] == []


def test_a_silence_that_has_ended_is_in_the_list_of_all(windage, place):
    windage("incidents", "silence", "--until", "+3d", "--reason", "feed moves", "--store", place)
    (silence,) = listed(windage, place)["silences"]
    assert "ended by" not in windage("incidents", "list", "--all", "--store", place)[1]
    windage("incidents", "unsilence", silence["silence_id"], "--store", place)
    assert "feed moves" not in windage("incidents", "list", "--store", place)[1]
    (ended,) = listed(windage, place, "--all")["silences"]
    assert ended["silence_id"] == silence["silence_id"]
    assert f"feed moves (ended by {ended['ended_by']})" in windage("incidents", "list", "--all", "--store", place)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ack", "9"], "unknown incident 9"),
        (["unsilence", "x"], "unknown silence 'x'"),
        (["silence", "--until", "soon", "--reason", "r"], "--until 'soon'"),
        (["silence", "--until", "+soon", "--reason", "r"], "--until '+soon'"),
        (
            ["silence", "--until", "2020-01-01", "--reason", "r"],
            "--until 2020-01-01 is in the past. Give a future time",
        ),
        (["silence", "--until", "+1d", "--reason", " "], "a silence needs a reason; got none. Give --reason."),
        (
            ["silence", "--until", "+1d", "--reason", "r", "--trigger", "feature_kss"],
            "unknown trigger 'feature_kss'. Did you mean 'feature_ks'?",
        ),
    ],
)
def test_what_cannot_be_done_is_said(windage, place, arguments, said):
    code, _, error = windage("incidents", *arguments, "--store", place)
    assert code != 0
    assert said in " ".join(error.split())


def test_of_several_monitors_one_is_to_be_named(windage, place, tmp_path):
    IncidentStore(Database(place)).record(verdict(0, monitor="other"))
    code, _, error = windage("incidents", "list", "--store", place)
    assert code != 0
    assert "flights, other" in " ".join(error.split())
    assert len(listed(windage, place, "--monitor", "flights")["incidents"]) == 1
    code, _, error = windage("incidents", "list", "--store", f"sqlite:///{tmp_path}/empty.db")
    assert "contains no results. Give the store" in " ".join(error.split())


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["show", "1"], ["ack", "1"], ["silence", "--until", "+1d", "--reason", "r"], ["unsilence", "x"]],
    ids=lambda arguments: arguments[0],
)
def test_a_mistyped_monitor_is_no_monitor_without_incidents(windage, place, arguments):
    code, out, error = windage("incidents", *arguments, "--store", place, "--monitor", "flihgts")
    assert (code, out) == (2, "")
    said = "contains no results for monitor flihgts. Did you mean 'flights'? Monitors with results: flights."
    assert said in " ".join(error.split())
    assert IncidentStore(Database(place)).silences("flihgts") == []


def test_what_a_receiver_did_not_take_is_seen_and_so_is_who_was_told(windage, place):
    database = Database(place)
    chats = {"kind": "webhook", "connection": "chat"}, {"kind": "webhook", "connection": "pager"}

    def route(news):
        return [
            Delivery(
                delivery_id=chat["connection"],
                monitor="flights",
                channel=chat,
                receiver=chat["connection"],
                message=Message(event="drift", text="[Critical] flights: it moved.", key="k", incident="i"),
                incidents=(news[0].incident_key,),
                due_at=FIRST,
                created_at=FIRST,
            )
            for chat in chats
        ]

    IncidentStore(database).claim(verdict(6, "temp"), at=FIRST, route=route)
    outbox = Outbox(database)
    outbox.delivered(outbox.lease(at=FIRST), at=FIRST, trouble="The mail server refused ann@example.org.")
    outbox.failed(outbox.lease(at=FIRST), why="The receiver of connection 'pager' answered 500.", at=FIRST)

    _, out, _ = windage("incidents", "list", "--store", place)
    said = " ".join(out.split())
    assert "incident 2: message not delivered: The receiver of connection 'pager' answered 500." in said
    assert "incident 2: message not delivered to everyone: The mail server refused ann@example.org." in said
    code, out, _ = windage("incidents", "show", "2", "--store", place)
    assert code == 0
    said = " ".join(out.split())
    assert "Incident 2 of flights is open. `temp` is missing in 90 % of rows." in said
    assert "webhook chat" in said
    assert "delivered" in said
    code, out, _ = windage("incidents", "show", "2", "--store", place, "--json")
    assert [(each["state"], each["attempts"]) for each in json.loads(out)["messages"]] == [
        ("delivered", 0),
        ("waiting", 1),
    ]
    assert windage("incidents", "show", "1", "--store", place)[0] == 0  # which is over


def test_a_store_that_is_not_there_is_told_and_not_made(windage, tmp_path):
    code, _, error = windage("incidents", "list", "--store", f"sqlite:///{tmp_path}/new/x.db")
    assert (code, "x.db contains no results. Give the store that the DAG writes to." in error) == (2, True)
    assert not (tmp_path / "new").exists()


def test_a_feature_that_a_monitor_does_not_have_cannot_be_silenced(windage, place):
    HistoryStore(Database(place)).keep(record(0, monitor="flights"), [], spec("flights"))
    silence = ("incidents", "silence", "--until", "+1d", "--reason", "r", "--store", place, "--monitor", "flights")
    code, _, error = windage(*silence, "--feature", "xx")
    assert code == 2
    assert "unknown feature 'xx'. Did you mean 'x'?" in " ".join(error.split())
    assert windage(*silence, "--feature", "x")[0] == 0
    assert windage(*silence, "--feature", "temp")[0] == 0  # no feature any more, or never one; an incident is about it
