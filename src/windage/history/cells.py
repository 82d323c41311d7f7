"""Features by windows as two matrices: a year of five hundred features is read and ordered in a few milliseconds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from windage.history.record import WORST_FIRST, Cell, WindowState

KEPT: tuple[WindowState, ...] = ("critical", "warning", "unknown", "ok", "error")
"""The states in the order of their numbers in stored cells; a new one must come last."""
ABSENT = 255
"""The state of a subject in a window that was not asked about it."""

Effects = npt.NDArray[np.float32]
States = npt.NDArray[np.uint8]


class PackedCells(NamedTuple):
    """A window's cells as a store keeps them: names as JSON, effects as float32 (NaN where there is none), states as places in
    ``KEPT``."""

    subjects: str
    effects: bytes
    states: bytes


_PLACES = np.array([WORST_FIRST.index(each) for each in KEPT], dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class CellTable:
    """Effects and states, which are places in ``WORST_FIRST``: one row for each window and one column for each name."""

    names: tuple[str, ...]
    effects: Effects
    states: States


def pack(cells: Mapping[str, Cell]) -> PackedCells:
    """The cells in few bytes: effects to float32's seven digits, states and names whole."""
    effects = np.array([np.nan if each.effect is None else each.effect for each in cells.values()], dtype="<f4")
    states = np.array([KEPT.index(each.state) for each in cells.values()], dtype=np.uint8)
    return PackedCells(json.dumps(list(cells)), effects.tobytes(), states.tobytes())


def table(windows: Iterable[PackedCells]) -> CellTable:
    """The windows' cells side by side; a name that a window lacks is absent there."""
    found = list(windows)
    names = tuple(
        dict.fromkeys(name for subjects in dict.fromkeys(each.subjects for each in found) for name in _names(subjects))
    )
    place = {name: k for k, name in enumerate(names)}
    effects = np.full((len(found), len(names)), np.nan, dtype=np.float32)
    states = np.full((len(found), len(names)), ABSENT, dtype=np.uint8)
    columns = {
        subjects: np.array([place[name] for name in _names(subjects)], dtype=np.int64)
        for subjects in {each.subjects for each in found}
    }
    for row, each in enumerate(found):
        effects[row, columns[each.subjects]] = np.frombuffer(each.effects, dtype="<f4")
        states[row, columns[each.subjects]] = _PLACES[np.frombuffer(each.states, dtype=np.uint8)]
    return CellTable(names, effects, states)


@lru_cache(maxsize=64)
def _names(subjects: str) -> tuple[str, ...]:
    return tuple(json.loads(subjects))
