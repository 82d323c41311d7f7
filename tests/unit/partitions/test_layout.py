"""Where partitions lie, which are there, and that other content is another fingerprint."""

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import FIRST_DAY, days
from windage.errors import ReadFailed
from windage.partitions.layout import aligned, find_partition
from windage.partitions.sources.source import find_partitions
from windage.spec.log import Log
from windage.vocabulary import Window

DAY = timedelta(days=1)


def put(path, content=b"rows", mtime=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if mtime is not None:
        os.utime(path, (mtime, mtime))
    return path


@pytest.mark.parametrize(
    ("location", "written"),
    [
        ("date={start:%Y-%m-%d}", ["date=2026-03-01/a.parquet", "date=2026-03-01/b.parquet"]),
        ("{start:%Y/%m/%d}", ["2026/03/01/a.parq"]),
        ("{start:%Y-%m-%d}.parquet", ["2026-03-01.parquet"]),
        ("{start:%Y-%m-%d}_*.parquet", ["2026-03-01_0.parquet", "2026-03-01_1.parquet"]),
        ("date={start:%Y-%m-%d}/*.pq", ["date=2026-03-01/x.pq"]),
        (
            "region=*/date={start:%Y-%m-%d}",
            ["region=eu/date=2026-03-01/a.parquet", "region=us/date=2026-03-01/a.parquet"],
        ),
        ("*/{start:%Y-%m-%d}/*.parquet", ["eu/2026-03-01/a.parquet", "us/2026-03-01/b.parquet"]),
    ],
)
def test_layouts(tmp_path, location, written):
    for name in [*written, "date=2026-03-02/a.parquet", "2026-03-02.parquet", "eu/other.parquet", "region=eu/file"]:
        put(tmp_path / name)
    found = find_partition(f"{tmp_path}/{location}", days(0, 1))
    assert list(found.files) == [str(tmp_path / name) for name in written]
    assert found.period == days(0, 1)


@pytest.mark.parametrize(
    "name", ["_SUCCESS", "a.csv", ".a.parquet", "_temporary.parquet", ".a.parquet.tmp", "a.parquet.crc"]
)
@pytest.mark.parametrize("pattern", ["", "/*"])
def test_files_that_hold_no_rows(tmp_path, name, pattern):
    put(tmp_path / "2026-03-01" / name)
    location = f"{tmp_path}/{{start:%Y-%m-%d}}{pattern}"
    assert find_partition(location, days(0, 1)) is None
    put(tmp_path / "2026-03-01" / "b.parquet")
    assert [file.rsplit("/", 1)[1] for file in find_partition(location, days(0, 1)).files] == ["b.parquet"]


def test_folders_within_a_partition_are_not_looked_into_unless_a_pattern_names_them(tmp_path):
    put(tmp_path / "2026-03-01" / "_temporary" / "a.parquet")
    put(tmp_path / "2026-03-01" / "hour=07" / "a.parquet")
    assert find_partition(f"{tmp_path}/{{start:%Y-%m-%d}}", days(0, 1)) is None
    found = find_partition(f"{tmp_path}/{{start:%Y-%m-%d}}/hour=*", days(0, 1))
    assert list(found.files) == [f"{tmp_path}/2026-03-01/hour=07/a.parquet"]


@pytest.mark.parametrize("scheme", ["", "file://", "memory:/"])
def test_a_pattern_looks_into_hidden_folders_only_where_it_names_them(tmp_path, scheme):
    root = f"{scheme}{tmp_path}"
    for folder in (".staging", "_temporary/0", "_export1", "hour=07"):
        with fsspec.open(f"{root}/2026-03-01/{folder}/a.parquet", "wb", auto_mkdir=True) as file:
            file.write(b"rows")

    def found(pattern):
        partition = find_partition(f"{root}/{{start:%Y-%m-%d}}/{pattern}", days(0, 1))
        return [file.rsplit("/", 2)[1] for file in partition.files] if partition else None

    assert found("*") == found("*/*.parquet") == ["hour=07"]
    assert found("*/0") is None
    assert found("_temporary/*") == ["0"]
    assert found("_export*/*.parquet") == ["_export1"]


def test_a_partition_that_is_not_there(tmp_path):
    assert find_partition(f"{tmp_path}/{{start:%Y-%m-%d}}", days(0, 1)) is None
    (tmp_path / "2026-03-01").mkdir()
    assert find_partition(f"{tmp_path}/{{start:%Y-%m-%d}}", days(0, 1)) is None


def test_a_place_that_cannot_be_listed(tmp_path):
    put(tmp_path / "file")
    with pytest.raises(ReadFailed, match="could not be listed"):
        find_partition(f"{tmp_path}/file/{{start:%Y}}", days(0, 1))


@pytest.mark.parametrize("marker", ["_SUCCESS", ".done"])
@pytest.mark.parametrize("pattern", ["", "/*.parquet", "/a*"])
def test_a_partition_counts_once_it_is_marked_as_done(tmp_path, marker, pattern):
    location = f"{tmp_path}/{{start:%Y-%m-%d}}{pattern}"
    put(tmp_path / "2026-03-01" / "a.parquet")
    assert find_partition(location, days(0, 1), done_marker=marker) is None
    put(tmp_path / "2026-03-01" / marker, b"")
    found = find_partition(location, days(0, 1), done_marker=marker)
    assert [file.rsplit("/", 1)[1] for file in found.files] == ["a.parquet"]


def test_every_folder_of_a_partition_must_be_marked(tmp_path):
    location = f"{tmp_path}/*/{{start:%Y-%m-%d}}"
    for region in ("eu", "us"):
        put(tmp_path / region / "2026-03-01" / "a.parquet")
    put(tmp_path / "eu" / "2026-03-01" / "_SUCCESS")
    assert find_partition(location, days(0, 1), done_marker="_SUCCESS") is None
    put(tmp_path / "us" / "2026-03-01" / "_SUCCESS")
    assert len(find_partition(location, days(0, 1), done_marker="_SUCCESS").files) == 2


@pytest.mark.parametrize("pattern", ["", "/*"])
def test_a_link_to_nothing_is_named_and_is_not_a_missing_partition(tmp_path, pattern):
    put(tmp_path / "2026-03-01" / "a.parquet")
    location = f"{tmp_path}/{{start:%Y-%m-%d}}{pattern}"
    (tmp_path / "2026-03-01" / "_b.parquet").symlink_to(tmp_path / "nowhere")
    assert len(find_partition(location, days(0, 1)).files) == 1
    (tmp_path / "2026-03-01" / "b.parquet").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ReadFailed, match=r"2026-03-01/b\.parquet is a broken link\. Restore"):
        find_partition(location, days(0, 1))


