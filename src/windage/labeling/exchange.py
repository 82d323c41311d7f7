"""Export of label requests and import of labels: CSV, Parquet, and Label Studio's JSON."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from windage.errors import InvalidInput, ReadFailed, listed
from windage.files import local_path, read_bytes, write_atomically
from windage.labeling.label_studio import answers_of, to_tasks
from windage.labeling.queue import ActiveLabelingQueue
from windage.labeling.request import ANSWERS, Answer, LabelRequest
from windage.profiles.names import as_text
from windage.store.keys import is_storable

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("request_id", "monitor", "user_id", "bucket_start_ts", "bucket_end_ts", "predicted_label", "confidence")
GUESS = ("predicted_label", "confidence")
"""The columns with what the classifier said, which may be hidden from people."""
ANSWERED = ("request_id", "label")
FORMATS = (".csv", ".parquet", ".json")
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]+$)")
"""The beginning of a text that a spreadsheet takes for a formula; a number may begin with a sign."""

_QUOTED_ROW = re.compile(r"(Expected \d+ columns, got \d+): .*", re.DOTALL)
"""Arrow's error about a row with more or fewer cells than the header; it quotes the row."""
UNCHANGED_FOR = 1.0
"""Seconds after which a file of answers that did not change, and ends within a line, is whole: some programs end it so."""
LONGEST_WRITTEN = 60.0
_AT_ONCE = 1000
"""Answers in one transaction: few enough to keep nobody waiting."""


class Imported(NamedTuple):
    """How many answers were recorded. ``unknown`` are the ids of requests that the queue does not have, ``unusable`` those of
    answers whose label no store keeps."""

    labelled: int
    skipped: int
    unknown: tuple[str, ...]
    unusable: tuple[str, ...]

    @property
    def fault(self) -> str:
        """A sentence about the labels that no store keeps; empty where there are none."""
        if not self.unusable:
            return ""
        return (
            f"{len(self.unusable)} of the labels cannot be recorded, for they hold a NUL character or half a surrogate pair "
            f"(requests {listed(self.unusable, most=3)}). Correct them and import the file again."
        )


def export(
    requests: Sequence[LabelRequest],
    path: Path,
    *,
    features: Mapping[str, Mapping[str, Any]] | None = None,
    hides_guess: bool = False,
) -> None:
    """Write requests for people to answer; the file is whole or not there. ``.json`` is a list of Label Studio tasks.

    A table has a column ``label`` to fill in.

    Args:
        features: the row that each request, by its id, is about.
        hides_guess: what the classifier said is left out, so that it leads nobody.
    """
    _require_known_format(path)
    names = [name for name in COLUMNS if not (hides_guess and name in GUESS)]
    rows = [(one, (features or {}).get(one.request_id, {})) for one in requests]
    if path.suffix.lower() == ".json":
        write_atomically(path, to_tasks(rows, fields=names, hides_guess=hides_guess))
    else:
        write_atomically(path, _table_of(rows, names, is_csv=path.suffix.lower() == ".csv"))


def _table_of(asked: Sequence[tuple[LabelRequest, Mapping[str, Any]]], names: Sequence[str], *, is_csv: bool) -> bytes:
    """CSV or Parquet: the requests' fields and their rows' features, and a column ``label`` to fill in."""
    import pyarrow as pa

    rows = [(one.model_dump(include=set(names)), row) for one, row in asked]
    columns = {name: [row[name] for row, _ in rows] for name in names}
    columns |= {
        name: [row.get(name) for _, row in rows] for name in _names_in(row for _, row in rows) if name not in columns
    }
    columns.pop("label", None)
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


def answers(location: str | Path) -> list[Answer]:
    """The answers in a file: a table's rows with a label, or the tasks of a Label Studio export with an annotation.

    Raises:
        InvalidInput: the file is of no known kind, or is not what its name says.
        StoreUnavailable: the file could not be read; a retry may help.
    """
    path, where = Path(location), str(location)
    _require_known_format(path)
    content = read_bytes(location)
    if content is None:
        raise InvalidInput(f"no such file: {where}. Give the file with the answers.")
    if path.suffix.lower() == ".json":
        return answers_of(content, where=where)
    return _answers_of_table(content, where=where, is_csv=path.suffix.lower() == ".csv")


def await_whole(location: str | Path) -> None:
    """Wait while a CSV file on a disk ends within a line and still changes: half of its last label would be taken for all.

    Raises:
        ReadFailed: it has not come to an end in ``LONGEST_WRITTEN``.
    """
    path = local_path(location)
    if path is None or path.suffix.lower() != ".csv":
        return
    until = time.monotonic() + LONGEST_WRITTEN
    while not (content := read_bytes(path) or b"\n").endswith(b"\n"):
        time.sleep(UNCHANGED_FOR)
        if read_bytes(path) == content:
            return
        if time.monotonic() > until:
            raise ReadFailed(f"{location} is still being written. Its labels are imported when it is whole.")


def _answers_of_table(content: bytes, *, where: str, is_csv: bool) -> list[Answer]:
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


def record_new(queue: ActiveLabelingQueue, given: Iterable[Answer]) -> Imported:
    """Put answers into the queue for requests that have none yet: a file that is read again undoes no correction."""
    wanted = list(given)
    known = queue.find({each.request_id for each in wanted})
    return record(
        queue,
        [each for each in wanted if each.request_id not in known or known[each.request_id].status not in ANSWERS],
        corrects=False,
    )


def record(queue: ActiveLabelingQueue, given: Iterable[Answer], *, corrects: bool = True) -> Imported:
    """Put answers into the queue; the same file twice changes nothing, and unknown requests cost no transaction.

    Args:
        corrects: whether they take the place of answers that are there by the time they are recorded.
    """
    wanted = list(given)
    usable = [each for each in wanted if is_storable(each.label or "")]
    known = queue.find({each.request_id for each in usable})
    answered = [each for each in usable if each.request_id in known]
    for start in range(0, len(answered), _AT_ONCE):
        queue.mark_all_done(answered[start : start + _AT_ONCE], corrects=corrects)
    n_skipped = sum(each.label is None for each in answered)
    return Imported(
        labelled=len(answered) - n_skipped,
        skipped=n_skipped,
        unknown=tuple(each.request_id for each in usable if each.request_id not in known),
        unusable=tuple(each.request_id for each in wanted if not is_storable(each.label or "")),
    )


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
    """What the columns are separated by: a spreadsheet writes a semicolon where the comma is the decimal sign."""
    header = content.partition(b"\n")[0].decode("utf-8-sig", errors="replace").strip()
    named = {mark: {name.strip('"') for name in header.split(mark)} for mark in ",;\t"}
    return next((mark for mark, names in named.items() if names.issuperset(ANSWERED)), ",")


def _names_in(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _array(values: list[Any]) -> pa.Array:
    """A column's cells, as texts where they are of different types, as of a feature that the log writes otherwise now."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else as_text(value) for value in values])


def _shown(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: a text of the log that begins like one gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _require_known_format(path: Path) -> None:
    if path.suffix.lower() not in FORMATS:
        raise InvalidInput(f"{path.name} does not end in one of {listed(FORMATS)}. Rename the file.")
