"""The rows that people are asked about, read again where the log still holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from windage.job import WindowJob
from windage.labeling.request import LabelRequest
from windage.labeling.window_rows import WindowRows
from windage.partitions.layout import aligned
from windage.vocabulary import Window


def features_of(job: WindowJob, requests: Iterable[LabelRequest]) -> dict[str, dict[str, Any]]:
    """The features of each request's row, by the request's id, without those that the log has no more; a partition is read
    once, whatever it was asked about.

    Raises:
        ReadFailed: a partition cannot be read.
    """
    log = job.spec.log
    by_partition: dict[datetime, list[LabelRequest]] = defaultdict(list)
    for each in requests:
        instant = Window(start=each.bucket_start_ts, end=each.bucket_start_ts + timedelta(microseconds=1))
        by_partition[aligned(instant, log.every).start].append(each)
    found: dict[str, dict[str, Any]] = {}
    for start, asked in by_partition.items():
        partitions = job.partitions(Window(start=start, end=start + log.every))
        if partitions:
            columns = job.recipe.open(partitions, "the rows' partition")
            rows = WindowRows(columns, log, monitor=job.spec.monitor)
            found |= rows.values_of(asked, (*log.numeric, *log.categorical))
    return found
