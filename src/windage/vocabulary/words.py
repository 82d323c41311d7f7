"""The terms that all documents share: outcomes, severities, triggers, time and place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

REJECT_LABEL = "Mixed/Unknown"
"""The label that a classifier gives when it declines to decide."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The moment from which Arrow counts times."""


def aware_utc(moment: datetime) -> datetime:
    """The same moment as an aware UTC time; a naive time is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def utc_now() -> datetime:
    return datetime.now(tz=UTC)


def time_zone(name: str) -> ZoneInfo | None:
    """The time zone of this name, such as Europe/Berlin; None if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None


def day_or_minute(moment: datetime) -> str:
    """A moment as people write it: to the minute, at midnight the day alone."""
    return f"{moment:%Y-%m-%d}" if moment.time() == time.min else f"{moment:%Y-%m-%d %H:%M}"


UtcDatetime = Annotated[datetime, AfterValidator(aware_utc)]
SeverityName = Literal["warning", "critical"]


class Severity(StrEnum):
    """How soon a person must look: ``critical`` pages, ``warning`` is for working hours."""

    warning = "warning"
    critical = "critical"


class Outcome(StrEnum):
    """The answer to a question; ``unknown`` and ``error`` are never a pass."""

    ok = "ok"
    alert = "alert"
    unknown = "unknown"
    error = "error"


class DriftTrigger(StrEnum):
    """What an alert is about."""

    feature_psi = "feature_psi"
    feature_ks = "feature_ks"
    reject_rate_increase = "reject_rate_increase"
    entropy_spike = "entropy_spike"
    class_shift = "class_shift"
    entropy_drop = "entropy_drop"
    reject_rate_decrease = "reject_rate_decrease"
    missingness = "missingness"
    frozen = "frozen"
    value_range = "value_range"
    category_shift = "category_shift"
    new_category = "new_category"
    new_class = "new_class"
    row_volume = "row_volume"
    schema_change = "schema_change"
    freshness = "freshness"
    duplicate_partition = "duplicate_partition"
    segment = "segment"
    correlation = "correlation"
    confidence_drop = "confidence_drop"
    confidence_rise = "confidence_rise"
    invalid_probabilities = "invalid_probabilities"
    label_mismatch = "label_mismatch"
    vanished_category = "vanished_category"
    joint_drift = "joint_drift"
    realised_performance = "realised_performance"
    other = "other"
    """A finding of a check from another package; the alert's ``check`` names it."""


class OpenDocument(BaseModel):
    """A model whose validator is built on first use, because an Airflow task uses few of the models."""

    model_config = ConfigDict(defer_build=True)


class Document(OpenDocument):
    """A frozen model: a result does not change afterwards."""

    model_config = ConfigDict(frozen=True)


# ── Time and place ────────────────────────────────────────────────────────────


class Window(Document):
    """A half-open interval of UTC time, ``[start, end)``."""

    start: UtcDatetime
    end: UtcDatetime

    @model_validator(mode="after")
    def _is_not_empty(self) -> Window:
        if self.end <= self.start:
            raise ValueError(
                f"a window must end after it starts; got {self.start.isoformat()} to {self.end.isoformat()}. "
                "Use a schedule with a data interval."
            )
        return self

    def __str__(self) -> str:
        return f"{day_or_minute(self.start)} – {day_or_minute(self.end)}"

    @property
    def width(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: Window) -> bool:
        return self.start < other.end and other.start < self.end

    def split(self, every: timedelta) -> Iterator[Window]:
        """The consecutive periods of width ``every`` that make up this window; the last may be shorter."""
        start = self.start
        while start < self.end:
            yield Window(start=start, end=min(start + every, self.end))
            start += every


class PartitionRef(Document):
    """One period of the log: its files, their fingerprint when they were listed, and their total size."""

    period: Window
    files: tuple[str, ...]
    fingerprint: str
    n_bytes: int = 0
