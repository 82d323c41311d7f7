"""Where an argument's Parquet files lie: one file, a folder, a glob or any fsspec URL."""

from __future__ import annotations

from collections.abc import Iterator
from glob import glob, has_magic
from pathlib import Path, PurePath

from windage.errors import InvalidInput, ReadFailed, did_you_mean
from windage.files import is_url, local_path

ENDINGS = (".parquet", ".parq", ".pq")


def parquet_files(place: str) -> list[str]:
    """The files in their order. A folder is searched with its subfolders, but for hidden names.

    Raises:
        InvalidInput: there is nothing at ``place``, or no Parquet file in it.
        ReadFailed: the object store did not answer.
    """
    path = local_path(place)
    found = sorted(_remote(place) if path is None else _local(path))
    if not found:
        raise InvalidInput(f"{place} holds no Parquet files ({', '.join(ENDINGS)}). Give a file, a folder or a glob.")
    return found


def shown(place: str) -> str:
    """The place without a password that its URL may carry."""
    scheme, separator, rest = place.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator and "@" in rest.partition("/")[0] else place


def _local(path: Path) -> Iterator[str]:
    if path.is_dir():
        yield from _inside(path)
    elif path.exists():
        yield str(path)
    elif has_magic(str(path)):
        for each in map(Path, glob(str(path), recursive=True)):  # noqa: PTH207 — takes absolute patterns too
            yield from _inside(each) if each.is_dir() else [str(each)] * each.name.endswith(ENDINGS)
    else:
        siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InvalidInput(f"there is no file or folder {path}.{did_you_mean(path.name, siblings)}")


def _inside(folder: Path) -> Iterator[str]:
    for each in folder.rglob("*"):
        if _is_data(each.relative_to(folder)):
            yield str(each)


def _is_data(path: PurePath) -> bool:
    return path.name.endswith(ENDINGS) and not any(part.startswith((".", "_")) for part in path.parts)


def _remote(place: str) -> Iterator[str]:
    from fsspec.core import url_to_fs

    try:
        filesystem, key = url_to_fs(place)
        if "*" in key:
            keys = [each for each in filesystem.glob(key) if str(each).endswith(ENDINGS)]
        elif filesystem.isdir(key):
            keys = [each for each in filesystem.find(key) if _is_data(PurePath(str(each)[len(key) :].lstrip("/")))]
        else:
            keys = [key] if filesystem.exists(key) else []
    except (ImportError, ValueError) as error:
        raise InvalidInput(f"{shown(place)} cannot be opened: {error}.") from error
    except Exception as error:  # every object store has exceptions of its own
        raise ReadFailed(f"{shown(place)} could not be listed: {error}. Check access and try again.") from error
    scheme = place.partition("://")[0]
    for each in keys:
        yield str(each) if is_url(str(each)) else f"{scheme}://{str(each).lstrip('/')}"
