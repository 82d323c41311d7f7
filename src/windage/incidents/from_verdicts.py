"""Incidents as a function of the set of window verdicts and decisions, whatever the order in which these came in."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from windage.incidents.model import (
    Decision,
    Event,
    EventKind,
    Incident,
    State,
    WindowFinding,
    WindowVerdict,
    hidden_by,
)
from windage.vocabulary import SeverityName, Window

A_DAY = timedelta(days=1)
CONFIRMED_BY, CONFIRMED_WITHIN = 2, 3
"""A warning is pending until two of three windows have it; a critical finding needs no confirmation."""
CLEAN_WINDOWS = 3
"""After this many judged windows without it, an incident is over, and a subject is no longer part of an incident that goes on."""
ESCALATED_AFTER = 7
"""A warning that was found on this many days becomes critical: what has lasted a week will not pass by itself."""
UNKNOWN_WINDOWS = 3
"""This many windows in a row that nobody could judge are an incident of their own: silence is not health."""
UNKNOWN = WindowFinding(
    subjects=("window unknown",),
    triggers=("unknown",),
    severity="critical",
    headline=f"{UNKNOWN_WINDOWS} windows in a row could not be judged.",
)


def incidents_of(verdicts: Iterable[WindowVerdict], decisions: Iterable[Decision] = ()) -> list[Incident]:
    """The incidents of one monitor, by their first window.

    For a window that was judged again, only the latest verdict may be given. Windows that could not be judged neither confirm
    nor end an incident; three in a row are an incident of their own, except in a log that has only begun. A window without a
    feature's values does not end an incident about what they are either.
    """
    waiting = deque(sorted(decisions, key=lambda each: (each.window.start, each.at, each.decision_id)))
    active = _Active()
    over: list[_Course] = []
    unknown = 0
    for verdict in sorted(verdicts, key=lambda each: (each.window.start, each.window.end)):
        unknown = 0 if verdict.is_judged else unknown + (not verdict.is_young)
        _apply_findings(active, verdict, [*verdict.findings, *([UNKNOWN] if unknown >= UNKNOWN_WINDOWS else [])])
        while waiting and waiting[0].window.start <= verdict.window.start:
            _apply_decision(active, waiting.popleft(), verdict.window)
        over += active.leave()
    return sorted((each.incident() for each in (*over, *active)), key=lambda each: (each.first.start, each.subjects))


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """The share of the subjects that both have among all that either has: the Jaccard index."""
    return len({*one} & {*other}) / len({*one, *other})


def since_all_clear(newest_first: Iterable[WindowVerdict]) -> list[WindowVerdict] | None:
    """The verdicts since the last all-clear, the newest first; None if these verdicts hold none, so that older ones matter.

    ``CLEAN_WINDOWS`` judged windows in a row without a finding are an all-clear: no incident outlives them.
    """
    after: list[WindowVerdict] = []
    clean = 0
    for verdict in newest_first:
        after.append(verdict)
        if verdict.findings:
            clean = 0
        elif verdict.is_judged:
            clean += 1
        if clean >= CLEAN_WINDOWS:
            telling = [place for place, each in enumerate(after) if each.findings or not each.is_judged]
            return after[: telling[-1] + 1] if telling else []
    return None


@dataclass(eq=False)
class _Course:
    """One incident, followed window by window."""

    monitor: str
    first: Window
    last: Window
    latest: WindowFinding
    subjects: set[str] = field(default_factory=set)
    """All that it has touched."""
    clean_of: dict[str, int] = field(default_factory=dict)
    """For each subject that is still part of it, the number of judged windows since it was found."""
    severity: SeverityName = "warning"
    was_critical: bool = False
    """Whether a finding was critical by itself, and not only the incident by how long it lasts."""
    state: State = State.pending
    seen: int = 0
    days: set[date] = field(default_factory=set)
    """On which days it was found."""
    clean: int = 0
    said_at: datetime | None = None
    events: list[Event] = field(default_factory=list)

    def note(self, kind: EventKind, window: Window, **said: Any) -> None:
        self.events.append(Event(kind=kind, window=window, severity=self.severity, **said))

    def found(self, findings: _Findings, verdict: WindowVerdict) -> None:
        """A window found the incident: again, or for the first time."""
        window = verdict.window
        critical = findings.critical_on(self.clean_of)
        is_worse = bool(critical) and not self.was_critical
        self.days.update(self._days_told_by(window))
        self.last = window
        self.latest = self._tells_most(critical, findings.own)
        self.seen += 1
        self.clean = 0
        if critical:
            self.severity, self.was_critical = "critical", True
        if self.state is State.pending:
            self._opens_if_confirmed(window)
        elif is_worse:
            self._opens("worsened", window)
        elif self.severity == "warning" and len(self.days) >= ESCALATED_AFTER:
            self.severity = "critical"
            self._opens("escalated", window)
        elif findings.is_wider:
            self._opens("spread", window)
        elif self._is_forgotten(verdict):
            self._says("reminded", window)

    def _days_told_by(self, window: Window) -> Iterator[date]:
        """The days that a window adds: only one if it is the first, since nobody knows on which it began, or shorter than a day."""
        start = max(window.start, self.last.end) if self.seen else window.start
        told = round((window.end - start) / A_DAY) if self.seen else 1
        return (start.date() + day * A_DAY for day in range(max(told, 1)))

    def _tells_most(self, critical: Sequence[WindowFinding], own: Sequence[WindowFinding]) -> WindowFinding:
        """The finding to describe the incident by: a critical one tells more than the symptoms that remain, and one that leads
        with another incident's subject describes that incident."""
        leading = (each for each in critical or own if each.subjects[0] in self.clean_of)
        if self.was_critical:
            return next(leading, self.latest) if critical else self.latest
        return next(leading, critical[0] if critical else self.latest)

    def _opens_if_confirmed(self, window: Window) -> None:
        if self.severity == "critical" or self.seen >= CONFIRMED_BY:  # what stayed alone for too long has passed
            self._opens("opened", window)
        else:
            self.note("pending", window, headline=self.latest.headline)

    def _is_forgotten(self, verdict: WindowVerdict) -> bool:
        """Whether it is critical, nobody has acknowledged it, and people were last told of it long ago."""
        if self.state is not State.open or self.severity != "critical" or self.said_at is None:
            return False
        return verdict.window.end - self.said_at >= verdict.remind_every

    def _opens(self, kind: EventKind, window: Window) -> None:
        self.state = State.open
        self._says(kind, window)

    def _says(self, kind: EventKind, window: Window) -> None:
        self.said_at = window.end
        self.note(kind, window, headline=self.latest.headline)

    def missed(self, window: Window) -> None:
        """A judged window did not find the incident."""
        self.clean += 1
        if self.state is State.pending and self.clean > CONFIRMED_WITHIN - CONFIRMED_BY:
            self.state = State.resolved
            self.note("passed", window)
        elif not self.clean_of:
            self.state = State.resolved
            self.note("resolved", window)

    def incident(self) -> Incident:
        return Incident(
            monitor=self.monitor,
            state=self.state,
            severity=self.severity,
            subjects=tuple(sorted(self.subjects)),
            first=self.first,
            last=self.last,
            windows=self.seen,
            latest=self.latest,
            events=tuple(self.events),
        )


