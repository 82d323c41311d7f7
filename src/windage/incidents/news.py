"""Which events of incidents people have yet to be told of: each once, by whichever window's run comes first."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from windage.incidents.from_verdicts import UNKNOWN, incidents_of, likeness
from windage.incidents.model import Event, EventKind, Incident, State, Told, WindowVerdict
from windage.store.keys import natural_key
from windage.vocabulary import Window

NEWS: frozenset[EventKind] = frozenset({"opened", "worsened", "spread", "escalated", "reminded"})
ENDINGS: tuple[EventKind, ...] = ("acknowledged", "resolved")
_ENDS: Mapping[EventKind, EventKind] = {"acknowledged": "acknowledged", "resolved": "resolved", "passed": "resolved"}
"""What people are told of each event that ends an incident. They were told of one that passed only if late windows changed
it since."""


def untold(incidents: Sequence[Incident], verdict: WindowVerdict, told: Sequence[Told]) -> list[Told]:
    """What is new with this window's verdict and not told yet.

    Runs in parallel see different windows: what one run takes for the beginning of an incident, another knows to be its
    second day. An incident opens, gets worse and is escalated once, and each of these is told once; so is each time that it
    spreads. What its own window could not tell, because it was silenced then or filled in later, is told by the next window
    that finds it again. What is already over when it is found is told to nobody. If people were told that an incident is
    over, and a late window shows that it goes on, they are told again.
    """
    found = []
    over = _keys_over(told)
    for incident, earlier in zip(incidents, _already_told(incidents, told), strict=True):
        said = [each for each in earlier if each.incident_key not in over]
        if incident.is_active:
            found += [_as_told(incident, event, verdict.window, said, over) for event in _due(incident, verdict, said)]
    return found


def news_alone(verdict: WindowVerdict) -> list[Told]:
    """What is new with a window if no other window can be looked up: everything, as if it were the first.

    A window that could not be judged is told as if it were the last of several in a row, which are an incident.
    """
    unknown = Told(monitor=verdict.monitor, kind="opened", subjects=UNKNOWN.subjects, window=verdict.window)
    return untold(incidents_of([verdict]), verdict, []) or [unknown]


def endings(incidents: Sequence[Incident], told: Sequence[Told]) -> list[tuple[Told, Incident | None]]:
    """Endings and acknowledgements that people have yet to be told of, of incidents that they were told of.

    Each comes with its incident, or with None if no window finds that incident any longer. A late window may join two
    incidents that people were told of: then each of the two gets its ending.
    """
    found: list[tuple[Told, Incident | None]] = []
    over, known = _keys_over(told), set()
    for incident, earlier in zip(incidents, _already_told(incidents, told), strict=True):
        of_key = _by_key(earlier)
        known |= set(of_key)
        for said in (own for key, own in of_key.items() if key not in over):
            ends = ((_ENDS[event.kind], event.window) for event in incident.events if event.kind in _ENDS)
            found += [(_ending(said[0], kind, at), incident) for kind, at in ends if not _is_said(kind, at, said)]
    gone = {each.incident_key: each for each in told if each.kind in NEWS and each.incident_key not in known | over}
    return found + [(_ending(each, "resolved", each.window), None) for each in gone.values()]


def keys_of(incidents: Sequence[Incident], told: Iterable[Told]) -> list[frozenset[str]]:
    """The keys of the messages about each incident; empty if nobody was told of it."""
    return [frozenset(each.incident_key for each in earlier) for earlier in _already_told(incidents, told)]


def _due(incident: Incident, verdict: WindowVerdict, earlier: Sequence[Told]) -> list[Event]:
    """The events that this window's run has to tell, before silences are applied."""
    news = list(_not_told(incident, verdict, earlier))
    now = [event for event in news if event.window == verdict.window]
    if now or incident.state is not State.open or incident.last != verdict.window:
        return now
    return [event for event in news if event.kind != "reminded"][-1:]


def _not_told(incident: Incident, verdict: WindowVerdict, earlier: Sequence[Told]) -> Iterator[Event]:
    """The news that people have not heard of: each kind once, and every time that the incident spreads, unless a later window
    already told of it as no less severe."""
    said, spreads = Counter(each.kind for each in earlier), 0
    for event in incident.events:
        spreads += event.kind == "spread"
        often = spreads if event.kind == "spread" else 1
        is_told = said[event.kind] >= often and not (event.kind == "reminded" and _is_long_ago(verdict, earlier))
        if event.kind in NEWS and not is_told and not any(_tells_more(each, event) for each in earlier):
            yield event


