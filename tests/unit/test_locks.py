"""One process at a time is inside, and a killed one lets go: on a disk at once, in an object store after a while."""

import errno
import fcntl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from windage.errors import StoreUnavailable
from windage.files import exists, read_bytes, write_atomically
from windage.locks import alone_at, leased, locked

HOLD = """
import sys, time
from pathlib import Path
from windage.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_lets_the_lock_go(tmp_path):
    path = tmp_path / "queue.json"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    inside = threading.Event()

    def enter():
        with locked(path):
            inside.set()

    waiting = threading.Thread(target=enter)
    waiting.start()
    assert not inside.wait(0.2)
    holder.kill()
    assert inside.wait(20)
    waiting.join()
    holder.stdout.close()
    holder.wait()


def test_a_lock_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    said = r"could not be locked: .*\. Free its disk, or make its folder writable"
    with pytest.raises(StoreUnavailable, match=said), locked(tmp_path / "file" / "x"):
        pass


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    refused = pytest.raises(StoreUnavailable, match=r"No locks available\. Put it on a file system that has locks")
    with refused, locked(tmp_path / "x"):
        pass


@pytest.fixture
def place(tmp_path):
    return f"memory://{tmp_path.name}/profile"


def test_one_at_a_time_holds_a_lease(place):
    inside: list[int] = []
    most: list[int] = []

    def work(number):
        with leased(place, patience=2.0):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.05)
            inside.remove(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert most == [1] * 4
    assert not exists(f"{place}.lease")


def test_a_lease_that_is_kept_is_not_taken_over(place):
    entered = threading.Event()

    def wait():
        with leased(place, patience=0.4):
            entered.set()

    with leased(place, patience=0.4):
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not entered.wait(1.2)
    assert entered.wait(5)
    waiting.join()


def test_a_killed_holder_loses_its_lease(place):
    write_atomically(f"{place}.lease", b"somebody who is no more")
    began = time.monotonic()
    with leased(place, patience=0.4):
        assert time.monotonic() - began >= 0.4
        assert not read_bytes(f"{place}.lease").startswith(b"somebody")


def test_a_lease_that_was_taken_away_is_left_to_its_new_holder(place):
    with leased(place, patience=60):
        write_atomically(f"{place}.lease", b"another")
    assert read_bytes(f"{place}.lease") == b"another"


def test_a_lease_that_cannot_be_renewed_is_logged_and_the_work_goes_on(place, monkeypatch, caplog):
    refused = threading.Semaphore(0)

    def refuse(*_, **__):
        refused.release()
        raise PermissionError("read only")

    with leased(place, patience=0.2):
        monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
        assert refused.acquire(timeout=20)
        assert refused.acquire(timeout=20), "it is tried again"
    assert f"the lease {place}.lease could not be renewed" in caplog.text
    assert "PermissionError: read only" in caplog.text


def test_where_a_place_is_says_how_it_is_locked(tmp_path, place):
    with alone_at(tmp_path / "x"), alone_at(place):
        assert (tmp_path / ".x.lock").exists()
        assert fsspec.filesystem("memory").exists(f"{place.removeprefix('memory:/')}.lease")


def test_who_was_alone_leaves_nothing_behind_and_nobody_enters_by_a_lock_that_is_removed(tmp_path):
    inside: list[int] = []
    most: list[int] = []

    def work(number):
        with alone_at(tmp_path / "x"):
            inside.append(number)
            time.sleep(0.001)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert most == [1] * 200
    with pytest.raises(KeyError), alone_at(tmp_path / "x"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_that_is_alone_there(tmp_path):
    (tmp_path / ".x.lock").touch()
    with alone_at(tmp_path / "x"):
        pass
    assert list(tmp_path.iterdir()) == []
