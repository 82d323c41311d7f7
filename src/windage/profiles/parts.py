"""Partitions summarised piece by piece: parts of rows and of columns, merged into one profile.

The same pieces give the same profile to the last bit, wherever and in whatever order they are summarised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Protocol, Self, TypeVar

import numpy as np

from windage.arrays import Floats, Texts
from windage.profiles.ranks import RankProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import Mergeable, WindowProfile

FINER = 16
"""Parts have so many times the profile's resolution, so that a level of merges adds a sixteenth of its rank error."""
TOGETHER = 16
"""Parts per merge, on every level of a tree: few parts are held at a time, and few merges lie above each."""


def finer(resolution: int) -> int:
    """The resolution of parts, given that of the profile."""
    return FINER * resolution


class Compressible(Mergeable, Protocol):
    """A summary that grows when merged and can be compressed to fewer points again, with a certified rank error."""

    def compressed(self, resolution: int) -> Self: ...


M = TypeVar("M", bound=Compressible)
T = TypeVar("T")


def put_together(parts: Iterable[M], *, resolution: int | None) -> M:
    """The merge of at least one part, at ``resolution``; if there are several, each must be at ``finer(resolution)``.

    With ``L`` levels of merges above a part, every rank is known to within ``1 + (1 + L) / 16`` blocks.
    """
    level = [merged(group, resolution=resolution) for group in in_groups(parts)]
    while len(level) > 1:
        level = [merged(group, resolution=resolution) for group in in_groups(level)]
    return level[0] if resolution is None else level[0].compressed(resolution)


def in_groups(parts: Iterable[T]) -> Iterator[list[T]]:
    """The parts in groups to merge, in their order."""
    remaining = iter(parts)
    while group := list(islice(remaining, TOGETHER)):
        yield group


def merged(group: Sequence[M], *, resolution: int | None) -> M:
    """One merge step: a group as one part, at ``finer(resolution)``."""
    if len(group) == 1:
        return group[0]
    part = group[0].merge(group)
    return part if resolution is None else part.compressed(finer(resolution))


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """The summary of some rows and columns of a partition.

    ``sampled`` holds each numeric column's values in the sampled rows, NaN for a null. ``users`` holds each sampled
    row's user, None for a null; it is None itself if the part does not cover the user column.
    """

    window: WindowProfile
    sampled: Mapping[str, Floats] = field(default_factory=dict)
    users: Texts | None = None

    @classmethod
    def merge(cls, parts: Sequence[Part]) -> Part:
        """Parts of the same columns and consecutive rows as one; a column that is faulty in any part is left out."""
        windows = [part.window for part in parts]
        faults = {name: fault for window in windows for name, fault in window.faults.items()}
        merged_window = WindowProfile.merge(windows)

        def sound(kind: str) -> dict[str, Any]:
            columns: Mapping[str, Any] = getattr(merged_window, kind)
            return {name: columns[name] for name in columns if f"{kind}.{name}" not in faults}

        faulty: dict[str, Any] = {name: None for name in ("labels", "confidence", "scores", "users") if name in faults}
        numeric = sound("numeric")
        sampled = {name: [part.sampled[name] for part in parts] for name in numeric}
        return cls(
            window=replace(
                merged_window,
                numeric=numeric,
                categorical=sound("categorical"),
                **faulty,
                surest={} if {"labels", "scores"} & faults.keys() else merged_window.surest,
                faults=faults,
                parts=(),
            ),
            sampled={name: np.concatenate(values) for name, values in sampled.items()},
            users=None
            if any(part.users is None for part in parts)
            else np.concatenate([part.users for part in parts if part.users is not None]),
        )

    def compressed(self, resolution: int) -> Part:
        confidence, scores = self.window.confidence, self.window.scores
        return replace(
            self,
            window=replace(
                self.window,
                numeric={name: each.compressed(resolution) for name, each in self.window.numeric.items()},
                confidence=confidence and confidence.compressed(resolution),
                scores=scores and ScoreProfile(entropy=scores.entropy.compressed(resolution), invalid=scores.invalid),
            ),
        )

    @classmethod
    def beside(cls, parts: Sequence[Part]) -> Part:
        """Parts of the same rows and different columns as one."""
        windows = [part.window for part in parts]
        single: dict[str, Any] = {
            name: next((value for window in windows if (value := getattr(window, name)) is not None), None)
            for name in ("labels", "confidence", "scores", "users", "first_at", "last_at")
        }
        return cls(
            window=replace(
                windows[0],
                numeric={name: each for window in windows for name, each in window.numeric.items()},
                categorical={name: each for window in windows for name, each in window.categorical.items()},
                surest={label: each for window in windows for label, each in window.surest.items()},
                faults={name: fault for window in windows for name, fault in window.faults.items()},
                **single,
            ),
            sampled={name: values for part in parts for name, values in part.sampled.items()},
            users=next((part.users for part in parts if part.users is not None), None),
        )

    def whole(self, names: Iterable[str]) -> WindowProfile:
        """The partition's profile, from a part that covers all of it, with its numeric columns in the given order."""
        columns = {name: self.sampled[name] for name in names if name in self.sampled}
        ranks = RankProfile.of(columns, self.users) if columns and self.window.rows else None
        return replace(self.window, numeric={name: self.window.numeric[name] for name in columns}, ranks=ranks)
