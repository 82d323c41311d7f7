"""From rows to profiles: summarising the columns of a window's Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa

from windage.arrays import Floats
from windage.errors import DataError
from windage.partitions.parquet import NOWHERE, ParquetColumns
from windage.profiles.categorical import CategoricalProfile, texts
from windage.profiles.counted import Values, counted
from windage.profiles.numbers import Numbers, Places
from windage.profiles.numeric import NumericProfile, lost_as_doubles
from windage.profiles.parts import Part, finer
from windage.profiles.scores import ScoreProfile, invalid_rows, surest_classes
from windage.profiles.window import AT_ONCE, OnDemand, WindowProfile
from windage.spec.log import Log
from windage.stats.entropy import row_entropy
from windage.vocabulary import EPOCH

T = TypeVar("T")
ENTROPIES = 4096
"""Support points for a large window's entropies where ``resolution`` is None."""


def exact_window(columns: ParquetColumns, log: Log, features: Sequence[str]) -> WindowProfile:
    """The window at full resolution, of the given features alone."""
    return live_window(columns, Log(location=log.location, numeric=tuple(features)), resolution=None)


def live_window(
    columns: ParquetColumns, log: Log, rows: Places = NOWHERE, *, resolution: int | None, whole: bool = True
) -> WindowProfile:
    """The window's profile; a feature's column is read when a check asks for it, and kept until others are.

    Without a resolution a column is read whole, however many rows there are, except for the entropies of a large
    window, which are never needed exactly. With one, a large window, or a piece that is not the ``whole`` window, is
    kept at ``finer(resolution)``. ``rows`` are the positions of sampled rows, whose surest classes are counted.
    """
    faults: dict[str, str] = {}

    def unless_faulty(name: str, wanted: object, make: Callable[[], T]) -> T | None:
        try:
            return make() if wanted else None
        except DataError as error:
            faults[name] = str(error)
            return None

    numbers = partial(_numeric, columns, resolution=resolution, whole=whole)
    scored = unless_faulty("scores", log.probabilities, lambda: _scores(columns, log, rows, resolution, whole=whole))
    labels = unless_faulty("labels", log.label, lambda: _categorical(columns, str(log.label)))
    span = unless_faulty("timestamps", log.bucket_start, lambda: _span(columns, str(log.bucket_start)))
    return WindowProfile(
        rows=columns.rows,
        numeric=OnDemand(log.numeric, lambda name: numbers(name)[0], keep=AT_ONCE),
        categorical=OnDemand(log.categorical, lambda name: _categorical(columns, name)),
        labels=labels,
        confidence=unless_faulty("confidence", log.confidence, lambda: numbers(str(log.confidence))[0]),
        scores=scored and scored[0],
        surest=_surest_classes(columns, log, rows, scored[1]) if scored and labels and rows.size else {},
        users=unless_faulty("users", log.user, lambda: _categorical(columns, str(log.user))),
        first_at=span[0] if span else None,
        last_at=span[1] if span else None,
        schema=columns.types,
        faults=faults,
        reads_rows=True,
    )


def profile_part(columns: ParquetColumns, log: Log, rows: Places, *, resolution: int | None, whole: bool) -> Part:
    """The summary of a piece of a partition, read now; a column that cannot be profiled is listed in ``faults``.

    Args:
        log: names the columns to summarise.
        rows: positions of the piece's sampled rows.
        resolution: that of the partition's profile; a large piece, or one that is not the ``whole`` partition, is kept
            at ``finer(resolution)``.
    """
    live = live_window(columns, log, rows, resolution=resolution, whole=whole)
    numeric, categorical, sampled, faults = {}, {}, {}, dict(live.faults)
    for name in log.numeric:
        try:
            numeric[name], sampled[name] = _numeric(columns, name, rows, resolution=resolution, whole=whole)
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
            surest=live.surest,
            first_at=live.first_at,
            last_at=live.last_at,
            schema=live.schema,
            faults=faults,
        ),
        sampled=sampled,
        users=users,
    )


def _numeric(
    columns: ParquetColumns, name: str, rows: Places = NOWHERE, *, resolution: int | None, whole: bool
) -> tuple[NumericProfile, Floats]:
    """The column's profile, and its values in the given rows.

    Raises:
        DataError: the column does not hold numbers, or all its different numbers are the same double.
    """
    if resolution is None:
        (column,) = columns.all_at_once().known_number_parts(name, sampled=rows)
        profile = NumericProfile.of(column.values, nulls=column.nulls, reuse=True)
        _refuse_lost_precision(columns, name, profile)
        return profile, column.sampled
    sampled: list[Floats] = []

    def parts() -> Iterator[Values]:
        for part in columns.known_number_parts(name, sampled=rows):
            sampled.append(part.sampled)
            yield part.values, part.nulls

    profile = _counted(columns, parts(), resolution, whole=whole)
    _refuse_lost_precision(columns, name, profile)
    return profile, np.concatenate(sampled)


