"""Rows to profiles: the window that Parquet files make up, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from windage.errors import DataError
from windage.partitions.parquet import ParquetColumns, known_values
from windage.profiles.categorical import CategoricalProfile, texts
from windage.profiles.numeric import Floats, NumericProfile
from windage.profiles.parts import finer, put_together
from windage.profiles.ranks import MOST_FEATURES, MOST_ROWS, RankProfile, Unsigned, mixed, sampled_rows
from windage.profiles.sample import RowSample
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import OnDemand, WindowProfile
from windage.spec.model import Log

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def live_window(columns: ParquetColumns, log: Log, *, resolution: int | None) -> WindowProfile:
    """The window's profile; a feature's column is read when a check asks for it, and not kept."""
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
        numeric=OnDemand(log.numeric, lambda name: _numeric(columns, name, resolution)),
        categorical=OnDemand(log.categorical, lambda name: _categorical(columns, name)),
        labels=part("labels", log.label, lambda: _categorical(columns, str(log.label))),
        confidence=part("confidence", log.confidence, lambda: _numeric(columns, str(log.confidence), resolution)),
        scores=part("scores", log.probabilities, lambda: _scores(columns, log, resolution)),
        users=part("users", log.user, lambda: _categorical(columns, str(log.user))),
        first_at=span[0] if span else None,
        last_at=span[1] if span else None,
        schema={field.name: str(field.type) for field in columns.schema},
        faults=faults,
    )


def profile_window(columns: ParquetColumns, log: Log, *, resolution: int | None) -> WindowProfile:
    """The window's profile with every column read now; a part that cannot be profiled is a fault, not the end."""
    live = live_window(columns, log, resolution=resolution)
    faults = dict(live.faults)

    def read(kind: str, profiles: Mapping[str, T]) -> dict[str, T]:
        made = {}
        for name in profiles:
            try:
                made[name] = profiles[name]
            except DataError as error:
                faults[f"{kind}.{name}"] = str(error)
        return made

    numeric = read("numeric", live.numeric)
    ranks = _ranks(columns, list(numeric), log.user if live.users is not None else None)
    categorical = read("categorical", live.categorical)
    return replace(live, numeric=numeric, categorical=categorical, ranks=ranks, faults=faults)


MOST_SAMPLED = 20_000
HASHED = 4
"""Columns that a row is told apart by; more of them would only cost time."""


def _ranks(columns: ParquetColumns, names: Sequence[str], user: str | None) -> RankProfile | None:
    """Ranks of a bounded number of rows, which depends on what the rows hold and not on where they stand."""
    if not names or not columns.rows:
        return None
    if columns.rows <= MOST_ROWS:
        users = None if user is None else texts(columns.column(user))
        return RankProfile.of({name: columns.numbers(name) for name in names}, users)
    chosen = _sampled(columns, names, MOST_ROWS)[0]
    users = None if user is None else texts(columns.taken(user, chosen))
    return RankProfile.of({name: _numbers_of(columns, name, chosen) for name in names}, users)


def _sampled(columns: ParquetColumns, names: Sequence[str], most: int) -> tuple[npt.NDArray[np.intp], Unsigned]:
    """The places of the rows of the smallest hashes, in ascending order, and their hashes. A hash depends on nothing but
    what its row holds."""
    if not columns.is_large:
        state = np.zeros(columns.rows, dtype=np.uint64)
        for name in names[:HASHED]:
            state = mixed(state, columns.numbers(name))
        chosen = sampled_rows(state, most)
        return chosen, state[chosen]
    places, states = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.uint64)
    start = 0
    for part in zip(*(columns.number_parts(name) for name in names[:HASHED]), strict=True):
        state = np.zeros(len(part[0]), dtype=np.uint64)
        for values in part:
            state = mixed(state, values)
        states = np.concatenate([states, state])
        places = np.concatenate([places, np.arange(start, start + state.size)])
        kept = sampled_rows(states, most)
        places, states = places[kept], states[kept]
        start += state.size
    return places, states


def _numbers_of(columns: ParquetColumns, name: str, rows: npt.NDArray[np.intp]) -> Floats:
    """The column's numbers in some rows, by their places in ascending order."""
    start, found = 0, []
    for part in columns.number_parts(name):
        here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, start + part.size)]
        found.append(part[here - start])
        start += part.size
    return np.concatenate(found)


