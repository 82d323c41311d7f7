"""Numeric columns that stay encoded until one is asked for, which is then decoded with its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock

from windage.profiles.numeric import NumericProfile

Columns = Mapping[str, NumericProfile]

GROUPS_KEPT = 2
"""Groups in memory per document: reading column by column needs one, threads that do so together at most two."""


class GroupedColumns(Columns):
    """Columns by name, decoded in groups; the most recently used groups stay in memory.

    ``decode`` returns all columns of the group with that index. Safe for threads.
    """

    def __init__(self, groups: Sequence[Sequence[str]], decode: Callable[[int], Columns]) -> None:
        self._group_of = {name: index for index, names in enumerate(groups) for name in names}
        self._decode = decode
        self._kept: dict[int, Columns] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> NumericProfile:
        index = self._group_of[name]
        with self._lock:
            group = self._kept.pop(index, None) or self._decode(index)
            self._kept[index] = group
            if len(self._kept) > GROUPS_KEPT:
                del self._kept[next(iter(self._kept))]
        return group[name]

    def __contains__(self, name: object) -> bool:
        return name in self._group_of

    def __iter__(self) -> Iterator[str]:
        return iter(self._group_of)

    def __len__(self) -> int:
        return len(self._group_of)
