"""Who is told of what, and when."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from windage.incidents.model import Told
from windage.incidents.routing import MOST_PAGES, deliveries
from windage.message import Message
from windage.spec.channel import Channel
from windage.spec.channel_kinds import AnyChannel
from windage.vocabulary import Window

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NIGHT = MONDAY + timedelta(hours=3)


class Board(Channel):
    """Keeps incidents."""

    tracks: ClassVar[bool] = True
    kind: Literal["board"] = "board"


class Chat(Channel):
    """Is read by people."""

    kind: Literal["chat"] = "chat"


def told(name, severity="critical"):
    window = Window(start=MONDAY - timedelta(days=1), end=MONDAY)
    return Told(monitor="m", kind="opened", subjects=(f"feature {name}",), window=window, severity=severity)


def message(news):
    names = " ".join(each.subjects[0] for each in news)
    severity = min(each.severity for each in news)
    return Message(event="drift", severity=severity, text=names, key=names, incident=names, monitor="m")


def routed(news, *channels, at=NIGHT):
    made = deliveries(news, channels, together=message, apart=message, at=at)
    return [(each.kind, each.message.text, each.due_at - MONDAY, each.is_digest) for each in made]


HOUR = timedelta(hours=1)


def test_people_read_one_message_and_a_board_gets_one_for_each_incident():
    assert routed([told("a"), told("b")], Chat(), Board()) == [
        ("chat", "feature a feature b", 3 * HOUR, False),
        ("board", "feature a", 3 * HOUR, False),
        ("board", "feature b", 3 * HOUR, False),
    ]


def test_a_warning_goes_to_those_who_want_warnings_with_the_next_digest():
    both, critical = Chat(severities=("warning", "critical")), Chat()
    assert routed([told("a", "warning")], critical) == []
    assert routed([told("a", "warning"), told("b")], both) == [
        ("chat", "feature a", 8 * HOUR, True),
        ("chat", "feature b", 3 * HOUR, False),
    ]
    assert routed([told("a", "warning")], both, at=MONDAY + 9 * HOUR)[0][2] == 32 * HOUR
    at_once = Chat(severities=("warning",), digest=None)
    assert routed([told("a", "warning")], at_once) == [("chat", "feature a", 3 * HOUR, False)]
    assert routed([told("a", "warning")], Board(severities=("warning",))) == [("board", "feature a", 3 * HOUR, False)]


WORK = {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00"}


@pytest.mark.parametrize(
    ("hours", "timezone", "at", "due"),
    [
        (WORK, "UTC", 3, 8),
        (WORK, "UTC", 9, 9),
        (WORK, "UTC", 18, 32),
        (WORK, "Europe/Berlin", 3, 7),
        (WORK, "America/New_York", 3, 13),
        (WORK, "UTC", 5 * 24, 7 * 24 + 8),  # a Saturday
        ({"start": "20:00", "end": "06:00"}, "UTC", 3, 3),  # Sunday's night
        ({"start": "20:00", "end": "06:00"}, "UTC", 7, 20),
        ({"days": ["sun"], "start": "20:00", "end": "06:00"}, "UTC", 7, 6 * 24 + 20),
        ({}, "UTC", 3, 3),
    ],
)
def test_what_happens_outside_a_channels_hours_waits_for_them(hours, timezone, at, due):
    channel = Chat(hours=hours, timezone=timezone)
    assert channel.due("critical", MONDAY + at * HOUR) == MONDAY + due * HOUR


def test_a_clock_that_is_put_forward_moves_nothing_out_of_the_hours():
    saturday = datetime(2026, 3, 28, 20, tzinfo=UTC)  # summer time begins in Berlin in this night
    channel = Chat(hours={"start": "08:00", "end": "18:00"}, timezone="Europe/Berlin")
    assert channel.due("critical", saturday) == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_yaml_reads_a_bare_time_of_day_as_a_number():
    assert Chat(digest=18 * 60).digest.hour == 18


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"kind": "webhook", "connection": "x", "timezone": "Mars/Olympus"}, "must name a time zone"),
        ({"kind": "webhook", "connection": "x", "severities": []}, "at least 1 item"),
        ({"kind": "smoke"}, "unknown channel 'smoke'"),
        ({"connection": "x"}, "kind"),
        ({"kind": "callback", "name": "f"}, "unknown channel 'callback'"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(document, said):
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(AnyChannel).validate_python(document)


def test_the_same_receiver_is_the_same_whenever_it_is_told():
    assert Chat(hours=WORK).identity == Chat(severities=("warning",)).identity


@pytest.mark.parametrize(("n", "pages"), [(MOST_PAGES, MOST_PAGES), (MOST_PAGES + 1, 1), (3000, 1)])
def test_many_incidents_of_one_window_are_one_page(n, pages):
    news = [told(f"f{k}") for k in range(n)]
    made = deliveries(news, [Board(), Chat()], together=message, apart=message, at=NIGHT)
    assert [each.kind for each in made] == ["board"] * pages + ["chat"]
    assert [key for each in made[:pages] for key in each.incidents] == [each.incident_key for each in news]
