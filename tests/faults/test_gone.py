"""The database goes away in the middle, and the disk is full: a clear error, nothing lost, and the next try completes it."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from socket import AF_UNIX, SHUT_RDWR, create_server, socket
from threading import Thread

import pytest

from windage.errors import StoreUnavailable
from windage.incidents.model import WindowFinding, WindowVerdict
from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue
from windage.reports.store import ReportStore
from windage.store.database import Database
from windage.store.schema import window_verdicts
from windage.vocabulary import DriftReport, Outcome, Window

WINDOW = Window.model_validate({"start": "2026-03-01", "end": "2026-03-02"})
GONE = WindowFinding(subjects=("feature x",), triggers=("missingness",), severity="critical", headline="x is gone")
VERDICT = WindowVerdict(monitor="m", window=WINDOW, outcome=Outcome.alert, findings=(GONE,))


class Line:
    """A port of this machine that leads to PostgreSQL until the line is cut."""

    def __init__(self, sockets) -> None:
        self.is_cut = False
        self.sockets = sockets
        self.open: list[socket] = []
        self.listening = create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket(AF_UNIX)
            far.connect(str(next(self.sockets.glob(".s.PGSQL.*[0-9]"))))
            self.open += [near, far]
            for one, other in ((near, far), (far, near)):
                Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket, other: socket) -> None:
        try:
            while content := one.recv(65536):
                other.sendall(content)
        except OSError:
            return

    def cut(self) -> None:
        self.is_cut = True
        for each in self.open:
            with suppress(OSError):
                each.shutdown(SHUT_RDWR)
            each.close()
        self.open.clear()

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        self.listening.close()


@pytest.fixture
def line(postgres):
    made = Line(postgres.sockets)
    yield made
    made.close()


def test_a_database_that_goes_away_is_said_and_the_next_try_completes_it(postgres, postgres_url, line):
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    database = Database(f"postgresql+psycopg://windage@127.0.0.1:{line.port}/{name}")
    store = IncidentStore(database)
    assert store.incidents("m") == []
    with pytest.raises(StoreUnavailable, match="Nothing was half-written"):
        _half(database, line)
    with pytest.raises(StoreUnavailable):
        store.claim(VERDICT, at=WINDOW.end)
    line.mend()
    assert len(store.claim(VERDICT, at=WINDOW.end)) == 1
    assert len(store.incidents("m")) == 1


def _half(database, line):
    with database.writing() as connection:
        connection.execute(window_verdicts.insert().values(monitor="m", window_start=WINDOW.start, window_end=WINDOW.end,
                                                           verdict=VERDICT.model_dump_json(), written_at=WINDOW.end))  # fmt: skip
        line.cut()


WRITE = """
import resource, signal, sys
from windage.errors import WindageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
{what}
"""
REPORT = """
from windage.reports.store import ReportStore
from windage.vocabulary import DriftReport
report = DriftReport(monitor="m", summary="b" * 10_000, current_window={"start": "2026-03-01", "end": "2026-03-02"})
try:
    ReportStore(sys.argv[1]).write_json(report)
except WindageError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
ROWS = """
from windage.labeling.queue import ActiveLabelingQueue
rows = [{"user_id": f"u{k}", "bucket_start_ts": "2026-03-01", "bucket_end_ts": "2026-03-02"} for k in range(5_000)]
try:
    ActiveLabelingQueue(sys.argv[1]).enqueue_drift(rows)
except WindageError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def with_space(what, place, bytes_):
    """Run a program that may write files of so many bytes, as on a disk that is nearly full."""
    program = WRITE.replace("{what}", what)
    return subprocess.run(
        [sys.executable, "-c", program, str(place), str(bytes_)], capture_output=True, text=True, check=False
    )


def test_on_a_full_disk_the_old_report_is_intact(tmp_path):
    first, other = (
        DriftReport(monitor="m", summary=name * 10_000, current_window=Window(start="2026-03-01", end="2026-03-02"))
        for name in "ab"
    )
    ReportStore(tmp_path).write_json(first)
    file = tmp_path / "m" / "2026-03-02T00-00Z" / "drift_report.json"
    before = file.read_bytes()
    done = with_space(REPORT, tmp_path, 4096)
    assert done.returncode == 1
    assert done.stderr.startswith("StoreUnavailable: ")
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["drift_report.json"]
    ReportStore(tmp_path).write_json(other)
    assert file.read_bytes() != before


@pytest.mark.parametrize("place", ["queue.json", "sqlite"])
def test_on_a_full_disk_the_queue_is_as_it_was(tmp_path, place):
    where = f"sqlite:///{tmp_path}/x.db" if place == "sqlite" else str(tmp_path / place)
    ActiveLabelingQueue(where).enqueue_drift(
        [{"user_id": "ada", "bucket_start_ts": "2026-03-01", "bucket_end_ts": "2026-03-02"}]
    )
    done = with_space(ROWS, where, 600_000)
    assert done.returncode == 1
    assert done.stderr.startswith("StoreUnavailable: ")
    assert re.search("free .*disk", done.stderr)
    assert [each.user_id for each in ActiveLabelingQueue(where).all_items] == ["ada"]
