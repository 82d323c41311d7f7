"""What installed packages add to Windage. They are looked through once in a process, and only what is ours is parsed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, distributions


def installed(group: str) -> list[EntryPoint]:
    """The entry points of one of our groups, by name."""
    return sorted((point for points in _ours().values() for point in points.select(group=group)), key=_name)


@cache
def _ours() -> dict[str, EntryPoints]:
    """By package, the first of a name, as Python itself takes it."""
    found: dict[str, EntryPoints] = {}
    for package in distributions():
        if "[windage." in (package.read_text("entry_points.txt") or ""):
            found.setdefault(package.metadata["Name"], package.entry_points)
    return found


def _name(point: EntryPoint) -> str:
    return point.name
