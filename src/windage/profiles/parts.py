"""A column that does not fit into memory, put together from profiles of its parts."""

from __future__ import annotations

from collections.abc import Iterable

from windage.profiles.numeric import NumericProfile

FINER = 16
"""Parts are kept at so many times the resolution, so that putting them together adds a sixteenth of its error."""
TOGETHER = 16
"""So many parts become one, so many of those one, and so on: few are held at any time, and few merges lie above each."""


def finer(resolution: int) -> int:
    """The resolution that parts are profiled at."""
    return FINER * resolution


def put_together(parts: Iterable[NumericProfile], *, resolution: int) -> NumericProfile:
    """The profile of all rows, at ``resolution``, from parts at ``finer(resolution)``.

    Where ``L`` levels of merges lie above a part, every rank is known to within ``1 + (1 + L) / 16`` blocks.
    """
    levels: list[list[NumericProfile]] = []
    for part in parts:
        made, level = part, 0
        while True:
            if level == len(levels):
                levels.append([])
            levels[level].append(made)
            if len(levels[level]) < TOGETHER:
                break
            made = NumericProfile.merge(levels[level]).compressed(finer(resolution))
            levels[level] = []
            level += 1
    return NumericProfile.merge([each for level in levels for each in level]).compressed(resolution)
