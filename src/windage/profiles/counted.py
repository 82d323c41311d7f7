"""Profiles of long numeric columns from counts in narrow cells: a fifth of the cost of a sort, and parts add up.

If a cell would hold too many rows, as when many share a value, the part is sorted instead. Positive doubles may be
counted by their bit patterns, which sort in the same order: a cell's width is then proportional to its values, to
within a factor of two, which suits skewed amounts.
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
"""As many counters as fit a core's own cache; in most columns none then counts more than a few rows in 100,000."""
LEAST_ROWS = 2 * CELLS
"""A part with fewer rows is faster to sort."""
FINEST = CELLS >> 4
"""The largest resolution that the cells are fine enough for."""
Column = npt.NDArray[Any]
Values = tuple[Column, int]
"""A part's non-null values, and its number of nulls."""
_POSITIVE_BITS = (1, int(np.array(np.finfo(np.float64).max).view(np.int64)))
"""The bit patterns of the smallest and the largest positive double; zero is left out because it has two patterns."""
_SAMPLE, _NEIGHBOURS = 4096, 64
_FEW = 16
"""At most one value in so many may lie outside the cells; with more, the part is sorted."""
_ROUNDING = 16 * np.finfo(np.float64).eps
"""A generous bound on the rounding error of a computed cell end, relative to the largest number involved."""


