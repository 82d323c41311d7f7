"""A numeric column as sorted support points with weights: every rank known exactly, or to within ``1/resolution``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from windage.arrays import Bools, Floats, Ints
from windage.errors import DataError, InvalidInput
from windage.profiles.whole_numbers import WholeNumbers
from windage.stats.distinct import distinct

EXACT_WHOLE = 2.0**53
"""From here on, different integers can be the same double."""
_BLOCK = 8192
_LONG = 4 * _BLOCK


class Moments(NamedTuple):
    """The mean, and the sum of squared deviations from it (``m2``)."""

    mean: float
    m2: float

    @classmethod
    def of(cls, values: Floats) -> Moments:
        if not values.size:
            return cls(float("nan"), 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            blocks = (values[start : start + _BLOCK] - mean for start in range(0, values.size, _BLOCK))
            return cls(mean, float(sum(float(np.dot(block, block)) for block in blocks)))

    @classmethod
    def around(cls, values: npt.NDArray[Any], near: float) -> Moments:
        """``of`` in one pass, for values whose mean is not many standard deviations from ``near``."""
        buffer, total, squares = np.empty(_LONG), 0.0, 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, values.size, _LONG):
                block = values[start : start + _LONG]
                deviations = np.subtract(block, near, out=buffer[: block.size], dtype=np.float64)
                total += float(deviations.sum())
                squares += float(np.einsum("i,i", deviations, deviations))  # np.dot would start threads for this size
            mean = total / values.size
            moments = cls(near + mean, squares - mean * total)
        return moments if np.isfinite(moments).all() else cls.of(values.astype(np.float64, copy=False))

    @classmethod
    def weighted(cls, values: Floats, rows: Ints) -> Moments:
        """The moments of rows of which ``rows[i]`` hold ``values[i]``."""
        mean = float(np.einsum("i,i", rows, values)) / int(rows.sum())
        deviations = values - mean
        return cls(mean, float(np.einsum("i,i,i", rows, deviations, deviations)))

    @staticmethod
    def merged(parts: Sequence[tuple[int, Moments]]) -> Moments:
        """The moments of all parts' values, each part given with its number of values. Source: Chan et al. (1983)."""
        n, mean, m2 = 0, float("nan"), 0.0
        for size, part in parts:
            if not size:
                continue
            if not n:
                n, mean, m2 = size, part.mean, part.m2
                continue
            delta = part.mean - mean
            m2 += part.m2 + delta * delta * n * size / (n + size)
            n += size
            mean += delta * size / n
        return Moments(mean, m2)


