"""What lies at a place on a disk or in an object store: a file, a folder, or all that a pattern stands for."""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from functools import partial
from glob import has_magic
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from windage.errors import ReadFailed
from windage.files import filesystem_of, is_url, local_path, refusals_as_os_errors

ENDINGS = (".parquet", ".parq", ".pq")


class File(NamedTuple):
    """A file and what changes when its content does: size and time, or the store's own tag."""

    location: str
    identity: str
    n_bytes: int


T = TypeVar("T", File, str)


def is_data(file: str) -> bool:
    """Whether a file holds rows."""
    return file.endswith(ENDINGS) and not is_hidden(file)


def is_hidden(place: str) -> bool:
    """Whether a file or folder is still being written, or bookkeeping."""
    return place.rpartition("/")[2].startswith((".", "_"))


def files_at(place: str, *, deep: bool = False) -> list[File]:
    """The files of a folder, a pattern or a file, in order; none where there is no such place.

    Hidden folders are looked into only where the place names them.

    Args:
        place: a path or URL. ``*`` stands for any name and ``**`` for folders at any depth; on a disk, where no such name
            is there, ``?`` and ``[…]`` are patterns too.
        deep: look into the folders that lie in those found, too.

    Raises:
        ReadFailed: the place could not be listed; a retry may help.
    """
    return _listed(place, partial(_files, deep=deep))


def folders_at(place: str) -> list[str]:
    """The folders within a folder or what a pattern matches, in order, but for hidden ones.

    Raises:
        ReadFailed: the place could not be listed; a retry may help.
    """
    return _listed(place, _folders)


def _listed(place: str, find: Callable[[str], Iterator[T]]) -> list[T]:
    try:
        with refusals_as_os_errors():
            return sorted(set(find(place)))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ReadFailed(f"{place} could not be listed: {error}. Check access and try again.") from error


def _folders(place: str) -> Iterator[str]:
    path = local_path(place)
    if path is None:
        inner = [_url(place, each) for each in _remote(place) if _is_folder(each)]
    else:
        inner = [str(each) for found in _matching(path) if found.is_dir() for each in found.iterdir() if each.is_dir()]
    return (each for each in inner if not is_hidden(each))


def _files(place: str, *, deep: bool) -> Iterator[File]:
    path = local_path(place)
    if path is not None:
        for found in _matching(path):
            folders = _tree(found) if deep else [found]
            inside = (each for folder in folders for each in folder.iterdir())
            yield from _local_files(inside if found.is_dir() else [found])
        return
    for each in _remote(place, deep=deep):
        if each["type"] == "file":
            tag = each.get("ETag") or each.get("etag") or each.get("mtime") or each.get("LastModified") or each
            yield File(_url(place, each), f"{each['size']} {tag}", int(each["size"] or 0))


def _matching(path: Path) -> Iterator[Path]:
    """What a path stands for: itself, or all that is there for the pattern in any of its parts, but for hidden folders."""
    if not has_magic(str(path)) or path.exists():
        yield path
        return
    for folder in _matching(path.parent):
        if (folder / path.name).exists():
            yield folder / path.name
        elif path.name == "**":
            yield from _tree(folder)
        elif has_magic(path.name) and folder.is_dir():
            for each in folder.iterdir():
                if fnmatch(each.name, path.name) and not (_is_passed_over(each.name, path.name) and each.is_dir()):
                    yield each


def _tree(folder: Path) -> Iterator[Path]:
    """A folder and all in it that are neither hidden nor links."""
    if folder.is_dir():
        yield folder
        for each in folder.iterdir():
            if not is_hidden(each.name) and not each.is_symlink():
                yield from _tree(each)


def _local_files(paths: Iterable[Path]) -> Iterator[File]:
    for path in paths:
        try:
            found = path.stat()
        except FileNotFoundError:
            if path.is_symlink() and not is_hidden(str(path)):
                raise ReadFailed(f"{path} is a broken link. Restore its target, or delete the link.") from None
            continue  # it is not there, or was a moment ago
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise ReadFailed(f"{path} is a link that leads back to itself. Delete it.") from None
            raise
        if stat.S_ISREG(found.st_mode):  # a pipe has nothing to read, and whoever opens it waits for ever
            yield File(str(path), f"{found.st_size} {found.st_mtime_ns}", found.st_size)


def _remote(place: str, *, deep: bool = False) -> Iterator[dict[str, Any]]:
    """What lies at a place of an object store: of a pattern, what it matches and what lies in folders among that."""
    filesystem, key = filesystem_of(place)
    filesystem.invalidate_cache()
    if "*" in key:
        found = filesystem.glob(key, detail=True).values()
    elif deep and not filesystem.isdir(key):
        found = [filesystem.info(key)]
    else:
        found = [{"name": key, "type": "directory"}]
    inside = filesystem.find if deep else filesystem.ls
    for each in found:
        if _is_folder(each) and not _is_passed_over(each["name"], key):
            listed = inside(each["name"], detail=True)
            inner = listed.values() if deep else listed
        else:
            inner = [] if _is_folder(each) else [each]
        yield from (one for one in inner if not _is_passed_over(one["name"].rpartition("/")[0], key))


def _is_passed_over(folder: str, asked: str) -> bool:
    """Whether a folder is hidden, or lies in one that is, and what was asked for does not name that one."""
    named = [part for part in asked.split("/") if is_hidden(part)]
    return any(is_hidden(part) and not any(fnmatch(part, each) for each in named) for part in folder.split("/"))


def _is_folder(listed: dict[str, Any]) -> bool:
    return bool(listed["type"] == "directory")


def _url(place: str, listed: dict[str, Any]) -> str:
    """The location of what a filesystem listed, by its own name for it."""
    name = str(listed["name"])
    return name if is_url(name) else f"{place.partition('://')[0]}://{name.strip('/')}"
