"""A long numeric column, counted in narrow cells of equal width rather than sorted: a fifth of a sort's cost, and parts add up.

Where a cell holds too many rows, as of a value that many share, the part is sorted instead. Values that are positive may be
counted by their bits, which ascend as they do: cells are then of equal ratio within a power of two, as skewed amounts want.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from windage.arrays import Bools, Floats, Ints
from windage.profiles.numeric import Moments, NumericProfile, ends_of_blocks
from windage.profiles.parts import put_together

CELLS = 1 << 17
"""Counters that stay in a core's own cache, and so many that of most columns none holds more than a few rows in 100,000."""
LEAST_ROWS = 2 * CELLS
"""A part of fewer rows is sorted sooner."""
FINEST = CELLS >> 4
"""Cells are never fine enough for more support points than this."""
Numbers = npt.NDArray[Any]
Values = tuple[Numbers, int]
"""A part's values that are not null, and how many rows are null."""
_POSITIVE_BITS = (1, int(np.array(np.finfo(np.float64).max).view(np.int64)))
"""Of the least and the greatest positive number; zero has two patterns of bits."""
_SAMPLE, _NEIGHBOURS = 4096, 64
_FEW = 16
"""One part in so many may lie beyond the cells; of more, the part is sorted."""
_ROUNDING = 16 * np.finfo(np.float64).eps
"""What computing a cell may move its end by, as a share of the largest number that takes part; with room to spare."""


