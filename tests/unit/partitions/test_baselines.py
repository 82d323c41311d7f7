"""What people decide of a monitor's references: nothing of it is lost, however many decide at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from builders import FIRST_DAY, days
from windage.errors import CorruptDocument, InvalidInput
from windage.files import write_atomically
from windage.partitions.baselines import Exclusion, Promotion, ReferenceDecisions, ReferenceDecisionStore
from windage.vocabulary import PartitionRef

ABOUT = {"by": "me", "at": FIRST_DAY}


@pytest.fixture(params=["disk", "object store", "slow object store without exclusive creation"])
def place(request, tmp_path, monkeypatch):
    if request.param.startswith("slow"):
        overwrite = MemoryFileSystem.pipe_file

        def slowly(self, key, value, mode="overwrite"):
            time.sleep(0.02)
            overwrite(self, key, value)

        monkeypatch.setattr(MemoryFileSystem, "pipe_file", slowly)
    return str(tmp_path) if request.param == "disk" else f"memory://{uuid4().hex}"


def test_of_many_who_decide_at_once_none_is_lost(place):
    def exclude(day):
        ReferenceDecisionStore(place, "m").exclude(days(day, day + 1), reason=f"day {day}", **ABOUT)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(exclude, range(8)))
    assert {each.reason for each in ReferenceDecisionStore(place, "m").read().exclusions} == {
        f"day {day}" for day in range(8)
    }


def test_versions_count_and_the_last_that_is_over_holds(place):
    file, part = ReferenceDecisionStore(place, "m"), PartitionRef(period=days(0, 1), files=("a",), fingerprint="x")
    for end in (5, 9):
        file.promote(days(0, end), [part], reason="calm", **ABOUT)
    decided = file.read()
    assert [each.version for each in decided.promotions] == [1, 2]
    assert decided.baseline(days(9, 10)) == days(0, 9)
    assert decided.baseline(days(6, 7)) == days(0, 5)
    assert decided.baseline(days(3, 4)) is None


def test_what_is_withdrawn_holds_no_more_until_it_is_decided_again(place):
    file, part = ReferenceDecisionStore(place, "m"), PartitionRef(period=days(0, 1), files=("a",), fingerprint="x")
    for end in (5, 9):
        file.promote(days(0, end), [part], reason="calm", **ABOUT)
    file.exclude(days(3, 4), reason="a typing error", **ABOUT)
    for window in (days(0, 9), days(3, 4)):
        file.withdraw(window, reason="not meant", **ABOUT)
    decided = file.read()
    assert [each.version for each in decided.promotions] == [1, 2]
    assert (decided.baseline(days(9, 10)), decided.excluded()) == (days(0, 5), ())
    with pytest.raises(
        InvalidInput, match=r"2026-03-01 – 2026-03-10 is neither promoted nor excluded; 2026-03-01 – 2026-03-06 can"
    ):
        file.withdraw(days(0, 9), reason="again", **ABOUT)
    assert file.promote(days(0, 9), [part], reason="after all", **ABOUT).version == 3
    assert file.read().baseline(days(9, 10)) == days(0, 9)


def test_a_decision_needs_a_reason_and_a_baseline_data(place):
    file = ReferenceDecisionStore(place, "m")
    with pytest.raises(InvalidInput, match=r"an exclusion needs a reason; got none\. Give --reason\."):
        file.exclude(days(0, 1), reason=" ", **ABOUT)
    with pytest.raises(InvalidInput, match="has no partitions"):
        file.promote(days(0, 1), [], reason="calm", **ABOUT)
    assert file.read().exclusions == file.read().promotions == ()


def test_the_one_document_that_held_all_decisions_is_read_before_the_others(place):
    file, part = ReferenceDecisionStore(place, "m"), PartitionRef(period=days(0, 1), files=("a",), fingerprint="x")
    older = Promotion(version=1, window=days(0, 5), reason="calm", content="x", **ABOUT)
    out = Exclusion(window=days(3, 4), reason="broken", **ABOUT)
    write_atomically(
        f"{place}/baselines/m.json",
        ReferenceDecisions(promotions=(older,), exclusions=(out,)).model_dump_json().encode(),
    )
    newer = file.promote(days(0, 9), [part], reason="calm too", **ABOUT)
    assert newer.version == 2
    assert file.read() == ReferenceDecisions(promotions=(older, newer), exclusions=(out,))


@pytest.mark.parametrize("name", ["baselines/m.json", "decisions/m/000001-x.json"])
def test_a_torn_document_is_said(place, name):
    file = ReferenceDecisionStore(place, "m")
    write_atomically(f"{place}/{name}", b"{")
    with pytest.raises(CorruptDocument, match="is not a valid baselines file"):
        file.read()
