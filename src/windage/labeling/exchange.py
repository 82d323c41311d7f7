"""Export of label requests and import of labels, as tables and as Label Studio's JSON."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from windage.errors import InvalidInput, ReadFailed, listed
from windage.files import local_path, read_bytes, write_atomically
from windage.labeling import label_studio, tables
from windage.labeling.queue import ActiveLabelingQueue
from windage.labeling.request import ANSWERS, Answer, LabelRequest
from windage.store.keys import is_storable

COLUMNS = ("request_id", "monitor", "user_id", "bucket_start_ts", "bucket_end_ts", "predicted_label", "confidence")
GUESS = ("predicted_label", "confidence")
"""The columns with what the classifier said, which may be hidden from people."""
FORMATS = (".csv", ".parquet", ".json")
UNCHANGED_FOR = 1.0
"""Seconds after which an unchanged file of answers that ends within a line counts as whole: some programs write it like that."""
LONGEST_WRITTEN = 60.0
_AT_ONCE = 1000
"""Answers in one transaction: few enough that nobody waits long."""


class Imported(NamedTuple):
    """How many answers were recorded. ``unknown`` are the ids of requests that the queue does not have, ``unusable`` those of
    answers with a label that no store keeps."""

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
        features: the row of each request, by the request's id.
        hides_guess: whether to leave out what the classifier said, so that it influences nobody.

    Raises:
        InvalidInput: the path ends in no known format.
        StoreUnavailable: the disk refused; what was there before is intact.
    """
    ending = _known_ending(path)
    names = [name for name in COLUMNS if not (hides_guess and name in GUESS)]
    rows = [(one, (features or {}).get(one.request_id, {})) for one in requests]
    if ending == ".json":
        write_atomically(path, label_studio.to_tasks(rows, fields=names, hides_guess=hides_guess))
    else:
        write_atomically(path, tables.to_table(rows, fields=names, is_csv=ending == ".csv"))


def answers(location: str | Path) -> list[Answer]:
    """The answers in a file: a table's rows with a label, or the tasks of a Label Studio export with an annotation.

    Raises:
        InvalidInput: the file is of an unknown kind, or is not what its name says.
        StoreUnavailable: the file could not be read; a retry may help.
    """
    ending, where = _known_ending(Path(location)), str(location)
    content = read_bytes(location)
    if content is None:
        raise InvalidInput(f"no such file: {where}. Give the file with the answers.")
    if ending == ".json":
        return label_studio.answers_of(content, where=where)
    return tables.answers_of(content, where=where, is_csv=ending == ".csv")


def await_whole(location: str | Path) -> None:
    """Wait while a CSV file on a disk ends within a line and still changes: half of its last label would be taken for the whole.

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


def record(queue: ActiveLabelingQueue, given: Iterable[Answer], *, corrects: bool = True) -> Imported:
    """Put answers into the queue; the same file twice changes nothing, and unknown requests cost no transaction.

    Args:
        corrects: whether they take the place of answers that are there by the time they are recorded. Otherwise reading a file
            again undoes no correction, and only answers to requests without one are counted.
    """
    wanted = list(given)
    known = queue.find({each.request_id for each in wanted})
    if not corrects:
        wanted = [
            each for each in wanted if each.request_id not in known or known[each.request_id].status not in ANSWERS
        ]
    usable = [each for each in wanted if is_storable(each.label or "")]
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


def _known_ending(path: Path) -> str:
    """The ending of the file's name, which says its format."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InvalidInput(f"{path.name} does not end in one of {listed(FORMATS)}. Rename the file.")
    return ending
