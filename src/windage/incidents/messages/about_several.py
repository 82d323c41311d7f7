"""Several incidents as one message: a digest of warnings, and the end of a page that named several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from windage.message import Message
from windage.store.keys import natural_key

MOST_IN_DIGEST = 25


def digest(messages: Sequence[Message]) -> Message:
    """Several warnings as one message, which lists at most ``MOST_IN_DIGEST``; a single one stays as it is."""
    if len(messages) == 1:
        return messages[0]
    first = messages[0]
    lines = [f"[Digest] {first.monitor}: {len(messages)} warnings."]
    for each in messages[:MOST_IN_DIGEST]:
        said, _, rest = each.text.partition("\n")
        lines.append(f"- {said.partition(': ')[2] or said} ({rest.splitlines()[0] if rest else ''})".replace(" ()", ""))
    if len(messages) > MOST_IN_DIGEST:
        lines.append(f"- and {len(messages) - MOST_IN_DIGEST} more.")
    return Message(
        event="digest",
        severity="warning",
        text="\n".join(lines),
        key=natural_key(*sorted(each.key for each in messages)),
        incident=first.incident,
        monitor=first.monitor,
        links=messages[-1].links,
        facts={**messages[-1].facts, "event": "digest", "incidents": [each.incident for each in messages]},
        report=messages[-1].report,
        pictures=messages[-1].pictures,
    )


def page_ending_message(event: Literal["acknowledged", "resolved"], *, of: Message, n: int) -> Message:
    """The message that all ``n`` incidents of a page are over, or at least acknowledged."""
    key = natural_key(of.incident, event)
    return of.model_copy(
        update={
            "event": event,
            "text": f"[{event.capitalize()}] {of.monitor}: all {n} incidents of this page are {_ENDED[event]}.\n{of.subject}",
            "key": key,
            "facts": {**of.facts, "event": event, "key": key},
            "pictures": (),
        }
    )


_ENDED = {"acknowledged": "acknowledged or over", "resolved": "over"}
