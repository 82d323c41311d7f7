"""A message to people, before a channel formats it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from windage.vocabulary import Document, SeverityName, aware_utc

MessageEvent = Literal["drift", "digest", "acknowledged", "resolved", "broken", "late"]

_LONGEST_SUBJECT = 150


class Link(Document):
    name: str
    url: str


class Message(Document):
    """``text`` stands alone; ``facts`` travel beside it for machines.

    ``key`` stays the same when a message is sent again, so that a receiver can drop the repetition. ``incident`` is
    the same for all messages about one incident. ``pictures`` names the features of ``report`` that are drawn beside it.
    """

    event: MessageEvent
    severity: SeverityName = "critical"
    text: Annotated[str, Field(min_length=1)]
    key: str
    incident: str
    monitor: str | None = None
    links: tuple[Link, ...] = ()
    facts: dict[str, Any] = Field(default_factory=dict)
    report: str | None = None
    pictures: tuple[str, ...] = ()

    @property
    def window_end(self) -> datetime | None:
        """The end of the window that it is about; None if it is about none."""
        end = self.facts.get("window_end")
        return None if end is None else aware_utc(datetime.fromisoformat(str(end)))

    @property
    def subject(self) -> str:
        first = self.text.splitlines()[0]
        return first if len(first) <= _LONGEST_SUBJECT else f"{first[: _LONGEST_SUBJECT - 1]}…"

    @property
    def body(self) -> str:
        """The text with its links below it."""
        return "\n".join([self.text, *(f"{each.name}: {each.url}" for each in self.links)])
