"""Each write of a judged window to an object store fails once, with nothing or half of it written: the next run completes it."""

from __future__ import annotations

import errno

import fsspec
import pyarrow as pa
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from builders import days, monitor, write_day
from daily_log import COLUMNS, rows
from windage.errors import StoreUnavailable
from windage.history.rejudging import judge_again
from windage.history.store import HistoryStore
from windage.incidents.store import IncidentStore
from windage.incidents.verdicts import verdict_of
from windage.judging.job import WindowJob
from windage.reports.document import from_json
from windage.reports.store import ReportStore
from windage.store.database import Database


class FailingOnce:
    """Counts what is written, but for leases, and fails at one of the writes, of which half is written if ``half``."""

    def __init__(self, monkeypatch) -> None:
        self.count, self.at, self.half = 0, 0, False
        write = MemoryFileSystem.pipe_file

        def pipe_file(filesystem, path, value, mode="overwrite", **more):
            if not path.endswith(".lease"):
                self.count += 1
                if self.count == self.at:
                    if self.half:
                        write(filesystem, path, value[: len(value) // 2], mode=mode, **more)
                    raise OSError(errno.EIO, "Input/output error")
            write(filesystem, path, value, mode=mode, **more)

        monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_file)


@pytest.fixture
def judged(tmp_path):
    """Judges one window with its reference into a storage of this name, and says what is there then."""
    for day in range(3):
        write_day(tmp_path / "log", day, pa.Table.from_pandas(rows(day, n=60), preserve_index=False))
    spec = monitor(tmp_path / "log", log=COLUMNS, reference={"trailing": "2d"})

    def judge(name):
        storage, database = f"memory://{tmp_path.name}-{name}", Database(f"sqlite:///{tmp_path}/{name}.db")
        judge_again(
            WindowJob(spec, storage=storage),
            days(2, 3),
            database=database,
            reports=ReportStore(f"{storage}/reports"),
            keep=lambda report, _: IncidentStore(database).record(verdict_of(report, spec)),
        )
        return _there(storage), [each.model_dump(exclude={"run_id"}) for each in HistoryStore(database).records("m")]

    return judge


def _there(storage):
    """The documents by their places below the storage; of views only that they are there, for they say when they were made."""
    filesystem, found = fsspec.filesystem("memory"), {}
    root = f"/{storage.partition('://')[2]}"
    for place in filesystem.find(root):
        content = filesystem.cat_file(place)
        if place.endswith(".json"):
            content = from_json(content, location=place).outcomes
        found[place.removeprefix(root)] = None if place.endswith((".html", ".md")) else content
    return found


@pytest.mark.parametrize("half", [False, True], ids=["nothing written", "half written"])
def test_a_run_after_any_write_that_failed_leaves_what_one_without_failures_leaves(judged, monkeypatch, half):
    disk = FailingOnce(monkeypatch)
    disk.half = half
    expected = judged("whole")
    writes = disk.count
    assert writes == 6  # three profiles, and the report and its two views
    for disk.at in range(1, writes + 1):
        disk.count = 0
        with pytest.raises(StoreUnavailable, match=r"could not be written: .*Input/output error\. .* run again\."):
            judged(f"failing-{disk.at}")
        assert judged(f"failing-{disk.at}") == expected