class Cells(NamedTuple):
    """Cells of equal width on the axis of values, or of their bits, from ``start`` on, of which the last stays empty."""

    start: float
    width: float
    bits: bool

    @classmethod
    def learned(cls, values: Numbers, least: float, most: float, *, share: float, room: float) -> Self | None:
        """Cells over ``least`` to ``most``, and a share ``room`` of it more on either side, of which none is likely to hold
        more than ``share`` of the rows; None without such cells."""
        taken = values[:: -(-values.size // _SAMPLE)]
        taken = np.sort(taken[np.isfinite(taken)].astype(np.float64, copy=False))
        if taken.size < _SAMPLE // 4 or not np.isfinite([least, most]).all():
            return None
        found = [
            cls._over(taken, np.array([least, most]), room, bits=bits)
            for bits in (False, True)
            if not bits or (least > 0 and values.dtype == np.float64)
        ]
        largest, cells = min(found)
        return cells if largest <= share else None

    @classmethod
    def _over(cls, taken: Floats, ends: Floats, room: float, *, bits: bool) -> tuple[float, Self]:
        """The largest share of a cell that the sample lets expect, and the cells."""
        places, (first, last) = (
            (_bits(taken).astype(np.float64), _bits(ends).astype(np.float64)) if bits else (taken, ends)
        )
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            width = float((last - first) * (1 + 2 * room) / (CELLS - 4))
            start = float(first - (last - first) * room - width)
            closest = float((places[_NEIGHBOURS:] - places[:-_NEIGHBOURS]).min())
            cells = cls(start, width, bits)
            return (_NEIGHBOURS / taken.size * width / closest if cells.are_safe and closest > 0 else np.inf), cells

    @property
    def are_safe(self) -> bool:
        """Whether arithmetic is good enough for them: a value that it led past the last one would be counted in memory that
        is not the counters'."""
        scale = CELLS / np.float64(self.end - self.start)
        reached = (self.end - self.width - self.start) * scale
        return bool(0 < scale < np.inf and reached < CELLS and self.width > 4 * self.rounding > 0)

    @property
    def end(self) -> float:
        return self.start + CELLS * self.width

    @property
    def rounding(self) -> float:
        """Two places that are further apart than this are never counted in the wrong order."""
        return float(_ROUNDING * max(abs(self.start), abs(self.end)))

    @property
    def middle(self) -> float:
        return float(self._values(np.array([self.start + self.width * (CELLS // 2)]))[0])

    def hold(self, least: float, most: float) -> bool:
        first, last = self.inside
        return first <= least and most <= last

    def holding(self, values: Numbers) -> Bools:
        first, last = map(np.float64, self.inside)  # narrow values are not compared as narrow ones
        return np.asarray((values >= first) & (values <= last))

    @property
    def inside(self) -> tuple[float, float]:
        """The least and the greatest value that are counted, a cell's width away from where rounding could miss the cells."""
        ends = self._values(np.array([np.ceil(self.start) if self.bits else self.start, self.end - 2 * self.width]))
        return float(ends[0]), float(ends[1])

    def counts(self, values: Numbers) -> Floats:
        """How many of the values each cell holds, given that the cells hold them or they are NaN."""
        from fast_histogram import histogram1d

        places = _bits(values) if self.bits else values
        found: Floats = histogram1d(places, bins=CELLS, range=(self.start, self.end))
        return found

    def ends(self, cells: Ints) -> Floats:
        """For each of the cells a value that nothing in it exceeds, and that lies before the next cell's end."""
        return self._values(self.start + np.multiply(cells + 1, self.width) + self.rounding)

    def _values(self, places: Floats) -> Floats:
        if not self.bits:
            return places
        least, most = _POSITIVE_BITS
        return np.clip(np.clip(places, least, most).astype(np.int64), least, most).view(np.float64)


def counted(parts: Iterable[Values], *, resolution: int, kept: int, more: bool) -> NumericProfile:
    """A column's profile on at most ``kept`` points.

    Args:
        parts: at least one; their arrays may be written over.
        resolution: no cell holds more than half of one of so many equal blocks; at most ``kept``.
        more: whether there may be a second part, for which the cells of the first need room.
    """
    counter = _Counter(resolution=resolution, kept=kept, room=1 / 16 if more else 0.0)
    return put_together(counter.others(parts), resolution=kept)


class _Counter:
    def __init__(self, *, resolution: int, kept: int, room: float) -> None:
        self._share = 1 / (2 * resolution)
        self._kept = kept
        self._room = room
        self._may_count = resolution <= FINEST
        self._cells: Cells | None = None
        self._counts = np.zeros(CELLS)
        self._moments: list[tuple[int, Moments]] = []
        self._ends: list[Floats] = []
        self._nans = 0

    def others(self, parts: Iterable[Values]) -> Iterator[NumericProfile]:
        """What could not be counted, as it comes, and at the end what could."""
        for values, nulls in parts:
            rest = values
            if self._may_count and values.size >= LEAST_ROWS and values.dtype.kind in "fiu":
                rest = self._count(values)
            if rest.size or nulls or not values.size:
                yield NumericProfile.of(rest, nulls=nulls, resolution=self._kept, reuse=True)
        if self._cells is not None:
            yield self._counted(self._cells)

    def _count(self, values: Numbers) -> Numbers:
        """What was not counted of a part: what lies beyond the cells, or all of it."""
        least, most = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
        cells = self._cells or Cells.learned(values, least, most, share=self._share, room=self._room)
        if cells is None:
            self._may_count = bool(self._moments)
            return values
        inside, beyond = values, values[:0]
        if not cells.hold(least, most):
            is_inside = cells.holding(values)
            inside, beyond = values[is_inside], values[~is_inside]
            if beyond.size * _FEW > values.size:
                return values
            least, most = float(inside.min()), float(inside.max())
        counts = cells.counts(inside)
        nans = inside.size - int(counts.sum())
        if nans:
            inside = inside[~np.isnan(inside)]
        if counts.max() > self._share * inside.size:
            self._may_count = bool(self._moments)
            return values
        self._cells, self._counts = cells, self._counts + counts
        self._moments.append((inside.size, Moments.around(inside, cells.middle)))
        self._ends.append(np.array([least, most]))
        self._nans += nans
        return beyond

    def _counted(self, cells: Cells) -> NumericProfile:
        cumulative = np.cumsum(self._counts.astype(np.int64))
        ends = ends_of_blocks(cumulative, self._kept)
        kept = cumulative[ends]
        least, most = np.min(self._ends), np.max(self._ends)
        points = np.minimum(cells.ends(ends), np.nextafter(most, -np.inf))
        points[-1] = most
        # A value short of a cell's end as it is given may lie in the next one.
        within = cumulative[np.minimum(ends + 1, CELLS - 1)] - np.append(0, kept[:-1])
        return NumericProfile(
            points=points,
            weights=np.diff(kept, prepend=0),
            slack=int(within.max()),
            nans=self._nans,
            minimum=float(least),
            stored_moments=Moments.merged(self._moments),
        )


def _bits(values: Numbers) -> Ints:
    """Of doubles: a later part may be of a narrower type, as where files differ."""
    return values.astype(np.float64, copy=False).view(np.int64)
