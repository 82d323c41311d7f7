"""Locks between processes: on a local disk the system's, in an object store an object that only one can create."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from os.path import samestat
from pathlib import Path
from typing import IO
from uuid import uuid4

from windage.errors import StoreUnavailable
from windage.files import filesystem_of, local_path, read_bytes, refusals_told, remove
from windage.masking import without_secrets

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds after which a lease that is no longer renewed is taken over: its holder must have been killed."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside ``path``: one process at a time is inside, and a killed one lets go."""
    with _lock_of(path):
        yield


def alone_at(location: str | Path) -> AbstractContextManager[None]:
    """Let one process at a time work at a place: one on this machine for a local path, one of all for an object store.

    No lock stays beside the place, since there may be many places. On a file system that several machines share, one of them
    may learn late that a lock was removed, so that two are inside: as with ``leased``, nothing may rely on being alone to
    keep a document whole.
    """
    path = local_path(location)
    return leased(str(location)) if path is None else _alone(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with _lock_of(path) as lock:
        try:
            yield
        finally:
            with suppress(OSError):  # the work is done
                lock.unlink()


@contextmanager
def _lock_of(path: Path) -> Iterator[Path]:
    lock = path.with_name(f".{path.name}.lock")
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = lock.open("a")
        except OSError as error:
            raise StoreUnavailable(
                f"{path} could not be locked: {error}. Free its disk, or make its folder writable for the user that runs Windage, "
                "then run again."
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError as error:
                raise StoreUnavailable(
                    f"{path} could not be locked: {error}. Put it on a file system that has locks, then run again."
                ) from error
            if _is_at(lock, file):
                yield lock
                return


def _is_at(lock: Path, file: IO[str]) -> bool:
    """Whether an open lock is still the one that others find, and was not removed by its last holder."""
    with suppress(FileNotFoundError):
        return samestat(os.fstat(file.fileno()), lock.stat())
    return False


@contextmanager
def leased(location: str, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a lease beside an object. It is renewed while it is held, and taken over when its holder was killed.

    Two processes may hold it at once: when two take-overs cross, or where a store cannot create exclusively. It saves
    work that would be done twice; nothing may rely on it to keep a document whole.
    """
    lease, mine = f"{location}.lease", uuid4().hex
    _take(lease, mine, patience)
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lease, mine, over, patience / 4), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        with suppress(StoreUnavailable):  # the work is done; others only wait longer for the lease
            if (read_bytes(lease) or b"").startswith(mine.encode()):
                remove(lease)


def _take(lease: str, mine: str, patience: float) -> None:
    filesystem, key = filesystem_of(lease)
    seen: bytes | None = None
    since = time.monotonic()
    while True:
        try:
            with refusals_told(lease, "written"):
                filesystem.pipe_file(key, mine.encode(), mode="create")
        except FileNotFoundError as error:
            raise StoreUnavailable(
                f"{lease} could not be written: {error}. Create its bucket, then run again."
            ) from error
        except FileExistsError:
            now = read_bytes(lease)
            if now == mine.encode():  # the store's answer was lost, and the driver asked again
                return
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > patience:
                remove(lease)
            time.sleep(min(patience / 20, 1.0))
        else:
            return


def _keep(lease: str, mine: str, over: threading.Event, every: float) -> None:
    """Renew the lease until the work is over. A renewal that the store refuses is tried again with the next one."""
    beats = 0
    while not over.wait(every):
        beats += 1
        try:
            filesystem, key = filesystem_of(lease)
            filesystem.pipe_file(key, f"{mine} {beats}".encode())
        except Exception:  # the work goes on without its lease; at worst it is done twice
            log.exception(
                "the lease %s could not be renewed; another process may do the same work", without_secrets(lease)
            )
