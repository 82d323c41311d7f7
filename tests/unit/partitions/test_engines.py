"""Every engine gives the profile of every other, to the last bit, and an engine's failure is one sentence."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pyarrow.parquet as pq
import pyspark
import pytest

from api_server import free_port
from builders import days
from deployment import component
from partition_log import LOG, table
from windage.errors import InvalidInput, ReadFailed
from windage.partitions.engines import dask as dask_engine
from windage.partitions.engines.engine import engine
from windage.partitions.engines.spark import SparkEngine
from windage.partitions.recipe import Recipe
from windage.profiles.document import to_bytes
from windage.spec.engine import ENGINES
from windage.vocabulary import PartitionRef

CONNECT_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
ON_THIS_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.extraJavaOptions": "-Djava.net.preferIPv4Stack=true",
}


@pytest.fixture(scope="module")
def partitions(tmp_path_factory):
    """One partition of a single piece, and one of more pieces than are merged at once, in two files."""
    folder, found = tmp_path_factory.mktemp("log"), []
    for day, sizes in enumerate([(700,), (180_000, 30_000)]):
        files = []
        for number, rows in enumerate(sizes):
            files.append(str(folder / f"{day}-{number}.parquet"))
            pq.write_table(table(10 * day + number, rows), files[-1], row_group_size=9_000)
        found.append(PartitionRef(period=days(day, day + 1), files=tuple(files), fingerprint=str(day)))
    return found


RECIPE = Recipe(log=LOG, resolution=256, rows_at_once=10_000)


def made_by(kind, partitions, address=None, settings=None, *, recipe=RECIPE):
    profiles = engine(kind, address, settings).profiles(partitions, recipe)
    return {partition.fingerprint: to_bytes(profile) for partition, profile in profiles}


@pytest.fixture(scope="module")
def local(partitions):
    found = made_by("local", partitions)
    assert set(found) == {"0", "1"}
    return found


@pytest.mark.parametrize("workers", ["1", "7"])
def test_any_number_of_threads(partitions, local, workers):
    assert made_by("local", partitions, settings={"workers": workers}) == local


def test_one_share_after_the_other_is_the_whole(partitions, local):
    """What a third engine has to do, in as few lines as it takes."""
    for partition in partitions:
        groups = []
        for shares in RECIPE.shares(partition):
            parts = [RECIPE.part(share.model_validate_json(share.model_dump_json())) for share in shares]
            while len(parts) > 1:
                parts = [RECIPE.merged(parts[start : start + 16]) for start in range(0, len(parts), 16)]
            groups += parts
        assert to_bytes(RECIPE.whole(groups)) == local[partition.fingerprint]


def test_a_file_without_a_row_group_has_a_share_too(tmp_path):
    file = str(tmp_path / "empty.parquet")
    pq.ParquetWriter(file, table(0, 1).schema).close()
    assert pq.ParquetFile(file).num_row_groups == 0
    partition = PartitionRef(period=days(0, 1), files=(file,), fingerprint="empty")
    shares = RECIPE.shares(partition)
    profile = RECIPE.whole([RECIPE.part(share) for (share,) in shares])
    assert (profile.rows, profile.faults) == (0, {})
    assert to_bytes(profile) == made_by("local", [partition])["empty"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Dask's and its friends' making
def test_dask(partitions, local, monkeypatch):
    """Workers that are at work are waited for however long."""
    from distributed import LocalCluster

    monkeypatch.setattr(dask_engine, "SECONDS_WITHOUT_WORKERS", 0.01)
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        assert made_by("dask", partitions, cluster.scheduler_address) == local


class Deadly(Recipe):
    """Takes so much memory that the system kills the worker."""

    def part(self, share):
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_dask_workers_that_are_killed_at_their_work_are_told(partitions):
    from dask.config import set as settings
    from distributed import LocalCluster

    with (
        settings({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        pytest.raises(ReadFailed, match=r"lost its workers again and again at the same task\. Give them more memory"),
    ):
        made_by("dask", partitions[:1], cluster.scheduler_address, recipe=Deadly(**vars(RECIPE)))


@pytest.mark.filterwarnings("ignore")
def test_a_dask_scheduler_that_goes_away_is_told(partitions):
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set(
            {"distributed.comm.timeouts.connect": "1s"}
        ),  # the cluster asks its scheduler when it is closed
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None) as cluster,
    ):

        def close_when_asked():
            while not cluster.scheduler.tasks:
                time.sleep(0.01)
            cluster.loop.add_callback(cluster.scheduler.close)

        closing = Thread(target=close_when_asked)
        closing.start()
        with pytest.raises(ReadFailed, match=r"went away while it profiled\. Start it, and try again\.$"):
            made_by("dask", partitions[:1], cluster.scheduler_address)
        closing.join()


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_without_workers_is_waited_for_only_so_long(partitions, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(dask_engine, "SECONDS_WITHOUT_WORKERS", 0.5)
    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None) as cluster,
        pytest.raises(ReadFailed, match=r"still had no workers after 0\.5 seconds\. Start some, and try again\.$"),
    ):
        made_by("dask", partitions[:1], cluster.scheduler_address)


@pytest.mark.filterwarnings("ignore")  # of a client that never came to be
def test_a_dask_scheduler_that_is_not_there_may_come_back(partitions):
    with pytest.raises(
        ReadFailed, match=r"^the Dask scheduler at tcp://127\.0\.0\.1:1 cannot be reached: .*try again\.$"
    ):
        made_by("dask", partitions, "tcp://127.0.0.1:1", {"timeout": "300ms"})


@pytest.mark.parametrize("settings", [{"zz": "1"}, {"timeout": "soon"}])
@pytest.mark.filterwarnings("ignore")
def test_settings_that_dask_does_not_have_cannot_be_helped_by_a_retry(partitions, settings):
    with pytest.raises(InvalidInput, match=r"cannot be used: .*engine\.settings"):
        made_by("dask", partitions, "tcp://127.0.0.1:1", settings)


@pytest.fixture(scope="module")
def spark():
    """A master and two executors, each a process of its own."""
    before = os.environ.get("PYSPARK_PYTHON")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    yield "local-cluster[2,1,1024]"
    os.environ.pop("PYSPARK_PYTHON") if before is None else os.environ.update(PYSPARK_PYTHON=before)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # PySpark warns of a pandas that this engine does not use
def test_spark(partitions, local, spark):
    assert made_by("spark", partitions, spark, ON_THIS_MACHINE) == local


@pytest.fixture
def connect(spark, tmp_path):
    """A server of Spark Connect: the client has no Java."""
    home, port = Path(pyspark.__file__).parent, free_port()
    settings = {
        **ON_THIS_MACHINE,
        "spark.connect.grpc.binding.port": port,
        "spark.connect.grpc.binding.address": "127.0.0.1",
    }
    command = [str(home / "bin" / "spark-submit"), "--class", CONNECT_SERVER, "--master", "local[2]"]
    command += [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    log, environment = tmp_path / "connect.log", {**os.environ, "SPARK_HOME": str(home)}
    with component([*command, "spark-internal"], environment, log):
        deadline = time.monotonic() + 60
        while "Spark Connect server started" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield f"sc://127.0.0.1:{port}"


CLIENT = """
import sys
from pathlib import Path
from partition_log import LOG
from windage.partitions.engines.engine import engine
from windage.partitions.engines.spark import SparkEngine
from windage.partitions.recipe import Recipe
from windage.profiles.document import to_bytes
from windage.vocabulary import PartitionRef

