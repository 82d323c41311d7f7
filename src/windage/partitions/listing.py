"""Listing files and folders on a disk or in an object store, by path or by pattern."""

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
    """A file; ``identity`` changes when its content does: its size with the store's tag or the modification time."""

    location: str
    identity: str
    n_bytes: int


T = TypeVar("T", File, str)


def is_data(file: str) -> bool:
    """Whether a file holds rows, judging by its name."""
    return file.endswith(ENDINGS) and not is_hidden(file)


def is_hidden(place: str) -> bool:
    """Whether a file or folder is bookkeeping or still being written, judging by its name."""
    return place.rpartition("/")[2].startswith((".", "_"))


def files_at(place: str, *, deep: bool = False) -> list[File]:
    """The files in a folder, matching a pattern, or the file itself, sorted; none where nothing exists.

    Hidden folders are searched only where the place names them.

    Args:
        place: a path or URL. ``*`` matches any name and ``**`` folders at any depth; on a disk ``?`` and ``[…]`` are
            patterns too, unless a file of that very name exists.
        deep: search subfolders too.

    Raises:
        ReadFailed: the place could not be listed; a retry may help.
    """
    return _listed(place, partial(_files, deep=deep))


def folders_at(place: str) -> list[str]:
    """The sorted, not hidden subfolders of a folder, or of everything that a pattern matches.

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
        inner = [str(each) for top in _matching(path) if top.is_dir() for each in top.iterdir() if each.is_dir()]
    return (each for each in inner if not is_hidden(each))


def _files(place: str, *, deep: bool) -> Iterator[File]:
    path = local_path(place)
    if path is not None:
        for match in _matching(path):
            folders = _tree(match) if deep else [match]
            inside = (each for folder in folders for each in folder.iterdir())
            yield from _local_files(inside if match.is_dir() else [match])
        return
    for each in _remote(place, deep=deep):
        if each["type"] == "file":
            tag = each.get("ETag") or each.get("etag") or each.get("mtime") or each.get("LastModified") or each
            yield File(_url(place, each), f"{each['size']} {tag}", int(each["size"] or 0))


def _matching(path: Path) -> Iterator[Path]:
    """The path itself, or everything that matches the patterns in its parts, except hidden folders."""
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
                if fnmatch(each.name, path.name) and not (_is_skipped(each.name, path.name) and each.is_dir()):
                    yield each


def _tree(folder: Path) -> Iterator[Path]:
    """A folder and its subfolders at any depth, except hidden ones and links."""
    if folder.is_dir():
        yield folder
        for each in folder.iterdir():
            if not is_hidden(each.name) and not each.is_symlink():
                yield from _tree(each)


def _local_files(paths: Iterable[Path]) -> Iterator[File]:
    for path in paths:
        try:
            status = path.stat()
        except FileNotFoundError:
            if path.is_symlink() and not is_hidden(str(path)):
                raise ReadFailed(f"{path} is a broken link. Restore its target, or delete the link.") from None
            continue  # it never existed, or was deleted a moment ago
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise ReadFailed(f"{path} is a link that leads back to itself. Delete it.") from None
            raise
        if stat.S_ISREG(status.st_mode):  # opening a named pipe would block forever
            yield File(str(path), f"{status.st_size} {status.st_mtime_ns}", status.st_size)


def _remote(place: str, *, deep: bool = False) -> Iterator[dict[str, Any]]:
    """The entries of a folder in an object store; of a pattern, the files that it matches and the entries of the
    folders that it matches."""
    filesystem, key = filesystem_of(place, fresh=True)
    filesystem.invalidate_cache()
    if "*" in key:
        matches = _globbed(filesystem, key)
    elif deep and not filesystem.isdir(key):
        matches = [filesystem.info(key)]
    else:
        matches = [{"name": key, "type": "directory"}]
    inside = filesystem.find if deep else filesystem.ls
    for each in matches:
        if _is_folder(each) and not _is_skipped(each["name"], key):
            listed = inside(each["name"], detail=True)
            inner = listed.values() if deep else listed
        else:
            inner = [] if _is_folder(each) else [each]
        yield from (one for one in inner if not _is_skipped(one["name"].rpartition("/")[0], key))


def _globbed(filesystem: Any, key: str) -> Iterable[dict[str, Any]]:
    """What a pattern matches. From its first ``*`` on, folders are listed one by one: a glob of S3 that spans several leaves
    out those whose listing is refused, and a part of the rows would be taken for all."""
    before, _, after = key.partition("*")
    first, *below = after.split("/")
    if "**" in key:
        return list(filesystem.glob(key, detail=True).values())
    found = list(filesystem.glob(f"{before}*{first}", detail=True).values())
    for part in below:
        folders = [each["name"] for each in found if _is_folder(each) and not _is_skipped(each["name"], key)]
        found = [each for folder in folders for each in _inside(filesystem, folder) if fnmatch(_name(each), part)]
    return found


def _inside(filesystem: Any, folder: str) -> list[dict[str, Any]]:
    """The entries of a folder that was just listed itself, without the object that only marks it as one."""
    try:
        listed = filesystem.ls(folder, detail=True)
    except FileNotFoundError as error:
        raise ReadFailed(f"{folder} vanished while it was listed. If it is being replaced, try again.") from error
    return [each for each in listed if each["name"].rstrip("/") != folder.rstrip("/")]


def _name(listed: dict[str, Any]) -> str:
    return str(listed["name"]).rstrip("/").rpartition("/")[2]


def _is_skipped(folder: str, place: str) -> bool:
    """Whether a folder, or one above it, is hidden and not named by the place that is listed."""
    named = [part for part in place.split("/") if is_hidden(part)]
    return any(is_hidden(part) and not any(fnmatch(part, each) for each in named) for part in folder.split("/"))


def _is_folder(listed: dict[str, Any]) -> bool:
    return bool(listed["type"] == "directory")


def _url(place: str, listed: dict[str, Any]) -> str:
    """The URL of a listed entry, with the scheme of the place that was listed."""
    name = str(listed["name"])
    return name if is_url(name) else f"{place.partition('://')[0]}://{name.strip('/')}"
