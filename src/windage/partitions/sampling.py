"""A sample of a partition's rows, chosen by hashing their content: independent of the rows' order and of pieces."""

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
"""Columns that a row's hash covers; more would only cost time."""
MOST_SAMPLED = 20_000

_BLOCK = 8192
_ODD = np.uint64(0x9E3779B97F4A7C15)

Unsigned = npt.NDArray[np.uint64]


class SampledRows(NamedTuple):
    """Ascending positions of the rows, and the hash of each."""

    places: Places
    hashes: Unsigned


def hashed_columns(columns: ParquetColumns, log: Log) -> list[str]:
    """The columns to hash: the first usable ones, preferring those whose values differ most between rows."""
    candidates = [log.bucket_start, log.confidence, *log.probabilities[:1], *log.numeric]
    usable = dict.fromkeys(name for name in candidates if name and columns.holds_numbers(name, times=True))
    return list(usable)[:HASHED]


def sampled(columns: ParquetColumns, names: Sequence[str], *, of: int, most: int = MOST_ROWS) -> SampledRows:
    """The rows of ``columns`` that belong to a sample of about ``most`` of the partition's ``of`` rows; all of a small
    one.

    A row is taken if its hash is below a limit, so each piece of a partition decides alone. Rows equal in all hashed
    columns are all taken or all left; of very many taken, only the first are kept.
    """
    limit = np.uint64(min(int(most / max(of, 1) * 2.0**64), 2**64 - 1))
    places, hashes = [], []
    start = 0
    for part in zip(*(columns.number_parts(name, times=True) for name in names), strict=True):
        part_hashes = row_hashes(part)
        taken = np.flatnonzero(part_hashes <= limit)
        places.append(taken + start)
        hashes.append(part_hashes[taken])
        start += part_hashes.size
    bound = 4 * most * columns.rows // max(of, 1) + 1000
    if not places:
        return SampledRows(NOWHERE, np.empty(0, dtype=np.uint64))
    return SampledRows(np.concatenate(places)[:bound], np.concatenate(hashes)[:bound])


def row_hashes(columns: Sequence[Floats]) -> Unsigned:
    """A hash of each row's bits. Constants and final mixing from SplitMix64 (Steele, Lea & Flood 2014)."""
    rows = columns[0].size
    hashes = np.zeros(rows, dtype=np.uint64)
    shifted = np.empty(_BLOCK, dtype=np.uint64)
    for start in range(0, rows, _BLOCK):
        state = hashes[start : start + _BLOCK]
        moved = shifted[: state.size]
        for values in columns:
            state ^= values[start : start + _BLOCK].view(np.uint64)
            state *= _ODD
            _xor_shift(state, moved, 32)
        state *= np.uint64(0xBF58476D1CE4E5B9)
        _xor_shift(state, moved, 27)
        state *= np.uint64(0x94D049BB133111EB)
        _xor_shift(state, moved, 31)
    return hashes


def _xor_shift(state: Unsigned, moved: Unsigned, bits: int) -> None:
    np.right_shift(state, np.uint64(bits), out=moved)
    np.bitwise_xor(state, moved, out=state)


def sample_rows(columns: ParquetColumns, log: Log) -> RowSample:
    """A sample of a partition's rows with their users, ascending by hash; ``log`` must name its users."""
    names = log.numeric[:MOST_FEATURES]
    places, hashes = sampled(columns, hashed_columns(columns, log), of=columns.rows, most=MOST_SAMPLED)
    order = np.argsort(hashes, kind="stable")
    values = np.column_stack([columns.numbers_at(name, places)[order] for name in names])
    values[~np.isfinite(values)] = np.nan
    return RowSample(features=names, values=values, users=texts(columns.taken(str(log.user), places))[order])
