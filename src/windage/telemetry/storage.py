"""What the history of telemetry needs of its storage; files of JSON lines and a table provide it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from windage.store.keys import natural_key
from windage.vocabulary import TelemetrySnapshot


@runtime_checkable
class Snapshots(Protocol):
    """Where telemetry is kept: for each monitor, user and window, the snapshot that was written last."""

    def append(self, snapshot: TelemetrySnapshot, text: str) -> Path | str:
        """Keep the snapshot, whose JSON is ``text``."""

    def read(
        self, *, user_id: str | None, monitor: str | None, start: datetime, end: datetime, newest: int | None
    ) -> list[TelemetrySnapshot]:
        """The snapshots taken in [start, end], or the ``newest`` of them, in the order of time, then of writing."""


def window_key(snapshot: TelemetrySnapshot) -> str | None:
    """The key of what a repeated run replaces: monitor, user and window; None for a snapshot of no monitor's window."""
    if snapshot.monitor is None or snapshot.window_start is None or snapshot.window_end is None:
        return None
    return natural_key(snapshot.monitor, snapshot.user_id, snapshot.window_start, snapshot.window_end)
