"""Everything Windage raises on purpose.

::

    WindageError                 one sentence: what is wrong, what was found, what to do
    ├── InvalidInput             the caller's arrays, frames or arguments do not fit together; a retry cannot help
    ├── SpecError                a monitor's YAML is wrong; names file, line and key; a retry cannot help
    ├── DataError                the prediction log is not what the monitor says it is; a retry cannot help
    │   └── MissingColumn        a column that the monitor names is not in the data
    ├── TransientError           the outside world did not answer; a retry may help
    │   ├── ReadFailed           a partition or profile could not be read
    │   │   └── BrokenFile       a file is not a whole Parquet file
    │   │       └── GoneFile     a file was removed or replaced after it was listed
    │   ├── StoreUnavailable     the database or the report store did not answer
    │   └── DeliveryFailed       a notification was not accepted by its receiver
    ├── GivenUp                  the outside world has not answered for hours; a retry cannot help before it does
    ├── PartlyDelivered          a notification was refused for some of its receivers; the others have it
    └── CorruptDocument          a stored document cannot be parsed; reading it has not changed it
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from difflib import get_close_matches

from windage.masking import without_secrets

_FOR_TERMINALS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
"""Colours and movements of a terminal's cursor, which drivers put into their errors and anybody into a file's name."""


class WindageError(Exception):
    """The root of every error that Windage raises on purpose; what it says may be shown, kept and sent."""

    def __init__(self, sentence: str = "") -> None:
        encodable = sentence.encode(errors="backslashreplace").decode()  # a file's name may be no text
        super().__init__(without_secrets(_FOR_TERMINALS.sub("", encodable)))


class InvalidInput(WindageError, ValueError):
    """Arguments that do not fit together; retrying the same call cannot help."""


class SpecError(WindageError, ValueError):
    """A monitor file that cannot be used; retrying cannot help, editing the named line does."""


class DataError(WindageError):
    """A prediction log that contradicts its monitor; retrying cannot help."""


class MissingColumn(DataError):
    """A column that the monitor names and the data lacks."""

    @classmethod
    def named(cls, column: str, *, present: Iterable[str], where: str) -> MissingColumn:
        columns = sorted(present)
        return cls(
            f"{where} has no column {column!r}; it has {listed(columns)}.{did_you_mean(column, columns)} "
            "Correct the name, or restore the column."
        )


class TransientError(WindageError):
    """The outside world did not answer; retrying may help."""


class ReadFailed(TransientError):
    """A partition or a cached profile could not be read; retrying may help."""


class BrokenFile(ReadFailed):
    """A partition's file that is not a whole Parquet file; retrying helps while it is still being written."""


class GoneFile(BrokenFile):
    """A file that was removed or replaced after its partition was listed; listing the partition again helps."""


class StoreUnavailable(TransientError):
    """The database or report store did not answer; nothing was half-written, and a retry completes it."""


class DeliveryFailed(TransientError):
    """A receiver did not accept a notification; the drift result is not touched by it.

    Args:
        is_final: whether sending the same message again cannot help.
        wait: seconds that the receiver asked to be left alone.
    """

    def __init__(self, sentence: str, *, is_final: bool = False, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.is_final = is_final
        self.wait = wait


class GivenUp(WindageError):
    """The outside world has not answered for so long that a person must know; it was asked many times before."""


class PartlyDelivered(WindageError):
    """Some receivers of a notification were refused; sending it again would give it to the others twice."""


class CorruptDocument(WindageError):
    """A stored document cannot be parsed. Reading it changes nothing. What can be made again is; a person looks at the rest."""


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` with a leading space, or nothing when no allowed name is near."""
    near = get_close_matches(name, _comparable(name, list(allowed)), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _comparable(name: str, allowed: list[str]) -> list[str]:
    """Of many names, those that begin or end most like ``name``: a thousand missing columns would otherwise be compared with a
    thousand others each, for a minute."""
    if len(name) > _LONGEST_COMPARED:
        return []
    if len(allowed) <= _MOST_COMPARED:
        return allowed
    found: dict[str, None] = {}
    for way in (1, -1):
        ordered = sorted(each[::way] for each in allowed)
        place = bisect_left(ordered, name[::way])
        nearest = ordered[max(place - _MOST_COMPARED // 8, 0) : place + _MOST_COMPARED // 8]
        found.update(dict.fromkeys(each[::way] for each in nearest))
    return list(found)


_MOST_COMPARED, _LONGEST_COMPARED = 64, 100


def listed(names: Iterable[str], *, most: int = 8) -> str:
    """Names in a sentence, cut after ``most`` with the number left out."""
    every = [str(name) for name in names]
    if not every:
        return "none"
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"
