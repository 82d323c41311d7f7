"""The interface of a check: it asks a question about two profiles, (reference, current), and returns measurements."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from windage.arrays import Floats, Texts
from windage.errors import DataError, TransientError, WindageError
from windage.evidence.sparse import is_sparse
from windage.evidence.tallies import FEW_ROWS
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement, Outcome, SeverityName

log = logging.getLogger(__name__)

T = TypeVar("T")

Level = Callable[[WindowProfile], float | None]
"""Maps a day to its level on the scale of an alert; None if the day does not show it."""

TOLERANCE = 1e-9
"""A value this near a limit counts as at the limit; relative for the side "below", whose limits may be tiny."""

STRICT = ConfigDict(extra="forbid", defer_build=True)
"""The pydantic configuration of every check class: an unknown key is an error."""

Kind = Literal["numeric", "categorical"]
"""The kind of a feature."""

Need = Literal[
    "numeric",
    "categorical",
    "labels",
    "probabilities",
    "predictions",
    "confidence",
    "columns",
    "numbers",
    "users",
    "times",
    "rows",
    "answers",
]
"""The part of the log that a check needs. ``predictions`` needs both labels and probabilities. ``columns`` needs any of
features, label and confidence, and ``numbers`` any of numeric features, probabilities and confidence. ``users`` are users
with values of numeric features, ``times`` the times of rows, ``answers`` people's labels of the rows that they were asked
about."""

OF_FEATURES: tuple[Need, ...] = ("numeric", "categorical", "columns", "users")
"""The needs of checks whose subjects are features; all other checks ask about the window as a whole."""

Family = Literal["inputs", "outputs", "structure", "volume"]
"""Checks of one family share a false-alarm budget."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit on one statistic, and what crossing it means.

    Under the calibrated policy a gate opens only for a finding that chance does not explain. ``p_below`` tightens the
    policy's level for this gate; ``certain`` means that the finding needs no p-value (a frozen column, an empty
    window); ``yes_or_no`` means that the limit is 1 for yes, not a size that a user would set.
    """

    trigger: DriftTrigger
    statistic: str
    side: Literal["above", "at least", "below"]
    limit: float
    severity: SeverityName
    _: KW_ONLY
    p_below: float | None = None
    certain: bool = False
    yes_or_no: bool = False

    def crossed_by(self, value: float) -> bool:
        if self.side == "above":
            return value > self.limit + TOLERANCE
        if self.side == "below":
            return value < self.limit * (1 - TOLERANCE)
        return value >= self.limit - TOLERANCE

    def splits(self, interval: tuple[float, float]) -> bool:
        """Whether the limit lies inside a certified interval, so that only the exact value can decide."""
        return self.crossed_by(interval[0]) != self.crossed_by(interval[1])


class Verdict(NamedTuple):
    """A judged measurement: the strictest gate it crossed, or why it could not be judged.

    ``explained_by`` is set if the measurement crossed a gate but does not alert: it is the trigger of the finding that
    is reported instead.
    """

    measurement: Measurement
    outcome: Outcome
    gate: Gate | None = None
    reason: str = ""
    undecided: bool = False
    explained_by: DriftTrigger | None = None

    @property
    def subject(self) -> str:
        return self.measurement.subject


class Conclusion(NamedTuple):
    """What a check contributes to the report: its result document, its alerts and a sentence about them."""

    result: BaseModel | None
    alerts: list[DriftAlert]
    summary: str = ""


class NotAsked(Exception):
    """Raised by ``measure`` if the log, as it is on ordinary days too, cannot be asked; its text is what the log lacks, such
    as "user with 10 rows on most days like this". The report says that the check was not run."""


class Rows(Protocol):
    """The current window's rows, read again only for a window with alerts."""

    def numbers(self, column: str) -> Floats: ...

    def labels(self) -> Texts:
        """Each row's label as text; None for a null."""
        ...

    def probabilities(self) -> Floats: ...

    def confidence(self) -> Floats:
        """Each row's largest probability."""
        ...

    def texts(self, column: str) -> Texts:
        """Each row's category as text; None for a null."""
        ...


