"""All monitors at a glance: how each is now, and how it has been."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from windage.history.record import WORST_FIRST, StripWindow, WindowState
from windage.history.store import HistoryStore
from windage.incidents.model import Incident
from windage.incidents.store import IncidentStore
from windage.store.database import Database
from windage.vocabulary import Document, SeverityName, UtcDatetime, Window

WINDOWS = 90
"""How many windows a monitor's strip has."""


class MonitorStatus(Document):
    """A monitor in one line.

    ``state`` is that of its newest window (None: it has none), and ``paused`` whether its DAG is (None: it is not known).
    """

    monitor: str
    description: str
    owner: str
    tags: tuple[str, ...]
    state: WindowState | None
    latest: Window | None
    rows: int | None
    strip: tuple[StripWindow, ...]
    open_incidents: int
    worst: SeverityName | None
    next_run: UtcDatetime | None = None
    paused: bool | None = None

    @property
    def urgency(self) -> tuple[int, int, str]:
        """A sort key: monitors with something critical first, then those about which nothing is known."""
        place = WORST_FIRST.index(self.state) if self.state else WORST_FIRST.index("unknown")
        return (0 if self.worst == "critical" else 1, place, self.monitor)


def overview(
    database: Database,
    among: Collection[str] | None = None,
    *,
    next_runs: Mapping[str, datetime] | None = None,
    paused: Collection[str] | None = None,
) -> list[MonitorStatus]:
    """The monitors, those that need a person first.

    Args:
        among: the names that may be shown; None for all.
        next_runs: when each monitor runs next, as far as it is known.
        paused: the monitors whose DAGs are paused, where it is known.
    """
    history, incidents = HistoryStore(database), IncidentStore(database)
    known = history.about(among)
    strips = history.strips(known.keys(), most=WINDOWS)
    active = incidents.active(known.keys())
    found = []
    for name, about in known.items():
        strip, wrong = strips.get(name, []), active.get(name, [])
        newest = strip[-1] if strip else None
        found.append(
            MonitorStatus(
                monitor=name,
                description=about.description,
                owner=about.owner,
                tags=about.tags,
                state=newest.state if newest else None,
                latest=Window(start=newest.start, end=newest.end) if newest else None,
                rows=newest.rows if newest else None,
                strip=tuple(strip),
                open_incidents=len(wrong),
                worst=worst(wrong),
                next_run=(next_runs or {}).get(name),
                paused=None if paused is None else name in paused,
            )
        )
    return sorted(found, key=lambda each: each.urgency)


def worst(incidents: Collection[Incident]) -> SeverityName | None:
    """The worst severity of any of them; None where there are none."""
    if not incidents:
        return None
    return "critical" if any(each.severity == "critical" for each in incidents) else "warning"
