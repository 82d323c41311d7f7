"""Rows to profiles: the window that Parquet files make up, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
import pyarrow as pa

from windage.errors import DataError
from windage.partitions.parquet import NOWHERE, ParquetColumns
from windage.profiles.categorical import CategoricalProfile, texts
from windage.profiles.numbers import Numbers, Places
from windage.profiles.numeric import Floats, NumericProfile
from windage.profiles.parts import Part, finer, put_together
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import OnDemand, WindowProfile
from windage.spec.log import Log

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENTROPIES = 4096
"""Points of a large window's entropies where every value of the other columns is kept."""


def exact_window(columns: ParquetColumns, log: Log, features: Sequence[str]) -> WindowProfile:
    """The window at full resolution, of the given features alone."""
    return live_window(columns, Log(location=log.location, numeric=tuple(features)), resolution=None)


def live_window(columns: ParquetColumns, log: Log, *, resolution: int | None) -> WindowProfile:
    """The window's profile; a feature's column is read when a check asks for it, and not kept.

    Without a resolution a column is in memory whole, however many rows there are; the entropies of a large window, of
    which nobody asks for every value, are not.
    """
    faults: dict[str, str] = {}

    def part(name: str, wanted: object, make: Callable[[], T]) -> T | None:
        try:
            return make() if wanted else None
        except DataError as error:
            faults[name] = str(error)
            return None

    span = part("timestamps", log.bucket_start, lambda: _span(columns, str(log.bucket_start)))
    return WindowProfile(
        rows=columns.rows,
        numeric=OnDemand(log.numeric, lambda name: _numeric(columns, name, resolution)[0]),
        categorical=OnDemand(log.categorical, lambda name: _categorical(columns, name)),
        labels=part("labels", log.label, lambda: _categorical(columns, str(log.label))),
        confidence=part("confidence", log.confidence, lambda: _numeric(columns, str(log.confidence), resolution)[0]),
        scores=part("scores", log.probabilities, lambda: _scores(columns, log, resolution)),
        users=part("users", log.user, lambda: _categorical(columns, str(log.user))),
        first_at=span[0] if span else None,
        last_at=span[1] if span else None,
        schema=columns.types,
        faults=faults,
    )


def profile_part(columns: ParquetColumns, log: Log, rows: Places, *, resolution: int | None) -> Part:
    """A piece of a partition with every column read now; what cannot be profiled is a fault, not the end.

    Args:
        log: names the columns that this part is about.
        rows: the sampled rows of the piece, by their places.
    """
    live = live_window(columns, log, resolution=resolution)
    numeric, categorical, sampled, faults = {}, {}, {}, dict(live.faults)
    for name in log.numeric:
        try:
            numeric[name], sampled[name] = _numeric(columns, name, resolution, rows)
        except DataError as error:
            faults[f"numeric.{name}"] = str(error)
    for name in log.categorical:
        try:
            categorical[name] = live.categorical[name]
        except DataError as error:
            faults[f"categorical.{name}"] = str(error)
    users = None if live.users is None else texts(columns.taken(str(log.user), rows))
    return Part(
        window=WindowProfile(
            rows=live.rows,
            numeric=numeric,
            categorical=categorical,
            labels=live.labels,
            confidence=live.confidence,
            scores=live.scores,
            users=live.users,
            first_at=live.first_at,
            last_at=live.last_at,
            schema=live.schema,
            faults=faults,
        ),
        sampled=sampled,
        users=users,
    )


def _numeric(
    columns: ParquetColumns, name: str, resolution: int | None, rows: Places = NOWHERE
) -> tuple[NumericProfile, Floats]:
    """The column's profile, and its values in the given rows. That of a large window is put together from parts, with an
    eighth more of certified error."""
    columns, fine = _in_parts(columns, resolution)
    sampled: list[Floats] = []

    def parts() -> Iterator[NumericProfile]:
        for part in columns.known_number_parts(name, sampled=rows):
            sampled.append(part.sampled)
            yield NumericProfile.of(part.values, nulls=part.nulls, resolution=fine, reuse=True)

    return put_together(parts(), resolution=resolution), np.concatenate(sampled)


def _in_parts(columns: ParquetColumns, resolution: int | None) -> tuple[ParquetColumns, int | None]:
    """The columns as they are best read, and how finely their parts are kept; where every value is kept, there are none."""
    if resolution is None:
        return columns.all_at_once(), None
    return columns, finer(resolution) if columns.is_large else resolution


def _categorical(columns: ParquetColumns, name: str) -> CategoricalProfile:
    if columns.has_one_type(name):
        return CategoricalProfile.merge([CategoricalProfile.of(chunk) for chunk in columns.chunks(name)])
    return CategoricalProfile.of(columns.column(name))


def _scores(columns: ParquetColumns, log: Log, resolution: int | None) -> ScoreProfile:
    fine = resolution
    if columns.is_large:
        resolution = resolution or ENTROPIES
        fine = finer(resolution)
    invalid = 0

    def entropies() -> Iterator[NumericProfile]:
        nonlocal invalid
        parts = [columns.number_parts(name) for name in log.probabilities]
        rows = min(columns.rows_at_once, columns.rows)
        for start in range(0, max(columns.rows, 1), max(rows, 1)):
            found = ScoreProfile.of_classes(map(next, parts), min(rows, columns.rows - start), resolution=fine)
            invalid += found.invalid
            yield found.entropy

    entropy = put_together(entropies(), resolution=resolution)
    return ScoreProfile(entropy=entropy, invalid=invalid)


def _span(columns: ParquetColumns, name: str) -> tuple[datetime, datetime] | None:
    """First and last time of the window's rows, to the microsecond, None without any; a naive time is UTC.

    Raises:
        DataError: a time lies beyond the calendar.
    """
    ends: list[int] = []
    for chunk in columns.chunks(name):
        if not pa.types.is_timestamp(chunk.type):
            return None
        ticks = Numbers.of(chunk).present()
        if ticks.size:
            # Python's integers: a wide span of nanoseconds would overflow in microseconds' place.
            ends += [_microseconds(int(tick), chunk.type.unit) for tick in (ticks.min(), ticks.max())]
    if not ends:
        return None
    try:
        return EPOCH + timedelta(microseconds=min(ends)), EPOCH + timedelta(microseconds=max(ends))
    except OverflowError:
        raise DataError(
            f"{columns.where}'s column {name!r} holds times outside of the years 1 to 9999. Write them in the unit that "
            "the column's type names."
        ) from None


def _microseconds(tick: int, unit: str) -> int:
    return tick // 1000 if unit == "ns" else tick * {"s": 10**6, "ms": 10**3, "us": 1}[unit]
