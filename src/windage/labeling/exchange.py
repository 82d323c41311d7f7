"""Export of label requests and import of labels: CSV, Parquet, and Label Studio's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator

from windage.errors import InvalidInput, listed
from windage.files import read_bytes, write_atomically
from windage.labeling.queue import ANSWERS, ActiveLabelingQueue
from windage.labeling.request import Answer, LabelRequest
from windage.store.keys import is_storable
from windage.vocabulary import broken_place

COLUMNS = ("request_id", "monitor", "user_id", "bucket_start_ts", "bucket_end_ts", "predicted_label", "confidence")
GUESS = ("predicted_label", "confidence")
"""What the classifier said."""
ANSWERED = ("request_id", "label")
FORMATS = (".csv", ".parquet", ".json")
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]+$)")
"""Numbers may begin with a sign."""


_AT_ONCE = 1000
"""Answers in one transaction: few enough to keep nobody waiting."""


class Imported(NamedTuple):
    """How many answers were recorded; ``unknown`` are request ids that the queue does not have, ``unusable`` those whose
    label no store keeps."""

    labelled: int
    skipped: int
    unknown: tuple[str, ...]
    unusable: tuple[str, ...]

    @property
    def fault(self) -> str:
        """What is to be said of the labels that no store keeps; nothing where there are none."""
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
    _known(path)
    names = [name for name in COLUMNS if not (hides_guess and name in GUESS)]
    rows = [(one.model_dump(include=set(names)), (features or {}).get(one.request_id, {})) for one in requests]
    if path.suffix.lower() == ".json":
        tasks = [_task(one, row, hides_guess=hides_guess) for one, (_, row) in zip(requests, rows, strict=True)]
        write_atomically(path, json.dumps(tasks, indent=2, ensure_ascii=False, default=str).encode())
        return
    import pyarrow as pa

    is_csv = path.suffix.lower() == ".csv"
    columns = {name: [row[name] for row, _ in rows] for name in names}
    columns |= {
        name: [row.get(name) for _, row in rows] for name in _of_all(row for _, row in rows) if name not in columns
    }
    columns.pop("label", None)
    table = pa.table({name: list(map(_shown, values)) if is_csv else values for name, values in columns.items()})
    table = table.append_column("label", pa.nulls(len(rows), pa.string()))
    sink = pa.BufferOutputStream()
    if is_csv:
        from pyarrow.csv import write_csv

        write_csv(table, sink)
    else:
        from pyarrow import parquet

        parquet.write_table(table, sink)
    write_atomically(path, sink.getvalue().to_pybytes())


def answers(location: str | Path) -> list[Answer]:
    """The answers in a file: a table's rows with a label, or the tasks of a Label Studio export with an annotation.

    Raises:
        InvalidInput: the file is of no known kind, or is not what its name says.
        StoreUnavailable: the file could not be read; a retry may help.
    """
    path, where = Path(location), str(location)
    _known(path)
    content = read_bytes(location)
    if content is None:
        raise InvalidInput(f"no such file: {where}. Give the file with the answers.")
    if path.suffix.lower() == ".json":
        return _annotations(content, where=where)
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = (
            _table_of_csv(content) if path.suffix.lower() == ".csv" else parquet.read_table(pa.BufferReader(content))
        )
        if missing := [name for name in ANSWERED if table.column_names.count(name) != 1]:
            raise InvalidInput(
                f"{where} has no column, or several, named {listed(missing)}. Keep the columns of the exported file."
            )
        ids, labels = (table[name].cast(pa.string()).to_pylist() for name in ANSWERED)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(f"{where} cannot be read: {error}. Export it again as CSV or Parquet.") from error
    return [
        Answer(asked, said)
        for asked, label in zip(ids, labels, strict=True)
        if asked and (said := (label or "").strip())
    ]


def record_new(queue: ActiveLabelingQueue, given: Iterable[Answer]) -> Imported:
    """Put answers into the queue where there is none yet: a file that is read again and again undoes no correction."""
    wanted = list(given)
    known = queue.find({each.request_id for each in wanted})
    return record(
        queue, [each for each in wanted if each.request_id not in known or known[each.request_id].status not in ANSWERS]
    )


def record(queue: ActiveLabelingQueue, given: Iterable[Answer]) -> Imported:
    """Put answers into the queue; the same file twice changes nothing."""
    wanted = list(given)
    usable = [each for each in wanted if is_storable(each.label or "")]
    known: set[str] = set()
    for start in range(0, len(usable), _AT_ONCE):
        known |= queue.mark_all_done(usable[start : start + _AT_ONCE])
    n_skipped = sum(each.label is None for each in usable if each.request_id in known)
    return Imported(
        labelled=sum(each.request_id in known for each in usable) - n_skipped,
        skipped=n_skipped,
        unknown=tuple(each.request_id for each in usable if each.request_id not in known),
        unusable=tuple(each.request_id for each in wanted if not is_storable(each.label or "")),
    )


def _table_of_csv(content: bytes) -> Any:
    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, ParseOptions, read_csv

    return read_csv(
        pa.BufferReader(content),
        parse_options=ParseOptions(delimiter=_separator(content), newlines_in_values=True),
        convert_options=ConvertOptions(column_types=dict.fromkeys(ANSWERED, pa.string())),
    )


def _separator(content: bytes) -> str:
    """What the columns are separated by: a spreadsheet writes a semicolon where the comma is the decimal sign."""
    header = content.partition(b"\n")[0].decode("utf-8-sig", errors="replace").strip()
    named = {mark: {name.strip('"') for name in header.split(mark)} for mark in ",;\t"}
    return next((mark for mark, names in named.items() if names.issuperset(ANSWERED)), ",")


def _of_all(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _shown(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: a text of the log that begins like one gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _known(path: Path) -> None:
    if path.suffix.lower() not in FORMATS:
        raise InvalidInput(f"{path.name} does not end in one of {listed(FORMATS)}. Rename the file.")


# ── Label Studio ──────────────────────────────────────────────────────────────

FROM_NAME, TO_NAME = "label", "row"
"""Names of the control and the object in the labelling configuration, which docs/labelling.md shows."""


def _task(request: LabelRequest, row: Mapping[str, Any], *, hides_guess: bool) -> dict[str, Any]:
    """A task with the classifier's own label as its prediction, unless that is hidden."""
    names = set(COLUMNS) - (set(GUESS) if hides_guess else set())
    task: dict[str, Any] = {"data": {**row, **request.model_dump(mode="json", include=names)}}
    if request.predicted_label is not None and not hides_guess:
        prediction: dict[str, Any] = {
            "model_version": request.monitor or "",
            "result": [_choice(request.predicted_label)],
        }
        if request.confidence is not None:
            prediction["score"] = request.confidence
        task["predictions"] = [prediction]
    return task


