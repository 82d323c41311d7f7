"""Files that are whole or absent: atomic writes on local disks and on object stores.

A location is a path or any fsspec URL (``s3://…``). fsspec is imported for URLs only, so that local work stays light.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from windage.errors import InvalidInput, StoreUnavailable, WindageError

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "azure", "abfss": "azure", "az": "azure"}
"""The extra of Windage that installs the driver for each kind of URL."""
CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gcs": "GOOGLE_APPLICATION_CREDENTIALS",
    "azure": "AZURE_STORAGE_CONNECTION_STRING",
}
"""The environment variables in which an object store's driver looks for credentials."""
AT_ONCE = 16
"""Requests that are made to an object store at the same time, to hide its latency."""
DATABASES = ("sqlite", "postgresql", "postgres")
DRIVERS = frozenset({"aiobotocore", "aiohttp", "azure", "botocore", "ftplib", "gcsfs", "google", "paramiko"})
"""Packages whose exceptions are refusals of an object store."""

_REFUSING = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "ClientAuthenticationError", "DefaultCredentialsError"}
)
_DENIED = (401, 403)
_ANSWERED = frozenset({errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTDIR, errno.ENAMETOOLONG})

_BEGUN, _UNFINISHED = ".windage-", ".tmp"
"""How the name of a file begins and ends that is being written."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def is_url(location: str | Path) -> bool:
    return "://" in str(location)


def local_path(location: str | Path) -> Path | None:
    """The path of a location on this machine, or None when it lies elsewhere."""
    text = str(location)
    if text.startswith("file://"):
        return Path(text.removeprefix("file://"))
    return None if is_url(text) else Path(text)


def refuse_credentials(location: str | Path) -> None:
    """Refuse the URL of an object store that holds credentials, which its driver would take for a part of the name.

    Raises:
        InvalidInput: it does.
    """
    scheme, _, rest = str(location).partition("://")
    if scheme not in EXTRAS or "@" not in rest or rest.startswith("arn:"):
        return
    driver, before = EXTRAS[scheme], rest.partition("@")[0]
    if ":" in before.partition("/")[0] or (driver != "azure" and "/" not in before):
        raise InvalidInput(
            f"{scheme}://… holds credentials before the @. Remove them, and set {CREDENTIALS[driver]} in the environment, or use "
            "the machine's role."
        )


def is_database_url(location: str | Path) -> bool:
    scheme, separator, _ = str(location).partition("://")
    return bool(separator) and scheme.partition("+")[0] in DATABASES


def path_or_database(location: str | Path, *, keeps: str) -> Path | str:
    """``location`` as a local path or, unchanged, as the URL of a database.

    Raises:
        InvalidInput: it is neither, such as an object store, which can neither be appended to nor locked.
    """
    if not isinstance(location, str | PathLike):
        raise InvalidInput(
            f"{keeps} cannot be kept at a {type(location).__name__}. Give a local path, sqlite:///… or postgresql://…."
        )
    if is_database_url(location):
        return str(location)
    path = local_path(location)
    if path is None:
        scheme = str(location).partition("://")[0]
        raise InvalidInput(
            f"{keeps} cannot be kept at {scheme}://…, which has neither transactions nor locks. "
            "Give a local path, sqlite:///… or postgresql://…."
        )
    return path


def is_absolute(location: str | Path) -> bool:
    return is_url(location) or Path(location).is_absolute()


def join(location: str | Path, *parts: str) -> str:
    return "/".join([str(location).rstrip("/"), *parts])


def write_atomically(location: str | Path, content: bytes) -> None:
    """Put ``content`` in place of whatever is there: a reader sees the old document or the new one, never a part.

    Raises:
        StoreUnavailable: the disk or store refused; what was there before is intact.
    """
    path = local_path(location)
    try:
        if path is None:
            with refusals_as_os_errors():
                filesystem, key = filesystem_of(location)
                filesystem.pipe_file(key, content)
        else:
            _replace(path, content)
    except OSError as error:
        raise StoreUnavailable(
            f"{location} could not be written: {error}. The previous content is intact; free "
            "the disk or check permissions, then run again."
        ) from error


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_BEGUN, suffix=_UNFINISHED)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with suppress(OSError):  # some network file systems have no locks
                fcntl.flock(file, fcntl.LOCK_EX)
            if not temporary.exists():  # taken for abandoned before it was locked
                _replace(path, content)
                return
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed writers left in a folder, of whatever document; a living one holds a lock on its file."""
    for each in folder.glob(f"{_BEGUN}*{_UNFINISHED}"):
        with suppress(OSError), each.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            each.unlink()


