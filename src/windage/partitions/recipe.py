"""How a partition becomes a profile: split by rows and columns, summarised on any workers, and merged.

* A ``Piece`` is some row groups of a partition, summarised together.
* A ``Share`` is a piece and a group of columns: what one worker of a cluster summarises.
* A ``Portion`` is some columns of all rows: what one Airflow task summarises of a large partition.
* A ``Part`` is the summary of any of these; the parts are merged into the profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from windage.partitions.open_files import Piece
from windage.partitions.parquet import ParquetColumns
from windage.partitions.profile import profile_part
from windage.partitions.sampling import hashed_columns, sampled
from windage.profiles.numbers import Places
from windage.profiles.parts import Part, merged
from windage.profiles.ranks import MOST_ROWS
from windage.profiles.window import WindowProfile
from windage.spec.log import Log
from windage.vocabulary import Document, PartitionRef, Window

FEATURES_OF_A_SHARE = 16
"""Columns in a share: each adds up to a megabyte to the summary that a worker sends back."""


class Share(Document):
    """A piece of a partition's rows and a group of its columns, as sent to a worker."""

    where: str
    period: Window
    piece: Piece
    of: int
    """Rows of the whole partition."""
    whole: bool
    """Whether the piece holds all rows of the partition."""
    columns: Log
    """The log with only this share's columns."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A log's columns, the resolution of their profiles, and how many rows are in memory at a time."""

    log: Log
    resolution: int | None
    rows_at_once: int

    def open(self, partitions: Iterable[PartitionRef], where: str) -> ParquetColumns:
        """The columns of the window that these partitions make up; ``where`` names it in errors."""
        files = [file for partition in partitions for file in partition.files]
        return ParquetColumns(files, where=where, rows_at_once=self.rows_at_once)

    def open_partition(self, partition: PartitionRef) -> ParquetColumns:
        period = partition.period
        where = f"the partition of {period}"
        return ParquetColumns(partition.files, where=where, period=period, rows_at_once=self.rows_at_once)

    def shares(self, partition: PartitionRef) -> list[list[Share]]:
        """The partition's shares: one list per group of columns, in the order of the rows."""
        columns = self.open_partition(partition)
        pieces = columns.cut()
        return [
            [
                Share(
                    where=columns.where,
                    period=partition.period,
                    piece=piece,
                    of=columns.rows,
                    whole=len(pieces) == 1,
                    columns=group,
                )
                for piece in pieces
            ]
            for group in column_groups(self.log, FEATURES_OF_A_SHARE)
        ]

    def part(self, share: Share) -> Part:
        """The summary of a share, from nothing but the share and the files."""
        files = list(dict.fromkeys(groups.file for groups in share.piece.groups))
        columns = ParquetColumns(
            files,
            where=share.where,
            period=share.period,
            rows_at_once=self.rows_at_once,
            groups=share.piece.groups,
        )
        rows = self.sampled(columns, of=share.of)
        return profile_part(columns, share.columns, rows, resolution=self.resolution, whole=share.whole)

    def sampled(self, columns: ParquetColumns, *, of: int) -> Places:
        """The positions of a piece's rows in the sample of its partition, which has ``of`` rows."""
        names = hashed_columns(columns, self.log)
        if of <= MOST_ROWS or not names:
            return np.arange(min(columns.rows, MOST_ROWS))
        return sampled(columns, names, of=of).places

    def merged(self, group: Sequence[Part]) -> Part:
        """One merge step for parts of the same columns; repeated until one part is left."""
        return merged(group, resolution=self.resolution)

    def whole(self, groups: Sequence[Part]) -> WindowProfile:
        """The partition's profile, from one part per group of columns."""
        kept = groups if self.resolution is None else [part.compressed(self.resolution) for part in groups]
        return Part.beside(kept).whole(self.log.numeric)


def features(log: Log) -> int:
    """The number of features."""
    return len(log.numeric) + len(log.categorical)


def column_groups(log: Log, most: int) -> Iterator[Log]:
    """The log split by columns: first those that are not features, then at most ``most`` features at a time."""
    rest = log.model_copy(update={"numeric": (), "categorical": ()})
    if rest != log.model_copy(update={**_FEATURES_ALONE, "numeric": (), "categorical": ()}):
        yield rest
    for kind in ("categorical", "numeric"):
        names = getattr(log, kind)
        for start in range(0, len(names), most):
            only = {"numeric": (), "categorical": (), kind: names[start : start + most]}
            yield log.model_copy(update={**_FEATURES_ALONE, **only})


def split_by_features(log: Log, n: int) -> list[Log]:
    """The log split into ``n`` with about equally many features; the first has all columns that are not features."""
    return [
        log.model_copy(
            update={
                **({} if k == 0 else _FEATURES_ALONE),
                "numeric": log.numeric[k::n],
                "categorical": log.categorical[k::n],
            }
        )
        for k in range(n)
    ]


_FEATURES_ALONE = {"label": None, "probabilities": (), "confidence": None, "user": None, "bucket_start": None}