def sample_rows(columns: ParquetColumns, log: Log) -> RowSample:
    """Some rows of a log that names its users, those of the smallest hashes first."""
    names = log.numeric[:MOST_FEATURES]
    chosen, states = _sampled(columns, names, MOST_SAMPLED)
    order = np.argsort(states, kind="stable")
    values = np.column_stack([_numbers_of(columns, name, chosen)[order] for name in names])
    values[~np.isfinite(values)] = np.nan
    return RowSample(features=names, values=values, users=texts(columns.taken(str(log.user), chosen))[order])


def _numeric(columns: ParquetColumns, name: str, resolution: int | None) -> NumericProfile:
    """The column's profile; of a large window it is put together from parts, with a sixteenth more of certified error."""
    if columns.is_large and resolution is not None:
        parts = columns.known_number_parts(name)
        fine = finer(resolution)
        made = (NumericProfile.of(values, nulls=nulls, resolution=fine, reuse=True) for values, nulls in parts)
        return put_together(made, resolution=resolution)
    values, nulls = columns.known_numbers(name)
    return NumericProfile.of(values, nulls=nulls, resolution=resolution, reuse=True)


def _categorical(columns: ParquetColumns, name: str) -> CategoricalProfile:
    if columns.is_large and columns.has_one_type(name):
        return CategoricalProfile.merge([CategoricalProfile.of(chunk) for chunk in columns.chunks(name)])
    return CategoricalProfile.of(columns.column(name))


def _scores(columns: ParquetColumns, log: Log, resolution: int | None) -> ScoreProfile:
    if columns.is_large and resolution is not None:
        invalid = 0

        def entropies() -> Iterator[NumericProfile]:
            nonlocal invalid
            for part in zip(*(columns.number_parts(name) for name in log.probabilities), strict=True):
                found = ScoreProfile.of_classes(iter(part), len(part[0]), resolution=finer(resolution))
                invalid += found.invalid
                yield found.entropy

        entropy = put_together(entropies(), resolution=resolution)
        return ScoreProfile(entropy=entropy, invalid=invalid)
    classes = (columns.numbers(name) for name in log.probabilities)
    return ScoreProfile.of_classes(classes, columns.rows, resolution=resolution)


def probabilities(columns: ParquetColumns, log: Log) -> Floats:
    """The class probabilities as a matrix of shape (rows, classes)."""
    return np.column_stack([columns.numbers(name) for name in log.probabilities])


def _span(columns: ParquetColumns, name: str) -> tuple[datetime, datetime] | None:
    """First and last time of the window's rows, to the microsecond, None without any; a naive time is UTC."""
    parts = columns.chunks(name) if columns.is_large and columns.has_one_type(name) else [columns.column(name)]
    ends: list[int] = []
    for part in parts:
        if not pa.types.is_timestamp(part.type):
            return None
        found, microseconds = pc.min_max(part), pa.timestamp("us", part.type.tz)
        found_here = (found[end].cast(microseconds, safe=False).value for end in ("min", "max"))  # as_py imports pandas
        ends += [each for each in found_here if each is not None]
    if not ends:
        return None
    return EPOCH + timedelta(microseconds=min(ends)), EPOCH + timedelta(microseconds=max(ends))


class ParquetRows:
    """The rows of a window, as attribution reads them."""

    def __init__(self, columns: ParquetColumns, log: Log) -> None:
        self._columns = columns
        self._log = log

    def numbers(self, column: str) -> Floats:
        return self._columns.numbers(column)

    def labels(self) -> npt.NDArray[np.object_]:
        return self._texts(self._log.label)

    def users(self) -> npt.NDArray[np.object_]:
        return self._texts(self._log.user)

    def texts(self, column: str) -> npt.NDArray[np.object_]:
        return texts(self._columns.column(column))

    def probabilities(self) -> Floats:
        return probabilities(self._columns, self._log)

    def confidence(self) -> Floats:
        return self._columns.numbers(str(self._log.confidence))

    def groups(self, column: str) -> tuple[list[str], npt.NDArray[np.int64]]:
        """Names by first appearance, and each row's place among them; −1 for a null."""
        import pyarrow as pa

        found = self._columns.column(column).cast(pa.string()).combine_chunks().dictionary_encode()
        index = np.full(len(found), -1)
        known, places = known_values(found.indices)
        index[known] = places
        return found.dictionary.to_pylist(), index

    def _texts(self, name: str | None) -> npt.NDArray[np.object_]:
        return np.full(self._columns.rows, None) if name is None else texts(self._columns.column(name))
