"""A file that is open only while it is read: a process may read from more files in turn than it may have open."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class OnDisk(io.RawIOBase):
    """A file on a disk, opened anew for each read. What is read after it was replaced is from the new one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}
        self._at = offset + (begin[whence] if whence in begin else self._file.stat().st_size)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with self._file.open("rb", buffering=0) as opened:
            opened.seek(self._at)
            n = opened.readinto(buffer) or 0
        self._at += n
        return n
