"""Label requests as a table, CSV or Parquet, and answers from one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from windage.errors import InvalidInput, listed
from windage.labeling.request import Answer, LabelRequest
from windage.profiles.names import as_text

if TYPE_CHECKING:
    import pyarrow as pa

ANSWERED = ("request_id", "label")
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]+$)")
"""The beginning of a text that a spreadsheet takes for a formula; a number may begin with a sign."""
_QUOTED_ROW = re.compile(r"(Expected \d+ columns, got \d+): .*", re.DOTALL)
"""Arrow's error about a row with more or fewer cells than the header; it quotes the row."""


def to_table(asked: Sequence[tuple[LabelRequest, Mapping[str, Any]]], *, fields: Sequence[str], is_csv: bool) -> bytes:
    """A row for each request, with these ``fields`` of it and its row's features, and a column ``label`` to fill in."""
    import pyarrow as pa

    rows = [(one.model_dump(include=set(fields)), row) for one, row in asked]
    columns = {name: [row[name] for row, _ in rows] for name in fields}
    features = dict.fromkeys(name for _, row in rows for name in row if name not in (*columns, "label"))
    columns |= {name: [row.get(name) for _, row in rows] for name in features}
    table = pa.table(
        {name: _array(list(map(_shown, values)) if is_csv else values) for name, values in columns.items()}
    )
    table = table.append_column("label", pa.nulls(len(rows), pa.string()))
    sink = pa.BufferOutputStream()
    if is_csv:
        from pyarrow.csv import write_csv

        write_csv(table, sink)
    else:
        from pyarrow import parquet

        parquet.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def answers_of(content: bytes, *, where: str, is_csv: bool) -> list[Answer]:
    """The rows with a label.

    Raises:
        InvalidInput: the content is not such a table, or lacks a column.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = _table_of_csv(content, where=where) if is_csv else parquet.read_table(pa.BufferReader(content))
        if missing := [name for name in ANSWERED if table.column_names.count(name) != 1]:
            raise InvalidInput(
                f"{where} has no column, or several, named {listed(missing)}. Keep the columns of the exported file."
            )
        ids, labels = (table[name].cast(pa.string()).to_pylist() for name in ANSWERED)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(
            f"{where} cannot be read: {_without_row(error)}. Export it again as CSV or Parquet."
        ) from error
    return [
        Answer(asked, said)
        for asked, label in zip(ids, labels, strict=True)
        if asked and (said := (label or "").strip())
    ]


def _table_of_csv(content: bytes, *, where: str) -> Any:
    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, read_csv

    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            f"{where}:{line} is not UTF-8. Save the file again as CSV in UTF-8; nothing of it was recorded."
        ) from error
    return read_csv(
        pa.BufferReader(content),
        read_options=ReadOptions(block_size=max(len(content), 1)),  # a row may be as long as the file
        parse_options=ParseOptions(delimiter=_separator(content), newlines_in_values=True),
        convert_options=ConvertOptions(column_types=dict.fromkeys(ANSWERED, pa.string())),
    )


def _without_row(error: Exception) -> str:
    """Arrow's error without the row that it quotes: values have no place in a message."""
    said = str(error).partition("\n")[0]
    return _QUOTED_ROW.sub(r"\1 in a row", said)


def _separator(content: bytes) -> str:
    """What separates the columns: a spreadsheet writes semicolons where the comma is the decimal sign."""
    header = content.partition(b"\n")[0].decode("utf-8-sig", errors="replace").strip()
    named = {mark: {name.strip('"') for name in header.split(mark)} for mark in ",;\t"}
    return next((mark for mark, names in named.items() if names.issuperset(ANSWERED)), ",")


def _array(values: list[Any]) -> pa.Array:
    """A column's cells; as texts if they are of different types, as with a feature that the log now writes in another type."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else as_text(value) for value in values])


def _shown(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: a text of the log that begins like one gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
