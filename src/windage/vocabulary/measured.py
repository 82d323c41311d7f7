"""What was measured and how it was judged: measurements, outcomes, alerts, and the findings that group them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field

from windage.vocabulary.words import Document, DriftTrigger, OpenDocument, Outcome, SeverityName, UtcDatetime

V = TypeVar("V")


def _by_name(values: dict[str, V]) -> dict[str, V]:
    """Sorted by name, because PostgreSQL, which may hold Airflow's XComs, does not keep the order of a document's
    keys."""
    return dict(sorted(values.items()))


class Measurement(Document):
    """What a check measured of one subject: a feature, a class, or the window as a whole.

    ``values`` maps a statistic's name to its value; ``bounds`` holds the certified interval of each value that comes
    from an inexact profile. ``rows`` are the numbers of reference and current rows behind the values. ``users`` are the
    users for whom the subject changed, ``partners`` other subjects that explain its change or take part in it,
    ``categories`` the values that it is about, such as new or vanished categories. ``unknown`` or ``error`` says why
    there is nothing to judge, and ``lacking`` what the subject lacks for the question, if it ordinarily lacks it.
    """

    subject: str
    rows: tuple[int, int] = (0, 0)
    values: Annotated[dict[str, float | None], AfterValidator(_by_name)] = Field(default_factory=dict)
    bounds: Annotated[dict[str, tuple[float, float]], AfterValidator(_by_name)] = Field(default_factory=dict)
    users: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    unknown: str | None = None
    error: str | None = None
    lacking: str | None = None

    def interval(self, statistic: str) -> tuple[float, float] | None:
        """The certified interval of a statistic: a single point if it is exact, None if it has no value."""
        value = self.values.get(statistic)
        return None if value is None else self.bounds.get(statistic, (value, value))


class CheckResult(Document):
    """Everything that one check measured in one window, or in one ``batch`` of a wide log's features; ``error`` is set
    if the check itself broke, and ``lacking`` if its question cannot be asked: what the log lacks for it."""

    check: str
    measurements: tuple[Measurement, ...] = ()
    error: str | None = None
    lacking: str | None = None
    batch: int | None = None


class CheckOutcome(Document):
    """How one check ended, with the subjects that it could not judge and why, and how many it judged (``answered``).

    ``detectable`` maps each quiet subject to the smallest change of a share that would have alerted; 1 means that no
    change would have, because ordinary days differ too much. ``explained`` maps each subject that crossed a limit, but
    stays quiet because another finding explains it, to the trigger of that finding. ``not_asked`` maps each subject that
    the question cannot be asked about to what it lacks.
    """

    outcome: Outcome
    reason: str = ""
    unknown: dict[str, str] = Field(default_factory=dict)
    errors: dict[str, str] = Field(default_factory=dict)
    answered: int = 0
    detectable: dict[str, float] = Field(default_factory=dict)
    explained: dict[str, str] = Field(default_factory=dict)
    not_asked: dict[str, str] = Field(default_factory=dict)


class GroupShare(Document):
    """One group's contribution to a change, as a share of the whole change: ``mix`` is due to more or fewer of the
    group's ordinary rows, ``behaviour`` to rows that differ from its earlier ones; they add up to ``contribution``."""

    name: str
    rows: int
    contribution: float
    mix: float
    behaviour: float


class Attribution(Document):
    """Whose rows carry a change: the ``groups`` that behave differently, the largest first.

    ``remainder`` is the part of the change that is left without these groups; ``localised`` means that it is at most half
    and would not have alerted. ``is_everybody`` means that the window has no other groups.
    """

    scope: Literal["localised", "global"]
    groups: tuple[GroupShare, ...] = ()
    remainder: float = 1.0
    is_everybody: bool = False


class DriftAlert(OpenDocument):
    """One limit crossed in one window.

    ``check`` is the name of the check that raised the alert; it is empty in reports of earlier versions. ``since`` is
    the first of the consecutive days that show the change, as far back as the reference reaches. ``attribution`` is by
    column: the user column and each segment column.
    """

    trigger: DriftTrigger
    check: str = ""
    details: dict[str, Any] = Field(default_factory=dict)
    severity: SeverityName
    affected_user_ids: list[str] = Field(default_factory=list)
    affected_features: list[str] = Field(default_factory=list)
    attribution: dict[str, Attribution] = Field(default_factory=dict)
    since: UtcDatetime | None = None
    timestamp: UtcDatetime


class Finding(Document):
    """The alerts of one change: ``members`` are their indices in the report's alerts, the strongest first.

    ``through`` says what they share, the same users or the same moment; an alert that shares neither is alone.
    """

    members: tuple[int, ...]
    through: Literal["users", "moment", "alone"]
    severity: SeverityName
    users: tuple[str, ...] = ()
    since: UtcDatetime | None = None
