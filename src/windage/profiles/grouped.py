"""Numeric columns that stay encoded until one of them is asked for, and are then decoded with their neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock

from windage.profiles.numeric import NumericProfile

Columns = Mapping[str, NumericProfile]

GROUPS_KEPT = 2
"""Of each document. Who asks column after column needs one, and threads that do so together are in two at most."""


class GroupedColumns(Columns):
    """Columns by name, in groups that are decoded together; the groups asked for last stay in memory.

    ``decode`` gives all columns of the group at a place. Threads may ask at once.
    """

    def __init__(self, groups: Sequence[Sequence[str]], decode: Callable[[int], Columns]) -> None:
        self._group_of = {name: place for place, names in enumerate(groups) for name in names}
        self._decode = decode
        self._kept: dict[int, Columns] = {}
        self._alone = Lock()

    def __getitem__(self, name: str) -> NumericProfile:
        place = self._group_of[name]
        with self._alone:
            group = self._kept.pop(place, None) or self._decode(place)
            self._kept[place] = group
            if len(self._kept) > GROUPS_KEPT:
                del self._kept[next(iter(self._kept))]
        return group[name]

    def __contains__(self, name: object) -> bool:
        return name in self._group_of

    def __iter__(self) -> Iterator[str]:
        return iter(self._group_of)

    def __len__(self) -> int:
        return len(self._group_of)
