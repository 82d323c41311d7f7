"""What the kernel tells of files: how often each was opened, and how often each was put into its place."""

from __future__ import annotations

import ctypes
import os
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

OPENED, PUT, OVERFLOW = 0x20, 0x80, 0x4000  # IN_OPEN, IN_MOVED_TO, IN_Q_OVERFLOW of inotify(7)
HEAD = struct.Struct("iIII")


class Watched:
    """Counts of the Parquet files of some folders, by path; a hard link is the path that it was reached by."""

    def __init__(self, handle: int, folders: dict[int, Path]) -> None:
        self._handle = handle
        self._folders = folders
        self._opened: Counter[Path] = Counter()
        self._put: Counter[Path] = Counter()

    @property
    def opened(self) -> Counter[Path]:
        self.look()
        return self._opened

    @property
    def put(self) -> Counter[Path]:
        self.look()
        return self._put

    def look(self) -> None:
        """Take what the kernel has queued; it keeps some sixteen thousand events."""
        while content := _read(self._handle):
            for number, mask, name in _events(content):
                if mask & OVERFLOW:
                    raise SystemExit("more files were opened than the kernel's queue holds. Look more often.")
                if name.endswith(".parquet") and not name.startswith("."):
                    counter = self._opened if mask & OPENED else self._put
                    counter[self._folders[number] / name] += 1


@contextmanager
def watching(*, opened: Iterable[Path], put: Iterable[Path]) -> Iterator[Watched]:
    """Count from now on what is opened in some folders, and what is put into others."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        folders = {}
        for mask, wanted in ((OPENED, opened), (PUT, put)):
            for folder in wanted:
                number = libc.inotify_add_watch(handle, os.fsencode(folder), mask)
                if number < 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
                folders[number] = folder
        yield Watched(handle, folders)
    finally:
        os.close(handle)


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1 << 16)
    except BlockingIOError:
        return b""


def _events(content: bytes) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at < len(content):
        number, mask, _, length = HEAD.unpack_from(content, at)
        name = content[at + HEAD.size : at + HEAD.size + length].rstrip(b"\0")
        yield number, mask, os.fsdecode(name)
        at += HEAD.size + length
