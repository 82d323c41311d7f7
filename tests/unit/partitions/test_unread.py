"""What lies at a partition's place and is not read is said, with its path and what to do."""

from uuid import uuid4

import fsspec
import pytest

from builders import days
from windage.files import exists
from windage.partitions.unread import unread
from windage.spec.log import Log


def told(location, *present, **log):
    every = [days(day, day + 1) for day in range(4)]
    found = unread(
        Log(location=str(location), **log),
        missing=[each for day, each in enumerate(every) if day not in present],
        present=[each for day, each in enumerate(every) if day in present],
    )
    return list(found)


DAILY = "date={start:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("location", "file", "sentence"),
    [
        (
            DAILY,
            "region=EWR/p.parquet",
            "no Parquet file (.parquet, .parq, .pq), only folders (region=EWR), which are not",
        ),
        (
            DAILY,
            "000000_0",
            "has 000000_0 but no Parquet file (.parquet, .parq, .pq). Write the partition as Parquet, in files with one of these endings.",
        ),
        (f"{DAILY}/*.parquet", "000000_0", "has 000000_0 but no Parquet file"),
        (DAILY, "_SUCCESS", "has no Parquet file (.parquet, .parq, .pq). Write the partition's files there."),
        (f"{DAILY}/000000_0", "000000_0", "000000_0 is not a Parquet file"),
        (f"{DAILY}/*", "region=EWR/c=1/p.parquet", "folders (c=1), which are not searched"),
    ],
)
def test_something_is_there_and_it_is_no_partition(tmp_path, location, file, sentence):
    path = tmp_path / "date=2026-03-02" / file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"rows")
    (found,) = told(tmp_path / location)
    assert f"{tmp_path}/date=2026-03-02" in found
    assert sentence in found


@pytest.mark.parametrize(
    "location", [DAILY, f"{DAILY}/*.parquet", "{start:%Y-%m-%d}_*.parquet", "{start:%Y/%m/%d}/a.pq"]
)
def test_what_is_not_there_yet_is_only_missing(tmp_path, location):
    (tmp_path / "date=2025-01-01").mkdir()
    (tmp_path / "2025-01-01_0.parquet").write_bytes(b"rows")
    assert told(tmp_path / location) == []


def test_a_log_that_is_nowhere(tmp_path):
    assert told(tmp_path / "typo" / DAILY) == [
        f"folder {tmp_path}/typo of log.location does not exist. Correct log.location, or write the log there."
    ]


def test_the_folder_of_all_partitions_is_looked_for_once(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("windage.partitions.unread.exists", lambda place: asked.append(place) or exists(place))
    assert told(tmp_path / DAILY) == []
    assert asked.count(str(tmp_path)) == 1


def test_an_empty_folder_and_the_newest_first(tmp_path):
    for day in range(1, 5):
        (tmp_path / f"date=2026-03-0{day}").mkdir()
    found = told(tmp_path / DAILY)
    assert [each.partition(" has no ")[0] for each in found] == [f"{tmp_path}/date=2026-03-0{day}" for day in (4, 3, 2)]


def test_folders_beside_the_files_of_a_partition(tmp_path):
    for name in ("a.parquet", "region=EWR/p.parquet", "_temporary/p.parquet", "notes/readme.txt"):
        path = tmp_path / "date=2026-03-01" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"rows")
    (found,) = told(tmp_path / DAILY, 0)
    assert "has more Parquet files in folders (region=EWR), which are not read" in found


def test_folders_that_a_pattern_reads_are_read(tmp_path):
    for name in ("hour=00/a.parquet", "hour=01/b/a.parquet"):
        path = tmp_path / "date=2026-03-01" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"rows")
    assert told(tmp_path / DAILY / "**", 0) == []
    (found,) = told(tmp_path / DAILY / "*", 0)
    assert "has more Parquet files in folders (b), which are not read" in found


def test_a_partition_that_is_not_marked_as_done(tmp_path):
    (tmp_path / "date=2026-03-01").mkdir()
    (tmp_path / "date=2026-03-01" / "a.parquet").write_bytes(b"rows")
    (found,) = told(tmp_path / DAILY, done_marker="_SUCCESS")
    assert "has files but no _SUCCESS, so it does not count as complete" in found
    assert told(tmp_path / DAILY, 0, done_marker="_SUCCESS") == []


def test_folders_in_an_object_store():
    bucket = f"memory://{uuid4().hex}"
    with fsspec.open(f"{bucket}/date=2026-03-01/region=EWR/p.parquet", "wb") as file:
        file.write(b"rows")
    (found,) = told(f"{bucket}/{DAILY}")
    assert "only folders (region=EWR)" in found
    (found,) = told(f"{bucket}/typo/{DAILY}")
    assert "does not exist" in found


def test_tables_know_their_files():
    assert told("nowhere/date={start:%Y-%m-%d}", format="delta") == []
