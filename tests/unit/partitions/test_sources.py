"""Partitions of Delta and Iceberg tables: their rows, what identifies their content, and tables that cannot be read so."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import psutil
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog import load_catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import DateType, DoubleType, NestedField, TimestamptzType
from pyiceberg.utils.config import Config

from builders import FIRST_DAY, days, monitor
from windage.errors import DataError, InvalidInput, ReadFailed
from windage.judging.job import WindowJob
from windage.partitions.parquet import ParquetColumns
from windage.partitions.sources.keyed import Keyed
from windage.partitions.sources.source import find_partitions
from windage.spec.log import Log

HOURLY = timedelta(hours=1)


def rows(day, n=200, *, step=0.0):
    """Of one day, at any of its hours."""
    rng = np.random.default_rng(day)
    start = FIRST_DAY + timedelta(days=day)
    times = [start + timedelta(minutes=int(minute)) for minute in rng.integers(0, 1440, n)]
    return pa.table(
        {
            "x": rng.normal(step, 1, n),
            "at": pa.array(times, pa.timestamp("us", "UTC")),
            "date": pa.array([start.date()] * n),
            "hour": pa.array([time.hour for time in times], pa.int32()),
        }
    )


def numbers(partition):
    return np.sort(ParquetColumns(partition.files, where="w").numbers("x"))


def of_delta(place, *, keys="date={start:%Y-%m-%d}", **about):
    return Log(location=f"{place}/{keys}", format="delta", **about)


@pytest.fixture(params=["disk", "object store"])
def delta(request, tmp_path, monkeypatch):
    """A Delta table of three days, the second of which is missing."""
    place = f"{tmp_path}/t"
    if request.param == "object store":
        place = f"{request.getfixturevalue('bucket')}/{tmp_path.name}"
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        monkeypatch.setenv("AWS_S3_ALLOW_UNSAFE_RENAME", "true")
    for day in (0, 2):
        write_deltalake(place, rows(day), partition_by=["date"], mode="append")
    return place


def test_a_partition_of_delta_holds_the_rows_of_its_day(delta):
    found = find_partitions(of_delta(delta), days(0, 3))
    assert [each.period for each in found.present] == [days(0, 1), days(2, 3)]
    assert found.missing == [days(1, 2)]
    for partition, day in zip(found.present, (0, 2), strict=True):
        assert np.array_equal(numbers(partition), np.sort(rows(day)["x"].to_numpy()))
        assert partition.n_bytes > 1000


def test_a_delta_table_is_not_read_as_bare_files(delta):
    """They include those of rows that were replaced since."""
    write_deltalake(delta, rows(2, 3), partition_by=["date"], mode="overwrite")
    log = of_delta(delta).model_copy(update={"format": "parquet"})
    with pytest.raises(InvalidInput, match=f"lies in the table {delta}, .* Set log.format to delta"):
        find_partitions(log, days(2, 3))


def test_what_is_written_later_changes_that_partition_alone(tmp_path):
    for day in (0, 1):
        write_deltalake(tmp_path / "t", rows(day), partition_by=["date"], mode="append")
    before = find_partitions(of_delta(tmp_path / "t"), days(0, 2)).present
    assert find_partitions(of_delta(tmp_path / "t"), days(0, 2)).present == before
    write_deltalake(tmp_path / "t", rows(1, 3), partition_by=["date"], mode="append")
    after = find_partitions(of_delta(tmp_path / "t"), days(0, 2)).present
    assert after[0] == before[0]
    assert after[1].fingerprint != before[1].fingerprint
    assert len(numbers(after[1])) == 203
    predicate = f"date = '{date.fromisoformat('2026-03-02')}'"
    write_deltalake(tmp_path / "t", rows(1, 5), partition_by=["date"], mode="overwrite", predicate=predicate)
    assert len(numbers(find_partitions(of_delta(tmp_path / "t"), days(1, 2)).present[0])) == 5


def test_partitions_by_day_and_hour(tmp_path):
    write_deltalake(tmp_path / "t", rows(0), partition_by=["date", "hour"])
    log = of_delta(tmp_path / "t", keys="date={start:%Y-%m-%d}/hour={start:%H}", every=HOURLY)
    found = find_partitions(log, days(0, 1))
    hours = rows(0)["hour"].to_pylist()
    assert {each.period.start.hour: len(numbers(each)) for each in found.present} == {
        hour: hours.count(hour) for hour in set(hours)
    }


def test_a_delta_table_that_is_not_there_or_not_partitioned(tmp_path):
    with pytest.raises(ReadFailed, match=r"the Delta table .*none could not be opened: .*Check access"):
        find_partitions(of_delta(tmp_path / "none"), days(0, 1))
    write_deltalake(tmp_path / "t", rows(0), partition_by=["date"])
    with pytest.raises(InvalidInput, match=r"is not partitioned by 'dat' but by date\. Did you mean 'date'"):
        find_partitions(of_delta(tmp_path / "t", keys="dat={start:%Y}"), days(0, 1))
    with pytest.raises(InvalidInput, match="names no partition column"):
        find_partitions(of_delta(tmp_path / "t", keys="{start:%Y}"), days(0, 1))


def test_a_delta_table_whose_files_hold_deleted_rows(tmp_path):
    write_deltalake(
        tmp_path / "t", rows(0), partition_by=["date"], configuration={"delta.enableDeletionVectors": "true"}
    )
    assert "deletionVectors" in DeltaTable(tmp_path / "t").protocol().reader_features
    with pytest.raises(DataError, match=r"uses deletionVectors.*REORG TABLE"):
        find_partitions(of_delta(tmp_path / "t"), days(0, 1))


@pytest.fixture
def lake(tmp_path, monkeypatch):
    """A catalog by the name of lake."""
    (tmp_path / "warehouse").mkdir()
    monkeypatch.setenv("PYICEBERG_CATALOG__LAKE__TYPE", "sql")
    monkeypatch.setenv("PYICEBERG_CATALOG__LAKE__URI", f"sqlite:///{tmp_path}/catalog.db")
    monkeypatch.setenv("PYICEBERG_CATALOG__LAKE__WAREHOUSE", f"file://{tmp_path}/warehouse")
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())  # which was read when it was imported
    catalog = load_catalog("lake")
    catalog.create_namespace("flights")
    yield catalog
    catalog.close()


SCHEMA = Schema(
    NestedField(1, "x", DoubleType(), required=False),
    NestedField(2, "at", TimestamptzType(), required=False),
    NestedField(3, "date", DateType(), required=False),
)
BY_TIME = PartitionSpec(PartitionField(2, 1000, DayTransform(), "at_day"))
BY_DATE = PartitionSpec(PartitionField(3, 1000, IdentityTransform(), "date"))


def of_iceberg(column, *, table="predictions", **about):
    return Log(location=f"lake/flights.{table}/{column}={{start:%Y-%m-%d}}", format="iceberg", **about)


@pytest.fixture
def table(lake):
    def make(spec):
        made = lake.create_table("flights.predictions", schema=SCHEMA, partition_spec=spec)
        for day in (0, 2):
            made.append(rows(day).drop_columns(["hour"]))
        return made

    return make


@pytest.mark.parametrize(("spec", "column"), [(BY_TIME, "at"), (BY_DATE, "date")])
def test_a_partition_of_iceberg_holds_the_rows_of_its_day(table, spec, column):
    made = table(spec)
    found = find_partitions(of_iceberg(column), days(0, 3))
    assert [each.period for each in found.present] == [days(0, 1), days(2, 3)]
    assert found.missing == [days(1, 2)]
    for partition, day in zip(found.present, (0, 2), strict=True):
        assert np.array_equal(numbers(partition), np.sort(rows(day)["x"].to_numpy()))
    made.append(rows(2, 3).drop_columns(["hour"]))
    after = find_partitions(of_iceberg(column), days(0, 3)).present
    assert after[0] == found.present[0]
    assert after[1].fingerprint != found.present[1].fingerprint
    assert len(numbers(after[1])) == 203


def test_an_iceberg_table_is_not_read_as_bare_files_either(table):
    place = table(BY_DATE).location().removeprefix("file://")
    with pytest.raises(
        InvalidInput, match=f"lies in the table {place}, .* Set log.format to iceberg, and log.location"
    ):
        find_partitions(Log(location=f"{place}/data/date={{start:%Y-%m-%d}}"), days(0, 3))


def test_a_plan_leaves_no_connection_to_the_catalog_open(table):
    table(BY_TIME)

    def connections():
        return sum(each.path.endswith("catalog.db") for each in psutil.Process().open_files())

    before = connections()
    find_partitions(of_iceberg("at"), days(0, 3))
    assert connections() == before


def test_an_iceberg_table_that_is_not_partitioned_by_time(table):
    table(PartitionSpec())
    with pytest.raises(DataError, match=r"has rows of 2026-03-01 .* and of other periods\. Partition the table by at"):
        find_partitions(of_iceberg("at"), days(0, 1).model_copy(update={"end": FIRST_DAY + HOURLY}))


def test_an_iceberg_table_or_catalog_that_is_not_there(table):
    table(BY_TIME)
    with pytest.raises(InvalidInput, match=r"has no table 'flights\.prediction'"):
        find_partitions(of_iceberg("at", table="prediction"), days(0, 1))
    with pytest.raises(InvalidInput, match=r"no column 'att'; it has .*at.*\. Did you mean 'at'\? Correct log\.loc"):
        find_partitions(of_iceberg("att"), days(0, 1))
    with pytest.raises(ReadFailed, match="Configure the catalog"):
        find_partitions(Log(location="pond/a.b/at={start:%Y-%m-%d}", format="iceberg"), days(0, 1))


def test_an_iceberg_table_whose_manifests_cannot_be_read(table, tmp_path):
    table(BY_TIME)
    for each in (tmp_path / "warehouse").rglob("*.avro"):
        each.unlink()
    with pytest.raises(
        ReadFailed, match=r"^the Iceberg table lake/flights\.predictions could not be opened: .*try again"
    ):
        find_partitions(of_iceberg("at"), days(0, 3))


def test_a_monitor_of_a_table_is_judged(tmp_path):
    for day in range(4):
        write_deltalake(tmp_path / "t", rows(day, step=3.0 if day == 3 else 0.0), partition_by=["date"], mode="append")
    spec = monitor(str(tmp_path / "t"))
    spec = spec.model_copy(update={"log": spec.log.model_copy(update={"format": "delta"})})
    report = WindowJob(spec, storage=str(tmp_path / "windage")).judge(days(3, 4))
    assert [alert.trigger for alert in report.alerts] == ["feature_psi"]


def test_where_a_table_is_and_what_its_columns_hold():
    keyed = Keyed.of("s3://lake/flights/date={start:%Y-%m-%d}/hour={start:%H}")
    assert keyed.table == "s3://lake/flights"
    period = days(0, 1)
    assert keyed.values(period) == {"date": f"{datetime(2026, 3, 1, tzinfo=UTC):%Y-%m-%d}", "hour": "00"}
    assert keyed.values(period)["date"] == f"{period.start:%Y-%m-%d}"


def test_a_delta_table_of_before_table_features_whose_columns_go_by_other_names(tmp_path):
    write_deltalake(tmp_path / "t", rows(0), partition_by=["date"])
    (written,) = (tmp_path / "t/_delta_log").glob("*.json")
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    for line in lines:
        if "metaData" in line:
            columns = json.loads(line["metaData"]["schemaString"])
            for k, each in enumerate(columns["fields"]):
                each["metadata"] = {"delta.columnMapping.id": k, "delta.columnMapping.physicalName": each["name"]}
            line["metaData"]["schemaString"] = json.dumps(columns)
            line["metaData"]["configuration"] = {"delta.columnMapping.mode": "name"}
        if "protocol" in line:
            line["protocol"] = {"minReaderVersion": 2, "minWriterVersion": 5}
    written.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(DataError, match=r"uses columnMapping.*REORG TABLE"):
        find_partitions(of_delta(tmp_path / "t"), days(0, 1))
