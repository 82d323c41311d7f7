"""One number over time, beside what ordinary days do, the limits in force, and what people were told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from windage.checks.check import CHANGES_OF_SHARES, Check
from windage.history.gaps import gaps
from windage.history.record import LINES_OF_SHARES, WindowRecord
from windage.history.store import HistoryStore
from windage.incidents.model import Incident
from windage.spec.model import MonitorSpec
from windage.stats.day_model import detectable
from windage.vocabulary import STATISTICS, Document, SeverityName, UtcDatetime, Window, declared

ORDINARY = 0.95
"""The share of ordinary days' differences that the placebo band holds."""
MOVES = ("move", "effect")
"""Statistics whose spread on ordinary days the day model knows."""
OF_SIZES = frozenset(name for each in CHANGES_OF_SHARES for name in (each, STATISTICS[each].least))
"""Gates on these limit the size of a move, so that a picture of the move itself has them on both sides."""
FIRST = ("effect", "ratio", "psi", "cur_share", "cur_rate", "current_rows", "accuracy")
"""The statistics that are drawn by default, in this order; if the check has none of them, the first that its gates are on. A
size comes before a signed move: a fall of the share below a value looks like a fall, but is a rise of the feature."""
MOST_CLASSES = 8
"""How many classes are drawn, the most frequent."""


class Point(NamedTuple):
    """``low`` and ``high`` are the interval of a ``Line``; ``band`` is how far from 0 ordinary days lie. A point without an end
    is not a window: from its start on, windows of the schedule are missing."""

    start: datetime
    end: datetime | None
    value: float | None
    low: float | None = None
    high: float | None = None
    band: float | None = None


class Limit(Document):
    """A gate as a height in the picture."""

    at: float
    severity: SeverityName
    statistic: str


class Span(Document):
    """An incident as a stretch of time."""

    start: UtcDatetime
    end: UtcDatetime
    severity: SeverityName
    headline: str


class Timeline(Document):
    """A statistic of a subject, window by window.

    ``is_of_shares`` says whether the values are shares or differences of shares. ``alerts`` are the windows in which the check
    alerted about the subject, ``statistics`` all that can be asked for.
    """

    subject: str
    statistic: str
    is_of_shares: bool
    points: tuple[Point, ...]
    limits: tuple[Limit, ...] = ()
    incidents: tuple[Span, ...] = ()
    alerts: tuple[tuple[UtcDatetime, SeverityName], ...] = ()
    statistics: tuple[str, ...] = ()


def line(records: Sequence[WindowRecord], name: str) -> Timeline:
    """A number that describes whole windows; a gap where a window has none."""
    points = [Point(each.window.start, each.window.end, *each.lines.get(name, (None,))) for each in records]
    return Timeline(
        subject=name,
        statistic=name,
        is_of_shares=name in LINES_OF_SHARES,
        points=_with_gaps(points, [each.window for each in records]),
    )


def classes(records: Sequence[WindowRecord]) -> list[Timeline]:
    """The shares of the predicted classes, the largest first; of many, the largest."""
    total: dict[str, float] = {}
    for record in records:
        for name, share in record.classes.items():
            total[name] = total.get(name, 0.0) + share
    names = sorted(total, key=lambda name: (-total[name], name))[:MOST_CLASSES]
    windows = [each.window for each in records]

    def points(name: str) -> list[Point]:
        shares = [each.classes.get(name, 0.0) if each.classes else None for each in records]
        return [Point(at.start, at.end, share) for at, share in zip(windows, shares, strict=True)]

    return [
        Timeline(subject=name, statistic="share", is_of_shares=True, points=_with_gaps(points(name), windows))
        for name in names
    ]


def timeline(
    history: HistoryStore,
    spec: MonitorSpec,
    *,
    check: str,
    subject: str,
    period: Window,
    statistic: str | None = None,
    incidents: Sequence[Incident] = (),
) -> Timeline | None:
    """What a check measured of a subject; None if it never did, or has no such statistic."""
    found = history.values(spec.monitor, check, subject, period)
    names = list(dict.fromkeys(name for _, values in found for name in values))
    asked = next((each for each in spec.checks_to_run() if each.name == check), None)
    judged = [gate.statistic for gate in spec.policy.gates(asked) if not gate.yes_or_no] if asked else []
    chosen = statistic or next((name for name in (*FIRST, *judged, *names) if name in names), None)
    if chosen is None or chosen not in names:
        return None
    points = [Point(at.start, at.end, values.get(chosen), band=_band(chosen, values)) for at, values in found]
    return Timeline(
        subject=subject,
        statistic=chosen,
        is_of_shares=declared(chosen).is_of_shares,
        points=_with_gaps(points, [at for at, _ in found]),
        limits=tuple(_limits(spec, asked, chosen)) if asked else (),
        incidents=tuple(_span(each) for each in incidents if each.is_about(subject)),
        alerts=tuple(
            (record.window.end, record.alerted[subject][check])
            for record in history.records(spec.monitor, period)
            if check in record.alerted.get(subject, {})
        ),
        statistics=tuple(sorted(names)),
    )


def _with_gaps(points: Sequence[Point], windows: Sequence[Window]) -> tuple[Point, ...]:
    """The points of some windows, with one that has no value wherever windows are missing between them."""
    found = list(points)
    for place, each in reversed(gaps(windows).items()):
        found.insert(place, Point(each.start, None, None))
    return tuple(found)


def _band(statistic: str, values: Mapping[str, float]) -> float | None:
    deviation, freedom = values.get("deviation"), values.get("freedom")
    if statistic not in MOVES or deviation is None or freedom is None:
        return None
    return detectable(1 - ORDINARY, deviation=deviation, freedom=freedom)


def _limits(spec: MonitorSpec, check: Check, statistic: str) -> list[Limit]:
    found = []
    for gate in spec.policy.gates(check):
        if gate.statistic == statistic or (statistic in MOVES and gate.statistic in OF_SIZES):
            sides = (1, -1) if statistic == "move" else (1,)
            found += [Limit(at=side * gate.limit, severity=gate.severity, statistic=gate.statistic) for side in sides]
    return found


def _span(incident: Incident) -> Span:
    return Span(
        start=incident.first.start,
        end=incident.last.end,
        severity=incident.severity,
        headline=incident.latest.headline,
    )
