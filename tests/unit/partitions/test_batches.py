"""Work is shared out evenly by size, over no more tasks than the size is worth."""

from hypothesis import given
from hypothesis import strategies as st

from builders import days
from windage.partitions.batches import MOST_BATCHES, WORTH_A_TASK, Portion, batches, portions
from windage.spec.log import Log
from windage.vocabulary import PartitionRef

LOG = Log(location="x/{start:%Y}", numeric=tuple(f"x{k}" for k in range(20)), categorical=("c",))


def partition(size, day=0):
    return PartitionRef(period=days(day, day + 1), files=("a.parquet",), fingerprint=str(day), n_bytes=size)


def whole(*sizes):
    return [Portion(partition=partition(size, day)) for day, size in enumerate(sizes)]


def test_what_is_small_is_one_task():
    assert batches([]) == []
    assert [len(each) for each in batches(whole(*[10**6] * 29))] == [29]


def test_a_large_partition_is_a_task_and_the_small_ones_share_another():
    found = batches(whole(WORTH_A_TASK, *[WORTH_A_TASK // 20] * 21))
    assert sorted(map(len, found)) == [1, 21]
    for batch in found:
        starts = [each.partition.period.start for each in batch]
        assert starts == sorted(starts)


def test_the_columns_of_a_huge_partition_are_shared_out():
    assert portions(partition(WORTH_A_TASK), LOG) == [Portion(partition=partition(WORTH_A_TASK))]
    cut = portions(partition(5 * WORTH_A_TASK), LOG)
    assert [(each.part, each.of) for each in cut] == [(k, 5) for k in range(5)]
    assert [len(batch) for batch in batches(cut)] == [1] * 5
    assert len(portions(partition(50 * WORTH_A_TASK), LOG)) == MOST_BATCHES
    narrow = LOG.model_copy(update={"numeric": ("x",)})
    assert len(portions(partition(50 * WORTH_A_TASK), narrow)) == 2


@given(st.lists(st.integers(0, 4 * WORTH_A_TASK), max_size=40))
def test_every_portion_is_in_one_batch_and_no_batch_is_much_larger_than_its_share(sizes):
    given = [each for day, size in enumerate(sizes) for each in portions(partition(size, day), LOG)]
    found = batches(given)
    flat = [each for batch in found for each in batch]
    assert sorted(flat, key=lambda one: (one.partition.period.start, one.part)) == given
    assert all(found)
    assert len(found) <= MOST_BATCHES
    if found:
        sizes = [each.n_bytes for each in given]
        largest = max(sum(each.n_bytes for each in batch) for batch in found)
        assert largest <= sum(sizes) / len(found) + max(sizes) + len(sizes)  # Graham (1969): longest first
