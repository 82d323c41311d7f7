"""What of the incidents is told: each event once, by whichever window's run comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windage.incidents.model import Event, EventKind, Incident, State, Told, WindowVerdict
from windage.vocabulary import Window

NEWS: frozenset[EventKind] = frozenset({"opened", "worsened", "escalated", "reminded"})
ENDINGS: tuple[EventKind, ...] = ("acknowledged", "resolved")


def untold(incidents: Sequence[Incident], verdict: WindowVerdict, told: Sequence[Told]) -> list[Told]:
    """What is new with this window's verdict and not told yet.

    Runs in parallel see different windows: what one took for the beginning of an incident another knows to be its second
    day. An incident opens, gets worse and is escalated once, and each is told once. What could not be told by the window
    that it is from, because it was silenced then or filled in later, is told by the next window that finds it again.
    What is over by the time it is found is told to nobody.
    """
    found = []
    for incident in (each for each in incidents if each.is_active):
        earlier = _told_of(incident, told)
        found += [_told(incident, event, verdict.window, earlier) for event in _due(incident, verdict, earlier)]
    return found


def endings(incidents: Sequence[Incident], told: Sequence[Told]) -> list[tuple[Told, Incident | None]]:
    """What was told of and is now acknowledged or over, which was not told yet; with None, what no window finds any more."""
    found: list[tuple[Told, Incident | None]] = []
    known: set[str] = set()
    for incident in incidents:
        earlier = _told_of(incident, told)
        known |= {each.incident_key for each in earlier}
        if earlier:
            found += [
                (_ending(earlier[0], event.kind, event.window), incident)
                for event in incident.events
                if event.kind in ENDINGS and not _is_said(event, earlier)
            ]
    gone = {each.incident_key: each for each in told if each.kind in NEWS and each.incident_key not in known}
    ended = {each.incident_key for each in told if each.kind == "resolved"}
    return found + [(_ending(each, "resolved", each.window), None) for key, each in gone.items() if key not in ended]


def key_of(incident: Incident, told: Iterable[Told]) -> str | None:
    """What the messages about an incident have in common; None when nobody was told of it."""
    earlier = _told_of(incident, told)
    return earlier[0].incident_key if earlier else None


def _due(incident: Incident, verdict: WindowVerdict, earlier: Sequence[Told]) -> list[Event]:
    """The events that this window's run has to tell, were nothing silenced."""
    window, said = verdict.window, {each.kind for each in earlier}
    now = [
        event
        for event in incident.events
        if event.window == window
        and event.kind in NEWS
        and (event.kind not in said or (event.kind == "reminded" and _is_long_ago(verdict, earlier)))
    ]
    if now or incident.state is not State.open or incident.last != window:
        return now
    missed = [event for event in incident.events if event.kind in NEWS - {"reminded", *said}]
    return missed[-1:]


def _is_long_ago(verdict: WindowVerdict, earlier: Iterable[Told]) -> bool:
    """Whether nothing was told of an incident for so long, in the time of windows, that people want to be reminded."""
    return all(abs(verdict.window.end - each.window.end) >= verdict.remind_every for each in earlier)


def _told_of(incident: Incident, told: Iterable[Told]) -> list[Told]:
    """All that was told of an incident, the first of it first."""
    end = max(incident.last.start, incident.events[-1].window.start)
    return sorted(
        (
            each
            for each in told
            if set(each.subjects) & set(incident.subjects) and incident.first.start <= each.window.start <= end
        ),
        key=lambda each: (each.window.start, each.kind, each.subjects),
    )


def _is_said(event: Event, earlier: Iterable[Told]) -> bool:
    """An incident is over once; it may be acknowledged again after it got worse."""
    return any(
        each.kind == event.kind and (event.kind == "resolved" or each.window == event.window) for each in earlier
    )


def _told(incident: Incident, event: Event, window: Window, earlier: Sequence[Told]) -> Told:
    about = {"monitor": incident.monitor, "subjects": incident.subjects, "window": window}
    told = Told(kind=event.kind, severity=event.severity, **about)
    return told.model_copy(update={"incident": (earlier[0] if earlier else told).incident_key})


def _ending(told: Told, kind: EventKind, window: Window) -> Told:
    return told.model_copy(update={"kind": kind, "window": window, "incident": told.incident_key})