def _tells_more(told: Told, event: Event) -> bool:
    is_later = told.kind in NEWS and told.window.start >= event.window.start
    return is_later and (told.severity == "critical" or event.severity == "warning")


def _is_long_ago(verdict: WindowVerdict, earlier: Iterable[Told]) -> bool:
    """Whether an incident was last told of so long ago, in the time of windows, that people want to be reminded."""
    return all(abs(verdict.window.end - each.window.end) >= verdict.remind_every for each in earlier)


def _already_told(incidents: Sequence[Incident], told: Iterable[Told]) -> list[list[Told]]:
    """All that was told of each incident, the earliest first.

    Everything told under one key is about one incident: the one that the latest news under this key is about.
    """
    about: dict[str, _Courses] = defaultdict(_Courses)
    for k in sorted(range(len(incidents)), key=lambda k: incidents[k].first.start):
        for subject in incidents[k].subjects:
            about[subject].add(k, incidents[k])
    found: list[list[Told]] = [[] for _ in incidents]
    for own in _by_key(sorted(told, key=lambda each: (each.window.start, each.kind, each.subjects))).values():
        news = [each for each in reversed(own) if each.kind in NEWS]
        place = next((at for each in news or own if (at := _place(each, incidents, about)) is not None), None)
        if place is not None:
            found[place] += own
    return [sorted(each, key=lambda told: told.window.start) for each in found]


def _place(told: Told, incidents: Sequence[Incident], about: Mapping[str, _Courses]) -> int | None:
    """The index of the incident that a record is about. Among those that share subjects with it at its time, it is the one with
    the same subjects, else the one with that very event, else the one with the most similar subjects."""
    at = told.window.start
    places = sorted({k for subject in told.subjects if subject in about for k in about[subject].lasting(at)})

    def fits(k: int) -> tuple[bool, bool, float]:
        alike = likeness(told.subjects, incidents[k].subjects)
        has_it = any((each.kind, each.window) == (told.kind, told.window) for each in incidents[k].events)
        return alike == 1.0, has_it, alike

    return max(places, key=fits, default=None)


def _by_key(told: Iterable[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        found[each.incident_key].append(each)
    return found


def _keys_over(told: Iterable[Told]) -> set[str]:
    """The keys under which people were told that it is over."""
    return {each.incident_key for each in told if each.kind == "resolved"}


@dataclass(slots=True)
class _Courses:
    """The incidents of one subject in the order in which they began, so that those that last at a moment are found without
    looking at all others."""

    begins: list[datetime] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)
    latest_ends: list[datetime] = field(default_factory=list)
    """The latest end of this incident and all that began before it."""
    places: list[int] = field(default_factory=list)

    def add(self, place: int, incident: Incident) -> None:
        """Add the incident that began last. The window that ends it counts."""
        end = max(incident.last.start, incident.events[-1].window.start)
        self.begins.append(incident.first.start)
        self.ends.append(end)
        self.latest_ends.append(max([end, *self.latest_ends[-1:]]))
        self.places.append(place)

    def lasting(self, at: datetime) -> Iterator[int]:
        for k in range(bisect_right(self.begins, at) - 1, -1, -1):
            if self.latest_ends[k] < at:
                return
            if self.ends[k] >= at:
                yield self.places[k]


def _is_said(kind: EventKind, at: Window, said: Sequence[Told]) -> bool:
    """Whether people already know of an ending or an acknowledgement, or somebody acknowledged the incident before they heard of
    it. An incident ends once; it may be acknowledged again after it got worse."""
    if any(each.kind == kind and (kind == "resolved" or each.window == at) for each in said):
        return True
    return kind == "acknowledged" and at.start < said[0].window.start


def _as_told(incident: Incident, event: Event, window: Window, said: Sequence[Told], over: Container[str]) -> Told:
    about = {"monitor": incident.monitor, "subjects": incident.subjects, "window": window}
    told = Told(kind=event.kind, severity=event.severity, **about)
    key = (said[0] if said else told).incident_key
    while key in over:
        key = natural_key(key, "again")
    return told.model_copy(update={"incident": key})


def _ending(told: Told, kind: EventKind, window: Window) -> Told:
    return told.model_copy(update={"kind": kind, "window": window, "incident": told.incident_key})
