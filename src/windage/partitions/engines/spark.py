"""Profiling on the executors of a Spark cluster, which must have Windage installed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ClassVar

import pyarrow as pa

from windage.errors import BrokenFile, GoneFile, ReadFailed
from windage.files import AT_ONCE
from windage.partitions.recipe import Recipe, Share
from windage.profiles.document import from_bytes, to_bytes
from windage.profiles.part_document import part_from_bytes, part_to_bytes
from windage.profiles.parts import TOGETHER
from windage.profiles.window import WindowProfile
from windage.vocabulary import PartitionRef

SHARES = "partition int, columns int, number int, share string"
PARTS = "partition int, columns int, number int, part binary"
PROFILES = "partition int, profile binary"
_PARTS = pa.schema({"partition": pa.int32(), "columns": pa.int32(), "number": pa.int32(), "part": pa.binary()})
_PROFILES = pa.schema({"partition": pa.int32(), "profile": pa.binary()})

ROWS_OF_A_TASK = 1_000_000
"""Rows of a share that justify a Spark task: about half a second of work."""
FEW_TASKS = 32


class SparkEngine:
    """Each share is summarised in a task; parts are merged in a tree on the cluster, and only whole profiles come back.

    ``address`` is a master (``spark://…``, ``yarn``, ``k8s://…``, ``local[4]``) or a Spark Connect URL (``sc://…``);
    without one Spark's own configuration decides. ``settings`` are the session's.
    """

    needs: ClassVar[str] = "pyspark"

    def __init__(self, address: str | None, settings: Mapping[str, str]) -> None:
        self._address = address
        self._settings = settings

    def profiles(
        self, partitions: Sequence[PartitionRef], recipe: Recipe
    ) -> Iterator[tuple[PartitionRef, WindowProfile]]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            shares_of = list(pool.map(recipe.shares, partitions))
        shares = [
            (k, columns, number, share.model_dump_json())
            for k, groups in enumerate(shares_of)
            for columns, pieces in enumerate(groups)
            for number, share in enumerate(pieces)
        ]
        most_pieces = max(len(pieces) for groups in shares_of for pieces in groups)
        with self._session() as spark, _our_read_errors():
            parts = spark.createDataFrame(shares, SHARES).repartition(_n_tasks(shares_of))
            parts = parts.mapInArrow(_summarised(recipe), PARTS)
            while most_pieces > 1:
                group = (parts.number / TOGETHER).cast("int").alias("group")
                grouped = parts.groupBy("partition", "columns", group)
                parts = grouped.applyInArrow(_merged(recipe), PARTS)
                most_pieces = -(-most_pieces // TOGETHER)
            whole = parts.groupBy("partition").applyInArrow(_whole(recipe), PROFILES)
            for row in whole.toLocalIterator():
                partition = partitions[row.partition]
                yield partition, from_bytes(bytes(row.profile), where=f"the profile of {partition.period}")

    @contextmanager
    def _session(self) -> Iterator[Any]:
        """The active session, or a new one that is stopped afterwards."""
        from pyspark.sql import SparkSession

        active = SparkSession.getActiveSession()
        if active is not None:
            yield active
            return
        builder = SparkSession.builder.appName("windage")
        if self._address is not None:
            remote = self._address.startswith("sc://")
            builder = builder.remote(self._address) if remote else builder.master(self._address)
        for name, value in self._settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            yield session
        finally:
            session.stop()


def _n_tasks(shares_of: Sequence[Sequence[Sequence[Share]]]) -> int:
    """As many tasks as the shares' rows justify, and enough to occupy a small cluster."""
    shares = [share for groups in shares_of for pieces in groups for share in pieces]
    worth = sum(share.piece.rows for share in shares) // ROWS_OF_A_TASK
    return min(max(worth, FEW_TASKS), len(shares))


# Spark reads the annotations of a function that it is given, which a partial lacks; hence closures.


def _summarised(recipe: Recipe) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def summarise(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                row["part"] = part_to_bytes(recipe.part(Share.model_validate_json(row.pop("share"))))
                yield pa.RecordBatch.from_pylist([row], _PARTS)

    return summarise


def _merged(recipe: Recipe) -> Callable[[pa.Table], pa.Table]:
    """Merges the parts of one group, which Spark delivers in any order."""

    def merge(table: pa.Table) -> pa.Table:
        rows = sorted(table.to_pylist(), key=lambda row: row["number"])
        merged = recipe.merged([_part(row) for row in rows])
        row = {**rows[0], "number": rows[0]["number"] // TOGETHER, "part": part_to_bytes(merged)}
        return pa.Table.from_pylist([{name: row[name] for name in _PARTS.names}], _PARTS)

    return merge


def _whole(recipe: Recipe) -> Callable[[pa.Table], pa.Table]:
    def finish(table: pa.Table) -> pa.Table:
        rows = sorted(table.to_pylist(), key=lambda row: row["columns"])
        profile = recipe.whole([_part(row) for row in rows])
        return pa.Table.from_pylist([{"partition": rows[0]["partition"], "profile": to_bytes(profile)}], _PROFILES)

    return finish


def _part(row: Mapping[str, Any]) -> Any:
    return part_from_bytes(row["part"], where="a part on its way through Spark")


@contextmanager
def _our_read_errors() -> Iterator[None]:
    """Raises an executor's read error as ours again, without the stack traces that Spark wraps it in."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        ours = re.search(
            r"windage\.errors\.(ReadFailed|BrokenFile|GoneFile): (.+?)(\n\s*\n|\n\tat |\Z)", str(error), re.DOTALL
        )
        if ours:
            kinds = {kind.__name__: kind for kind in (ReadFailed, BrokenFile, GoneFile)}
            raise kinds[ours[1]](ours[2].strip()) from error
        raise