def fingerprint(folder, day=0):
    return find_partition(f"{folder}/{{start:%Y-%m-%d}}", days(day, day + 1)).fingerprint


def test_a_pipe_is_no_file(tmp_path):
    data = put(tmp_path / "date=2026-03-01" / "a.parquet")
    os.mkfifo(data.with_name("b.parquet"))
    assert find_partition(f"{tmp_path}/date={{start:%Y-%m-%d}}", days(0, 1)).files == (str(data),)


def test_the_fingerprint_changes_with_the_content_and_with_nothing_else(tmp_path):
    path = put(tmp_path / "2026-03-01" / "a.parquet", mtime=1000)
    seen = [fingerprint(tmp_path)]
    put(tmp_path / "2026-03-01" / "_SUCCESS")
    assert fingerprint(tmp_path) == seen[0]
    put(path, b"other", mtime=1000)
    seen.append(fingerprint(tmp_path))
    put(path, b"other", mtime=2000)
    seen.append(fingerprint(tmp_path))
    put(tmp_path / "2026-03-01" / "b.parquet", mtime=1000)
    seen.append(fingerprint(tmp_path))
    assert len(set(seen)) == 4


def test_two_days_never_share_a_fingerprint(tmp_path):
    """Unpacked from an archive, files of one size have one name and one time."""
    for day in ("2026-03-01", "2026-03-02"):
        put(tmp_path / day / "part-0.parquet", mtime=0)
    assert fingerprint(tmp_path, 0) != fingerprint(tmp_path, 1)


@pytest.fixture
def bucket():
    return f"memory://{uuid4().hex}"


@pytest.mark.parametrize("location", ["date={start:%Y-%m-%d}", "date={start:%Y-%m-%d}/*.parquet", "*{start:%Y-%m-%d}"])
def test_partitions_in_an_object_store(bucket, location):
    name = f"{bucket}/date=2026-03-01/a.parquet"
    with fsspec.open(name, "wb") as file:
        file.write(b"rows")
    with fsspec.open(f"{bucket}/date=2026-03-01/.a.parquet", "wb") as file:
        file.write(b"hidden")
    found = find_partition(f"{bucket}/{location}", days(0, 1))
    assert list(found.files) == [name]
    assert find_partition(f"{bucket}/{location}", days(1, 2)) is None
    assert find_partition(f"{bucket}/{location}", days(0, 1), done_marker="_SUCCESS") is None
    with fsspec.open(f"{bucket}/date=2026-03-01/_SUCCESS", "wb") as file:
        file.write(b"")
    assert find_partition(f"{bucket}/{location}", days(0, 1), done_marker="_SUCCESS") == found
    with fsspec.open(name, "wb") as file:
        file.write(b"swor")
    assert find_partition(f"{bucket}/{location}", days(0, 1)).fingerprint != found.fingerprint


