"""Profiling work divided into batches for tasks: evenly, and few enough that a task's own cost is small beside its work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heapreplace

from windage.partitions.recipe import features
from windage.spec.log import Log
from windage.vocabulary import Document, PartitionRef

WORTH_A_TASK = 1024**3
"""Bytes of Parquet that are worth another task: about five seconds of profiling on one core, where a task costs Airflow and
its imports less than one."""
MOST_BATCHES = 8
"""More tasks than this at once are no help on the machines that workers run on."""


class Portion(Document):
    """What is profiled of a partition by one task: all of it, or of a large one part ``part`` of ``of`` of its columns."""

    partition: PartitionRef
    part: int = 0
    of: int = 1

    @property
    def n_bytes(self) -> int:
        return self.partition.n_bytes // self.of


def portions(partition: PartitionRef, log: Log) -> list[Portion]:
    """A partition in as many portions as it is worth tasks; the same for everybody who asks."""
    n = max(min(partition.n_bytes // WORTH_A_TASK, MOST_BATCHES, features(log)), 1)
    return [Portion(partition=partition, part=part, of=n) for part in range(n)]


def batches(given: Iterable[Portion]) -> list[list[Portion]]:
    """The portions in batches of about the same size, each in time; none for none.

    The largest are shared out first, each to the batch that has least so far.
    """
    waiting = sorted(given, key=lambda one: (-one.n_bytes, *_in_time(one)))
    if not waiting:
        return []
    n = min(max(sum(each.n_bytes for each in waiting) // WORTH_A_TASK, 1), MOST_BATCHES, len(waiting))
    sizes: list[tuple[int, int]] = [(0, number) for number in range(n)]
    found: list[list[Portion]] = [[] for _ in range(n)]
    for each in waiting:
        so_far, number = sizes[0]
        found[number].append(each)
        heapreplace(sizes, (so_far + max(each.n_bytes, 1), number))
    return [sorted(batch, key=_in_time) for batch in found]


def _in_time(portion: Portion) -> tuple[datetime, int]:
    return portion.partition.period.start, portion.part
