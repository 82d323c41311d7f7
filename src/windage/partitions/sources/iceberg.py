"""Iceberg tables: the files that the table's manifests list for the current snapshot.

The location is ``catalog/namespace.table/column={start:…}``, with a catalog from pyiceberg's own configuration. A
timestamp column selects the rows from the period's start to its end, any other column the rows with the formatted
value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.types import TimestampNanoType, TimestampType, TimestamptzNanoType, TimestamptzType

from windage.errors import DataError, InvalidInput, ReadFailed, WindageError, did_you_mean, listed
from windage.partitions.sources.keyed import Keyed, of_files
from windage.spec.log import Log
from windage.vocabulary import PartitionRef, Window

ZONED = (TimestamptzType, TimestamptzNanoType)
TIMES = (*ZONED, TimestampType, TimestampNanoType)


def partitions(log: Log, periods: Sequence[Window]) -> list[PartitionRef | None]:
    """Each period's files, which hold its rows and no others; a file's identity is its name and size.

    Raises:
        InvalidInput: there is no such table, or it lacks a column that the location names.
        DataError: a file also holds rows of other periods, or rows that other files delete.
        ReadFailed: the catalog or the table could not be opened; a retry may help.
    """
    keyed = Keyed.of(log.location)
    with _opened(keyed.table) as table:
        return [of_files(period, _files(table, keyed, period)) for period in periods]


@contextmanager
def _opened(place: str) -> Iterator[Any]:
    """The table, while the connections of its catalog are open: a REST catalog may plan scans itself."""
    catalog, _, name = place.partition("/")
    with ExitStack() as stack:
        try:
            yield stack.enter_context(load_catalog(catalog)).load_table(name)
        except WindageError:
            raise
        except NoSuchTableError as error:
            raise InvalidInput(f"catalog {catalog!r} has no table {name!r}. Correct log.location.") from error
        except Exception as error:  # a catalog's driver raises errors of its own, and so do the readers of manifests
            raise ReadFailed(
                f"the Iceberg table {place} could not be opened: {error}. Configure the catalog for pyiceberg, or try again."
            ) from error


def _files(table: Any, keyed: Keyed, period: Window) -> Iterator[tuple[str, int]]:
    for task in table.scan(row_filter=_rows(table, keyed, period)).plan_files():
        where = f"{task.file.file_path} of the table {keyed.table}"
        if task.delete_files:
            raise DataError(
                f"rows of {where} are deleted by other files, so it cannot be read on its own. "
                "Compact the table (CALL system.rewrite_data_files)."
            )
        if not isinstance(task.residual, AlwaysTrue):
            raise DataError(
                f"{where} has rows of {period} and of other periods. Partition the table by "
                f"{' and '.join(keyed.columns)}, as finely as log.every."
            )
        yield task.file.file_path, task.file.file_size_in_bytes


def _rows(table: Any, keyed: Keyed, period: Window) -> str:
    """A filter for the rows of a period."""
    conditions = []
    names = [field.name for field in table.schema().fields]
    for name, value in keyed.values(period).items():
        if name not in names:
            raise InvalidInput(
                f"the table {keyed.table} has no column {name!r}; it has {listed(names)}.{did_you_mean(name, names)} "
                "Correct log.location."
            )
        kind = table.schema().find_type(name)
        if isinstance(kind, TIMES):
            start, end = (
                each.isoformat() if isinstance(kind, ZONED) else each.replace(tzinfo=None).isoformat()
                for each in (period.start, period.end)
            )
            conditions += [f"{name} >= '{start}'", f"{name} < '{end}'"]
        else:
            conditions.append(f"{name} = '{value}'")
    return " and ".join(conditions)
