"""Which channel gets which message, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError

from windage.incidents.delivery import Delivery, by_incident
from windage.incidents.messages import ending_message, monitor_incident, recovered_message
from windage.incidents.model import Incident, Told
from windage.message import Message
from windage.spec.channel import AnyChannel, Channel
from windage.store.keys import natural_key
from windage.vocabulary import Window

Words = Callable[[Sequence[Told]], Message]
"""Makes the message about some news of one window."""


def deliveries(
    news: Sequence[Told], channels: Iterable[Channel], *, together: Words, apart: Words, at: datetime
) -> list[Delivery]:
    """A message for each channel that wants some of the news.

    Args:
        together: what is said of all news at once, to people.
        apart: what is said of one incident, to a receiver that keeps incidents, and in a digest.
    """
    made = []
    for channel in channels:
        wanted = [each for each in news if each.severity in channel.severities]
        alone = [each for each in wanted if channel.tracks or channel.is_digested(each.severity)]
        rest = [each for each in wanted if not (channel.tracks or channel.is_digested(each.severity))]
        made += [delivery(apart([each]), channel, [each], at=at) for each in alone]
        if rest:
            made.append(delivery(together(rest), channel, rest, at=at))
    return made


def delivery(
    message: Message, channel: Channel, told: Sequence[Told] = (), *, at: datetime, window: Window | None = None
) -> Delivery:
    """One message for one channel, under an identity that is the same in every run that would send it."""
    of = told[0].window if told else window
    return Delivery(
        delivery_id=natural_key(channel.identity, message.key),
        monitor=message.monitor or "",
        channel=channel.model_dump(mode="json"),
        receiver=channel.identity,
        message=message,
        incidents=tuple(each.incident_key for each in told) or (message.incident,),
        window=of,
        is_digest=channel.is_digested(message.severity) and message.event == "drift",
        due_at=channel.due(message.severity, at),
        created_at=at,
    )


def endings(
    ended: Iterable[tuple[Told, Incident | None]], before: Sequence[Delivery], *, at: datetime
) -> list[Delivery]:
    """What is said of incidents that are acknowledged or over, to the channels that were told of them."""
    made = []
    about = by_incident(before)
    for told, incident in ended:
        own = about[told.incident_key]
        message = ending_message(told, incident, links=own[0].message.links if own else ())
        made += [
            delivery(message, channel, [told], at=at)
            for channel in _reached(own)
            if channel.tracks or (channel.tells_the_end and told.kind == "resolved")
        ]
    return made


def recovered(monitor: str, before: Sequence[Delivery], *, window: Window, at: datetime) -> list[Delivery]:
    """What is said when a monitor that was broken or late gives a verdict of that window, or of a later one."""
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
        if each.message.event not in ("acknowledged", "resolved")
        if each.state != "failed"
        if (channel := channel_of(each.channel)) is not None
    }
    return list(found.values())


def channel_of(document: Mapping[str, object]) -> Channel | None:
    """The channel that a delivery was meant for; None where its kind is installed no more."""
    try:
        return _adapter().validate_python(dict(document))
    except ValidationError:
        return None


@cache
def _adapter() -> TypeAdapter[Channel]:
    return TypeAdapter(AnyChannel)
