"""Profiling in this process, on all of its cores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from windage.cores import usable_cores
from windage.errors import InvalidInput
from windage.partitions.parquet import ParquetColumns
from windage.partitions.profile import profile_part
from windage.partitions.recipe import Recipe, column_groups
from windage.profiles.parts import Part, put_together
from windage.profiles.window import WindowProfile
from windage.spec.log import Log
from windage.vocabulary import PartitionRef


class LocalEngine:
    """One partition at a time, its columns in parallel, with one piece of each column in memory.

    Settings: ``workers``, the threads (default: the cores that this process may use).
    """

    def __init__(self, address: str | None = None, settings: Mapping[str, str] | None = None) -> None:  # noqa: ARG002 — every engine takes one
        given = (settings or {}).get("workers", str(usable_cores()))
        if not (given.isdecimal() and int(given)):
            raise InvalidInput(f"engine.settings.workers must be a number of threads, 1 or more; got {given!r}.")
        self._workers = int(given)

    def profiles(
        self, partitions: Sequence[PartitionRef], recipe: Recipe
    ) -> Iterator[tuple[PartitionRef, WindowProfile]]:
        for partition in partitions:
            yield partition, self.profile(recipe.open_partition(partition), recipe)

    def profile(self, columns: ParquetColumns, recipe: Recipe) -> WindowProfile:
        """The profile of a partition; columns that cannot be profiled are listed in its ``faults``."""
        return recipe.whole([self.profile_columns(columns, recipe, recipe.log)])

    def profile_columns(self, columns: ParquetColumns, recipe: Recipe, wanted: Log) -> Part:
        """The summary of all rows of a partition, with only the wanted columns of the log."""
        pieces = [columns.piece(piece) for piece in columns.cut()] or [columns]
        with ThreadPoolExecutor(self._workers) as pool:
            rows = list(pool.map(partial(recipe.sampled, of=columns.rows), pieces))

            def summarised(group: Log) -> Part:
                parts = (
                    profile_part(piece, group, places, resolution=recipe.resolution, whole=len(pieces) == 1)
                    for piece, places in zip(pieces, rows, strict=True)
                )
                return put_together(parts, resolution=recipe.resolution)

            return Part.beside(list(pool.map(summarised, column_groups(wanted, 1))))
