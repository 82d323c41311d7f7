"""Which events of incidents people have yet to be told of: each once, by whichever window's run comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from windage.incidents.from_verdicts import UNKNOWN, incidents_of
from windage.incidents.model import Event, EventKind, Incident, State, Told, WindowVerdict, key_of
from windage.incidents.threads import NEWS, Thread, about_each, threads_of
from windage.store.keys import natural_key
from windage.vocabulary import Window

ENDINGS: tuple[EventKind, ...] = ("acknowledged", "resolved")
_ENDS: Mapping[EventKind, EventKind] = {"acknowledged": "acknowledged", "resolved": "resolved", "passed": "resolved"}
"""What people are told of each event that ends an incident. They were told of one that passed only if late windows changed
it since."""


def untold(incidents: Sequence[Incident], verdict: WindowVerdict, told: Iterable[Told]) -> list[Told]:
    """What is new with this window's verdict and not told yet.

    Runs in parallel see different windows: what one run takes for the beginning of an incident, another knows to be its
    second day. An incident opens, gets worse and is escalated once, and each of these is told once; so is each time that it
    spreads. What its own window could not tell, because it was silenced then or filled in later, is told by the next window
    that finds it again. What is already over when it is found is told to nobody. If people were told that an incident is
    over, and a late window shows that it goes on, they are told again.
    """
    found: list[Told] = []
    threads = threads_of(told)
    over = {each.key for each in threads if each.is_over}
    for incident, own in zip(incidents, about_each(incidents, threads), strict=True):
        if not incident.is_active:
            continue
        going_on = [each for each in own if not each.is_over]
        key = going_on[0].key if going_on else _new_key(incident, verdict.window, over)
        about = {"monitor": incident.monitor, "subjects": incident.subjects, "window": verdict.window, "incident": key}
        due = _due(incident, verdict, [each for thread in going_on for each in thread.told])
        found += [Told(kind=event.kind, severity=event.severity, **about) for event in due]
    return found


def news_alone(verdict: WindowVerdict) -> list[Told]:
    """What is new with a window if no other window can be looked up: everything, as if it were the first.

    A window that could not be judged is told as if it were the last of several in a row, which are an incident.
    """
    unknown = Told(monitor=verdict.monitor, kind="opened", subjects=UNKNOWN.subjects, window=verdict.window)
    return untold(incidents_of([verdict]), verdict, []) or [unknown]


def endings(incidents: Sequence[Incident], told: Iterable[Told]) -> list[tuple[Told, Incident | None]]:
    """Endings and acknowledgements that people have yet to be told of, in every thread that is not over.

    Each comes with its incident, or with None if no window finds that incident any longer. A late window may join two
    incidents that people were told of: then each of the two gets its ending.
    """
    found: list[tuple[Told, Incident | None]] = []
    going_on = [each for each in threads_of(told) if not each.is_over]
    gone = {each.key: each.news[-1] for each in going_on if each.news}  # unless an incident of theirs is found below
    for incident, own in zip(incidents, about_each(incidents, going_on), strict=True):
        for thread in own:
            gone.pop(thread.key, None)
            ends = [(_ENDS[event.kind], event.window) for event in incident.events if event.kind in _ENDS]
            found += [(_ending(thread.told[0], *end), incident) for end in ends if not _is_known(*end, thread)]
    return found + [(_ending(latest, "resolved", latest.window), None) for latest in gone.values()]


def keys_of(incidents: Sequence[Incident], told: Iterable[Told]) -> list[frozenset[str]]:
    """The keys of the messages about each incident; empty if nobody was told of it."""
    return [frozenset(each.key for each in own) for own in about_each(incidents, threads_of(told))]


def _due(incident: Incident, verdict: WindowVerdict, heard: Sequence[Told]) -> list[Event]:
    """The events that this window's run has to tell, before silences are applied."""
    news = list(_unheard(incident, verdict, heard))
    now = [event for event in news if event.window == verdict.window]
    if now or incident.state is not State.open or incident.last != verdict.window:
        return now
    return [event for event in news if event.kind != "reminded"][-1:]


def _unheard(incident: Incident, verdict: WindowVerdict, heard: Sequence[Told]) -> Iterator[Event]:
    """The news that people have not heard of: each kind once, and every time that the incident spreads, unless a later window
    already told of it as no less severe."""
    said, spreads = Counter(each.kind for each in heard), 0
    for event in incident.events:
        spreads += event.kind == "spread"
        often = spreads if event.kind == "spread" else 1
        is_told = said[event.kind] >= often and not (event.kind == "reminded" and _is_long_ago(verdict, heard))
        if event.kind in NEWS and not is_told and not any(_tells_more(each, event) for each in heard):
            yield event


def _tells_more(told: Told, event: Event) -> bool:
    is_later = told.kind in NEWS and told.window.start >= event.window.start
    return is_later and (told.severity == "critical" or event.severity == "warning")


def _is_long_ago(verdict: WindowVerdict, heard: Iterable[Told]) -> bool:
    """Whether an incident was last told of so long ago, in the time of windows, that people want to be reminded."""
    return all(abs(verdict.window.end - each.window.end) >= verdict.remind_every for each in heard)


def _new_key(incident: Incident, window: Window, over: Container[str]) -> str:
    """The key of an incident that people first hear of by this window; not that of a thread that is over."""
    key = key_of(incident.monitor, window, incident.subjects)
    while key in over:
        key = natural_key(key, "again")
    return key


def _is_known(kind: EventKind, at: Window, thread: Thread) -> bool:
    """Whether people know of an acknowledgement already, or it was made before they heard of the incident. Another one may follow
    after it got worse. That it ended, nobody knows whose thread is not over."""
    if kind != "acknowledged":
        return False
    return at.start < thread.told[0].window.start or any(
        each.kind == kind and each.window == at for each in thread.told
    )


def _ending(told: Told, kind: EventKind, window: Window) -> Told:
    return told.model_copy(update={"kind": kind, "window": window, "incident": told.incident_key})