@dataclass(frozen=True, kw_only=True, eq=False)
class NumericProfile:
    """The distribution of one column of one window.

    ``points`` are sorted finite values and ``weights[i]`` the rows that ``points[i]`` stands for (``None``: one each).
    At every value, the rows at or below it number at least the total weight of the points at or below it and at most
    ``slack`` more, also after any merge; ``slack == 0`` is exact.
    """

    points: Floats
    weights: Ints | None = None
    slack: int = 0
    nulls: int = 0
    nans: int = 0
    positive_infinite: int = 0
    negative_infinite: int = 0
    minimum: float = float("nan")
    stored_moments: Moments | None = None

    @cached_property
    def finite(self) -> int:
        """Rows that hold a finite number."""
        return self.points.size if self.weights is None else int(self.weights.sum())

    @property
    def infinite(self) -> int:
        return self.positive_infinite + self.negative_infinite

    @property
    def known(self) -> int:
        """Rows that hold a number, infinite ones included."""
        return self.finite + self.infinite

    @property
    def rows(self) -> int:
        return self.known + self.nulls + self.nans

    @property
    def missing_share(self) -> float:
        """Share of rows that are null or NaN; ±inf counts as a value."""
        return (self.nulls + self.nans) / self.rows if self.rows else 0.0

    @property
    def standard_deviation(self) -> float:
        """Population standard deviation of the finite values (``ddof=0``)."""
        return float(np.sqrt(self.moments.m2 / self.finite)) if self.finite else float("nan")

    @property
    def maximum(self) -> float:
        return float(self.points[-1]) if self.points.size else float("nan")

    @property
    def is_one_large_value(self) -> bool:
        """Whether all finite rows are the same double, so large that it may stand for different integers."""
        return self.minimum == self.maximum and abs(self.minimum) >= EXACT_WHOLE

    @cached_property
    def moments(self) -> Moments:
        """Stored if there are ``weights``, else computed from the values."""
        return Moments.of(self.points) if self.stored_moments is None else self.stored_moments

    @property
    def rank_error(self) -> float:
        """Half the width of the certified interval of a cumulative share."""
        return self.slack / (2 * self.finite) if self.finite else 0.0

    @property
    def rows_of_points(self) -> Ints:
        """How many rows each point stands for."""
        return np.ones(self.points.size, dtype=np.int64) if self.weights is None else self.weights

    @property
    def cumulative(self) -> Ints:
        """Rows that are certainly at or below each point."""
        return self._cumulative_from_zero[1:]

    @cached_property
    def _cumulative_from_zero(self) -> Ints:
        cumulative = np.arange(self.points.size + 1)
        if self.weights is not None:
            np.cumsum(self.weights, out=cumulative[1:])
        return cumulative

    @property
    def counted_values(self) -> tuple[Floats, Ints]:
        """The distinct points, and about how many rows have each."""
        is_first = np.ones(self.points.size, np.bool_)
        is_first[1:] = self.points[1:] != self.points[:-1]
        if is_first.all():
            return self.points, self.rows_of_points
        starts = np.flatnonzero(is_first)
        below = self._cumulative_from_zero[np.append(starts, self.points.size)]
        return self.points[starts], below[1:] - below[:-1]

    def rows_at_or_below(self, values: Floats) -> tuple[Ints, Ints]:
        """The least and the greatest number of rows that can lie at or below each value."""
        return self._row_bounds(np.searchsorted(self.points, values, "right"), values >= self.minimum)

    def rows_below(self, values: Floats) -> tuple[Ints, Ints]:
        """The least and the greatest number of rows that can lie strictly below each value."""
        return self._row_bounds(np.searchsorted(self.points, values, "left"), values > self.minimum)

    def _row_bounds(self, n_points: npt.NDArray[np.intp], past_minimum: Bools) -> tuple[Ints, Ints]:
        low = n_points.astype(np.int64) if self.weights is None else self._cumulative_from_zero[n_points]
        return low, np.where(past_minimum, np.minimum(low + self.slack, self.finite), 0)

    def ecdf(self) -> tuple[Floats, Floats]:
        """The step function in the middle of the certified band: (support points, share of rows at or below each)."""
        if self.slack == 0:
            return self.points, self.cumulative / self.finite
        low = self.cumulative
        if self.minimum < self.points[0]:
            points, low = np.append(self.minimum, self.points), self._cumulative_from_zero
        else:
            points = self.points
        return points, (low + np.minimum(low + self.slack, self.finite)) / (2 * self.finite)

    def order_statistics(self, ranks: Ints) -> Floats:
        """The values at the given ranks (0 = smallest); from an inexact profile, the last value of the rank's block.

        The minimum and the maximum are always exact.
        """
        if self.weights is None:
            return self.points[ranks]
        return np.where(ranks == 0, self.minimum, self.points[np.searchsorted(self.cumulative, ranks, "right")])

    def quantiles(self, probabilities: Floats) -> Floats:
        """Linearly interpolated quantiles; equal to ``numpy.quantile`` on the rows when the profile is exact."""
        if not self.finite:
            return np.full(probabilities.shape, np.nan)
        virtual = (self.finite - 1) * probabilities
        below = np.floor(virtual).astype(np.int64)
        low = self.order_statistics(below)
        high = self.order_statistics(np.minimum(below + 1, self.finite - 1))
        fraction = virtual - below
        with np.errstate(over="ignore", invalid="ignore"):
            from_low, from_high = low + (high - low) * fraction, high - (high - low) * (1 - fraction)
        return np.clip(np.where(fraction >= 0.5, from_high, from_low), low, high)

    @classmethod
    def of(
        cls, values: npt.NDArray[Any], *, nulls: int = 0, resolution: int | None = None, reuse: bool = False
    ) -> NumericProfile:
        """Summarise one column.

        Args:
            values: one number per row that is not null; narrow types sort faster than doubles.
            nulls: the number of null rows.
            resolution: the most support points to keep; ``None`` keeps every value.
            reuse: whether the array may be sorted in place and kept.
        """
        if resolution is not None and resolution < 2:
            raise InvalidInput(f"resolution must be at least 2; got {resolution}. Use None to keep every value.")
        if (whole := cls.of_whole_numbers(values, nulls=nulls)) is not None:
            return whole if resolution is None else whole.compressed(resolution)
        ordered = values if reuse else np.array(values)
        ordered.sort()
        ordered = ordered.astype(np.float64, copy=False)
        numbers = ordered[: int(np.searchsorted(ordered, np.nan))]
        first, last = (int(np.searchsorted(numbers, -np.inf, "right")), int(np.searchsorted(numbers, np.inf)))
        finite = numbers[first:last]
        exact = cls(
            points=finite,
            nulls=nulls,
            nans=ordered.size - numbers.size,
            negative_infinite=first,
            positive_infinite=numbers.size - last,
            minimum=float(finite[0]) if finite.size else float("nan"),
        )
        if resolution is None or not finite.size:
            return exact
        ends, slack = _block_ends(finite, resolution)
        weights = np.diff(ends, prepend=-1)
        return replace(exact, points=finite[ends], weights=weights, slack=slack, stored_moments=exact.moments)

    @classmethod
    def of_whole_numbers(cls, values: npt.NDArray[Any], *, nulls: int = 0) -> NumericProfile | None:
        """The exact profile of a long column of whole numbers that lie close together; None of any other."""
        counted = WholeNumbers.of(values)
        return counted and cls(
            points=counted.values,
            weights=counted.rows,
            nulls=nulls,
            nans=counted.nans,
            minimum=float(counted.values[0]),
            stored_moments=Moments.weighted(counted.values, counted.rows),
        )

    def compressed(self, resolution: int) -> NumericProfile:
        """The same rows on at most ``resolution`` points; a larger ``slack`` certifies the loss."""
        if self.points.size <= resolution:
            return self
        cumulative = self.cumulative
        ends = ends_of_blocks(cumulative, resolution)
        kept = cumulative[ends]
        # Just below a block's last point, all rows of the block but that point's own may already have been passed.
        before_end = np.where(ends > 0, cumulative[ends - 1], 0)
        widest = int((before_end - np.append(0, kept[:-1])).max())
        return replace(
            self,
            points=self.points[ends],
            weights=np.diff(kept, prepend=0),
            slack=self.slack + widest,
            stored_moments=self.moments,
        )

    @classmethod
    def merge(cls, parts: Sequence[NumericProfile]) -> NumericProfile:
        """The profile of all rows of ``parts``; its rank error is the row-weighted mean of theirs."""
        if len(parts) == 1:
            return parts[0]
        points = np.concatenate([part.points for part in parts]) if parts else np.empty(0)
        weights = None
        if all(part.weights is None for part in parts):
            points.sort()
        else:
            weights = np.concatenate([part.rows_of_points for part in parts])
            points, weights = _consolidated(points, weights)
        return cls(
            points=points,
            weights=weights,
            slack=sum(part.slack for part in parts),
            minimum=float(np.nanmin([part.minimum for part in parts])) if points.size else float("nan"),
            stored_moments=None if weights is None else Moments.merged([(part.finite, part.moments) for part in parts]),
            nulls=sum(part.nulls for part in parts),
            nans=sum(part.nans for part in parts),
            positive_infinite=sum(part.positive_infinite for part in parts),
            negative_infinite=sum(part.negative_infinite for part in parts),
        )


