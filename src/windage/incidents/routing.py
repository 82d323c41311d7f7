"""Which channel gets which message, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from windage.incidents.delivery import Delivery, by_incident
from windage.incidents.messages.about_drift import ending_message
from windage.incidents.messages.about_monitors import monitor_incident, recovered_message
from windage.incidents.messages.about_several import page_ending_message
from windage.incidents.model import EventKind, Incident, Told
from windage.incidents.news import ENDINGS
from windage.message import Message
from windage.spec.channel import Channel
from windage.spec.channel_kinds import AnyChannel
from windage.store.keys import natural_key
from windage.vocabulary import Window

MOST_PAGES = 3
"""If one window tells of more incidents than this, a receiver that tracks incidents gets them as one page: a broken feed moves
hundreds of columns at once, and hundreds of calls help nobody."""

Words = Callable[[Sequence[Told]], Message]
"""Makes the message about some news of one window."""


def deliveries(
    news: Sequence[Told], channels: Iterable[Channel], *, together: Words, apart: Words, at: datetime
) -> list[Delivery]:
    """A message for each channel that wants some of the news.

    Args:
        together: makes the message about all news at once, for people.
        apart: makes the message about one incident, for a receiver that tracks incidents and for a digest.
    """
    made = []
    for channel in channels:
        wanted = [each for each in news if each.severity in channel.severities]
        is_tracked = channel.tracks and len(wanted) <= MOST_PAGES
        alone = [each for each in wanted if is_tracked or channel.is_digested(each.severity)]
        rest = [each for each in wanted if not (is_tracked or channel.is_digested(each.severity))]
        made += [delivery(apart([each]), channel, [each], at=at) for each in alone]
        if rest:
            made.append(delivery(together(rest), channel, rest, at=at))
    return made


def delivery(message: Message, channel: Channel, told: Sequence[Told] = (), *, at: datetime) -> Delivery:
    """One message for one channel, under an identity that is the same in every run that would send it."""
    return Delivery(
        delivery_id=natural_key(channel.identity, message.key),
        monitor=message.monitor or "",
        channel=channel.model_dump(mode="json"),
        receiver=channel.identity,
        message=message,
        incidents=tuple(each.incident_key for each in told) or (message.incident,),
        window=told[0].window if told else None,
        is_digest=channel.is_digested(message.severity) and message.event == "drift",
        due_at=channel.due(message.severity, at),
        created_at=at,
    )


def end_deliveries(
    ended: Sequence[tuple[Told, Incident | None]], before: Iterable[Delivery], told: Iterable[Told], *, at: datetime
) -> list[Delivery]:
    """The messages that incidents are acknowledged or over, for the channels that were told of them.

    A page about several incidents is acknowledged, or resolved, when all of them are.

    Args:
        told: everything that people were told already.
    """
    about = by_incident(before)
    said: dict[str, set[EventKind]] = defaultdict(set)
    for each in (*told, *(ending for ending, _ in ended)):
        said[each.incident_key].add(each.kind)
    made: dict[str, Delivery] = {}
    for ending, incident in ended:
        own = about[ending.incident_key]
        alone = ending_message(ending, incident, links=own[0].message.links if own else ())
        for channel in _reached(own):
            one = delivery(alone, channel, [ending], at=at)
            if not channel.tracks:
                if channel.tells_the_end and ending.kind == "resolved":
                    made.setdefault(one.delivery_id, one)
                continue
            for page in _pages(own, one.receiver):
                if page.message.incident == ending.incident_key:
                    made.setdefault(one.delivery_id, one)
                elif (how := _how_all_end(page.incidents, said)) is not None:
                    over = page_ending_message(how, of=page.message, n=len(page.incidents))
                    whole = delivery(over, channel, [ending], at=at).model_copy(update={"incidents": page.incidents})
                    made.setdefault(whole.delivery_id, whole)
    return list(made.values())


def _how_all_end(
    incidents: Iterable[str], said: Mapping[str, AbstractSet[EventKind]]
) -> Literal["acknowledged", "resolved"] | None:
    """Whether all of these incidents are over, or some of them only acknowledged; None if one is still open."""
    of_each = [said.get(key, frozenset()) for key in incidents]
    if all("resolved" in each for each in of_each):
        return "resolved"
    return "acknowledged" if all(each & set(ENDINGS) for each in of_each) else None


def _pages(of_one: Iterable[Delivery], receiver: str) -> list[Delivery]:
    """The messages by which a receiver that tracks incidents was told of one: the first of each that it tracks."""
    found: dict[str, Delivery] = {}
    for each in of_one:
        if each.receiver == receiver and each.state != "failed" and each.message.event not in ENDINGS:
            found.setdefault(each.message.incident, each)
    return list(found.values())


def recovered(monitor: str, before: Sequence[Delivery], *, window: Window, at: datetime) -> list[Delivery]:
    """The messages that a monitor which was broken or late has given a verdict on that window, or on a later one."""
    own = by_incident(before)[monitor_incident(monitor)]
    told = [each for each in own if each.message.event in ("broken", "late")]
    if not told or any(each.message.window_end > window.end for each in told if each.message.window_end):
        return []
    message = recovered_message(monitor, of=told[-1].message)
    return [delivery(message, each, at=at) for each in _reached(own) if each.tells_the_end]


def _reached(of_one: Iterable[Delivery]) -> list[Channel]:
    """The channels that were told, or are about to be told, of an incident by these messages about it."""
    found: Mapping[str, Channel] = {
        each.receiver: channel
        for each in of_one
        if each.message.event not in ENDINGS
        if each.state != "failed"
        if (channel := channel_of(each.channel)) is not None
    }
    return list(found.values())


def channel_of(document: Mapping[str, object]) -> Channel | None:
    """The channel that a delivery was meant for; None if its kind is no longer installed."""
    try:
        return _adapter().validate_python(dict(document))
    except ValidationError:
        return None


@cache
def _adapter() -> TypeAdapter[Channel]:
    return TypeAdapter(AnyChannel)
