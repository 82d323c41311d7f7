"""Standard output and error for commands; a reader that closes the pipe early does not change the exit code."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from windage.errors import StoreUnavailable


@contextmanager
def output() -> Iterator[None]:
    """Make stdout and stderr writable even if they are closed, lose their reader, or are ASCII only.

    If stdout cannot be written for another reason, such as a full disk, the first write raises StoreUnavailable.
    """
    with Path(os.devnull).open("w") as nowhere:
        out, err = (_Output(stream or nowhere) for stream in (sys.stdout, sys.stderr))
        with redirect_stdout(out), redirect_stderr(err):
            yield


def print_document(text: str) -> None:
    """Print JSON to stdout; characters that its encoding lacks are escaped, so that nothing is lost."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=2) + "\n"
    sys.stdout.write(text)


def print_json(document: Mapping[str, object] | Sequence[object]) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


class _Output:
    """A stream that is redirected to /dev/null once a write fails."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._raises = stream is not sys.stderr
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._silenced_on_error():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._silenced_on_error():
            self._stream.flush()

    @contextmanager
    def _silenced_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            if self._raises and not isinstance(error, BrokenPipeError):
                raise StoreUnavailable(
                    f"the output could not be written: {error.strerror}. Free the disk or redirect it elsewhere, then run again."
                ) from error
