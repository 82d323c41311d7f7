"""All that people were told, by the key under which they were told it, and which incident each of these threads is about."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from windage.incidents.from_verdicts import likeness
from windage.incidents.model import EventKind, Incident, Told

NEWS: frozenset[EventKind] = frozenset({"opened", "worsened", "spread", "escalated", "reminded"})


@dataclass(frozen=True, slots=True)
class Thread:
    """What people were told under one key, the earliest first."""

    told: Sequence[Told]

    @property
    def key(self) -> str:
        return self.told[0].incident_key

    @property
    def news(self) -> list[Told]:
        return [each for each in self.told if each.kind in NEWS]

    @property
    def is_over(self) -> bool:
        """Whether people were told that its incident is."""
        return any(each.kind == "resolved" for each in self.told)


def threads_of(told: Iterable[Told]) -> list[Thread]:
    found: dict[str, list[Told]] = defaultdict(list)
    for each in sorted(told, key=lambda each: (each.window.start, each.kind, each.subjects)):
        found[each.incident_key].append(each)
    return list(map(Thread, found.values()))


def about_each(incidents: Sequence[Incident], threads: Iterable[Thread]) -> list[list[Thread]]:
    """The threads about each incident: a thread is about the one that its latest news is about.

    Args:
        incidents: in the order in which they began.
    """
    spans: dict[str, list[_Span]] = defaultdict(list)
    for place, incident in enumerate(incidents):
        end = max(incident.last.start, incident.events[-1].window.start)  # the window that ends it counts
        for subject in incident.subjects:
            latest_end = max(end, spans[subject][-1].latest_end) if spans[subject] else end
            spans[subject].append(_Span(place, incident.first.start, end, latest_end))
    found: list[list[Thread]] = [[] for _ in incidents]
    for thread in threads:
        places = (_place(each, incidents, spans) for each in thread.news[::-1] or thread.told)
        if (about := next((place for place in places if place is not None), None)) is not None:
            found[about].append(thread)
    return found


class _Span(NamedTuple):
    """When the incident at a place lasts; ``latest_end`` is that of it and all before it that have the subject too."""

    place: int
    begin: datetime
    end: datetime
    latest_end: datetime


def _place(told: Told, incidents: Sequence[Incident], spans: Mapping[str, Sequence[_Span]]) -> int | None:
    """The place of the incident that a record is about. Among those that share subjects with it at its time, it is the one with
    the same subjects, else the one with that very event, else the one with the most similar subjects."""
    places = {place for subject in told.subjects for place in _lasting(spans.get(subject, ()), told.window.start)}

    def fits(place: int) -> tuple[bool, bool, float]:
        alike = likeness(told.subjects, incidents[place].subjects)
        has_it = any((each.kind, each.window) == (told.kind, told.window) for each in incidents[place].events)
        return alike == 1.0, has_it, alike

    return max(sorted(places), key=fits, default=None)


def _lasting(spans: Sequence[_Span], at: datetime) -> Iterator[int]:
    """The places of those that last at a moment, found without looking at all others."""
    for k in range(bisect_right(spans, at, key=lambda each: each.begin) - 1, -1, -1):
        if spans[k].latest_end < at:
            return
        if spans[k].end >= at:
            yield spans[k].place
