"""Standard output and error as commands use them; a reader that leaves early does not change how a command ends."""

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
    """Stdout and stderr that commands can write to even where they are closed, left early by their reader, or ASCII only.

    A write to a stdout that takes nothing more, such as a file on a full disk, raises StoreUnavailable once.
    """
    with Path(os.devnull).open("w") as nowhere:
        out, err = (_Output(stream or nowhere) for stream in (sys.stdout, sys.stderr))
        with redirect_stdout(out), redirect_stderr(err):
            yield


def print_document(text: str) -> None:
    """JSON to stdout; one that takes ASCII alone gets everything else escaped, so that nothing of it is lost."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=2) + "\n"
    sys.stdout.write(text)


def print_json(document: Mapping[str, object] | Sequence[object]) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


class _Output:
    """A stream that goes to /dev/null from the moment on at which it takes nothing more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_told = stream is not sys.stderr
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._until_its_end():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._until_its_end():
            self._stream.flush()

    @contextmanager
    def _until_its_end(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            if self._is_told and not isinstance(error, BrokenPipeError):
                raise StoreUnavailable(
                    f"the output could not be written: {error.strerror}. Free the disk or redirect it elsewhere, then run again."
                ) from error
