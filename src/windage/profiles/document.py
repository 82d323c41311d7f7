"""A window's profile as one Parquet document: the same bytes for the same rows, and a format version."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from windage.errors import CorruptDocument
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numbers import as_arrow
from windage.profiles.numeric import Moments, NumericProfile
from windage.profiles.ranks import RankProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile

FORMAT = 3
_KEY = b"windage.profile"


def to_bytes(profile: WindowProfile) -> bytes:
    """Points and weights as a table, everything else in its metadata."""
    parts = list(_numeric_parts(profile))
    header = {
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
        "ranks": _rank_header(profile.ranks),
    }
    arrays = _rank_arrays(profile.ranks)
    table = pa.table(
        {
            "value": _arrow(pa.float64(), [*(part.points for _, part in parts), *map(np.ravel, arrays)]),
            "weight": _arrow(
                pa.int64(),
                [*(_weights(part) for _, part in parts), *(np.zeros(each.size, np.int64) for each in arrays)],
            ),
        }
    ).replace_schema_metadata({_KEY: json.dumps(header, separators=(",", ":"))})
    sink = io.BytesIO()
    pq.write_table(
        table, sink, compression="zstd", use_dictionary=["weight"], column_encoding={"value": "BYTE_STREAM_SPLIT"}
    )
    return sink.getvalue()


def from_bytes(content: bytes, *, where: str) -> WindowProfile:
    """The profile that a document holds.

    Raises:
        CorruptDocument: it is torn, no profile, or of another format version.
    """
    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()  # pq.read_table would import pyarrow.dataset
        header = json.loads((table.schema.metadata or {})[_KEY])
        if header["format"] != FORMAT:
            raise CorruptDocument(f"{where} is a profile of format {header['format']}; this version reads {FORMAT}.")
        return _profile(table, header)
    except (pa.ArrowException, OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise CorruptDocument(f"{where} is no readable profile: {error}. Delete it to have it made again.") from error


def _profile(table: pa.Table, header: dict[str, Any]) -> WindowProfile:
    values, weights = (_array(table.column(name)) for name in ("value", "weight"))
    numeric: dict[str, NumericProfile] = {}
    single: dict[str, NumericProfile] = {}
    start = 0
    for each in header["numeric"]:
        stop = start + each.pop("points")
        kind, name = each.pop("path")
        exact = each.pop("every_value")
        moments = each.pop("moments")
        (numeric if kind == "numeric" else single)[name] = NumericProfile(
            points=values[start:stop],
            weights=None if exact else weights[start:stop],
            stored_moments=None if moments is None else Moments(*map(_number, moments)),
            minimum=_number(each.pop("minimum")),
            **each,
        )
        start = stop
    ranks, start = _ranks(header["ranks"], values, start)
    if start != table.num_rows:
        raise ValueError(f"it holds {table.num_rows} points where its header names {start}")
    entropy = single.get("entropy")
    return WindowProfile(
        rows=header["rows"],
        numeric=numeric,
        categorical={name: _required(part) for name, part in header["categorical"].items()},
        labels=_categorical(header["labels"]),
        confidence=single.get("confidence"),
        scores=None if entropy is None else ScoreProfile(entropy=entropy, invalid=header["invalid_probabilities"]),
        users=_categorical(header["users"]),
        ranks=ranks,
        first_at=_time(header["first_at"]),
        last_at=_time(header["last_at"]),
        schema=header["schema"],
        faults=header["faults"],
    )


def _arrow(kind: pa.DataType, parts: list[Any]) -> pa.Array:
    """Numpy's numbers as one array of Arrow's, and below the other way; Arrow's own ways import pandas."""
    numbers = np.concatenate(parts) if parts else np.empty(0)
    return as_arrow(numbers.astype(kind.to_pandas_dtype(), copy=False))


def _array(column: Any) -> Any:
    return np.from_dlpack(column.combine_chunks())


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


def _weights(part: NumericProfile) -> Any:
    return np.ones(part.points.size, np.int64) if part.weights is None else part.weights


def _number(text: str) -> float:
    """JSON has no NaN and no infinity, so numbers that may be either travel as text."""
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
    """The ranks, and where their numbers end."""
    if header is None:
        return None, start
    arrays = []
    for shape in header["shapes"]:
        stop = start + int(np.prod(shape))
        arrays.append(values[start:stop].reshape(shape))
        start = stop
    correlations, counted, sums = arrays
    return RankProfile(
        features=tuple(header["features"]),
        rows=header["rows"],
        correlations=correlations,
        users=tuple(header["users"]),
        values=counted,
        rank_sums=sums,
    ), start


def _required(header: dict[str, Any]) -> CategoricalProfile:
    return CategoricalProfile(**header)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
