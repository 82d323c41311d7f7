"""A partition that is summarised piece by piece: parts of rows and of columns, put together to one profile.

Wherever and in whatever order the pieces are summarised, the same pieces give the same profile, to the last bit.
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
"""Parts are kept at so many times the resolution, so that putting them together adds a sixteenth of its error."""
TOGETHER = 16
"""So many parts become one, so many of those one, and so on: few are held at any time, and few merges lie above each."""


def finer(resolution: int) -> int:
    """The resolution that parts are profiled at."""
    return FINER * resolution


class Compressible(Mergeable, Protocol):
    """A summary that grows as it is merged, and can be cut down to so many points again; it certifies what ranks lose."""

    def compressed(self, resolution: int) -> Self: ...


M = TypeVar("M", bound=Compressible)
T = TypeVar("T")


def put_together(parts: Iterable[M], *, resolution: int | None) -> M:
    """All rows of at least one part, at ``resolution``; several parts are at ``finer(resolution)``.

    Where ``L`` levels of merges lie above a part, every rank is known to within ``1 + (1 + L) / 16`` blocks.
    """
    level = [merged(group, resolution=resolution) for group in in_groups(parts)]
    while len(level) > 1:
        level = [merged(group, resolution=resolution) for group in in_groups(level)]
    return level[0] if resolution is None else level[0].compressed(resolution)


def in_groups(parts: Iterable[T]) -> Iterator[list[T]]:
    """Parts that become one, in their order."""
    left = iter(parts)
    while group := list(islice(left, TOGETHER)):
        yield group


def merged(group: Sequence[M], *, resolution: int | None) -> M:
    """One step of putting together: a group as one part, at ``finer(resolution)``."""
    if len(group) == 1:
        return group[0]
    found = group[0].merge(group)
    return found if resolution is None else found.compressed(finer(resolution))


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Some rows and columns of a partition.

    ``sampled`` holds the numeric columns' values in the part's sampled rows, NaN for a null, and ``users`` whose rows those
    are, None for nobody's; it is None where the part is not about users.
    """

    window: WindowProfile
    sampled: Mapping[str, Floats] = field(default_factory=dict)
    users: Texts | None = None

    @classmethod
    def merge(cls, parts: Sequence[Part]) -> Part:
        """Of the same columns, their rows one after the other; a column that any part is at fault with is left out."""
        windows = [part.window for part in parts]
        faults = {name: fault for window in windows for name, fault in window.faults.items()}
        whole = WindowProfile.merge(windows)

        def kept(kind: str) -> dict[str, Any]:
            columns: Mapping[str, Any] = getattr(whole, kind)
            return {name: columns[name] for name in columns if f"{kind}.{name}" not in faults}

        gone: dict[str, Any] = {name: None for name in ("labels", "confidence", "scores", "users") if name in faults}
        numeric = kept("numeric")
        parts_of = {name: [part.sampled[name] for part in parts] for name in numeric}
        return cls(
            window=replace(
                whole,
                numeric=numeric,
                categorical=kept("categorical"),
                **gone,
                faults=faults,
                parts=(),
            ),
            sampled={name: np.concatenate(values) for name, values in parts_of.items()},
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
        """Of the same rows, other columns each."""
        windows = [part.window for part in parts]
        known: dict[str, Any] = {
            name: next((found for window in windows if (found := getattr(window, name)) is not None), None)
            for name in ("labels", "confidence", "scores", "users", "first_at", "last_at")
        }
        return cls(
            window=replace(
                windows[0],
                numeric={name: each for window in windows for name, each in window.numeric.items()},
                categorical={name: each for window in windows for name, each in window.categorical.items()},
                faults={name: fault for window in windows for name, fault in window.faults.items()},
                **known,
            ),
            sampled={name: values for part in parts for name, values in part.sampled.items()},
            users=next((part.users for part in parts if part.users is not None), None),
        )

    def whole(self, names: Iterable[str]) -> WindowProfile:
        """The profile of a partition of which this is everything, its numeric columns in the given order."""
        columns = {name: self.sampled[name] for name in names if name in self.sampled}
        ranks = RankProfile.of(columns, self.users) if columns and self.window.rows else None
        return replace(self.window, numeric={name: self.window.numeric[name] for name in columns}, ranks=ranks)