def _refuse_lost_precision(columns: ParquetColumns, name: str, profile: NumericProfile) -> None:
    """Refuse a column of which different numbers became the same double; it is read again only if that is possible.

    Raises:
        DataError: that is so.
    """
    if profile.is_one_large_value and columns.has_several_whole_numbers(name):
        raise lost_as_doubles(name, where=columns.where, value=profile.minimum)


def _counted(columns: ParquetColumns, parts: Iterable[Values], resolution: int, *, whole: bool) -> NumericProfile:
    is_alone = whole and not columns.is_large
    kept = resolution if is_alone else finer(resolution)
    return counted(parts, resolution=resolution, kept=kept, more=columns.is_large)


def _categorical(columns: ParquetColumns, name: str) -> CategoricalProfile:
    if columns.has_one_type(name):
        return CategoricalProfile.merge([CategoricalProfile.of(chunk) for chunk in columns.chunks(name)])
    return CategoricalProfile.of(columns.column(name))


def _scores(
    columns: ParquetColumns, log: Log, rows: Places, resolution: int | None, *, whole: bool
) -> tuple[ScoreProfile, list[list[Floats]]]:
    """The summary of the probabilities, and for each class those of the sampled rows, in parts."""
    sampled: list[list[Floats]] = [[] for _ in log.probabilities]
    parts = [
        _noted(columns.number_parts(name), rows, into) for name, into in zip(log.probabilities, sampled, strict=True)
    ]
    if resolution is None and not columns.is_large:
        return ScoreProfile.of_classes(map(next, parts), columns.rows), sampled
    step = max(min(columns.rows_at_once, columns.rows), 1)
    invalid = 0

    def entropies() -> Iterator[Values]:
        nonlocal invalid
        for start in range(0, max(columns.rows, 1), step):
            block = row_entropy(map(next, parts), min(step, columns.rows - start))
            invalid += invalid_rows(block)
            yield block.entropy, 0

    entropy = _counted(columns, entropies(), resolution or ENTROPIES, whole=whole)
    entropy = entropy if resolution else entropy.compressed(ENTROPIES)
    return ScoreProfile(entropy=entropy, invalid=invalid), sampled


def _noted(parts: Iterator[Floats], rows: Places, into: list[Floats]) -> Iterator[Floats]:
    """The parts of a column, with the values in the given rows noted as they pass."""
    start = 0
    for part in parts:
        end = start + part.size
        into.append(part[rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)] - start])
        start = end
        yield part


def _surest_classes(
    columns: ParquetColumns, log: Log, rows: Places, sampled: Sequence[Sequence[Floats]]
) -> dict[str, CategoricalProfile]:
    probabilities = np.column_stack([np.concatenate([np.empty(0), *parts]) for parts in sampled])
    return surest_classes(texts(columns.taken(str(log.label), rows)), probabilities)


def _span(columns: ParquetColumns, name: str) -> tuple[datetime, datetime] | None:
    """The first and last time of the rows, to the microsecond, or None without any; naive times count as UTC. Rows
    outside the partition's period are ignored.

    Raises:
        DataError: a time lies outside the years that ``datetime`` can hold.
    """
    ends: list[int] = []
    for chunk in columns.chunks(name):
        if not pa.types.is_timestamp(chunk.type):
            return None
        ticks = Numbers.of(chunk).present()
        if columns.period is not None and ticks.size:
            first, end = (_ticks(at, chunk.type.unit) for at in (columns.period.start, columns.period.end))
            if ticks.min() < first or ticks.max() >= end:
                ticks = ticks[(ticks >= first) & (ticks < end)]
        if ticks.size:
            # Python's integers, because seconds and milliseconds may overflow 64 bits as microseconds.
            ends += [_microseconds(int(tick), chunk.type.unit) for tick in (ticks.min(), ticks.max())]
    if not ends:
        return None
    try:
        return EPOCH + timedelta(microseconds=min(ends)), EPOCH + timedelta(microseconds=max(ends))
    except OverflowError:
        raise DataError(
            f"{columns.where}'s column {name!r} has times outside the years 1 to 9999. Write them in the unit of "
            "the column's type."
        ) from None


def _ticks(at: datetime, unit: str) -> int:
    """A moment in ticks of the unit, rounded up."""
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    return microseconds * 1000 if unit == "ns" else -(-microseconds // _IN_MICROSECONDS[unit])


def _microseconds(tick: int, unit: str) -> int:
    return tick // 1000 if unit == "ns" else tick * _IN_MICROSECONDS[unit]


_IN_MICROSECONDS = {"s": 10**6, "ms": 10**3, "us": 1}