def test_present_and_missing_partitions_of_a_window(tmp_path):
    for day in ("2026-03-01", "2026-03-03"):
        put(tmp_path / day / "a.parquet")
    found = find_partitions(Log(location=f"{tmp_path}/{{start:%Y-%m-%d}}"), days(0, 4))
    assert [each.period for each in found.present] == [days(0, 1), days(2, 3)]
    assert found.missing == [days(1, 2), days(3, 4)]


def test_hourly_partitions(tmp_path):
    for hour in range(3):
        put(tmp_path / f"2026-03-01T{hour:02}.parquet")
    window = Window(start=FIRST_DAY, end=FIRST_DAY + timedelta(hours=4))
    found = find_partitions(Log(location=f"{tmp_path}/{{start:%Y-%m-%dT%H}}.parquet", every="1h"), window)
    assert [each.files[0].rsplit("/", 1)[1] for each in found.present] == [
        f"2026-03-01T{hour:02}.parquet" for hour in range(3)
    ]
    assert [each.start.hour for each in found.missing] == [3]


@pytest.mark.parametrize(
    ("start", "end", "every", "expected"),
    [
        ("2026-03-01T03:00", "2026-03-01T04:00", DAY, ("2026-03-01T00:00", "2026-03-02T00:00")),
        ("2026-03-01T00:00", "2026-03-02T00:00", DAY, ("2026-03-01T00:00", "2026-03-02T00:00")),
        ("2026-03-01T10:20", "2026-03-01T10:40", timedelta(minutes=15), ("2026-03-01T10:15", "2026-03-01T10:45")),
        ("1999-12-31T23:30", "2000-01-01T00:30", timedelta(hours=1), ("1999-12-31T23:00", "2000-01-01T01:00")),
        ("2026-03-04T00:00", "2026-03-05T00:00", timedelta(weeks=1), ("2026-03-02T00:00", "2026-03-09T00:00")),
    ],
)
def test_a_window_is_widened_to_whole_partitions(start, end, every, expected):
    found = aligned(Window(start=start, end=end), every)
    assert found == Window(start=expected[0], end=expected[1])


@given(
    st.integers(-(10**9), 10**9),
    st.integers(1, 10**7),
    st.sampled_from([15, 60, 360, 1440, 10080]),
)
def test_alignment_widens_by_less_than_a_partition_and_only_once(start, seconds, minutes):
    every = timedelta(minutes=minutes)
    begin = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=start)
    window = Window(start=begin, end=begin + timedelta(seconds=seconds))
    found = aligned(window, every)
    assert timedelta(0) <= window.start - found.start < every
    assert timedelta(0) <= found.end - window.end < every
    assert aligned(found, every) == found
    assert all(each.width == every for each in found.split(every))


def test_a_partition_is_the_same_one_from_whichever_folder_its_path_is_written(tmp_path, monkeypatch):
    (tmp_path / "log").mkdir()
    (tmp_path / "log/2026-03-01.parquet").write_bytes(b"rows")
    period = Window(start="2026-03-01", end="2026-03-02")
    monkeypatch.chdir(tmp_path)
    roots = ("log", "./log", str(tmp_path / "log"), f"file://{tmp_path}/log")
    found = [find_partition(f"{root}/{{start:%Y-%m-%d}}.parquet", period) for root in roots]
    assert len({each.fingerprint for each in found}) == 1
    (tmp_path / "log").rename(tmp_path / "elsewhere")
    assert find_partition("elsewhere/{start:%Y-%m-%d}.parquet", period).fingerprint == found[0].fingerprint


@pytest.mark.parametrize("name", ["st{env}", "st{0}", "st{start}", "{{st", "st}"])
def test_a_storage_is_no_template(tmp_path, name):
    log = Log(location="log/date={start:%Y-%m-%d}")
    put(tmp_path / name / "log/date=2026-03-01/a.parquet", mtime=1)
    put(tmp_path / "plain/log/date=2026-03-01/a.parquet", mtime=1)
    (found,) = find_partitions(log.at(str(tmp_path / name)), days(0, 1)).present
    assert found.files == (f"{tmp_path}/{name}/log/date=2026-03-01/a.parquet",)
    assert found.fingerprint == find_partitions(log.at(str(tmp_path / "plain")), days(0, 1)).present[0].fingerprint
