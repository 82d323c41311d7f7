"""The features of rows that people are asked about, read again where the log still holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from windage.labeling.request import LabelRequest
from windage.labeling.window_rows import WindowRows
from windage.partitions.layout import aligned
from windage.partitions.parquet import ParquetColumns
from windage.partitions.sources.source import find_partitions
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window


def features_of(spec: MonitorSpec, requests: Iterable[LabelRequest]) -> dict[str, dict[str, Any]]:
    """The features of each request's row, by request id; rows that the log no longer has are left out.

    A partition is read once, however many requests are about it.

    Args:
        spec: the monitor, whose log lies at an absolute place.

    Raises:
        ReadFailed: a partition cannot be read.
    """
    log = spec.log
    by_partition: dict[datetime, list[LabelRequest]] = defaultdict(list)
    for each in requests:
        instant = Window(start=each.bucket_start_ts, end=each.bucket_start_ts + timedelta(microseconds=1))
        by_partition[aligned(instant, log.every).start].append(each)
    found: dict[str, dict[str, Any]] = {}
    for start, asked in by_partition.items():
        partitions = find_partitions(log, Window(start=start, end=start + log.every)).present
        if partitions:
            files = [file for partition in partitions for file in partition.files]
            columns = ParquetColumns(files, where="the rows' partition", rows_at_once=spec.rows_at_once)
            rows = WindowRows(columns, log, monitor=spec.monitor)
            found |= rows.values_of(asked, (*log.numeric, *log.categorical))
    return found
