"""Profiling work divided evenly into batches, one per task, each large enough to justify starting a task."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heapreplace

from windage.partitions.recipe import features
from windage.spec.log import Log
from windage.vocabulary import Document, PartitionRef

WORTH_A_TASK = 1024**3
"""Bytes of Parquet that justify another task: about five seconds of profiling on one core, while starting a task and
its imports takes less than one."""
MOST_BATCHES = 8
"""On the machines that workers run on, more tasks at once do not help."""


class Portion(Document):
    """What one task profiles: a whole partition, or of a large one the column group ``part`` (from 0) of ``of``."""

    partition: PartitionRef
    part: int = 0
    of: int = 1

    @property
    def n_bytes(self) -> int:
        return self.partition.n_bytes // self.of


def portions(partition: PartitionRef, log: Log) -> list[Portion]:
    """A partition split into as many portions as its size justifies tasks; the same split in every task."""
    n = max(min(partition.n_bytes // WORTH_A_TASK, MOST_BATCHES, features(log)), 1)
    return [Portion(partition=partition, part=part, of=n) for part in range(n)]


def batches(given: Iterable[Portion]) -> list[list[Portion]]:
    """The portions in batches of about equal size, each batch in chronological order.

    Greedy, largest first: each portion goes to the batch that is smallest so far.
    """
    largest_first = sorted(given, key=lambda each: (-each.n_bytes, *_chronological(each)))
    if not largest_first:
        return []
    n = min(max(sum(each.n_bytes for each in largest_first) // WORTH_A_TASK, 1), MOST_BATCHES, len(largest_first))
    sizes: list[tuple[int, int]] = [(0, number) for number in range(n)]
    shared_out: list[list[Portion]] = [[] for _ in range(n)]
    for each in largest_first:
        size, number = sizes[0]
        shared_out[number].append(each)
        heapreplace(sizes, (size + max(each.n_bytes, 1), number))
    return [sorted(batch, key=_chronological) for batch in shared_out]


def _chronological(portion: Portion) -> tuple[datetime, int]:
    return portion.partition.period.start, portion.part
