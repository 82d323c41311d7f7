"""What was measured, then judged: measurements, alerts, and the findings that they belong to."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field

from windage.vocabulary.words import Document, DriftTrigger, OpenDocument, Outcome, SeverityName, UtcDatetime

V = TypeVar("V")


def _by_name(values: dict[str, V]) -> dict[str, V]:
    """In an order of their own: PostgreSQL, where Airflow keeps what tasks exchange, changes that of a document's keys."""
    return dict(sorted(values.items()))


class Measurement(Document):
    """What a check measured of one subject: a feature, a class, or the window as a whole.

    ``values`` maps a statistic's name to its value; ``bounds`` holds the certified interval of each value that was
    taken from an inexact profile. ``rows`` are the reference's and current rows that the values rest on. ``users`` are
    those that the subject changed for, ``partners`` other subjects whose alerts explain this one, ``categories`` those
    that are new or gone.
    ``unknown`` or ``error`` says why there is nothing to judge.
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

    def interval(self, statistic: str) -> tuple[float, float] | None:
        """The certified interval of a statistic: a single point when it is exact, None when there is no value."""
        value = self.values.get(statistic)
        return None if value is None else self.bounds.get(statistic, (value, value))


class CheckResult(Document):
    """All that one check measured in one window, or in one ``batch`` of a wide log's features; ``error`` when the check itself broke."""

    check: str
    measurements: tuple[Measurement, ...] = ()
    error: str | None = None
    batch: int | None = None


class CheckOutcome(Document):
    """How one check ended, with the subjects it could not judge and why, and how many it judged.

    ``detectable`` maps each quiet subject to the smallest change of a share that would have alerted: the size of its
    silence. 1 stands for none: ordinary days differ too much. ``explained`` maps each subject that crossed a limit, and is
    quiet because a more telling finding is its cause, to the trigger of that.
    """

    outcome: Outcome
    reason: str = ""
    unknown: dict[str, str] = Field(default_factory=dict)
    errors: dict[str, str] = Field(default_factory=dict)
    answered: int = 0
    detectable: dict[str, float] = Field(default_factory=dict)
    explained: dict[str, str] = Field(default_factory=dict)


class GroupShare(Document):
    """One group's part of a change, as shares of all of it: ``mix`` by more or fewer rows of its own ordinary kind,
    ``behaviour`` by rows of another kind than its own before; both add up to ``contribution``."""

    name: str
    rows: int
    contribution: float
    mix: float
    behaviour: float


class Attribution(Document):
    """Whose rows carry a change: the ``groups`` that behave differently, the largest first.

    ``remainder`` is the part of the change that is left without them; ``localised`` means that what is left would not have
    alerted.
    """

    scope: Literal["localised", "global"]
    groups: tuple[GroupShare, ...] = ()
    remainder: float = 1.0


class DriftAlert(OpenDocument):
    """One limit crossed in one window.

    ``check`` is the one that found it, by its name; empty in reports of earlier versions. ``since`` is the first of the days in a row on which the change was there, as far as the reference reaches back;
    ``attribution`` is by column: the users', and each segment's.
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
    """Alerts of one change: ``members`` are their places in the report's alerts, the strongest first.

    They moved ``through`` the same users or at the same moment; an alert that shares neither is a finding alone.
    """

    members: tuple[int, ...]
    through: Literal["users", "moment", "alone"]
    severity: SeverityName
    users: tuple[str, ...] = ()
    since: UtcDatetime | None = None
