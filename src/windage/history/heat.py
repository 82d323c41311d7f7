"""Features by windows: where something changed, how much of it is certain, and where it alerted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from windage.history.cells import ABSENT, CellTable
from windage.history.record import WORST_FIRST, Cell, StripWindow, WindowRecord, WindowState
from windage.vocabulary import Document

STEPS = (0.01, 0.03, 0.06, 0.12, 0.20, 0.30)
"""The certain changes of a share of rows at which the shades of the map begin, after the lightest."""
ROWS = 40
"""How many features a page of the map shows."""

Order = Literal["worst", "name"]


class HeatRow(Document):
    """One subject in every window of the map: its certain effect (None: there is none), and its state (None: it was not asked
    about)."""

    name: str
    effects: tuple[float | None, ...]
    states: tuple[WindowState | None, ...]
    alerts: int


class HeatMap(Document):
    """``features`` are those of the ``n_found`` matching ones that a page shows, after ``skip`` others; ``wholes`` are the
    checks that ask about windows as a whole."""

    windows: tuple[StripWindow, ...]
    wholes: tuple[HeatRow, ...]
    features: tuple[HeatRow, ...]
    n_found: int
    skip: int
    most: int


def heat_map(
    records: Sequence[WindowRecord],
    cells: CellTable,
    *,
    order: Order = "worst",
    find: str = "",
    skip: int = 0,
    most: int = ROWS,
) -> HeatMap:
    """The map of some windows, each of which has a row in ``cells``.

    Args:
        order: ``worst`` has the features that alerted most severely and most often first, then those that changed most.
        find: only features whose name contains this, in any case.
    """
    places = [k for k, name in enumerate(cells.names) if find.casefold() in name.casefold()]
    places = sorted(places, key=cells.names.__getitem__)
    if order == "worst":
        places = _worst_first(cells, places)
    wholes = dict.fromkeys(name for record in records for name in record.wholes)
    return HeatMap(
        windows=tuple(record.in_strip() for record in records),
        wholes=tuple(_of_whole(name, records) for name in wholes),
        features=tuple(_of_feature(cells, k) for k in places[skip : skip + most]),
        n_found=len(places),
        skip=skip,
        most=most,
    )


def _worst_first(cells: CellTable, places: Sequence[int]) -> list[int]:
    if not len(cells.states):
        return list(places)
    worst = cells.states.min(axis=0).astype(np.int64)
    as_bad = np.where(worst < WORST_FIRST.index("ok"), (cells.states == worst).sum(axis=0), 0)
    largest = np.nan_to_num(cells.effects, nan=0.0).max(axis=0)
    return sorted(places, key=lambda k: (worst[k], -as_bad[k], -largest[k]))


def _of_feature(cells: CellTable, place: int) -> HeatRow:
    effects, states = cells.effects[:, place], cells.states[:, place]
    return HeatRow.model_construct(
        name=cells.names[place],
        effects=tuple(None if each != each else each for each in effects.tolist()),
        states=tuple(None if each == ABSENT else WORST_FIRST[each] for each in states.tolist()),
        alerts=int((states <= WORST_FIRST.index("warning")).sum()),
    )


def _of_whole(name: str, records: Sequence[WindowRecord]) -> HeatRow:
    cells = [record.wholes.get(name, Cell(None, None)) for record in records]
    return HeatRow(
        name=name,
        effects=tuple(each.effect for each in cells),
        states=tuple(each.state for each in cells),
        alerts=sum(each.state in ("critical", "warning") for each in cells),
    )
