"""Where the partitions of a log lie, and what identifies their content."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from windage.errors import ReadFailed
from windage.files import exists, filesystem_of, local_path, refusals_as_os_errors
from windage.vocabulary import PartitionRef, Window

ENDINGS = (".parquet", ".parq", ".pq")


class File(NamedTuple):
    """A data file and what changes when its content does: size and time, or the store's own tag."""

    location: str
    identity: str
    n_bytes: int


T = TypeVar("T", File, str)


def find_partition(location: str, period: Window, *, done_marker: str | None = None) -> PartitionRef | None:
    """The partition of one period, or None while it is not there (or not marked as done).

    Args:
        location: a folder, a glob or a file, in which ``{start:…}`` stands for the period's beginning.

    Raises:
        ReadFailed: the place could not be listed; a retry may help.
    """
    place = location.format(start=period.start)
    files = files_at(place)
    data = [file for file in files if is_data(file.location)]
    if not data or (done_marker and not _is_done(data, files, done_marker)):
        return None
    return partition_of(period, data, log=_root(location))


def partition_of(period: Window, files: Sequence[File], *, log: str = "") -> PartitionRef:
    """The partition that files make up, in their order. Within a ``log`` they are known by their places in it: it is the same
    one wherever it is mounted, and however its path is written."""
    content = "\n".join(f"{file.location.removeprefix(log)} {file.identity}" for file in files)
    return PartitionRef(
        period=period,
        files=tuple(file.location for file in files),
        fingerprint=hashlib.sha256(content.encode()).hexdigest()[:32],
        n_bytes=sum(file.n_bytes for file in files),
    )


def _root(location: str) -> str:
    """The folder that all partitions of a location lie in, as the files found there begin."""
    folder = location.partition("{")[0].rpartition("/")[0]
    path = local_path(folder)
    return f"{folder}/" if path is None else f"{path}/"


def is_data(file: str) -> bool:
    """Whether a file holds rows."""
    return file.endswith(ENDINGS) and not is_hidden(file)


def is_hidden(place: str) -> bool:
    """Whether a file or folder is still being written, or bookkeeping."""
    return _split(place)[1].startswith((".", "_"))


def _is_passed_over(folder: str, asked: str) -> bool:
    """Whether a folder is hidden, or lies in one that is, and what was asked for does not name that one."""
    named = [part for part in asked.split("/") if is_hidden(part)]
    return any(is_hidden(part) and not any(fnmatch(part, each) for each in named) for part in folder.split("/"))


def _is_done(data: list[File], listed: list[File], done_marker: str) -> bool:
    """Whether every folder that data lies in holds the marker; a pattern may not have listed it."""
    markers = {f"{folder}/{done_marker}" for folder, _ in (_split(file.location) for file in data)}
    return all(marker in {file.location for file in listed} or exists(marker) for marker in markers)


def _split(file: str) -> tuple[str, str]:
    folder, _, name = file.rpartition("/")
    return folder, name


def aligned(window: Window, every: timedelta) -> Window:
    """The window widened to whole partitions, which begin at multiples of their width since midnight UTC."""
    epoch = datetime(2000, 1, 3, tzinfo=UTC)
    start = epoch + ((window.start - epoch) // every) * every
    end = epoch - ((epoch - window.end) // every) * every
    return Window(start=start, end=end)


def files_at(place: str) -> list[File]:
    """The files of a folder, a glob or a file, in order; none where there is no such place.

    Raises:
        ReadFailed: the place could not be listed; a retry may help.
    """
    return _listed(place, _files)


def folders_at(place: str) -> list[str]:
    """The folders within a folder or what a glob matches, in order, but for hidden ones.

    Raises:
        ReadFailed: the place could not be listed; a retry may help.
    """
    return _listed(place, _folders)


def _listed(place: str, find: Callable[[str], Iterator[T]]) -> list[T]:
    try:
        with refusals_as_os_errors():
            return sorted(find(place))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ReadFailed(f"{place} could not be listed: {error}. Check access and try again.") from error


def _folders(place: str) -> Iterator[str]:
    path = local_path(place)
    if path is None:
        scheme = place.split("://", 1)[0]
        inner = [f"{scheme}://{each['name'].strip('/')}" for each in _remote(place) if _is_folder(each)]
    else:
        inner = [str(each) for found in _matching(path) if found.is_dir() for each in found.iterdir() if each.is_dir()]
    return (each for each in inner if not is_hidden(each))


def _files(place: str) -> Iterator[File]:
    path = local_path(place)
    if path is not None:
        for found in _matching(path):
            yield from _local_files(found.iterdir() if found.is_dir() else [found])
        return
    scheme = place.split("://", 1)[0]
    for each in _remote(place):
        if each["type"] == "file":
            tag = each.get("ETag") or each.get("etag") or each.get("mtime") or each.get("LastModified") or each
            yield File(f"{scheme}://{each['name'].lstrip('/')}", f"{each['size']} {tag}", int(each["size"]))


def _matching(path: Path) -> Iterator[Path]:
    """What a path stands for: itself, or all that is there for the ``*`` in any of its parts, but for hidden folders."""
    if "*" not in str(path):
        yield path
        return
    for folder in _matching(path.parent):
        if "*" not in path.name:
            yield from [folder / path.name] if (folder / path.name).exists() else []
        elif folder.is_dir():
            for each in folder.iterdir():
                if fnmatch(each.name, path.name) and not (_is_passed_over(each.name, path.name) and each.is_dir()):
                    yield each


def _local_files(paths: Iterable[Path]) -> Iterator[File]:
    for path in paths:
        try:
            found = path.stat()
        except FileNotFoundError:
            if path.is_symlink() and not is_hidden(str(path)):
                raise ReadFailed(
                    f"{path} is a link to nothing. Bring back what it points to, or delete the link."
                ) from None
            continue  # it is not there, or was a moment ago
        if not stat.S_ISDIR(found.st_mode):
            yield File(str(path), f"{found.st_size} {found.st_mtime_ns}", found.st_size)


def _remote(place: str) -> Iterator[dict[str, Any]]:
    """What lies at a place of an object store: of a glob, what it matches and what lies in folders among that."""
    filesystem, key = filesystem_of(place)
    filesystem.invalidate_cache()
    if "*" not in key:
        yield from filesystem.ls(key, detail=True)
        return
    for each in filesystem.glob(key, detail=True).values():
        is_folder = _is_folder(each)
        if _is_passed_over(each["name"] if is_folder else _split(each["name"])[0], key):
            continue
        if is_folder:
            yield from filesystem.ls(each["name"], detail=True)
        else:
            yield each


def _is_folder(listed: dict[str, Any]) -> bool:
    return bool(listed["type"] == "directory")
