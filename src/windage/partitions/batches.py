"""Partitions shared out over tasks: few enough that a task's own cost is small beside its work, and evenly."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapreplace

from windage.vocabulary import PartitionRef

WORTH_A_TASK = 1024**3
"""Bytes of Parquet that are worth another task: about five seconds of profiling on one core, where a task costs Airflow and
its imports less than one."""
MOST_BATCHES = 8
"""More tasks than this at once are no help on the machines that workers run on."""


def batches(partitions: Sequence[PartitionRef]) -> list[list[PartitionRef]]:
    """The partitions in batches of about the same size, each in time; none for none.

    The largest are shared out first, each to the batch that has least so far.
    """
    if not partitions:
        return []
    total = sum(each.n_bytes for each in partitions)
    n = min(max(total // WORTH_A_TASK, 1), MOST_BATCHES, len(partitions))
    shares: list[tuple[int, int]] = [(0, number) for number in range(n)]
    found: list[list[PartitionRef]] = [[] for _ in range(n)]
    for each in sorted(partitions, key=lambda one: (-one.n_bytes, one.period.start)):
        so_far, number = shares[0]
        found[number].append(each)
        heapreplace(shares, (so_far + max(each.n_bytes, 1), number))
    return [sorted(batch, key=lambda one: one.period.start) for batch in found]