recipe = Recipe(log=LOG, resolution=256, rows_at_once=10_000)
partition = PartitionRef.model_validate_json(sys.argv[2])
((_, profile),) = engine("spark", sys.argv[1]).profiles([partition], recipe)
Path(sys.argv[3]).write_bytes(to_bytes(profile))
"""


@pytest.mark.slow
def test_spark_connect(partitions, local, connect, tmp_path):
    """In a process of its own: one that once was a client of Spark Connect can be nothing else."""
    made = tmp_path / "profile"
    arguments = [connect, partitions[0].model_dump_json(), made]
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    subprocess.run([sys.executable, "-c", CLIENT, *arguments], check=True, env={**os.environ, "PYTHONPATH": path})
    assert made.read_bytes() == local["0"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_an_executor_cannot_read_is_one_sentence(partitions, spark, tmp_path):
    pq.write_table(table(1, 9_000), tmp_path / "x.parquet", compression="zstd")
    content = (tmp_path / "x.parquet").read_bytes()
    gone = PartitionRef(period=days(5, 6), files=(str(tmp_path / "x.parquet"),), fingerprint="gone")
    shares = RECIPE.shares(gone)
    assert shares
    (tmp_path / "x.parquet").write_bytes(b"\xff" * (len(content) - 9_000) + content[-9_000:])
    with pytest.raises(ReadFailed, match=r"^the partition of 2026-03-06.* could not be read from .*x\.parquet"):
        made_by("spark", [gone], spark, {**ON_THIS_MACHINE, "spark.task.maxFailures": "1"})


def test_an_engine_that_there_is_none_of():
    assert ENGINES.names == ["dask", "local", "spark"]
    with pytest.raises(InvalidInput, match=r"unknown engine 'sparc'\. Did you mean 'spark'\?"):
        engine("sparc")


def test_an_engine_whose_package_is_not_installed(monkeypatch):
    monkeypatch.setattr(SparkEngine, "needs", "pyspark_of_tomorrow")
    with pytest.raises(InvalidInput, match=r"needs pyspark_of_tomorrow.*Install windage\[spark\]"):
        engine("spark")


@pytest.mark.parametrize("workers", ["0", "two", "-1", ""])
def test_a_number_of_threads_that_is_none(workers):
    with pytest.raises(InvalidInput, match=r"workers must be a number of threads, 1 or more; got"):
        engine("local", settings={"workers": workers})
