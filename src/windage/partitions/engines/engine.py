"""What every engine is: partitions and a recipe in, profiles out, the same to the last bit whichever engine it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Protocol

from windage.errors import InvalidInput
from windage.partitions.recipe import Recipe
from windage.profiles.window import WindowProfile
from windage.spec.engine import ENGINES, LOCAL
from windage.vocabulary import PartitionRef


class Engine(Protocol):
    """Profiles partitions, wherever that is."""

    def profiles(
        self, partitions: Sequence[PartitionRef], recipe: Recipe
    ) -> Iterator[tuple[PartitionRef, WindowProfile]]:
        """Each partition with its profile, in whatever order they are done.

        Raises:
            ReadFailed: a file cannot be opened or decoded, or a cluster does not answer; a retry may help.
            InvalidInput: a cluster cannot be used with these settings.
        """
        ...


Maker = Callable[[str | None, Mapping[str, str]], Engine]
"""Makes an engine of its address and its settings; a class may say in ``needs`` which package it cannot do without."""


def engine(kind: str, address: str | None = None, settings: Mapping[str, str] | None = None) -> Engine:
    """The engine of a kind, built in or installed.

    Raises:
        InvalidInput: there is none of this kind, it cannot be imported, or what it needs is not installed.
    """
    if kind == LOCAL:  # the one that every task needs is not looked for
        from windage.partitions.engines.local import LocalEngine

        return LocalEngine(address, settings or {})
    maker: Maker = ENGINES.load(kind)
    needed = getattr(maker, "needs", None)
    if needed and find_spec(needed) is None:
        raise InvalidInput(f"the engine {kind} needs {needed}, which is not installed. Install windage[{kind}].")
    return maker(address, settings or {})
