"""Telemetry over time, in a folder or a database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from windage.errors import InvalidInput, listed
from windage.files import path_or_database
from windage.store.keys import is_storable
from windage.telemetry.json_lines import SnapshotFiles
from windage.telemetry.storage import Snapshots
from windage.vocabulary import TelemetrySnapshot, aware_utc

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class TelemetryStore:
    """Snapshots of all users, or of each user on its own; what a repeated run writes replaces what it wrote before.

    ``store_dir`` is a folder (one file of JSON lines per user), the URL of a database, or storage that is open already.
    """

    def __init__(self, store_dir: str | Path | Snapshots) -> None:
        self._snapshots = store_dir if isinstance(store_dir, Snapshots) else _opened(store_dir)

    def append(self, snapshot: TelemetrySnapshot) -> Path | str:
        """Keep a snapshot; returns its file, or the URL of the database without its password.

        Raises:
            InvalidInput: the snapshot could not be read back, because it holds a NaN or a character that no store keeps.
        """
        if not all(is_storable(name) for name in (snapshot.user_id, snapshot.monitor) if name is not None):
            raise InvalidInput("A snapshot's user or monitor contains NUL or an unpaired surrogate. Correct it.")
        return self._snapshots.append(snapshot, _readable(snapshot))

    def read_recent(
        self, n: int = 10, *, user_id: str | None = None, monitor: str | None = None
    ) -> list[TelemetrySnapshot]:
        """The last ``n`` snapshots of a user, newest last; without a user, those of all users together."""
        start, end = _EVER
        return self._snapshots.read(user_id=user_id, monitor=monitor, start=start, end=end, newest=max(0, n))

    def read_range(
        self, start: datetime, end: datetime, *, user_id: str | None = None, monitor: str | None = None
    ) -> list[TelemetrySnapshot]:
        """The snapshots taken from ``start`` to ``end``, both included, by their ``timestamp``; naive times are UTC."""
        return self._snapshots.read(
            user_id=user_id, monitor=monitor, start=aware_utc(start), end=aware_utc(end), newest=None
        )


def _opened(store_dir: str | Path) -> Snapshots:
    place = path_or_database(store_dir, keeps="Telemetry")
    if isinstance(place, Path):
        return SnapshotFiles(place)
    from windage.store.database import Database
    from windage.telemetry.sql import SnapshotRows

    return SnapshotRows(Database(place))


def _readable(snapshot: TelemetrySnapshot) -> str:
    text = snapshot.model_dump_json()
    try:
        TelemetrySnapshot.model_validate_json(text)
    except ValidationError as error:
        fields = [".".join(map(str, each["loc"])) for each in error.errors(include_input=False)]
        raise InvalidInput(f"A snapshot's {listed(fields)} cannot be kept. Leave out what is not finite.") from None
    return text