class Cells(NamedTuple):
    """``CELLS`` cells of equal width from ``start``, on the axis of the values or, with ``bits``, of their bit
    patterns. The last one stays empty."""

    start: float
    width: float
    bits: bool

    @classmethod
    def learned(cls, values: Column, least: float, most: float, *, share: float, room: float) -> Self | None:
        """Cells that cover ``least`` to ``most`` and a fraction ``room`` of that range more on either side, none of
        which is likely to hold more than ``share`` of the rows; None if there are no such cells."""
        sample = values[:: -(-values.size // _SAMPLE)]
        sample = np.sort(sample[np.isfinite(sample)].astype(np.float64, copy=False))
        if sample.size < _SAMPLE // 4 or not np.isfinite([least, most]).all():
            return None
        candidates = [
            cls._over(sample, np.array([least, most]), room, bits=bits)
            for bits in (False, True)
            if not bits or (least > 0 and values.dtype == np.float64)
        ]
        largest_share, cells = min(candidates)
        return cells if largest_share <= share else None

    @classmethod
    def _over(cls, sample: Floats, ends: Floats, room: float, *, bits: bool) -> tuple[float, Self]:
        """The largest share of rows to expect in one cell, estimated from the sorted sample, and the cells."""
        places, (first, last) = (
            (_bits(sample).astype(np.float64), _bits(ends).astype(np.float64)) if bits else (sample, ends)
        )
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            width = float((last - first) * (1 + 2 * room) / (CELLS - 4))
            start = float(first - (last - first) * room - width)
            closest = float((places[_NEIGHBOURS:] - places[:-_NEIGHBOURS]).min())
            cells = cls(start, width, bits)
            return (_NEIGHBOURS / sample.size * width / closest if cells.are_safe and closest > 0 else np.inf), cells

    @property
    def are_safe(self) -> bool:
        """Whether rounding cannot move a value past the last cell: ``histogram1d`` would write outside its counters."""
        scale = CELLS / np.float64(self.end - self.start)
        reached = (self.end - self.width - self.start) * scale
        return bool(0 < scale < np.inf and reached < CELLS and self.width > 4 * self.rounding > 0)

    @property
    def end(self) -> float:
        return self.start + CELLS * self.width

    @property
    def rounding(self) -> float:
        """Places further apart than this are never counted in the wrong order."""
        return float(_ROUNDING * max(abs(self.start), abs(self.end)))

    @property
    def middle(self) -> float:
        return float(self._values(np.array([self.start + self.width * (CELLS // 2)]))[0])

    def hold(self, least: float, most: float) -> bool:
        first, last = self.inside
        return first <= least and most <= last

    def holding(self, values: Column) -> Bools:
        first, last = map(np.float64, self.inside)  # so that values of a narrow type are compared as doubles
        return np.asarray((values >= first) & (values <= last))

    @property
    def inside(self) -> tuple[float, float]:
        """The smallest and the largest value that are counted, the latter two cells below ``end`` against rounding."""
        ends = self._values(np.array([np.ceil(self.start) if self.bits else self.start, self.end - 2 * self.width]))
        return float(ends[0]), float(ends[1])

    def counts(self, values: Column) -> Floats:
        """The number of values in each cell; NaN is not counted, and all others must be ``inside``."""
        from fast_histogram import histogram1d

        places = _bits(values) if self.bits else values
        counts: Floats = histogram1d(places, bins=CELLS, range=(self.start, self.end))
        return counts

    def ends(self, cells: Ints) -> Floats:
        """For each of these cells, an upper bound of its values that lies below the end of the next cell."""
        return self._values(self.start + np.multiply(cells + 1, self.width) + self.rounding)

    def _values(self, places: Floats) -> Floats:
        if not self.bits:
            return places
        least, most = _POSITIVE_BITS
        return np.clip(np.clip(places, least, most).astype(np.int64), least, most).view(np.float64)


def counted(parts: Iterable[Values], *, resolution: int, kept: int, more: bool) -> NumericProfile:
    """A column's profile on at most ``kept`` points.

    Args:
        parts: at least one; their arrays may be overwritten.
        resolution: no cell may hold more than half of ``1 / resolution`` of the rows; at most ``kept``.
        more: whether further parts may follow, for which the first part's cells need room.
    """
    counter = _Counter(resolution=resolution, kept=kept, room=1 / 16 if more else 0.0)
    return put_together(counter.profiles(parts), resolution=kept)


class _Counter:
    def __init__(self, *, resolution: int, kept: int, room: float) -> None:
        self._share = 1 / (2 * resolution)
        self._kept = kept
        self._room = room
        self._may_count = resolution <= FINEST
        self._cells: Cells | None = None
        self._counts = np.zeros(CELLS)
        self._moments: list[tuple[int, Moments]] = []
        self._extremes: list[Floats] = []
        self._nans = 0

    def profiles(self, parts: Iterable[Values]) -> Iterator[NumericProfile]:
        """Profiles of what cannot be counted, part by part, and at the end of everything counted."""
        for values, nulls in parts:
            if (whole := NumericProfile.of_whole_numbers(values, nulls=nulls)) is not None:
                yield whole.compressed(self._kept)
                continue
            rest = values
            if self._may_count and values.size >= LEAST_ROWS and values.dtype.kind in "fiu":
                rest = self._count(values)
            if rest.size or nulls or not values.size:
                yield NumericProfile.of(rest, nulls=nulls, resolution=self._kept, reuse=True)
        if self._cells is not None:
            yield self._counted(self._cells)

    def _count(self, values: Column) -> Column:
        """Count a part and return the values that were not counted: those outside the cells, or all of them."""
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
        self._extremes.append(np.array([least, most]))
        self._nans += nans
        return beyond

    def _counted(self, cells: Cells) -> NumericProfile:
        cumulative = np.cumsum(self._counts.astype(np.int64))
        ends = ends_of_blocks(cumulative, self._kept)
        kept = cumulative[ends]
        least, most = np.min(self._extremes), np.max(self._extremes)
        points = np.minimum(cells.ends(ends), np.nextafter(most, -np.inf))
        points[-1] = most
        # A value at or below a cell's bound may have been counted in the next cell.
        within = cumulative[np.minimum(ends + 1, CELLS - 1)] - np.append(0, kept[:-1])
        return NumericProfile(
            points=points,
            weights=np.diff(kept, prepend=0),
            slack=int(within.max()),
            nans=self._nans,
            minimum=float(least),
            stored_moments=Moments.merged(self._moments),
        )


def _bits(values: Column) -> Ints:
    """Bit patterns of the values as doubles; a later part may be of a narrower type, if files differ."""
    return values.astype(np.float64, copy=False).view(np.int64)
