"""Describes one column of a set of files, by its kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from windage.partitions.parquet import ParquetColumns
from windage.partitions.profile import live_window
from windage.profiles.categorical import CategoricalProfile, is_text
from windage.profiles.distance import bin_counts
from windage.profiles.numbers import is_number
from windage.profiles.numeric import NumericProfile
from windage.spec.log import Log

Kind = Literal["number", "category", "time", "other"]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_VALUES = 5
_BARS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDescription:
    """The statistics of a column; those that its kind does not have are None or empty.

    ``distinct`` is a lower bound if ``distinct_is_exact`` is false. ``rank_error`` bounds the error of the share of rows at
    or below any value, and so of every quantile's rank. ``histogram`` holds shares of equal bins from the 1 % to the 99 %
    quantile; the outer bins include the tails.
    """

    name: str
    type: str
    kind: Kind
    rows: int
    missing: int
    infinite: int = 0
    distinct: int | None = None
    distinct_is_exact: bool = True
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    quantiles: dict[str, float] | None = None
    rank_error: float = 0.0
    histogram: tuple[float, ...] = ()
    values: tuple[tuple[str, int], ...] = ()


def column_description(columns: ParquetColumns, name: str, *, resolution: int | None) -> ColumnDescription:
    """Read and describe one column.

    Raises:
        ReadFailed: a file could not be decoded.
    """
    kind = columns.schema.field(name).type
    known: dict[str, Any] = {"name": name, "type": _type(kind), "rows": columns.rows}
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    if is_text(kind) or pa.types.is_boolean(value):
        log = Log(location=columns.where, categorical=(name,))
        return _category(live_window(columns, log, resolution=resolution).categorical[name], known)
    if is_number(kind):
        log = Log(location=columns.where, numeric=(name,))
        return _number(live_window(columns, log, resolution=resolution).numeric[name], known)
    column = columns.column(name)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        ends = pc.min_max(column)
        first, last = (_moment(ends[end], kind) for end in ("min", "max"))
        return ColumnDescription(**known, kind="time", missing=column.null_count, minimum=first, maximum=last)
    return ColumnDescription(**known, kind="other", missing=column.null_count)


def _number(profile: NumericProfile, known: dict[str, Any]) -> ColumnDescription:
    found = profile.quantiles(np.array(QUANTILES)).tolist() if profile.finite else []
    exact = profile.slack == 0
    return ColumnDescription(
        **known,
        kind="number",
        missing=profile.nulls + profile.nans,
        infinite=profile.infinite,
        distinct=int(np.count_nonzero(np.diff(profile.points))) + bool(profile.points.size),
        distinct_is_exact=exact,
        minimum=_finite(profile.minimum),
        maximum=_finite(profile.maximum),
        mean=_finite(profile.moments.mean) if profile.finite else None,
        standard_deviation=_finite(profile.standard_deviation),
        quantiles={f"{probability:g}": value for probability, value in zip(QUANTILES, found, strict=False)} or None,
        rank_error=profile.rank_error,
        histogram=_histogram(profile),
    )


def _histogram(profile: NumericProfile) -> tuple[float, ...]:
    if not profile.finite:
        return ()
    low, high = profile.quantiles(np.array([0.01, 0.99])).tolist()
    if not low < high or not math.isfinite(high - low):
        return (1.0,)
    counts = bin_counts(profile, np.linspace(low, high, _BARS + 1)[1:-1])
    return tuple((counts / profile.finite).tolist())


def _category(profile: CategoricalProfile, known: dict[str, Any]) -> ColumnDescription:
    return ColumnDescription(
        **known,
        kind="category",
        missing=profile.nulls,
        distinct=len(profile.counts),
        distinct_is_exact=profile.is_exact,
        values=tuple(list(profile.counts.items())[:MOST_VALUES]),
    )


def _moment(scalar: Any, kind: pa.DataType) -> str | None:
    """The time in ISO 8601, in UTC if it has a zone, to the microsecond, which is the finest that Python has."""
    if pa.types.is_timestamp(kind):
        scalar = scalar.cast(pa.timestamp("us", kind.tz and "UTC"), safe=False)
    found = scalar.as_py()
    return None if found is None else str(found.isoformat())


def _type(kind: pa.DataType) -> str:
    return f"{kind.value_type} dictionary" if pa.types.is_dictionary(kind) else str(kind)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