def read_bytes(location: str | Path) -> bytes | None:
    """The document at ``location``, or None when there is none.

    Raises:
        StoreUnavailable: it cannot be read. ``exists`` and ``remove`` raise it too.
    """
    path = local_path(location)
    with suppress(FileNotFoundError), refusals_told(location, "read"):
        if path is not None:
            return path.read_bytes()
        filesystem, key = filesystem_of(location)
        return bytes(filesystem.cat_file(key))
    return None


def exists(location: str | Path) -> bool:
    path = local_path(location)
    with refusals_told(location, "looked for"):
        if path is not None:
            return path.exists()
        filesystem, key = filesystem_of(location)
        return bool(filesystem.exists(key))


def remove(location: str | Path) -> None:
    """Make sure that there is no document at ``location``."""
    path = local_path(location)
    with suppress(FileNotFoundError), refusals_told(location, "removed"):
        if path is not None:
            path.unlink()
            return
        filesystem, key = filesystem_of(location)
        filesystem.rm_file(key)


@contextmanager
def refusals_told(location: str | Path, what: str) -> Iterator[None]:
    """Raise a refusal of the disk or store to do ``what`` as ``StoreUnavailable``.

    That a file is missing, or already there, is no refusal: those errors pass through.
    """
    try:
        with refusals_as_os_errors():
            yield
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        raise StoreUnavailable(
            f"{location} could not be {what}: {error}. Check permissions and the connection, and try again."
        ) from error


@contextmanager
def refusals_as_os_errors() -> Iterator[None]:
    """Raise the exceptions that drivers of object stores have of their own as ``OSError``, which a disk would raise."""
    try:
        yield
    except Exception as error:
        name = type(error).__name__
        if type(error).__module__.partition(".")[0] in DRIVERS:
            is_refused = name in _REFUSING or getattr(error, "status_code", None) in _DENIED
            why = str(error).partition("\n")[0].rstrip(".")  # Azure's answer follows, as XML
            raise (PermissionError if is_refused else OSError)(f"{name}: {why}") from error
        raise


def did_not_answer(error: WindageError) -> bool:
    """Whether a disk or store was silent or too busy, so that it may answer later. Denied access, or a place that cannot
    exist, is an answer, which only a person can change."""
    cause = error.__cause__
    if not isinstance(cause, OSError) or isinstance(cause, PermissionError):
        return False
    return cause.errno not in _ANSWERED and not str(cause).startswith("Forbidden")  # as gcsfs says it


def answers_many(location: str | Path) -> bool:
    """Whether a place is in a store whose driver makes many requests at the same time, from any thread."""
    if not is_url(location):
        return False
    from fsspec import get_filesystem_class

    with suppress(ImportError, ValueError):  # ``filesystem_of`` says so
        return bool(get_filesystem_class(str(location).partition("://")[0]).async_impl)
    return False


def each_of(about: Iterable[Asked], ask: Callable[[Asked], Answer], *, at: str | Path) -> list[Answer]:
    """The answers about each, in their order. An object store at ``at`` is asked about many at the same time, because each
    answer takes a round trip."""
    if not answers_many(at):
        return list(map(ask, about))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, about))


def filesystem_of(location: str | Path, *, fresh: bool = False) -> tuple[Any, str]:
    """The filesystem of a URL, and the key by which it knows the place.

    Args:
        fresh: whether it must remember no listing of an object store, so that several threads may list at the same time.

    Raises:
        InvalidInput: no installed driver opens such URLs, or the URL holds credentials.
    """
    from fsspec.core import url_to_fs

    refuse_credentials(location)
    scheme = str(location).partition("://")[0]
    try:
        options = {"use_listings_cache": False} if fresh and answers_many(location) else {}
        filesystem, key = url_to_fs(str(location), **options)
    except (ImportError, ValueError) as error:
        driver = EXTRAS.get(scheme)
        if driver is None:
            advice = "Give a path, or a URL that fsspec supports"
        elif isinstance(error, ImportError):
            advice = f"Install windage[{driver}]"
        else:
            advice = f"Correct the URL, or set {CREDENTIALS[driver]} in the environment"
        raise InvalidInput(f"{scheme}://… cannot be opened: {str(error).rstrip('.!')}. {advice}.") from error
    return filesystem, key
