"""What a check measured, as the bytes of an Arrow table: one subject's numbers are read without those of all others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from windage.errors import CorruptDocument
from windage.profiles.arrow_arrays import doubles, lists_of_texts, texts
from windage.profiles.numbers import as_arrow
from windage.vocabulary import CheckResult, Measurement

VALUE, LOW, HIGH = "value:", "low:", "high:"
_ABOUT = ("error", "lacking")
"""What is said of the check as a whole, kept beside the table."""
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


def to_bytes(result: CheckResult) -> bytes:
    """The measurements as an Arrow stream, a row for each subject and a column for each statistic."""
    found = result.measurements
    columns: dict[str, pa.Array] = {
        "subject": texts([each.subject for each in found]),
        "reference_rows": as_arrow(np.array([each.rows[0] for each in found], dtype=np.int64)),
        "current_rows": as_arrow(np.array([each.rows[1] for each in found], dtype=np.int64)),
    }
    for name in dict.fromkeys(name for each in found for name in each.values):
        columns[VALUE + name] = doubles([each.values.get(name) for each in found])
    for name in dict.fromkeys(name for each in found for name in each.bounds):
        for place, prefix in enumerate((LOW, HIGH)):
            columns[prefix + name] = doubles(
                [each.bounds[name][place] if name in each.bounds else None for each in found]
            )
    for name in ("users", "partners", "categories"):
        if any(getattr(each, name) for each in found):
            columns[name] = lists_of_texts([getattr(each, name) for each in found])
    for name in ("unknown", "error", "lacking"):
        if any(getattr(each, name) is not None for each in found):
            columns[name] = texts([getattr(each, name) for each in found])
    table = pa.table(columns)
    about = {name: text for name in _ABOUT if (text := getattr(result, name)) is not None}
    table = table.replace_schema_metadata(about or None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_COMPRESSED) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def from_bytes(check: str, content: bytes) -> CheckResult:
    """What ``to_bytes`` was given; a statistic that was None for a subject is left out."""
    table = _table(check, content)
    rows = table.to_pylist()
    about = {name.decode(): text.decode() for name, text in (table.schema.metadata or {}).items()}
    return CheckResult(
        check=check,
        measurements=tuple(map(_measurement, rows)),
        **{name: about[name] for name in _ABOUT if name in about},
    )


def values_of(check: str, content: bytes, subject: str) -> dict[str, float]:
    """One subject's numbers; empty if it was not measured."""
    import pyarrow.compute as pc

    table = _table(check, content)
    place = pc.index(table.column("subject"), subject).as_py()
    if place < 0:
        return {}
    return {
        name.removeprefix(VALUE): value
        for name in table.column_names
        if name.startswith(VALUE) and (value := table.column(name)[place].as_py()) is not None
    }


def subjects_of(check: str, content: bytes) -> list[str]:
    """The subjects that were measured, in that order; the numbers are not read.

    Raises:
        CorruptDocument: ``content`` is not what ``to_bytes`` gives.
    """
    return list(_table(check, content).column("subject").to_pylist())


def _table(check: str, content: bytes) -> pa.Table:
    try:
        return pa.ipc.open_stream(pa.py_buffer(content)).read_all()
    except (pa.ArrowInvalid, OSError) as error:
        raise CorruptDocument(
            f"the measurements of {check} cannot be read: {error}. Rerun its window to replace them."
        ) from error


def _measurement(row: dict[str, object]) -> Measurement:
    return Measurement.model_validate(
        {
            "subject": row["subject"],
            "rows": (row["reference_rows"], row["current_rows"]),
            "values": dict(_prefixed(row, VALUE)),
            "bounds": {name: (low, row[HIGH + name]) for name, low in _prefixed(row, LOW)},
            **{name: row[name] or () for name in ("users", "partners", "categories") if name in row},
            **{name: row[name] for name in ("unknown", "error", "lacking") if name in row},
        }
    )


def _prefixed(row: dict[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if name.startswith(prefix) and value is not None:
            yield name.removeprefix(prefix), value
