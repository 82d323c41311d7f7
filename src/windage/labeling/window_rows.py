"""The rows of a monitor's window as candidates for a question, and the chosen ones as requests."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from windage.arrays import Bools, Floats, Texts
from windage.errors import InvalidInput
from windage.labeling.queue import ActiveLabelingQueue
from windage.labeling.request import LabelRequest
from windage.labeling.rows import BUCKET_SECONDS
from windage.partitions.parquet import ParquetColumns
from windage.partitions.plan import WindowPlan
from windage.partitions.rows import probabilities
from windage.profiles.categorical import texts
from windage.selection import Candidates, select, strategy_named
from windage.spec.log import Log
from windage.spec.model import MonitorSpec
from windage.store.keys import is_storable
from windage.vocabulary import EPOCH, DriftAlert

NOBODY = "unknown"
"""Whose a row is that names no user."""
MICROSECONDS = 1_000_000
FIRST, LAST = ((datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for year in (1, MAXYEAR))
"""The times that a question may be about; its end is of the calendar as well."""

_log = logging.getLogger(__name__)


def ask(
    spec: MonitorSpec,
    columns: ParquetColumns,
    queue: ActiveLabelingQueue,
    plan: WindowPlan,
    strategy: str,
    *,
    limit: int,
    alerts: Sequence[DriftAlert] = (),
    weight: Floats | None = None,
) -> int:
    """Ask people about rows of a plan's current window that a strategy picks; how many are newly asked about."""
    start = plan.current.start
    chosen = WindowRows(columns, spec.log, monitor=spec.monitor).select(
        strategy,
        limit=limit,
        uniform_share=spec.labeling.uniform_share if alerts else None,
        drift_weight=np.ones(columns.rows) if weight is None else weight,
        affected=frozenset(user for alert in alerts for user in alert.affected_user_ids),
        asked=queue.asked(spec.monitor, plan.current),
        seed=(start.toordinal(), int(start.timestamp()) % 86_400),
    )
    return queue.enqueue(chosen, reason="drift" if alerts else "uniform")


class WindowRows:
    """Of the window's columns only those are read that a question is made of."""

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
        strategy: str,
        *,
        limit: int,
        uniform_share: float | None,
        drift_weight: Floats,
        affected: frozenset[str],
        asked: AbstractSet[tuple[str, datetime]],
        seed: Iterable[int],
    ) -> list[dict[str, Any]]:
        """The rows to ask about as a queue takes them, the first to ask about first.

        None that was asked about already; those count, so that a run that is repeated asks about no more. None that no
        store can keep either: a few such rows must not cost all others their questions.
        """
        labels = texts(self._columns.column(self._log.label)) if self._log.label else None
        known = open_ = np.flatnonzero(self._has_start & self._are_storable(labels))
        if asked:
            users, starts = self._users, self._starts
            open_ = np.array(
                [row for row in open_.tolist() if (users[row], _moment(int(starts[row]))) not in asked],
                dtype=np.int64,
            )
        matrix = probabilities(self._columns, self._log)[open_] if self._log.probabilities else None
        confidence = self._confidence()[open_]
        found = select(
            Candidates(
                confidence=confidence,
                probabilities=matrix,
                users=self._users[open_],
                starts=self._starts[open_] // MICROSECONDS,
                drift_weight=drift_weight[open_],
                affected=affected,
            ),
            strategy_named(strategy),
            limit=max(limit - (known.size - open_.size), 0),
            uniform_share=uniform_share,
            seed=seed,
        )
        ends, has_end = self._moments(self._log.bucket_end) if self._log.bucket_end else (None, self._has_start)
        return [
            {
                "monitor": self._monitor,
                "user_id": self._users[row],
                "bucket_start_ts": (start := _moment(int(self._starts[row]))),
                "bucket_end_ts": start + timedelta(seconds=BUCKET_SECONDS)
                if ends is None or not has_end[row]
                else _moment(int(ends[row])),
                "confidence": float(confidence[place]) if np.isfinite(confidence[place]) else None,
                "predicted_label": None if labels is None else labels[row],
                "inclusion_probability": probability,
            }
            for place, row, probability in zip(
                found.rows.tolist(), open_[found.rows].tolist(), found.probability.tolist(), strict=True
            )
        ]

    def values_of(self, requests: Iterable[LabelRequest], columns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The values in some columns of the rows that were asked about, by the requests' ids, without those that there are
        not; a column is read once."""
        places: dict[str, int] = {}
        for each in requests:
            at = (each.bucket_start_ts - EPOCH) // timedelta(microseconds=1)
            (found,) = np.nonzero(self._has_start & (self._starts == at) & (self._users == each.user_id))
            if found.size:
                places[each.request_id] = int(found[0])
        values: dict[str, dict[str, Any]] = {asked: {} for asked in places}
        for name in columns if places else ():
            column = self._columns.column(name)
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

    def _moments(self, name: str) -> tuple[Any, Any]:
        """Microseconds since 1970 of each row, and which rows have a time of the calendar; a naive time is UTC.

        Raises:
            InvalidInput: the column holds what is no time.
        """
        column = self._columns.column(name)
        zone = getattr(column.type, "tz", None)
        for kind in dict.fromkeys([pa.timestamp("us", zone), pa.timestamp("us", "UTC")]):  # text may name its zone
            try:
                whole = column.cast(kind, safe=False).cast(pa.int64())
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                continue
            moments = whole.fill_null(0).to_numpy()
            is_known = whole.is_valid().to_numpy(zero_copy_only=False)
            return moments, is_known & (moments >= FIRST) & (moments <= LAST)
        raise InvalidInput(f"column {name} has type {column.type}, not times. Write timestamps or ISO 8601.")


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
