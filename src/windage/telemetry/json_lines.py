"""Telemetry as files of JSON lines, one per user: an append costs the same however long the file has become."""

from __future__ import annotations

import hashlib
import logging
import os
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pydantic import ValidationError

from windage.errors import StoreUnavailable
from windage.files import read_bytes
from windage.locks import locked
from windage.telemetry.storage import window_key
from windage.vocabulary import TelemetrySnapshot

_LONGEST_NAME = 120
_log = logging.getLogger(__name__)


class SnapshotFiles:
    """A folder of ``telemetry_<user>.jsonl`` and ``telemetry_global.jsonl``; the last line of a window is the valid one.

    A process killed while it writes leaves half a line: it is skipped in reading and ended by the next append.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, snapshot: TelemetrySnapshot, text: str) -> Path:
        path = self._folder / file_name(snapshot.user_id)
        with locked(path):
            try:
                _append(path, text.encode() + b"\n")
            except OSError as error:
                raise StoreUnavailable(
                    f"{path} could not be appended to: {error}. Free the disk or check permissions, then run again."
                ) from error
        return path

    def read(
        self, *, user_id: str | None, monitor: str | None, start: datetime, end: datetime, newest: int | None
    ) -> list[TelemetrySnapshot]:
        valid: dict[object, TelemetrySnapshot] = {}
        for number, snapshot in enumerate(self._lines(user_id)):
            key = window_key(snapshot) or number
            valid.pop(key, None)  # the later line also takes its own place in the order
            valid[key] = snapshot
        found = [
            one
            for one in valid.values()
            if one.user_id == user_id and monitor in (None, one.monitor) and start <= one.timestamp <= end
        ]
        found.sort(key=lambda one: one.timestamp)
        return found if newest is None else found[max(0, len(found) - newest) :]

    def _lines(self, user_id: str | None) -> list[TelemetrySnapshot]:
        path = self._folder / file_name(user_id)
        lines = [line for line in (read_bytes(path) or b"").split(b"\n") if line]
        snapshots = []
        for line in lines:
            try:
                snapshots.append(TelemetrySnapshot.model_validate_json(line))
            except ValidationError:
                continue
        if torn := len(lines) - len(snapshots):
            _log.warning("%d of %d lines of %s are not telemetry and were skipped", torn, len(lines), path)
        return snapshots


def file_name(user_id: str | None) -> str:
    """A name that is safe on every file system and different for every user."""
    if user_id is None:
        return "telemetry_global.jsonl"
    name = "%67lobal" if user_id == "global" else quote(user_id, safe="")
    if len(name) > _LONGEST_NAME:  # "=" stands in no quoted name
        name = f"{name[: _LONGEST_NAME // 2]}={hashlib.sha256(name.encode()).hexdigest()[:32]}"
    return f"telemetry_{name}.jsonl"


def _append(path: Path, line: bytes) -> None:
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
