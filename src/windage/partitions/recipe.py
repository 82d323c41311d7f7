"""How a partition becomes a profile: cut into shares of rows and columns, each summarised anywhere, and put together.

* A ``Piece`` is some row groups of a partition: what is in memory at a time.
* A ``Share`` is a piece of rows and a group of columns: what one worker of a cluster summarises.
* A ``Portion`` is some columns of all rows: what one Airflow task summarises of a large partition.
* A ``Part`` is the summary of any of these; parts are put together to the profile.
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
"""Columns that one worker far away summarises at a time; each takes up to a megabyte of the answer."""


class Share(Document):
    """A piece of a partition's rows and a group of its columns, as a worker is told of it."""

    where: str
    period: Window
    piece: Piece
    of: int
    """Rows of the whole partition."""
    whole: bool
    """Whether the piece is all of the partition."""
    columns: Log
    """The log with the columns of this share alone."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The columns of a log, how finely they are kept, and how many rows are in memory at a time."""

    log: Log
    resolution: int | None
    rows_at_once: int

    def open(self, partitions: Iterable[PartitionRef], where: str) -> ParquetColumns:
        """The columns of a window, which these partitions make up; ``where`` names it in errors."""
        files = [file for partition in partitions for file in partition.files]
        return ParquetColumns(files, where=where, rows_at_once=self.rows_at_once)

    def open_partition(self, partition: PartitionRef) -> ParquetColumns:
        period = partition.period
        where = f"the partition of {period}"
        return ParquetColumns(partition.files, where=where, period=period, rows_at_once=self.rows_at_once)

    def shares(self, partition: PartitionRef) -> list[list[Share]]:
        """The partition's shares: for each group of columns those of all pieces, in the rows' order."""
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
        """A share summarised; nothing is needed for it but the share and the files."""
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
        """The rows of a piece that are in the sample of its partition of ``of`` rows."""
        names = hashed_columns(columns, self.log)
        if of <= MOST_ROWS or not names:
            return np.arange(min(columns.rows, MOST_ROWS))
        return sampled(columns, names, of=of).places

    def merged(self, group: Sequence[Part]) -> Part:
        """One step of putting the parts of a group of columns together; steps follow until one part is left."""
        return merged(group, resolution=self.resolution)

    def whole(self, groups: Sequence[Part]) -> WindowProfile:
        """The partition's profile, from the one part that is left of each group of columns."""
        kept = groups if self.resolution is None else [part.compressed(self.resolution) for part in groups]
        return Part.beside(kept).whole(self.log.numeric)


def features(log: Log) -> int:
    """How many features a log has."""
    return len(log.numeric) + len(log.categorical)


def column_groups(log: Log, most: int) -> Iterator[Log]:
    """The log with what is not a feature, then with at most so many of its features at a time."""
    rest = log.model_copy(update={"numeric": (), "categorical": ()})
    if rest != log.model_copy(update={**_FEATURES_ALONE, "numeric": (), "categorical": ()}):
        yield rest
    for kind in ("categorical", "numeric"):
        names = getattr(log, kind)
        for start in range(0, len(names), most):
            only = {"numeric": (), "categorical": (), kind: names[start : start + most]}
            yield log.model_copy(update={**_FEATURES_ALONE, **only})


def split_by_features(log: Log, n: int) -> list[Log]:
    """The log in ``n`` parts with about as many features each; what is not a feature is in the first."""
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
