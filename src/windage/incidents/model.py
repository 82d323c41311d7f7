"""The documents: what one window found, what people decided, and the incidents that follow from both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from windage.store.keys import natural_key
from windage.vocabulary import Document, Outcome, SeverityName, UtcDatetime, Window


def values_of(feature: str) -> str:
    """The subject of a finding about what a feature's values are."""
    return f"feature {feature}"


def arrival_of(feature: str) -> str:
    """The subject of a finding about whether a feature's values arrive at all. It is another incident: a person who has
    acknowledged a shift has not heard that the column is gone."""
    return f"arrival of {feature}"


_ARRIVAL = arrival_of("")


def key_of(monitor: str, window: Window, subjects: Iterable[str]) -> str:
    """The key of the incident about these subjects that begins with this window."""
    return natural_key(monitor, window.start, *subjects)


def hidden_by(subjects: Iterable[str]) -> set[str]:
    """The subjects that cannot be judged while these are found: the values of a feature that does not arrive.

    >>> hidden_by([arrival_of("x"), "window row"])
    {'feature x'}
    """
    return {values_of(each.removeprefix(_ARRIVAL)) for each in subjects if each.startswith(_ARRIVAL)}


class WindowFinding(Document):
    """One finding of one window. ``subjects`` say what it is about, so that the next window's finding can be recognised as
    the same; ``critical`` are those of its critical alerts."""

    subjects: tuple[str, ...]
    triggers: tuple[str, ...]
    severity: SeverityName
    headline: str
    features: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    since: UtcDatetime | None = None
    critical: tuple[str, ...] = ()

    def is_critical_on(self, subjects: Iterable[str]) -> bool:
        return self.severity == "critical" and not set(self.critical or self.subjects).isdisjoint(subjects)


class FindingsBySubject:
    """Findings, and which of them are about some subjects."""

    def __init__(self, findings: Iterable[WindowFinding]) -> None:
        self._findings = tuple(findings)
        self._about: dict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(self._findings):
            for subject in each.subjects:
                self._about[subject].append(place)

    def about(self, subjects: Iterable[str]) -> list[WindowFinding]:
        """The findings about any of these subjects, in their order."""
        places = {place for subject in subjects for place in self._about.get(subject, ())}
        return [self._findings[place] for place in sorted(places)]


class WindowVerdict(Document):
    """All that incidents need of a window's report, and how often its monitor wants people to be reminded.

    ``outcome`` is that of the window as a whole: ok even where a few columns could not be judged. ``is_young`` says that it is
    unknown because the log has only begun.
    """

    monitor: str
    window: Window
    outcome: Outcome
    findings: tuple[WindowFinding, ...] = ()
    is_young: bool = False
    remind_every: timedelta = timedelta(days=7)

    @property
    def is_judged(self) -> bool:
        return self.outcome in (Outcome.ok, Outcome.alert)


class Decision(Document):
    """What a person decided about the incident with these ``subjects`` when ``window`` was its last."""

    decision_id: str
    monitor: str
    kind: Literal["acknowledged", "resolved"]
    subjects: tuple[str, ...]
    window: Window
    by: str
    at: UtcDatetime
    note: str = ""


class Silence(Document):
    """Until it ends, nobody is told of findings that match all of its fields that are set; ``ended_by`` is who ended it early."""

    silence_id: str
    monitor: str
    trigger: str | None = None
    feature: str | None = None
    user: str | None = None
    until: UtcDatetime
    reason: str
    by: str
    at: UtcDatetime
    ended_by: str | None = None

    def says_what(self, other: Silence) -> bool:
        """Whether both are by the same person, about the same and for the same reason, however long either lasts."""
        what = {"trigger", "feature", "user", "reason", "by"}
        return self.model_dump(include=what) == other.model_dump(include=what)

    def covers(self, seen: WindowFinding) -> bool:
        return (
            (self.trigger is None or set(seen.triggers) == {self.trigger})
            and (self.feature is None or set(seen.features) == {self.feature})
            and (self.user is None or set(seen.users) == {self.user})
        )


class State(StrEnum):
    """The state of an incident. ``pending`` is a warning that no second window has confirmed; nobody was told of it.

    ``resolved`` is over: a person said so, windows stopped finding it, or it was never confirmed.
    """

    pending = "pending"
    open = "open"
    acknowledged = "acknowledged"
    resolved = "resolved"


EventKind = Literal[
    "pending", "opened", "worsened", "spread", "escalated", "reminded", "acknowledged", "resolved", "passed"
]


class Event(Document):
    """What happened to an incident, with which window, how severe it was then, and the headline of that window's finding.
    ``by`` and ``at`` are set if a person did it."""

    kind: EventKind
    window: Window
    severity: SeverityName
    headline: str = ""
    by: str | None = None
    at: UtcDatetime | None = None
    note: str = ""


class Told(Document):
    """A record that people were told of an event of an incident, by the run of ``window``.

    ``incident`` is the same in all records about one incident, even after a late window has moved its beginning.
    """

    monitor: str
    kind: EventKind
    subjects: tuple[str, ...]
    window: Window
    severity: SeverityName = "critical"
    incident: str = ""

    @property
    def told_id(self) -> str:
        """The same whichever run tells it, so that it is kept once; another one if it is told again under another key."""
        again = [self.incident] if self.incident not in ("", self._first_key) else []
        return natural_key(self.monitor, self.window.start, self.window.end, self.kind, *self.subjects, *again)

    @property
    def incident_key(self) -> str:
        return self.incident or self._first_key

    @property
    def _first_key(self) -> str:
        """The key of an incident of which this was the first that people heard."""
        return key_of(self.monitor, self.window, self.subjects)


class Incident(Document):
    """``first`` and ``last`` are the first and the last window that found it. ``latest`` is its latest finding; if it was ever
    critical, the latest critical one, which tells more than the symptoms that remain."""

    monitor: str
    state: State
    severity: SeverityName
    subjects: tuple[str, ...]
    first: Window
    last: Window
    windows: int
    latest: WindowFinding
    events: tuple[Event, ...]

    @property
    def key(self) -> str:
        """A name that does not depend on other incidents, as its number does; late windows may change it."""
        return key_of(self.monitor, self.first, self.subjects)

    def is_about(self, feature: str) -> bool:
        return not {values_of(feature), arrival_of(feature)}.isdisjoint(self.subjects)

    @property
    def is_active(self) -> bool:
        return self.state is not State.resolved

    @property
    def is_open(self) -> bool:
        """Whether it was confirmed and is not over."""
        return self.state in (State.open, State.acknowledged)