def _choice(label: str) -> dict[str, Any]:
    return {"from_name": FROM_NAME, "to_name": TO_NAME, "type": "choices", "value": {"choices": [label]}}


class _Said(BaseModel):
    """What a person chose of the control."""

    choices: list[str]


class _Part(BaseModel):
    value: _Said


class _Annotation(BaseModel):
    id: int = 0
    updated_at: str = ""
    was_cancelled: bool = False
    result: list[_Part] = []

    @field_validator("result", mode="before")
    @classmethod
    def _of_the_control(cls, result: Any) -> Any:
        """Without what is said by other controls of the configuration, and of relations between them."""
        own = {"from_name": FROM_NAME, "type": "choices"}
        if isinstance(result, list):
            return [each for each in result if not isinstance(each, dict) or own.items() <= each.items()]
        return [] if result is None else result

    @property
    def label(self) -> str | None:
        return next((choice for part in self.result for choice in part.value.choices if choice), None)


class _Row(BaseModel):
    request_id: str | None = None


class _Task(BaseModel):
    data: _Row
    annotations: list[_Annotation] = []


_TASKS = TypeAdapter(list[_Task])


def _annotations(content: bytes, *, where: str) -> list[Answer]:
    """Of each task its last annotation that was not withdrawn."""
    try:
        tasks = _TASKS.validate_python(json.loads(content))
    except ValidationError as error:
        raise InvalidInput(
            f"{where} is not a Label Studio export: {broken_place(error)}. Export it again as JSON."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{where} is not JSON: {error}. Export it again from Label Studio as JSON.") from error
    found = []
    for task in tasks:
        last = max(task.annotations, key=lambda each: (each.updated_at, each.id), default=None)
        if last is None or not task.data.request_id:
            continue
        if last.was_cancelled or last.label is not None:
            found.append(Answer(task.data.request_id, None if last.was_cancelled else last.label))
    return found
