"""A log, its profiles and its reports on S3, Google Cloud Storage and Azure, through real servers on this machine."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders import days, monitor
from windage.errors import ReadFailed, StoreUnavailable, WindageError
from windage.files import did_not_answer, exists, read_bytes, write_atomically
from windage.judging.job import WindowJob
from windage.locks import leased
from windage.partitions.listing import files_at
from windage.partitions.sources.source import find_partitions
from windage.reports.store import ReportStore


def put_day(bucket: str, day: int, *, step: float = 0.0, rows: int = 200) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": np.random.default_rng(day).normal(step, 1, rows)}), sink)
    start = days(day, day + 1).start
    write_atomically(f"{bucket}/log/date={start:%Y-%m-%d}/part-0.parquet", sink.getvalue().to_pybytes())


def test_a_log_in_an_object_store_is_judged_and_its_report_stored_there(store):
    """A partition that is written again is read again."""
    for day in range(4):
        put_day(store, day)
    job = WindowJob(monitor(f"{store}/log"), storage=f"{store}/windage")
    assert job.judge(days(3, 4)).alerts == []
    put_day(store, 3, step=3.0)
    report = job.judge(days(3, 4))
    assert [alert.trigger for alert in report.alerts] == ["feature_psi"]
    assert report.any_critical
    assert job.profiler.missing(job.plan(days(3, 4)).partitions) == []
    reference = ReportStore(f"{store}/windage/reports").write(report)
    assert reference.report_json.startswith(store)
    assert exists(reference.report_html)
    assert ReportStore(f"{store}/windage/reports").read("m", days(3, 4).end) == report


def test_each_of_many_partitions_is_found_while_others_are_missing(store):
    there = range(0, 16, 2)
    for day in there:
        put_day(store, day, rows=1)
    for place in ("date={start:%Y-%m-%d}", "date={start:%Y-%m-%d}/*.parquet"):
        log = monitor(store, log={"location": f"{store}/log/{place}"}).log
        for _ in range(3):  # threads list in an order of their own each time
            found = find_partitions(log, days(0, 16))
            assert [each.period for each in found.present] == [days(day, day + 1) for day in there]
            assert [len(each.files) for each in found.present] == [1] * len(there)


def test_what_is_not_there_is_missing_and_not_an_error(store):
    assert read_bytes(f"{store}/nothing.json") is None
    plan = WindowJob(monitor(f"{store}/log"), storage=f"{store}/windage").plan(days(3, 4))
    assert plan.current_partitions == ()
    assert plan.lacks_current


def test_a_store_that_lets_nobody_in_is_a_failed_read(bucket, monkeypatch, tmp_path):
    import s3fs

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3fs.S3FileSystem.clear_instance_cache()
    job = WindowJob(monitor(f"{bucket}/log"), storage=str(tmp_path))
    with pytest.raises(ReadFailed, match="could not be listed"):
        job.plan(days(3, 4))


def test_one_folder_that_may_not_be_listed_is_a_failed_read_and_not_half_a_partition(refusing):
    place, refuse = refusing
    for part in "ab":
        write_atomically(f"{place}/day/part={part}/hour=1/x.parquet", b"PAR1")
        write_atomically(f"{place}/day/part={part}/x.parquet", b"PAR1")
    patterns = [f"{place}/day/{pattern}" for pattern in ("*/*.parquet", "*/[a-z]*.parquet")]
    for pattern in patterns:
        assert [file.location for file in files_at(pattern) if "hour" not in file.location] == [
            f"{place}/day/part=a/x.parquet",
            f"{place}/day/part=b/x.parquet",
        ]
    refuse.append("part%3Db")
    for pattern in patterns:
        with pytest.raises(ReadFailed, match="could not be listed"):
            files_at(pattern)


def test_a_bucket_that_is_not_there_is_no_place_for_a_lease(bucket):
    with (
        pytest.raises(StoreUnavailable, match=r"nowhere/m\.lease could not be written: .* Create its bucket"),
        leased(f"{bucket}-nowhere/m"),
    ):
        pass


@pytest.mark.parametrize("store", ["bucket", pytest.param("azure_bucket", marks=pytest.mark.azure)])
def test_one_at_a_time_holds_a_lease(store, request):
    """The emulated Google Cloud Storage does not keep its promise to create only what is not there."""
    inside, most, place = set[int](), [], request.getfixturevalue(store)

    def work(number):
        with leased(f"{place}/m", patience=10):
            inside.add(number)
            most.append(len(inside))
            time.sleep(0.1)
            inside.remove(number)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert most == [1, 1, 1]
    assert not exists(f"{place}/m.lease")


@pytest.mark.azure
def test_azure_that_lets_nobody_in_says_so_in_one_sentence(azure_bucket, monkeypatch):
    def told(connection_string):
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection_string)
        adlfs.AzureBlobFileSystem.clear_instance_cache()
        with pytest.raises(WindageError) as refused:
            read_bytes(f"{azure_bucket}/x.json")
        return refused.value

    import adlfs

    wrong_key = told(os.environ["AZURE_STORAGE_CONNECTION_STRING"].replace("AccountKey=dGVz", "AccountKey=AAAA"))
    assert re.fullmatch(
        r"az://logs/.*/x\.json could not be read: .* Check permissions and the connection, .*", str(wrong_key)
    )
    assert not did_not_answer(wrong_key)
    assert str(told("")).endswith("or set AZURE_STORAGE_CONNECTION_STRING in the environment.")


def test_a_pattern_over_several_folders(store):
    for name in ("part=a/x.parquet", "part=b/y.parquet", "part=a/hour=1/x.parquet", "_temporary/part=c/x.parquet"):
        write_atomically(f"{store}/day/{name}", b"PAR1")
    expected = {
        "*/*.parquet": ["part=a/x.parquet", "part=b/y.parquet"],
        "part=*/y*": ["part=b/y.parquet"],
        "*/hour=1/*": ["part=a/hour=1/x.parquet"],
        "*/*/x.parquet": ["part=a/hour=1/x.parquet"],
        "part=a/*/*": ["part=a/hour=1/x.parquet"],
        "*/nothing/*": [],
    }
    found = {
        pattern: [file.location.removeprefix(f"{store}/day/") for file in files_at(f"{store}/day/{pattern}")]
        for pattern in expected
    }
    assert found == expected
