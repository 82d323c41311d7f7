"""A large partition's columns are profiled by several tasks, and give what one task would have made."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from daily_log import WINDOW, job_on, rows
from windage.errors import InvalidInput
from windage.judging.job import WindowJob
from windage.partitions import batches
from windage.partitions.batches import Portion
from windage.partitions.engines.local import LocalEngine
from windage.profiles.document import to_bytes
from windage.spec.engine import EngineChoice
from windage.spec.load import parse_monitor


@pytest.fixture
def huge(log, monkeypatch):
    """A log of four days whose partitions are all worth three tasks."""
    folder = log(*[rows(day) for day in range(4)])
    small = job_on(folder, 64)
    sizes = [each.n_bytes for each in small.plan(WINDOW).partitions]
    monkeypatch.setattr(batches, "WORTH_A_TASK", min(sizes) // 3)
    return folder


def test_a_large_partition_that_was_compacted_is_made_of_what_is_there(huge):
    job = job_on(huge, 64)
    plan = job.plan(WINDOW)
    found = job.profiler.batches(plan.partitions)
    for file in huge.rglob("*.parquet"):
        file.rename(file.with_name("compacted.parquet"))
    for batch in found:
        job.profiler.profile_batch(batch)
    assert job.profiler.missing(plan.partitions) == list(plan.partitions)
    assert job.profiler.missing(job.plan(WINDOW).partitions) == []
    assert list(Path(job.storage).rglob("*.part")) == []
    assert job.windows(plan)[0].rows == 900


def test_its_parts_are_put_together_and_forgotten(huge):
    job = job_on(huge, 64)
    plan = job.plan(WINDOW)
    found = job.profiler.batches(plan.partitions)
    portions = [portion for batch in found for portion in batch]
    assert {portion.of for portion in portions} == {3}
    done = []
    for batch in found:
        again = [Portion.model_validate_json(portion.model_dump_json()) for portion in batch]
        job_on(huge, 64).profiler.profile_batch(again, lambda: done.append(1))
    assert len(done) == len(portions) == 12
    assert job.profiler.batches(plan.partitions) == []  # they wait for whoever wants the whole
    parts = list(Path(job.storage).rglob("*.part"))
    assert len(parts) == 12

    job.windows(plan)
    assert list(Path(job.storage).rglob("*.part")) == []
    for partition in plan.partitions:
        whole = LocalEngine().profile(job.recipe.open_partition(partition), job.recipe)
        assert to_bytes(job.profiler.cache.get(partition)) == to_bytes(whole)


def test_a_torn_part_is_made_again(huge):
    job = job_on(huge, 64)
    (partition, *_) = job.plan(WINDOW).partitions
    portions = batches.portions(partition, job.spec.log)
    job.profiler.profile_batch(portions)
    for part in Path(job.storage).rglob("*.part"):
        part.write_bytes(part.read_bytes()[:-9])
    job.profiler.profile(partition)
    whole = LocalEngine().profile(job.recipe.open_partition(partition), job.recipe)
    assert to_bytes(job.profiler.cache.get(partition)) == to_bytes(whole)


class Everywhere:
    """An engine that shares out work by itself; this one does it here."""

    def __init__(self):
        self.asked = []

    def profiles(self, partitions, recipe):
        self.asked.append(len(partitions))
        yield from LocalEngine().profiles(list(reversed(partitions)), recipe)


def test_a_cluster_has_one_batch_and_profiles_it_at_once(huge):
    here, cluster = job_on(huge, 64), Everywhere()
    job = WindowJob(here.spec, storage=here.storage, engine=cluster)
    plan = job.plan(WINDOW)
    (batch,) = job.profiler.batches(plan.partitions)
    assert {portion.of for portion in batch} == {1}
    done = []
    job.profiler.profile_batch(batch, lambda: done.append(1))
    assert cluster.asked == [4]
    assert len(done) == 4
    assert job.profiler.batches(plan.partitions) == []
    job.profiler.profile_batch(batch)
    assert cluster.asked == [4]


def test_of_two_runs_on_a_cluster_one_makes_the_profiles_and_the_other_waits(huge):
    here, asked, both_began = job_on(huge, 64), [], Barrier(2)
    partitions = here.plan(WINDOW).partitions

    def run(_):
        cluster = Everywhere()
        job = WindowJob(here.spec, storage=here.storage, engine=cluster)
        both_began.wait(timeout=30)
        job.profiler.profile_all(partitions)
        assert job.profiler.missing(job.plan(WINDOW).partitions) == []
        asked.extend(cluster.asked)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    assert asked == [4]


def chosen(text):
    return parse_monitor(
        "monitor: m\nstart: 2026-01-01\nlog: {location: 'x/{start:%Y-%m-%d}', label: l}\nreference: {trailing: 7d}\n"
        + text,
        name="m.yaml",
    ).engine


def test_an_engine_in_a_monitors_file():
    assert chosen("") == EngineChoice()
    assert chosen("engine: spark\n").kind == "spark"
    found = chosen("engine: {kind: spark, connection: spark_default, settings: {spark.executor.memory: 4g}}\n")
    assert found.connection == "spark_default"
    assert found.settings == {"spark.executor.memory": "4g"}


def test_an_engine_that_there_is_none_of_is_said_where_it_stands():
    with pytest.raises(ValueError, match=r"m\.yaml:5.*unknown engine 'sparc'\. Did you mean 'spark'"):
        chosen("engine: sparc\n")


def test_an_engine_is_reached_one_way():
    with pytest.raises(ValueError, match=r"m\.yaml:5.*has both address and connection"):
        chosen("engine: {kind: spark, address: yarn, connection: spark_default}\n")


def test_a_connection_is_known_to_airflow_alone():
    from windage.cli.places import engine_of

    spec = parse_monitor(
        "monitor: m\nstart: 2026-01-01\nlog: {location: 'x/{start:%Y-%m-%d}', label: l}\nreference: {trailing: 7d}\n"
        "engine: {kind: spark, connection: spark_default}\n",
        name="m.yaml",
    )
    with pytest.raises(InvalidInput, match="Airflow connection 'spark_default', which is only available in Airflow"):
        engine_of(spec)


def test_a_part_that_is_tried_again_after_the_whole_was_put_together_is_not_made(huge):
    job = job_on(huge, 64)
    plan = job.plan(WINDOW)
    found = job.profiler.batches(plan.partitions)
    for batch in found:
        job.profiler.profile_batch(batch)
    job.windows(plan)
    done = []
    job.profiler.profile_batch(found[0], lambda: done.append(1))
    assert len(done) == len(found[0])
    assert list(Path(job.storage).rglob("*.part")) == []
