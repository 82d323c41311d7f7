"""A progress bar on stderr if that is a terminal; nothing in a pipe, a log or CI."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from windage.partitions.parquet import ParquetColumns

Advance = Callable[[], None]


@contextmanager
def progress(doing: str, total: int) -> Iterator[Advance]:
    """Yields a function to call after each of ``total`` steps. The bar disappears at the end."""
    if not sys.stderr.isatty() or not total:
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from windage.cli.views.screen import Screen

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Screen(error=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda: bar.advance(task)


class WatchedColumns(ParquetColumns):
    """Columns that call ``on_first_read`` when each of them has been read for the first time."""

    def __init__(self, files: Sequence[str], *, where: str) -> None:
        super().__init__(files, where=where)
        self.on_first_read: Advance = lambda: None
        self._seen: set[str] = set()

    def chunks(self, column: str) -> Iterator[Any]:
        yield from super().chunks(column)
        if column not in self._seen:
            self._seen.add(column)
            self.on_first_read()