@dataclass
class _Findings:
    """What one window found of an incident: findings of its ``own``, which have most in common with it, and those of other
    incidents that share a subject with it. ``is_wider`` if they are critical on what no incident had touched before."""

    own: list[WindowFinding] = field(default_factory=list)
    shared: list[WindowFinding] = field(default_factory=list)
    is_wider: bool = False

    def critical_on(self, subjects: Collection[str]) -> list[WindowFinding]:
        return [each for each in (*self.own, *self.shared) if each.is_critical_on(subjects)]


class _Active:
    """The incidents that are not over, in the order in which they began. Each subject belongs to one of them."""

    def __init__(self) -> None:
        self._numbers = count()
        self._courses: dict[_Course, int] = {}
        self._of: dict[str, _Course] = {}

    def __iter__(self) -> Iterator[_Course]:
        return iter(self._courses)

    def about(self, subjects: Iterable[str]) -> list[_Course]:
        """Those that any of these subjects belong to: the one with most of them first, among equals the one that began first."""
        held = Counter(self._of[each] for each in {*subjects} if each in self._of)
        going_on = (each for each in held if each.state is not State.resolved)
        return sorted(going_on, key=lambda each: (-held[each], self._courses[each]))

    def most_like(self, subjects: Collection[str]) -> _Course | None:
        """Among those that any of these subjects belong to, the one that has touched the most similar subjects."""
        return max(self.about(subjects), key=lambda each: likeness(each.subjects, subjects), default=None)

    def begin(self, finding: WindowFinding, verdict: WindowVerdict) -> _Course:
        course = _Course(verdict.monitor, verdict.window, verdict.window, finding)
        self._courses[course] = next(self._numbers)
        return course

    def add_new(self, course: _Course, subjects: Iterable[str]) -> set[str]:
        """Give the incident those of the subjects that no incident has; returns them."""
        new = {each for each in subjects if each not in self._of}
        course.subjects |= new
        course.clean_of |= dict.fromkeys(new, 0)
        self._of |= dict.fromkeys(new, course)
        return new

    def let_go(self, found: Container[str], hidden: Container[str]) -> None:
        """A judged window found these subjects, and could not judge those that are ``hidden``. A subject that was not found for
        long leaves its incident, as if it were one of its own, and begins another when it comes back."""
        for subject, course in list(self._of.items()):
            course.clean_of[subject] = 0 if subject in found else course.clean_of[subject] + (subject not in hidden)
            if course.clean_of[subject] >= CLEAN_WINDOWS:
                del course.clean_of[subject], self._of[subject]

    def leave(self) -> list[_Course]:
        """Take out those that are over, and return them."""
        over = [each for each in self if each.state is State.resolved]
        for course in over:
            del self._courses[course]
            for subject in course.clean_of:
                del self._of[subject]
        return over


