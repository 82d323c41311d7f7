"""Documents that are whole or absent, on disk and in object stores, and a lock that a killed process lets go."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from windage.errors import InvalidInput, StoreUnavailable
from windage.files import (
    AT_ONCE,
    each_of,
    exists,
    is_absolute,
    is_url,
    join,
    local_path,
    read_bytes,
    refuse_credentials,
    remove,
    write_atomically,
)


@pytest.fixture(params=["path", "text", "file url", "object store"])
def place(request, tmp_path):
    return {
        "path": tmp_path / "deep" / "x.json",
        "text": str(tmp_path / "deep" / "x.json"),
        "file url": f"file://{tmp_path}/deep/x.json",
        "object store": f"memory://{uuid4().hex}/deep/x.json",
    }[request.param]


def test_what_was_written_is_read_and_replaced(place):
    assert read_bytes(place) is None
    assert not exists(place)
    write_atomically(place, b"one")
    write_atomically(place, b"two")
    assert read_bytes(place) == b"two"
    assert exists(place)


def test_a_write_that_fails_leaves_the_old_document_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    write_atomically(path, b"old")

    def fail(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreUnavailable, match=r"x\.json could not be written: no space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import os, signal, sys
from windage.files import write_atomically
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
write_atomically(sys.argv[1], b"of the killed")
"""


@pytest.mark.parametrize("killed", ["x[1].json", "of another document.json"])
def test_what_a_killed_writer_left_is_removed_by_the_next_in_its_folder(tmp_path, killed):
    path, others = tmp_path / "x[1].json", {tmp_path / ".x[1].json.of-somebody-else", tmp_path / ".of-somebody.tmp"}
    for each in others:
        each.touch()
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path / killed], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 3
    write_atomically(path, b"new")
    assert {*tmp_path.iterdir()} == {path, *others}
    assert path.read_bytes() == b"new"


def test_of_two_writers_at_once_neither_removes_what_the_other_is_writing(tmp_path, monkeypatch):
    path, is_writing, may_go_on = tmp_path / "x.json", threading.Event(), threading.Event()
    fsync = os.fsync

    def wait(handle):
        if threading.current_thread() is first:
            is_writing.set()
            may_go_on.wait()
        fsync(handle)

    monkeypatch.setattr(os, "fsync", wait)
    first = threading.Thread(target=write_atomically, args=[path, b"first"])
    first.start()
    is_writing.wait()
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    may_go_on.set()
    first.join()
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_taken_for_abandoned_before_it_is_locked_is_written_again(tmp_path, monkeypatch):
    path, flock, taken = tmp_path / "x.json", fcntl.flock, []

    def late(file, how):
        if not taken:
            taken.extend(tmp_path.iterdir())
            write_atomically(path, b"of another")
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    write_atomically(path, b"new")
    assert len(taken) == 1
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"new"


def test_an_interrupted_writer_leaves_no_litter(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "x.json", b"new")
    assert list(tmp_path.iterdir()) == []


def test_others_may_read_what_was_written(tmp_path):
    write_atomically(tmp_path / "x.json", b"")
    assert (tmp_path / "x.json").stat().st_mode & 0o777 == 0o644


def test_readers_see_the_old_document_or_the_new_one(tmp_path):
    path = tmp_path / "x"
    versions = [bytes([65 + k]) * 200_000 for k in range(2)]
    write_atomically(path, versions[0])
    done = threading.Event()

    def write():
        for turn in range(60):
            write_atomically(path, versions[turn % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert read_bytes(path) in versions
    writer.join()


@pytest.mark.parametrize("operation", [lambda path: write_atomically(path, b""), read_bytes])
def test_a_place_that_cannot_be_one(tmp_path, operation):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="could not be"):
        operation(tmp_path / "file" / "x.json")
    with pytest.raises(StoreUnavailable, match="could not be"):
        operation(tmp_path)


@pytest.mark.parametrize(
    ("location", "url", "absolute", "path"),
    [
        ("s3://bucket/key", True, True, None),
        ("file:///a/b", True, True, Path("/a/b")),
        ("/a/b", False, True, Path("/a/b")),
        ("a/b", False, False, Path("a/b")),
        (Path("/a"), False, True, Path("/a")),
    ],
)
def test_places(location, url, absolute, path):
    assert (is_url(location), is_absolute(location), local_path(location)) == (url, absolute, path)


@pytest.mark.parametrize(
    ("location", "instead"),
    [
        ("s3://AKIA:hunter2@logs/x", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in"),
        ("s3://AKIA:hun/ter2@logs/x", "set AWS_ACCESS_KEY_ID and"),
        ("s3a://AKIA@logs/x", "set AWS_ACCESS_KEY_ID and"),
        ("gs://key@logs", "set GOOGLE_APPLICATION_CREDENTIALS in"),
        ("abfs://account:key@logs/x", "set AZURE_STORAGE_CONNECTION_STRING in"),
    ],
)
def test_credentials_do_not_belong_in_the_url_of_an_object_store(location, instead):
    with pytest.raises(InvalidInput, match="holds credentials before the @.*" + instead) as error:
        exists(location)
    assert not re.search("hun|ter2|key@", str(error.value))


@pytest.mark.parametrize(
    "location",
    [
        "s3://logs/user@x/a:b",
        "s3://arn:aws:s3:eu-west-1:123:accesspoint/logs/user@x",
        "abfs://logs@lake.dfs.core.windows.net/x",
        "abfs://logs@127.0.0.1:10000/x",
        "abfs://logs/a:b@c",
        "sftp://ann:word@host/x",
        "/s3:/a:b@c",
        "log/a@b",
    ],
)
def test_what_looks_like_credentials_and_is_none(location):
    refuse_credentials(location)


def test_join():
    assert join("s3://bucket/", "a", "b.json") == "s3://bucket/a/b.json"
    assert join(Path("/x"), "a") == "/x/a"


def test_a_name_that_no_disk_can_have_is_said_too():
    with pytest.raises(StoreUnavailable, match="could not be looked for"):
        exists("x" * 5000)


@pytest.mark.usefixtures("silent_store")
@pytest.mark.parametrize("ask", [read_bytes, exists, remove, lambda place: write_atomically(place, b"")])
def test_a_store_that_does_not_answer_is_said_in_one_sentence(ask):
    with pytest.raises(StoreUnavailable, match=r"s3://nowhere/document could not be .*127\.0\.0\.1:9.*again\."):
        ask("s3://nowhere/document")


def test_an_object_store_is_asked_about_many_at_the_same_time_and_a_disk_about_one_after_the_other(tmp_path):
    all_ask = threading.Barrier(AT_ONCE, timeout=30)
    asked = [threading.get_ident()]

    def ask(number):
        all_ask.wait()
        return number

    assert each_of(range(2 * AT_ONCE), ask, at="s3://bucket/log") == list(range(2 * AT_ONCE))
    each_of(range(3), lambda _: asked.append(threading.get_ident()), at=tmp_path)
    assert len(asked) == 4
    assert len(set(asked)) == 1
