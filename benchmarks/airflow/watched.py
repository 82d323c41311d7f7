"""How often files were put into their places, as the kernel tells it."""

from __future__ import annotations

import ctypes
import os
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PUT, OVERFLOW = 0x80, 0x4000  # IN_MOVED_TO and IN_Q_OVERFLOW of inotify(7)
HEAD = struct.Struct("iIII")


class Watched:
    """Counts of the Parquet files that were renamed into some folders, which is how they are written."""

    def __init__(self, handle: int, folders: dict[int, Path]) -> None:
        self._handle = handle
        self._folders = folders
        self._put: Counter[Path] = Counter()

    def put(self) -> Counter[Path]:
        """How often each so far. The kernel keeps some sixteen thousand events, so ask now and then."""
        while content := _read(self._handle):
            for number, mask, name in _events(content):
                if mask & OVERFLOW:
                    raise SystemExit("more files were put than the kernel's queue holds. Look more often.")
                if name.endswith(".parquet"):
                    self._put[self._folders[number] / name] += 1
        return self._put


@contextmanager
def watching(folders: Iterable[Path]) -> Iterator[Watched]:
    """Count from now on what is put into folders."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        numbers = {}
        for folder in folders:
            number = libc.inotify_add_watch(handle, os.fsencode(folder), PUT)
            if number < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
            numbers[number] = folder
        yield Watched(handle, numbers)
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
