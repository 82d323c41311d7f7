"""A message for a channel, and the state of its delivery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal

from windage.message import Message
from windage.store.keys import natural_key
from windage.vocabulary import Document, UtcDatetime, Window

CALLBACK = "callback"
"""The kind of channel that calls a function of the DAG's author, which only the DAG's own run knows."""

DeliveryState = Literal["waiting", "delivered", "failed"]


class Delivery(Document):
    """One message for one channel, and the state of its delivery.

    ``incidents`` names what it is about; a digest joins all that are due into one message when it is sent.
    ``leased_until`` tells one process's try to send it from another's.
    """

    delivery_id: str
    monitor: str
    channel: dict[str, Any]
    receiver: str
    message: Message
    incidents: tuple[str, ...] = ()
    window: Window | None = None
    is_digest: bool = False
    due_at: UtcDatetime
    created_at: UtcDatetime
    state: DeliveryState = "waiting"
    attempts: int = 0
    trouble: str | None = None
    leased_until: UtcDatetime | None = None
    delivered_at: UtcDatetime | None = None

    @property
    def kind(self) -> str:
        return str(self.channel["kind"])

    @property
    def channel_name(self) -> str:
        """What a person calls the channel."""
        return " ".join(str(self.channel[key]) for key in ("kind", "name", "connection") if self.channel.get(key))

    @property
    def shared_with(self) -> str:
        """Deliveries for which this is the same are sent as one message."""
        return natural_key(self.monitor, self.receiver) if self.is_digest else self.delivery_id


def by_incident(deliveries: Iterable[Delivery]) -> defaultdict[str, list[Delivery]]:
    """The deliveries about each incident, in their order; empty for an incident without any."""
    found: defaultdict[str, list[Delivery]] = defaultdict(list)
    for each in deliveries:
        for incident in dict.fromkeys(each.incidents):
            found[incident].append(each)
    return found
