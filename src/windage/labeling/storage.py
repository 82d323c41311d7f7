"""What the queue needs of its storage; a JSON file and a table provide it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from windage.labeling.request import LabelRequest

MOST_OPEN = 5000
"""The most open requests that are looked at: more than people label before requests expire."""
LEAST_CERTAIN_FIRST = ("confidence", "bucket_start_ts", "request_id")
"""The fields by which waiting requests are ordered; None comes before every value."""


class Ledger(Protocol):
    """The requests as one process sees them; while it changes them, nobody else writes."""

    def get(self, request_ids: Iterable[str]) -> dict[str, LabelRequest]: ...

    def every(self) -> list[LabelRequest]:
        """In the order in which they were put."""

    def open(self, *, monitor: str | None = None, oldest: bool = False) -> list[LabelRequest]:
        """Those without an answer, of one monitor or of all, the newest (or ``oldest``) ``MOST_OPEN`` at most."""

    def pending(self, *, at: datetime, user_id: str | None, limit: int, monitor: str | None) -> list[LabelRequest]:
        """Those that can be given to a person, the least certain first."""

    def of_period(self, monitor: str | None, start: datetime, end: datetime) -> list[LabelRequest]:
        """A monitor's, whose bucket begins in [start, end)."""

    def served(self, start: datetime, end: datetime) -> list[LabelRequest]:
        """Those that were given to a person in [start, end)."""

    def n_done(self, start: datetime, end: datetime) -> int:
        """How many were answered in [start, end)."""

    def put(self, requests: Sequence[LabelRequest]) -> None:
        """Append the new ones, replace those of the same ``request_id``."""


class Storage(Protocol):
    """Where the queue is kept. It knows no rule; what it shows is what every process has written until now."""

    def changing(self) -> AbstractContextManager[Ledger]: ...

    def looking(self) -> AbstractContextManager[Ledger]:
        """A ledger that is only read, and keeps nobody waiting."""
