"""A window's profile as a Parquet document with a format version and a checksum; the same rows give the same bytes."""

from __future__ import annotations

import io
import json
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from windage.errors import CorruptDocument, ReadFailed
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.grouped import Columns, GroupedColumns
from windage.profiles.numbers import as_arrow, from_arrow
from windage.profiles.numeric import Moments, NumericProfile
from windage.profiles.on_disk import OnDisk
from windage.profiles.ranks import RankProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile

FORMAT = 7
"""Raised also when rows are read differently, so that cached profiles are rebuilt."""
TOGETHER = 64
"""Features per row group, decoded together. A document with no more is one row group and decoded when it is loaded."""
_CHECKSUM = 4
"""Bytes of the checksum after a document. A document from before checksums ends with Parquet's magic bytes."""
_MAGIC = b"PAR1"
Content = bytes | memoryview
_KEY = b"windage.profile"
_NONE = np.empty(0)
_UNREADABLE = (pa.ArrowException, OSError, LookupError, ValueError, TypeError, AttributeError)


def to_bytes(profile: WindowProfile) -> bytes:
    """Points and weights as a table, everything else in its metadata; many features are split into row groups."""
    parts = list(_numeric_parts(profile))
    header = json.dumps(_header(profile, parts), separators=(",", ":"))
    arrays = _rank_arrays(profile.ranks)
    table = pa.table(
        {
            "value": _arrow(pa.float64(), [*(part.points for _, part in parts), *map(np.ravel, arrays)]),
            "weight": _arrow(
                pa.int64(),
                [*(part.rows_of_points for _, part in parts), *(np.zeros(each.size, np.int64) for each in arrays)],
            ),
        }
    ).replace_schema_metadata({_KEY: header})
    features = parts[: len(profile.numeric)] if len(profile.numeric) > TOGETHER else []
    ends = list(accumulate((part.points.size for _, part in features), initial=0))
    with pq.ParquetWriter(
        sink := io.BytesIO(),
        table.schema,
        compression="zstd",
        use_dictionary=["weight"],
        column_encoding={"value": "BYTE_STREAM_SPLIT"},
    ) as writer:
        for start, stop in pairwise([*ends[:-1:TOGETHER], ends[-1], table.num_rows]):
            writer.write_table(table.slice(start, stop - start))
    return sealed(sink.getvalue())


def sealed(content: bytes) -> bytes:
    """A document with its checksum appended."""
    return content + zlib.crc32(content).to_bytes(_CHECKSUM, "little")


def unsealed(content: Content) -> Content:
    """The document without its checksum, not copied; one from before checksums unchanged.

    Raises:
        ValueError: the checksum does not match.
    """
    if content[-len(_MAGIC) :] == _MAGIC:
        return content
    document, checksum = memoryview(content)[:-_CHECKSUM], content[-_CHECKSUM:]
    if zlib.crc32(document) != int.from_bytes(checksum, "little"):
        raise ValueError("its content changed after it was written")
    return document


def from_bytes(
    content: Content, *, where: str, file: Path | None = None, forget: Callable[[], None] = lambda: None
) -> WindowProfile:
    """The profile in a document; with many features, each group of them is decoded when one is asked for.

    Args:
        file: where this content is on a disk. Groups are then read from there, so that it need not stay in memory.
        forget: removes the document. Called if points turn out to be unreadable only then, before a ``ReadFailed`` is
            raised: a retry finds no document and makes it again.

    Raises:
        CorruptDocument: the document is damaged, not a profile, or of another format version.
    """

    def decode(table: _Table, columns: Sequence[_Column]) -> Columns:
        try:
            points = table.between(columns[0].start, columns[-1].stop)
            return {each.name: points.of(each) for each in columns}
        except _UNREADABLE as error:
            forget()
            raise ReadFailed(
                f"{where} holds points that cannot be decoded: {error}. Try again to rebuild it."
            ) from error

    try:
        table = _Table(unsealed(content))
        if table.header["format"] != FORMAT:
            raise CorruptDocument(
                f"{where} is a profile of format {table.header['format']}; this version reads {FORMAT}. It will be rebuilt."
            )
        return _profile(table, decode, file)
    except _UNREADABLE as error:
        raise CorruptDocument(f"{where} is not a readable profile: {error}. It will be rebuilt.") from error