class Check(Protocol):
    """One question. A file in ``checks/`` that ends with ``CHECK = TheClass`` is discovered automatically.

    The class inherits from this one and is a frozen pydantic dataclass with ``config=STRICT``. Its fields are the keys
    that a monitor's YAML may set; its docstring is the text that ``windage checks`` and Airflow show.
    """

    name: ClassVar[str]
    needs: ClassVar[Need]
    family: ClassVar[Family]
    calibrated: ClassVar[tuple[Gate, ...]]
    """Limits under the ``calibrated`` policy, strictest first; without any, the check is reported and never alerts."""
    gates: ClassVar[tuple[Gate, ...]] = ()
    """Limits under the ``reference`` policy, which skips a check without any."""
    by_default: ClassVar[bool] = True
    """Whether the check runs without being named, if the log has what it needs."""
    by_column: ClassVar[bool] = False
    """Whether the result for a column depends on that column alone, so that several tasks can share a wide log."""
    report_field: ClassVar[str | None] = None
    """The field of the report that holds the check's result document."""

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterable[Measurement]:
        """One measurement per subject; if a subject cannot be measured, its measurement says why.

        Raises:
            NotAsked: there is no subject, and on ordinary days there is none either.
        """
        ...

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        """The report's document and alerts from judged measurements."""
        ...

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        """Each current row's contribution to the alerted change: 0 for a row without a value; the mean over the other
        rows is the change itself. All 0 if the change is not a sum over rows and cannot be attributed."""
        return np.zeros(current.rows)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level | None:
        """A function from a day to its level on the scale of the alert, used to find the onset; None if single days do
        not show the change."""
        return None


Measured = Sequence[tuple[Check, Sequence[Measurement]]]
"""Each check with what it measured."""
Judged = list[tuple[Check, list[Verdict]]]
"""Each check with the verdicts on what it measured."""

INCOMPARABLE = "this window has no rows whose features can be compared"
NO_REFERENCE = "the reference has no day on which it could be read as it is now, as with a new column"

CHANGES_OF_SHARES = ("effect", "rise")
"""Statistics that are the size of a change of a share, as ``detectable`` is."""


def unmeasured(
    part: str, subject: str, reference: WindowProfile, current: WindowProfile, *, rows: tuple[int, int] = (0, 0)
) -> Measurement:
    """The measurement of a part that a window lacks: an error if the part should be there, else one without values.

    A part that only the reference lacks is unknown: nothing is wrong with a column that is new, or that the monitor's file
    did not name until today.
    """
    fault = current.faults.get(part)
    is_new = fault is None and part in reference.faults
    return Measurement(subject=subject, rows=rows, error=fault, unknown=NO_REFERENCE if is_new else None)


def smallest_alerting(verdict: Verdict, gates: Sequence[Gate]) -> float | None:
    """The smallest change of a share that would have alerted: beyond ordinary days and beyond the gates' least effect.

    1 if ordinary days differ so much that no change would have alerted; None if no day model judged the measurement.
    """
    values = verdict.measurement.values
    beyond_days = values.get("detectable")
    if beyond_days is None or values.get("adjusted_p") is None:
        return None
    gate = min((gate.limit for gate in gates if gate.statistic in CHANGES_OF_SHARES), default=0.0)
    return min(max(beyond_days, gate), 1.0)


def named(kind: Kind, *windows: WindowProfile) -> list[str]:
    """The columns of a kind in any of the windows, including those that could not be profiled. The last window is the
    current one; its ``asked``, if set, limits the columns."""
    names = dict.fromkeys(name for each in windows for name in [*getattr(each, kind), *each.faulty(kind)])
    asked = windows[-1].asked
    return [name for name in names if asked is None or name in asked]


