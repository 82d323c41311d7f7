"""What installed packages add to Windage. Packages are scanned once per process, and only Windage's entry points are parsed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, distributions
from typing import Generic, TypeVar

from windage.errors import InvalidInput, did_you_mean, listed

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Extensions(Generic[T]):
    """The extensions of one kind that are built in or installed, by name.

    An extension is imported when it is loaded, not before. One that cannot be imported is an error only for those who ask
    for it.
    """

    group: str
    """The entry-point group, such as ``windage.channels``."""
    noun: str
    built_in: tuple[str, ...] = ()
    """Names that need no entry point."""

    @property
    def names(self) -> list[str]:
        return sorted({*self.built_in, *self.added})

    @property
    def added(self) -> list[str]:
        """The names of entry points."""
        return sorted({each.name for each in _points(self.group)})

    def known(self, name: str) -> str:
        """The name itself, where there is such an extension; a built-in name is known without a scan.

        Raises:
            InvalidInput: there is none of this name.
        """
        if name not in self.built_in and name not in self.added:
            raise InvalidInput(self.unknown(name))
        return name

    def load(self, name: str) -> T:
        """The extension of this name, imported.

        Raises:
            InvalidInput: there is none, it cannot be imported, or several packages give the name to different things.
        """
        points = [each for each in _points(self.group) if each.name == name]
        if not points:
            raise InvalidInput(self.unknown(name))
        places = sorted({each.value for each in points})
        if len(places) > 1 or name in self.built_in:
            others = " and a built-in one" if name in self.built_in else ""
            raise self._unusable(
                f"more than one {self.noun} is named {name!r}: {listed(places)}{others}. Rename the one that was added, or "
                "uninstall its package."
            )
        try:
            found: T = points[0].load()
        except Exception as error:  # whatever the package raises
            raise self._unusable(
                f"the {self.noun} {name!r} cannot be imported from {places[0]}: {type(error).__name__}: {error}. Correct the "
                "package that adds it, or uninstall it.",
                error,
            ) from error
        return found

    @staticmethod
    def _unusable(reason: str, error: Exception | None = None) -> InvalidInput:
        log.error("%s", reason, exc_info=error)
        return InvalidInput(reason)

    def unknown(self, name: str) -> str:
        """The sentence that there is no extension of this name, with the names that exist."""
        plural = f"{self.noun[:-1]}ies" if self.noun.endswith("y") else f"{self.noun}s"
        return f"unknown {self.noun} {name!r}.{did_you_mean(name, self.names)} Available {plural}: {', '.join(self.names)}."


def _points(group: str) -> list[EntryPoint]:
    return [point for points in _ours().values() for point in points.select(group=group)]


@cache
def _ours() -> dict[str, EntryPoints]:
    """The entry points of each package that has any of ours. If two packages have one name, the first counts, as in Python."""
    found: dict[str, EntryPoints] = {}
    for package in distributions():
        if "[windage." in (package.read_text("entry_points.txt") or ""):
            found.setdefault(package.metadata["Name"], package.entry_points)
    return found
