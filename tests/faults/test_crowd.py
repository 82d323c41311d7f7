"""Nothing is lost, doubled or torn when many write at once or a writer is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from windage.incidents.outbox import Outbox
from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue
from windage.store.database import Database
from windage.telemetry import TelemetryStore

pytestmark = pytest.mark.slow

CROWD = Path(__file__).with_name("crowd.py")


def crowd(*arguments: object) -> int:
    done = subprocess.run([sys.executable, CROWD, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def place_of(request, tmp_path, plain: str) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return str(tmp_path / plain) if request.param == "plain" else f"sqlite:///{tmp_path}/x.db"


@pytest.fixture(params=["plain", "sqlite", "postgresql"])
def queue_place(request, tmp_path):
    return place_of(request, tmp_path, "queue.json")


@pytest.fixture(params=["plain", "sqlite", "postgresql"])
def telemetry_place(request, tmp_path):
    return place_of(request, tmp_path, "telemetry")


def test_eight_processes_enqueue_exactly_the_distinct_buckets(queue_place):
    processes, each = 8, 1000 if "://" in queue_place else 200  # a file is written whole for each request
    distinct = 25 * (processes - 1) + each
    assert crowd("enqueue", queue_place, processes, each) == distinct
    requests = ActiveLabelingQueue(queue_place).all_items
    assert len({(one.user_id, one.bucket_start_ts) for one in requests}) == len(requests) == distinct


def test_eight_processes_append_and_nothing_is_lost(telemetry_place):
    assert crowd("append", telemetry_place, 8, 60) == 480
    kept = [(one.suggestions_per_day, one.total_windows) for one in TelemetryStore(telemetry_place).read_recent(1_000)]
    assert sorted(kept) == [(writer, number) for writer in range(8) for number in range(60)]


@pytest.mark.parametrize("queue_place", ["sqlite", "postgresql"], indirect=True)
def test_eight_processes_are_the_first_to_use_a_database(queue_place):
    assert crowd("open", queue_place, 8, 3) == 24


def test_a_killed_process_leaves_telemetry_that_can_be_read_and_continued(telemetry_place):
    done = crowd("killed-append", telemetry_place, 20)
    assert len(TelemetryStore(telemetry_place).read_recent(10_000)) >= done


@pytest.fixture(params=["sqlite", "postgresql"])
def database_place(request, tmp_path):
    return place_of(request, tmp_path, "")


def test_eight_processes_judge_the_same_windows_and_each_incident_is_told_once(database_place):
    assert crowd("claim", database_place, 8, 6) == 20
    assert len(Outbox(Database(database_place)).of("m")) == 20


def test_eight_processes_send_each_message_once(database_place):
    assert crowd("send", database_place, 8, 40) == 40


def test_eight_people_share_a_queue_and_hold_nothing_twice(queue_place):
    assert crowd("lease", queue_place, 8, 120) == 120


def test_a_process_that_is_killed_two_hundred_times_leaves_a_queue_that_a_repeated_run_completes(queue_place):
    done = crowd("killed-enqueue", queue_place, 200)
    assert len(ActiveLabelingQueue(queue_place).all_items) == done + 10


def test_a_process_that_is_killed_two_hundred_times_leaves_no_message_without_its_incident(database_place):
    done = crowd("killed-claim", database_place, 200)
    store, outbox = IncidentStore(Database(database_place)), Outbox(Database(database_place))
    monitors = store.monitors()
    assert sum(len(store.incidents(each)) for each in monitors) == done + 10
    assert sum(len(outbox.of(each)) for each in monitors) == done + 10
