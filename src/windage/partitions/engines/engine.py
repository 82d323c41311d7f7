"""The interface of engines: partitions and a recipe in, profiles out, identical to the last bit for every engine."""

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
    """Profiles partitions, in this process or on a cluster."""

    def profiles(
        self, partitions: Sequence[PartitionRef], recipe: Recipe
    ) -> Iterator[tuple[PartitionRef, WindowProfile]]:
        """Each partition with its profile, in any order.

        Raises:
            ReadFailed: a file cannot be opened or decoded, or the cluster does not answer; a retry may help.
            InvalidInput: the cluster cannot be used with these settings.
        """
        ...


Maker = Callable[[str | None, Mapping[str, str]], Engine]
"""Makes an engine from its address and settings; it may name a package that it requires in an attribute ``needs``."""


def engine(kind: str, address: str | None = None, settings: Mapping[str, str | int] | None = None) -> Engine:
    """The engine of a kind, built in or installed.

    Raises:
        InvalidInput: there is none of this kind, it cannot be imported, or the package that it needs is not installed.
    """
    texts = {name: str(value) for name, value in (settings or {}).items()}
    if kind == LOCAL:  # every task needs it, so no entry points are loaded for it
        from windage.partitions.engines.local import LocalEngine

        return LocalEngine(address, texts)
    maker: Maker = ENGINES.load(kind)
    needed = getattr(maker, "needs", None)
    if needed and find_spec(needed) is None:
        raise InvalidInput(f"the engine {kind} needs {needed}, which is not installed. Install windage[{kind}].")
    made = maker(address, texts)
    if not hasattr(made, "profiles"):
        raise InvalidInput(
            f"the engine {kind!r} cannot be used: it has no method profiles(partitions, recipe). Correct the package that "
            "adds it, or uninstall it."
        )
    return made