def lost_as_doubles(name: str, *, where: str, value: float) -> DataError:
    """The error that a column's different numbers are all the same double and so cannot be profiled."""
    return DataError(
        f"{where}'s column {name!r} holds different numbers that are all {value:.17g} as doubles, which do not tell numbers "
        "beyond 2^53 apart. Log their difference from a fixed number, or name the column as categorical."
    )


def ends_of_blocks(cumulative: Ints, resolution: int) -> Ints:
    """The indices at which ``resolution`` blocks of about equally many rows end, given the cumulative rows."""
    wanted = (np.arange(1, resolution + 1) * cumulative[-1]) // resolution
    return distinct(np.searchsorted(cumulative, wanted, "left"))


def _block_ends(ordered: Floats, resolution: int) -> tuple[Ints, int]:
    """The last rank of each block to keep, and the largest error in rows of a rank.

    Few distinct values give a block each, which is exact. Otherwise the blocks have about equally many rows, and
    adjacent blocks that end in the same value are joined, because all rows of the later one have that value.
    """
    probe = ordered[_equal_ranks(ordered.size, resolution + 1)]
    if not (probe[1:] != probe[:-1]).all():  # if all differ, there are more distinct values than blocks
        changes = np.flatnonzero(ordered[1:] != ordered[:-1])
        if changes.size < resolution:
            return np.append(changes, ordered.size - 1), 0
    ends = _equal_ranks(ordered.size, resolution)
    widest = int(np.diff(ends, prepend=-1).max())
    kept = np.append(ordered[ends[1:]] != ordered[ends[:-1]], True)
    return ends[kept], widest - 1


def _equal_ranks(rows: int, blocks: int) -> Ints:
    """The last rank of each of ``blocks`` blocks of about equally many rows."""
    return (np.arange(1, blocks + 1) * rows) // blocks - 1


def _consolidated(points: Floats, weights: Ints) -> tuple[Floats, Ints]:
    """Sorted points, with the weights of equal ones added up."""
    order = np.argsort(points)
    points, weights = points[order], weights[order]
    differs = points[1:] != points[:-1]
    if differs.all():
        return points, weights
    starts = np.append(0, np.flatnonzero(differs) + 1)
    return points[starts], np.add.reduceat(weights, starts)
