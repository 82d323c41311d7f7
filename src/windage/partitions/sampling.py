"""Some rows of a partition, told by what they hold: the same ones in whatever order and pieces the rows stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from windage.arrays import Floats
from windage.partitions.parquet import NOWHERE, ParquetColumns
from windage.profiles.categorical import texts
from windage.profiles.numbers import Places
from windage.profiles.ranks import MOST_FEATURES, MOST_ROWS
from windage.profiles.sample import RowSample
from windage.spec.log import Log

HASHED = 3
"""Columns that a row is told apart by; more of them would only cost time."""
MOST_SAMPLED = 20_000

_BLOCK = 8192
_ODD = np.uint64(0x9E3779B97F4A7C15)

Unsigned = npt.NDArray[np.uint64]


class SampledRows(NamedTuple):
    """Places in ascending order, and the hash of each row."""

    places: Places
    hashes: Unsigned


def hashed_columns(columns: ParquetColumns, log: Log) -> list[str]:
    """The columns by which rows are told apart: those of the first ones that differ most, and that can be read."""
    candidates = [log.bucket_start, log.confidence, *log.probabilities[:1], *log.numeric]
    usable = dict.fromkeys(name for name in candidates if name and columns.holds_numbers(name, times=True))
    return list(usable)[:HASHED]


def sampled(columns: ParquetColumns, names: Sequence[str], *, of: int, most: int = MOST_ROWS) -> SampledRows:
    """About ``most`` rows of a partition of ``of`` rows that these columns hold, or hold a piece of; all of a small one.

    A row is taken when the hash of what it holds is small enough, so that each piece decides alone. Rows that are alike in
    all hashed columns are taken together or not; of very many such ones, only the first.
    """
    limit = np.uint64(min(int(most / max(of, 1) * 2.0**64), 2**64 - 1))
    places, hashes = [], []
    start = 0
    for part in zip(*(columns.number_parts(name, times=True) for name in names), strict=True):
        found = row_hashes(part)
        here = np.flatnonzero(found <= limit)
        places.append(here + start)
        hashes.append(found[here])
        start += found.size
    bound = 4 * most * columns.rows // max(of, 1) + 1000
    if not places:
        return SampledRows(NOWHERE, np.empty(0, dtype=np.uint64))
    return SampledRows(np.concatenate(places)[:bound], np.concatenate(hashes)[:bound])


def row_hashes(columns: Sequence[Floats]) -> Unsigned:
    """A hash of each row's bits. Source of the constants and of the last mixing: Steele, Lea & Flood (2014)."""
    rows = columns[0].size
    hashes = np.zeros(rows, dtype=np.uint64)
    shifted = np.empty(_BLOCK, dtype=np.uint64)
    for start in range(0, rows, _BLOCK):
        state = hashes[start : start + _BLOCK]
        moved = shifted[: state.size]
        for values in columns:
            state ^= values[start : start + _BLOCK].view(np.uint64)
            state *= _ODD
            _fold(state, moved, 32)
        state *= np.uint64(0xBF58476D1CE4E5B9)
        _fold(state, moved, 27)
        state *= np.uint64(0x94D049BB133111EB)
        _fold(state, moved, 31)
    return hashes


def _fold(state: Unsigned, moved: Unsigned, bits: int) -> None:
    np.right_shift(state, np.uint64(bits), out=moved)
    np.bitwise_xor(state, moved, out=state)


def sample_rows(columns: ParquetColumns, log: Log) -> RowSample:
    """Some rows of a log that names its users, those of the smallest hashes first."""
    names = log.numeric[:MOST_FEATURES]
    found = sampled(columns, hashed_columns(columns, log), of=columns.rows, most=MOST_SAMPLED)
    order = np.argsort(found.hashes, kind="stable")
    values = np.column_stack([columns.numbers_at(name, found.places)[order] for name in names])
    values[~np.isfinite(values)] = np.nan
    return RowSample(features=names, values=values, users=texts(columns.taken(str(log.user), found.places))[order])
