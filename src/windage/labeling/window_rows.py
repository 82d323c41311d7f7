"""The rows of a monitor's window as candidates for labelling, and the chosen ones as requests."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from windage.arrays import Bools, Floats, Ints, Texts
from windage.errors import InvalidInput, MissingColumn
from windage.labeling.request import LabelRequest
from windage.labeling.rows import BUCKET_SECONDS
from windage.partitions.parquet import ParquetColumns
from windage.partitions.rows import probabilities
from windage.profiles.categorical import texts
from windage.selection import Candidates, select, strategy_named
from windage.spec.log import Log
from windage.store.keys import is_storable
from windage.vocabulary import EPOCH, Window

NOBODY = "unknown"
"""The user of a row that names none."""
MICROSECONDS = 1_000_000
FIRST, LAST = ((datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for year in (1, MAXYEAR))
"""The times that a request may have, in microseconds since 1970; its end must lie within Python's calendar too."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How rows are picked: by which strategy, how many, and with which seed.

    The share ``uniform_share`` is drawn at random, whatever the strategy; None means the strategy's own share.
    """

    strategy: str
    limit: int
    uniform_share: float | None = None
    seed: tuple[int, ...]


def seed_of(window: Window) -> tuple[int, int]:
    """A seed that is the same for the same window, so that a repeated run draws the same rows."""
    return window.start.toordinal(), int(window.start.timestamp()) % 86_400


class WindowRows:
    """Rows that people may be asked about. Only the columns that requests are made of are read."""

    def __init__(self, columns: ParquetColumns, log: Log, *, monitor: str) -> None:
        if log.bucket_start is None:
            raise InvalidInput(
                f"monitor {monitor} has no log.bucket_start, so its rows cannot be queued. "
                "Set it to the column with a row's time."
            )
        self._columns, self._log, self._monitor = columns, log, monitor
        self._starts, self._has_start = self._moments(log.bucket_start)
        self._users = np.full(columns.rows, NOBODY, dtype=object)
        if log.user is not None:
            named = texts(columns.column(log.user))
            known = np.array([each is not None for each in named], dtype=bool)
            self._users[known] = named[known]

    def select(
        self,
        draw: Draw,
        *,
        asked: AbstractSet[tuple[str, datetime]] = frozenset(),
        drift_weight: Floats | None = None,
        affected: frozenset[str] = frozenset(),
    ) -> list[dict[str, Any]]:
        """The rows to ask about, as a queue takes them, the most urgent first.

        Of a user's rows that begin together, which are one request, the first stands for all. Rows that were asked about
        already are left out but count towards the limit, so that a repeated run asks about no more. Rows with a user or
        label that no store can keep are left out as well; the others are asked about all the same. If none is drawn at
        random, the rows have no inclusion probability, because their labels say nothing about the others.

        Args:
            asked: the user and the time of each row that was asked about already.
            drift_weight: how typical of the drift each row is; default: all the same.
            affected: the users whose rows moved.
        """
        labels = texts(self._columns.column(self._log.label)) if self._log.label else None
        known = self._first_of_each_bucket()
        known = known[self._are_storable(labels)[known]]
        open_ = self._without(known, asked)
        confidence = self._confidence()[open_]
        found = select(
            Candidates(
                confidence=confidence,
                probabilities=probabilities(self._columns, self._log)[open_] if self._log.probabilities else None,
                users=self._users[open_],
                starts=self._starts[open_] // MICROSECONDS,
                drift_weight=np.ones(open_.size) if drift_weight is None else drift_weight[open_],
                affected=affected,
            ),
            strategy_named(draw.strategy),
            limit=max(draw.limit - (known.size - open_.size), 0),
            uniform_share=draw.uniform_share,
            seed=draw.seed,
        )
        buckets = self._buckets(open_[found.rows], labels)
        chosen = zip(buckets, confidence[found.rows].tolist(), found.probability.tolist(), strict=True)
        return [
            {
                **bucket,
                "confidence": sure if np.isfinite(sure) else None,
                "inclusion_probability": probability if found.represents(open_.size) else None,
            }
            for bucket, sure, probability in chosen
        ]

    def _first_of_each_bucket(self) -> Ints:
        """The first row of each user and time, which is the one that a request shows: each request must have one chance alone."""
        rows = np.flatnonzero(self._has_start)
        number = {name: k for k, name in enumerate(set(self._users))}
        users = np.fromiter(map(number.__getitem__, self._users[rows]), dtype=np.int64, count=rows.size)
        starts = self._starts[rows]
        order = np.lexsort((users, starts))
        is_first = np.ones(order.size, dtype=bool)
        is_first[1:] = (np.diff(starts[order]) != 0) | (np.diff(users[order]) != 0)
        return np.sort(rows[order[is_first]])

    def _without(self, rows: Ints, asked: AbstractSet[tuple[str, datetime]]) -> Ints:
        """The rows that were not asked about."""
        if not asked:
            return rows
        times = np.isin(self._starts[rows], [_microseconds(start) for _, start in asked])
        is_asked = [(self._users[row], _moment(int(self._starts[row]))) in asked for row in rows[times].tolist()]
        return np.setdiff1d(rows, rows[times][np.array(is_asked, dtype=bool)], assume_unique=True)

    def _buckets(self, rows: Ints, labels: Texts | None) -> list[dict[str, Any]]:
        """What the log says about each row's bucket: its user, its time, and what the classifier said."""
        log = self._log
        ends, has_end = (
            self._moments(log.bucket_end) if log.bucket_end else (self._starts, np.zeros_like(self._has_start))
        )
        found = []
        for row in rows.tolist():
            start = _moment(int(self._starts[row]))
            end = _moment(int(ends[row])) if has_end[row] else start + timedelta(seconds=BUCKET_SECONDS)
            found.append(
                {
                    "monitor": self._monitor,
                    "user_id": self._users[row],
                    "bucket_start_ts": start,
                    "bucket_end_ts": end,
                    "predicted_label": None if labels is None else labels[row],
                }
            )
        return found

    def values_of(self, requests: Iterable[LabelRequest], columns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The values of some columns in the rows that requests are about, by request id; requests whose row is gone are left
        out. Of rows that share a user and a time, the first is the one that was asked about.

        Each column is read once. One that the log did not have yet, or has no more, is left out.
        """
        wanted = {each.request_id: (each.user_id, _microseconds(each.bucket_start_ts)) for each in requests}
        times = np.isin(self._starts, [start for _, start in wanted.values()]) & self._has_start
        first: dict[tuple[str, int], int] = {}
        for row in np.flatnonzero(times).tolist():
            first.setdefault((self._users[row], int(self._starts[row])), row)
        places = {asked: first[key] for asked, key in wanted.items() if key in first}
        values: dict[str, dict[str, Any]] = {asked: {} for asked in places}
        for name in columns if places else ():
            try:
                column = self._columns.column(name)
            except MissingColumn:
                continue
            for asked, row in places.items():
                values[asked][name] = column[row].as_py()
        return values

    def _are_storable(self, labels: Texts | None) -> Bools:
        """Which rows' users and labels every store can keep; how many others there are is logged."""
        named = [self._users] if labels is None else [self._users, labels]
        odd = {name for names in named for name in set(names) if name and not is_storable(name)}
        if not odd:
            return np.ones(self._columns.rows, dtype=bool)
        found = np.array([odd.isdisjoint(names) for names in zip(*named, strict=True)], dtype=bool)
        _log.warning(
            "%d of %d rows are not asked about: their user or label holds a NUL character, which no store keeps",
            found.size - found.sum(),
            found.size,
        )
        return found

    def _confidence(self) -> Floats:
        if self._log.confidence is None:
            return np.full(self._columns.rows, np.nan)
        values = self._columns.numbers(self._log.confidence)
        return np.where(np.isfinite(values), values, np.nan)

    def _moments(self, name: str) -> tuple[Ints, Bools]:
        """Microseconds since 1970 of each row, and which rows have a time within the calendar; a naive time is UTC.

        Raises:
            InvalidInput: the column holds values that are not times.
        """
        column = self._columns.column(name)
        zone = getattr(column.type, "tz", None)
        kinds = () if pa.types.is_integer(column.type) else (pa.timestamp("us", zone), pa.timestamp("us", "UTC"))
        for kind in dict.fromkeys(kinds):  # text may name its zone; nothing says in which unit an integer is
            try:
                whole = column.cast(kind, safe=False).cast(pa.int64())
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                continue
            moments = whole.fill_null(0).to_numpy()
            is_known = whole.is_valid().to_numpy(zero_copy_only=False)
            return moments, is_known & (moments >= FIRST) & (moments <= LAST)
        raise InvalidInput(f"column {name} has type {column.type}, not times. Write timestamps or ISO 8601.")


def _microseconds(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
