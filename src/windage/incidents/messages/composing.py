"""What every message has: where it comes from, what it is about, and its keys."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from windage.message import Link, Message, MessageEvent
from windage.reports.formats import shortened
from windage.vocabulary import SeverityName, Window

if TYPE_CHECKING:
    from windage.vocabulary import DriftAlert, DriftReport

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a message comes from: the report, the places of its JSON (``location``) and its ``page``, and further links."""

    report: DriftReport | None = None
    location: str | None = None
    page: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a message is about, and its keys. A message about a single incident (``is_of_one``) links to the incident's page."""

    event: MessageEvent
    severity: SeverityName
    monitor: str | None
    window: Window | None
    incident: str
    key: str
    is_of_one: bool = False


def composed(
    topic: Topic,
    text: str,
    source: Source,
    *,
    facts: Mapping[str, object] | None = None,
    pictures: tuple[str, ...] = (),
) -> Message:
    period = topic.window.model_dump(mode="json") if topic.window else {"start": None, "end": None}
    links = _to_one(source.links, topic.incident) if topic.is_of_one else source.links
    return Message(
        event=topic.event,
        severity=topic.severity,
        text=text,
        key=topic.key,
        incident=topic.incident,
        monitor=topic.monitor,
        links=links,
        facts={
            **(facts or {}),
            "event": topic.event,
            "severity": topic.severity,
            "monitor": topic.monitor,
            "window_start": period["start"],
            "window_end": period["end"],
            "incident": topic.incident,
            "key": topic.key,
            "links": {each.name: each.url for each in links},
        },
        report=source.location,
        pictures=pictures if source.location else (),
    )


def _to_one(links: tuple[Link, ...], incident: str) -> tuple[Link, ...]:
    """The links, with that to all incidents replaced by one to this incident."""
    return tuple(
        Link(name="Incident", url=f"{each.url}/{incident}") if each.name == "Incidents" else each for each in links
    )


def in_words(
    report: DriftReport, *, location: str | None = None, badge: str = "", also_found: Sequence[DriftAlert] = ()
) -> str:
    """The report in ten lines, or its bare facts if it cannot be put into words: a page is sent whatever happens."""
    from windage.reports.sentences.report import ten_lines

    try:
        return ten_lines(report, location=location, badge=badge, also_found=also_found)
    except Exception:  # the last place before a person: an unreadable page is better than none
        log.exception("the report could not be put into words")
        word = badge or ("Critical" if report.any_critical else report.outcome.value.capitalize())
        lines = [f"[{word}] {report.monitor}: {shortened(report.summary, 400)}", f"Window {report.current_window}."]
        return "\n".join([*lines, *([f"Report file: {location}"] if location else [])])
