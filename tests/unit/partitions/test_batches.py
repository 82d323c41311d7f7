"""Partitions are shared out evenly by their size, over no more tasks than their size is worth."""

from hypothesis import given
from hypothesis import strategies as st

from builders import days
from windage.partitions.batches import MOST_BATCHES, WORTH_A_TASK, batches
from windage.vocabulary import PartitionRef


def partitions(*sizes):
    return [
        PartitionRef(period=days(day, day + 1), files=("a.parquet",), fingerprint=str(day), n_bytes=size)
        for day, size in enumerate(sizes)
    ]


def test_what_is_small_is_one_task():
    assert batches([]) == []
    assert [len(each) for each in batches(partitions(*[10**6] * 29))] == [29]


def test_a_large_partition_is_a_task_and_the_small_ones_share_another():
    given = partitions(WORTH_A_TASK, *[WORTH_A_TASK // 20] * 21)
    found = batches(given)
    assert sorted(map(len, found)) == [1, 21]
    assert [[each.period.start for each in batch] for batch in found] == [
        sorted(each.period.start for each in batch) for batch in found
    ]


@given(st.lists(st.integers(0, 4 * WORTH_A_TASK), max_size=40))
def test_every_partition_is_in_one_batch_and_no_batch_is_much_larger_than_its_share(sizes):
    given = partitions(*sizes)
    found = batches(given)
    assert sorted((each for batch in found for each in batch), key=lambda one: one.period.start) == given
    assert all(found)
    assert len(found) <= MOST_BATCHES
    if found:
        share = sum(sizes) / len(found)
        largest = max(sum(each.n_bytes for each in batch) for batch in found)
        assert largest <= share + max(sizes, default=0) + len(sizes)  # Graham (1969): longest processing time first