def too_few_rows(rows: tuple[int, int], least: int) -> str:
    """Why so many rows of the reference and of the current window are too few to be judged, or nothing."""
    reference, current = rows
    if min(reference, current) >= least:
        return ""
    return f"too few rows with a value: {reference:,} in the reference, {current:,} now; at least {least:,} needed"


def column_measured(
    kind: Kind,
    name: str,
    reference: WindowProfile,
    current: WindowProfile,
    measure: Callable[[], T],
    *,
    of_values: bool = False,
) -> T | Measurement:
    """The result of ``measure`` for a column, or the reason if the column is missing, cannot be profiled or breaks it.

    Reference days without the column are left out. If part of the current window lacks it, that is an error, because
    the rest does not represent the window.

    Args:
        of_values: whether it is asked how the values are distributed; not of a column that hardly ever has enough, which
            would leave every window unknown.

    Raises:
        TransientError: rows could not be read; a retry may help.
    """
    part = f"{kind}.{name}"
    if name not in getattr(reference, kind) or name not in getattr(current, kind) or part in current.faults:
        rows = (_rows_with(kind, name, reference), _rows_with(kind, name, current))
        return unmeasured(part, name, reference, current, rows=rows)
    if of_values and is_sparse(kind, name, reference, current):
        return Measurement(subject=name, lacking=f"{FEW_ROWS} values on most days like this")
    try:
        return measure()
    except TransientError:
        raise
    except WindageError as error:
        return Measurement(subject=name, error=str(error))
    except Exception as error:  # a column that breaks a check must not silence the others
        log.exception("column %s cannot be measured", name)
        return Measurement(subject=name, error=f"{name}: {type(error).__name__}: {error}")


def columns_measured(
    kind: Kind,
    reference: WindowProfile,
    current: WindowProfile,
    measure: Callable[[str, WindowProfile, WindowProfile], T],
    *,
    of_values: bool = False,
) -> Iterator[T | Measurement]:
    """``column_measured`` of every column of a kind that is asked about, by ``measure(name, reference, current)``."""
    for name in named(kind, reference, current):
        ask = partial(measure, name, reference, current)
        yield column_measured(kind, name, reference, current, ask, of_values=of_values)


def _rows_with(kind: Kind, name: str, window: WindowProfile) -> int:
    """The number of rows with a value in the column; 0 if it is missing or cannot be profiled."""
    if name not in getattr(window, kind):
        return 0
    try:
        return summary(window, name).finite if kind == "numeric" else window.categorical[name].known
    except DataError:
        return 0


def alert(verdict: Verdict, at: datetime, *, features: Sequence[str], details: dict[str, Any]) -> DriftAlert:
    """The alert for a verdict that crossed a gate, with the gate's statistic and limit in its details."""
    gate = verdict.gate
    if gate is None:
        raise ValueError(f"{verdict.subject} crossed no gate, so there is nothing to alert about")
    evidence: dict[str, Any] = {"statistic": gate.statistic, "limit": gate.limit}
    if verdict.measurement.bounds:
        evidence["bounds"] = {name: list(bounds) for name, bounds in verdict.measurement.bounds.items()}
    if verdict.undecided:
        evidence["undecided"] = True
    if verdict.reason:
        evidence["note"] = verdict.reason
    return DriftAlert(
        trigger=gate.trigger,
        severity=gate.severity,
        details={**details, **evidence},
        affected_features=list(features),
        timestamp=at,
    )


def alerted_each(verdicts: Sequence[Verdict], at: datetime, *, words: str) -> Conclusion:
    """The conclusion of a check that alerts on each subject separately and has no result document."""
    crossed = [each for each in verdicts if each.gate is not None]
    alerts = []
    for each in crossed:
        details: dict[str, Any] = {"feature": each.subject, **each.measurement.values}
        if each.measurement.categories:
            details["categories"] = list(each.measurement.categories)
        found = alert(each, at, features=[each.subject], details=details)
        found.affected_user_ids = list(each.measurement.users)
        alerts.append(found)
    return Conclusion(None, alerts, f"{words} {', '.join(each.subject for each in crossed)}." if crossed else "")