class _Column(NamedTuple):
    """A numeric column without its points, and the rows of the table that hold them."""

    kind: str
    name: str
    start: int
    stop: int
    is_exact: bool
    profile: NumericProfile


class _Points(NamedTuple):
    """Decoded rows of a document's table, from row ``start`` on."""

    start: int
    values: Any
    weights: Any

    def of(self, column: _Column) -> NumericProfile:
        rows = slice(column.start - self.start, column.stop - self.start)
        weights = None if column.is_exact else self.weights[rows]
        return replace(column.profile, points=self.values[rows], weights=weights)


class _Table:
    """A document's header, and its rows, which are decoded on request."""

    def __init__(self, content: Content) -> None:
        self._opened = pq.ParquetFile(pa.BufferReader(content))  # pq.read_table would import pyarrow.dataset
        self.header: dict[str, Any] = json.loads((self._opened.schema_arrow.metadata or {})[_KEY])
        footer = self._opened.metadata
        self._starts = list(accumulate((footer.row_group(k).num_rows for k in range(footer.num_row_groups)), initial=0))
        self.rows = self._starts[-1]

    def read_from(self, file: Path) -> None:
        """Read rows from the document's file from now on."""
        self._opened = pq.ParquetFile(pa.PythonFile(OnDisk(file), mode="r"), metadata=self._opened.metadata)

    def between(self, start: int, stop: int) -> _Points:
        """The row groups that hold these rows."""
        first, last = bisect_right(self._starts, start) - 1, bisect_left(self._starts, stop)
        table = self._opened.read_row_groups(range(first, last))
        values, weights = (from_arrow(table.column(name)) for name in ("value", "weight"))
        return _Points(self._starts[first], values, weights)


def _profile(table: _Table, decode: Callable[[_Table, Sequence[_Column]], Columns], file: Path | None) -> WindowProfile:
    header = table.header
    columns = list(_columns(header["numeric"]))
    features = [each for each in columns if each.kind == "numeric"]
    end = columns[-1].stop if columns else 0
    numeric: Columns
    if len(features) > TOGETHER:
        groups = [features[start : start + TOGETHER] for start in range(0, len(features), TOGETHER)]
        numeric = GroupedColumns(
            [[each.name for each in group] for group in groups], lambda k: decode(table, groups[k])
        )
        points = table.between(features[-1].stop, table.rows)
        if file is not None:
            table.read_from(file)
    else:
        points = table.between(0, table.rows)
        numeric = {each.name: points.of(each) for each in features}
    single = {each.name: points.of(each) for each in columns if each.kind != "numeric"}
    ranks, end = _ranks(header["ranks"], points.values, end - points.start)
    if points.start + end != table.rows:
        raise ValueError(f"it has {table.rows} points but its header says {points.start + end}")
    entropy = single.get("entropy")
    return WindowProfile(
        rows=header["rows"],
        numeric=numeric,
        categorical={name: CategoricalProfile(**part) for name, part in header["categorical"].items()},
        labels=_categorical(header["labels"]),
        confidence=single.get("confidence"),
        scores=None if entropy is None else ScoreProfile(entropy=entropy, invalid=header["invalid_probabilities"]),
        users=_categorical(header["users"]),
        surest={label: CategoricalProfile(**part) for label, part in header["surest"].items()},
        ranks=ranks,
        first_at=_time(header["first_at"]),
        last_at=_time(header["last_at"]),
        schema=header["schema"],
        faults=header["faults"],
    )


