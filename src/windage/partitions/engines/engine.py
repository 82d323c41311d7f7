"""What every engine is: partitions and a recipe in, profiles out, the same to the last bit whichever engine it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from windage.errors import InvalidInput, did_you_mean
from windage.partitions.recipe import Recipe
from windage.profiles.window import WindowProfile
from windage.vocabulary import PartitionRef

ENTRY_POINTS = "windage.engines"
LOCAL = "local"


class Engine(Protocol):
    """Profiles partitions, wherever that is."""

    def profiles(
        self, partitions: Sequence[PartitionRef], recipe: Recipe
    ) -> Iterator[tuple[PartitionRef, WindowProfile]]:
        """Each partition with its profile, in whatever order they are done.

        Raises:
            ReadFailed: a file cannot be opened or decoded; a retry may help.
        """
        ...


Maker = Callable[[str | None, Mapping[str, str]], Engine]
"""Makes an engine of its address and its settings."""


def engine_kinds() -> dict[str, EntryPoint]:
    """Every kind of engine by name, built in or installed."""
    return {each.name: each for each in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)}


def engine(kind: str, address: str | None = None, settings: Mapping[str, str] | None = None) -> Engine:
    """The engine of a kind, built in or installed.

    Raises:
        InvalidInput: there is none of this kind, or what it needs is not installed.
    """
    if kind == LOCAL:  # the one that every task needs is not looked for
        from windage.partitions.engines.local import LocalEngine

        return LocalEngine(address, settings or {})
    kinds = engine_kinds()
    if kind not in kinds:
        raise InvalidInput(f"there is no engine {kind!r}.{did_you_mean(kind, kinds)} Engines are {', '.join(kinds)}.")
    maker: Maker = kinds[kind].load()
    return maker(address, settings or {})
