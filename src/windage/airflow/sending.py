"""Sends messages: temporary failures of a channel are retried, and each due message of the outbox is sent once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from windage.airflow.channels.time_limit import TimeIsUp, result_within
from windage.airflow.settings import database_location
from windage.errors import DeliveryFailed, PartlyDelivered, StoreUnavailable
from windage.incidents.delivery import CALLBACK, Delivery
from windage.incidents.messages.about_several import digest
from windage.incidents.routing import channel_of, delivery
from windage.message import Message
from windage.spec.channel import Channel
from windage.spec.channel_kinds import CHANNELS
from windage.vocabulary import Window, utc_now

if TYPE_CHECKING:
    from windage.incidents.outbox import Outbox

log = logging.getLogger(__name__)

TRIES = 4
SECONDS_FOR_ONE = 20.0
"""No further try of a message starts after this time."""
SECONDS_FOR_ALL = 30.0
"""Time limit of all channels together that are told in a callback, which Airflow stops after 50 seconds."""
SECONDS_TO_SEND = 20.0
"""Time limit of one try or one callback. The wait for the store, SECONDS_FOR_ONE and one last try together are shorter than
a lease."""

Call = Callable[[Message], Any]


@dataclass(slots=True)
class Sent:
    """The number of messages sent, and a sentence for each failure."""

    messages: int = 0
    failures: list[str] = field(default_factory=list)


def deliver(message: Message, channels: Sequence[Channel], *, within: float = SECONDS_FOR_ALL) -> None:
    """Send to every channel now; one that fails does not stop the others.

    Args:
        within: seconds for all channels together, shared evenly.

    Raises:
        DeliveryFailed: at least one receiver did not accept the message; the error says which.
    """
    _try_each([partial(_send_through, channel, message) for channel in channels], within=within)


def deliver_unkept(deliveries: Sequence[Delivery], *, callbacks: Mapping[str, Call]) -> None:
    """Send deliveries now, because the outbox is unavailable: at any hour, under the keys that they would have there.

    Raises:
        DeliveryFailed: at least one receiver did not accept its message.
    """
    _try_each([partial(_send, [each], callbacks) for each in deliveries], within=SECONDS_FOR_ALL)


def deliver_due(
    outbox: Outbox,
    *,
    monitor: str | None = None,
    urgent: Window | None = None,
    callbacks: Mapping[str, Call] | None = None,
    within: float = 120.0,
) -> Sent:
    """Send each due message once, and report which receivers did not accept theirs.

    Args:
        monitor: send only messages about this monitor; None sends all.
        urgent: a window whose failed messages are retried at once.
        callbacks: the functions for deliveries of kind callback, by name; None leaves those deliveries to a caller that
            has the functions.
        within: seconds after which no further message is started; the rest is sent next time.

    Raises:
        StoreUnavailable: the due messages cannot be read. They are sent when the store answers again.
    """
    from windage.incidents.outbox import LEASE

    sent = Sent()
    tried: set[str] = set()
    until = time.monotonic() + within
    while time.monotonic() < until:
        calls, began = callbacks is not None, time.monotonic()
        batch = outbox.lease(at=utc_now(), monitor=monitor, urgent=urgent, tried=tried, calls=calls)
        if not batch:
            break
        tried |= {each.delivery_id for each in batch}
        record = partial(_record, until=began + LEASE.total_seconds())
        try:
            _try(partial(_send, batch, callbacks or {}), seconds=SECONDS_FOR_ONE)
        except PartlyDelivered as partly:
            log.error("%s", partly)  # noqa: TRY400 — the sentence says it all
            record(partial(outbox.delivered, batch, at=utc_now(), trouble=str(partly)))
            sent.messages += 1
        except DeliveryFailed as failure:
            log.error("%s", failure)  # noqa: TRY400 — likewise
            record(partial(outbox.failed, batch, why=str(failure), at=utc_now(), wait=failure.wait))
            sent.failures.append(str(failure))
        else:
            record(partial(outbox.delivered, batch, at=utc_now()))
            sent.messages += 1
    return sent


def tell(message: Message, channels: Sequence[Channel]) -> None:
    """Store the message and send it: once, however often this is called, and later if a channel's hours demand it.

    If the store cannot be used, the message is sent all the same.

    Raises:
        DeliveryFailed: a receiver did not accept it; the DAG windage_deliveries retries.
        StoreUnavailable: the message was stored but cannot be read back; that DAG sends it.
    """
    from windage.incidents.outbox import Outbox
    from windage.store.database import Database

    wanting = [each for each in channels if message.severity in each.severities]
    try:
        outbox = Outbox(Database(database_location()))
        outbox.put(delivery(message, each, at=utc_now()) for each in wanting)
    except Exception:  # whatever is wrong with the store, people must be told
        log.exception("earlier messages are unknown, so this one is sent")
        deliver(message, wanting)
        return
    sent = deliver_due(outbox, monitor=message.monitor or "", within=30)
    if sent.failures:
        raise DeliveryFailed(" ".join(sent.failures))


def _record(keep: Callable[[], None], *, until: float) -> None:
    """Store the result of a sending, retrying until the lease ends by the monotonic clock. If that fails, the message is
    sent again."""
    while True:
        try:
            keep()
        except StoreUnavailable:
            if time.monotonic() >= until:
                log.exception("how a sending ended could not be kept, so the message is sent again, under the same key")
                return
            time.sleep(1.0)
        else:
            return


def _send(batch: Sequence[Delivery], callbacks: Mapping[str, Call]) -> None:
    message = digest([each.message for each in batch]) if batch[0].is_digest else batch[0].message
    if batch[0].kind == CALLBACK:
        _call(str(batch[0].channel["name"]), message, callbacks)
        return
    channel = channel_of(batch[0].channel)
    if channel is None:
        raise DeliveryFailed(
            f"Channel kind {batch[0].kind!r} can no longer be used here. Install it, or correct on_call.",
            is_final=batch[0].kind not in CHANNELS.names,  # an installed kind may become importable again
        )
    _send_through(channel, message)


def _send_through(channel: Channel, message: Message) -> None:
    try:
        result_within(SECONDS_TO_SEND, partial(channel.send, message))
    except (DeliveryFailed, PartlyDelivered):
        raise
    except TimeIsUp as error:
        raise DeliveryFailed(
            f"The receiver of a channel of kind {channel.kind} did not take the message within {SECONDS_TO_SEND:g} "
            "seconds. Check the receiver and the connection."
        ) from error
    except (Exception, SystemExit) as error:  # a receiver's library may raise anything, and the others must be notified
        log.exception("a channel failed unexpectedly")
        raise DeliveryFailed(
            f"{type(error).__name__} in a channel of kind {channel.kind}; see the task's log."
        ) from error


def _call(name: str, message: Message, callbacks: Mapping[str, Call]) -> None:
    if name not in callbacks:
        raise DeliveryFailed(f"The DAG no longer has callback {name}. Restore it in on_critical.", is_final=True)
    try:
        result_within(SECONDS_TO_SEND, partial(callbacks[name], message))
    except TimeIsUp as error:
        log.exception("an on-call callback was interrupted here")
        raise DeliveryFailed(
            f"Callback {name} took longer than {SECONDS_TO_SEND:g} seconds and was interrupted. Let it start what takes "
            "longer, such as another DAG, instead of waiting for it.",
            is_final=True,
        ) from error
    except (Exception, SystemExit) as error:  # a callback may raise anything, and the others must be notified
        log.exception("an on-call callback failed")
        raise DeliveryFailed(
            f"{type(error).__name__} in callback {name}; see the task's log. Correct the callback.", is_final=True
        ) from error


def _try_each(sends: Sequence[Callable[[], None]], *, within: float) -> None:
    failures = []
    for send in sends:
        try:
            _try(send, seconds=within / len(sends))
        except PartlyDelivered as partly:
            log.error("%s", partly)  # noqa: TRY400 — the sentence says it all
        except DeliveryFailed as failure:
            failures.append(str(failure))
    if failures:
        raise DeliveryFailed(" ".join(failures))


def _try(send: Callable[[], None], *, seconds: float) -> None:
    """Send, and retry after a pause if that may help and there is time left."""
    until = time.monotonic() + seconds
    for attempt in range(TRIES):
        try:
            send()
        except DeliveryFailed as failure:
            pause = max(0.5 * 2**attempt, failure.wait)
            if failure.is_final or attempt == TRIES - 1 or time.monotonic() + pause > until:
                tries = f" ({attempt + 1} tries)" if attempt else ""
                raise DeliveryFailed(f"{failure}{tries}", is_final=failure.is_final, wait=failure.wait) from failure
            time.sleep(pause)
        else:
            return