def _columns(headers: list[dict[str, Any]]) -> Iterator[_Column]:
    start = 0
    for each in headers:
        stop = start + each.pop("points")
        kind, name = each.pop("path")
        is_exact = each.pop("every_value")
        moments = each.pop("moments")
        profile = NumericProfile(
            points=_NONE,
            stored_moments=None if moments is None else Moments(*map(_number, moments)),
            minimum=_number(each.pop("minimum")),
            **each,
        )
        yield _Column(kind, name, start, stop, is_exact, profile)
        start = stop


def _arrow(kind: pa.DataType, parts: list[Any]) -> pa.Array:
    """Numpy arrays as one Arrow array."""
    numbers = np.concatenate(parts) if parts else np.empty(0)
    return as_arrow(numbers.astype(kind.to_pandas_dtype(), copy=False))


def _header(profile: WindowProfile, parts: Sequence[tuple[tuple[str, str], NumericProfile]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "rows": profile.rows,
        "first_at": profile.first_at.isoformat() if profile.first_at else None,
        "last_at": profile.last_at.isoformat() if profile.last_at else None,
        "schema": dict(profile.schema),
        "faults": dict(profile.faults),
        "invalid_probabilities": profile.scores.invalid if profile.scores else None,
        "numeric": [_numeric_header(path, part) for path, part in parts],
        "categorical": {name: _categorical_header(part) for name, part in profile.categorical.items()},
        "labels": _categorical_header(profile.labels),
        "users": _categorical_header(profile.users),
        "surest": {label: _categorical_header(part) for label, part in profile.surest.items()},
        "ranks": _rank_header(profile.ranks),
    }


def _numeric_parts(profile: WindowProfile) -> Iterator[tuple[tuple[str, str], NumericProfile]]:
    yield from ((("numeric", name), part) for name, part in profile.numeric.items())
    if profile.confidence is not None:
        yield ("single", "confidence"), profile.confidence
    if profile.scores is not None:
        yield ("single", "entropy"), profile.scores.entropy


def _numeric_header(path: tuple[str, str], part: NumericProfile) -> dict[str, Any]:
    moments = part.stored_moments
    return {
        "path": path,
        "points": part.points.size,
        "every_value": part.weights is None,
        "slack": part.slack,
        "nulls": part.nulls,
        "nans": part.nans,
        "positive_infinite": part.positive_infinite,
        "negative_infinite": part.negative_infinite,
        "minimum": repr(part.minimum),
        "moments": None if moments is None else [repr(each) for each in moments],
    }


def _number(text: str) -> float:
    """JSON has neither NaN nor infinity, so numbers that may be either are stored as text."""
    return float(text)


def _categorical_header(part: CategoricalProfile | None) -> dict[str, Any] | None:
    return None if part is None else {"counts": dict(part.counts), "nulls": part.nulls, "other": part.other}


def _categorical(header: dict[str, Any] | None) -> CategoricalProfile | None:
    return None if header is None else CategoricalProfile(**header)


def _rank_arrays(ranks: RankProfile | None) -> list[Any]:
    return [] if ranks is None else [ranks.correlations, ranks.values, ranks.rank_sums]


def _rank_header(ranks: RankProfile | None) -> dict[str, Any] | None:
    if ranks is None:
        return None
    shapes = [each.shape for each in _rank_arrays(ranks)]
    return {"features": ranks.features, "rows": ranks.rows, "users": ranks.users, "shapes": shapes}


def _ranks(header: dict[str, Any] | None, values: Any, start: int) -> tuple[RankProfile | None, int]:
    """The rank profile, and the position after its numbers."""
    if header is None:
        return None, start
    arrays = []
    for shape in header["shapes"]:
        stop = start + int(np.prod(shape))
        arrays.append(values[start:stop].reshape(shape))
        start = stop
    correlations, counts, sums = arrays
    return RankProfile(
        features=tuple(header["features"]),
        rows=header["rows"],
        correlations=correlations,
        users=tuple(header["users"]),
        values=counts,
        rank_sums=sums,
    ), start


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
