"""The labelling queue as one JSON file: a list of requests, for use without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from windage.errors import CorruptDocument
from windage.files import read_bytes, write_atomically
from windage.labeling.request import OPEN, LabelRequest
from windage.labeling.storage import LEAST_CERTAIN_FIRST, MOST_OPEN
from windage.locks import locked

_DOCUMENT = TypeAdapter(list[LabelRequest])


class JsonFile:
    """Read whole and replaced whole: good for thousands of requests; beyond that, use a database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def changing(self) -> Iterator[_Loaded]:
        with locked(self._path):
            ledger = _Loaded(self._read())
            yield ledger
            if ledger.has_changed:
                write_atomically(self._path, _DOCUMENT.dump_json(ledger.every(), indent=1))

    @contextmanager
    def looking(self) -> Iterator[_Loaded]:
        yield _Loaded(self._read())

    def _read(self) -> list[LabelRequest]:
        content = read_bytes(self._path)
        if content is None:
            return []
        try:
            return _DOCUMENT.validate_json(content)
        except ValidationError as error:
            raise CorruptDocument(
                f"{self._path} is not a queue of label requests (faults: {error.error_count()}) and was left as it is. "
                "Repair it, or move it away to begin a new queue."
            ) from None


class _Loaded:
    def __init__(self, requests: Iterable[LabelRequest]) -> None:
        self._requests = {one.request_id: one for one in requests}
        self.has_changed = False

    def get(self, request_ids: Iterable[str]) -> dict[str, LabelRequest]:
        return {key: self._requests[key] for key in request_ids if key in self._requests}

    def every(self) -> list[LabelRequest]:
        return list(self._requests.values())

    def open(self, *, monitor: str | None = None, oldest: bool = False) -> list[LabelRequest]:
        waiting = [one for one in self.every() if one.status in OPEN and monitor in (None, one.monitor)]
        return sorted(waiting, key=lambda one: one.created_at, reverse=not oldest)[:MOST_OPEN]

    def pending(self, *, at: datetime, user_id: str | None, limit: int, monitor: str | None) -> list[LabelRequest]:
        found = [
            one
            for one in self.every()
            if one.waits(at) and user_id in (None, one.user_id) and monitor in (None, one.monitor)
        ]
        values = attrgetter(*LEAST_CERTAIN_FIRST)
        found.sort(key=lambda one: [(value is not None, value) for value in values(one)])
        return found[:limit]

    def of_period(self, monitor: str | None, start: datetime, end: datetime) -> list[LabelRequest]:
        return [one for one in self.every() if one.monitor == monitor and start <= one.bucket_start_ts < end]

    def served(self, start: datetime, end: datetime) -> list[LabelRequest]:
        return [one for one in self.every() if one.served_at is not None and start <= one.served_at < end]

    def n_done(self, start: datetime, end: datetime) -> int:
        return sum(
            one.done_at is not None and start <= one.done_at < end and one.status != "expired" for one in self.every()
        )

    def put(self, requests: Sequence[LabelRequest]) -> None:
        self._requests.update({one.request_id: one for one in requests})
        self.has_changed = self.has_changed or bool(requests)