def _apply_findings(active: _Active, verdict: WindowVerdict, findings: Sequence[WindowFinding]) -> None:
    """Each finding continues the incident that it has most in common with, or begins one. Other incidents that it shares a
    subject with go on as well: a change is not over because it is found together with another."""
    met: defaultdict[_Course, _Findings] = defaultdict(_Findings)
    for finding in sorted(findings, key=lambda each: (each.severity != "critical", each.subjects)):
        course, *others = active.about(finding.subjects) or [active.begin(finding, verdict)]
        new = active.add_new(course, finding.subjects)
        met[course].own.append(finding)
        met[course].is_wider |= finding.is_critical_on(new)
        for each in others:
            met[each].shared.append(finding)
    hidden = hidden_by(subject for finding in findings for subject in finding.critical)
    if verdict.is_judged:
        active.let_go({subject for finding in findings for subject in finding.subjects}, hidden)
    for course in active:
        if course in met:
            course.found(met[course], verdict)
        elif verdict.is_judged and not (course.clean_of and hidden.issuperset(course.clean_of)):
            course.missed(verdict.window)


def _apply_decision(active: _Active, decision: Decision, window: Window) -> None:
    course = active.most_like(decision.subjects)
    may_be = (State.open, State.acknowledged)
    if course is None or (decision.kind == "acknowledged" and course.state not in may_be):
        return  # a later verdict of an earlier window changed history: the incident is over by then, or never opened
    course.state = State.acknowledged if decision.kind == "acknowledged" else State.resolved
    course.note(decision.kind, window, by=decision.by, at=decision.at, note=decision.note)
