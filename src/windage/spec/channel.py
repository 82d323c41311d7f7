"""Whom to notify, when, and how often. Each kind of channel is a subclass of ``Channel``."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    field_validator,
)

from windage.message import Message
from windage.spec.durations import DAYS, Day, Duration, Width
from windage.spec.section import Section
from windage.vocabulary import SeverityName, time_zone


def _clock(value: Any) -> Any:
    """The time that YAML read as a number: 18:00 without quotes becomes 1080, which is 18 times 60.

    No time becomes a number below 60, so 8 is refused rather than read as eight minutes past midnight.
    """
    if type(value) is int and value < 60:
        raise ValueError("must be a time such as 08:00")
    return time(*divmod(value, 60)) if type(value) is int and value < 1440 else value


def _without_offset(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("must be a time without an offset. Set the channel's timezone instead")
    return value


Clock = Annotated[time, BeforeValidator(_clock), AfterValidator(_without_offset)]


class Hours(Section):
    """When a channel is used; messages at other times wait."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, description="Days of the week, such as [mon, tue].")] = DAYS
    start: Annotated[Clock, Field(description="Time of day at which they start, such as 08:00.")] = time(0)
    end: Annotated[Clock, Field(description="Time of day at which they end; 00:00 is midnight.")] = time(0)

    def from_(self, at: datetime) -> datetime:
        """The first moment at or after ``at``, a local time, that lies within the hours."""
        for day in range(-1, 9):  # yesterday's hours may last until this morning; every day recurs within a week
            date = at.date() + timedelta(days=day)
            if DAYS[date.weekday()] not in self.days:
                continue
            start = datetime.combine(date, self.start, at.tzinfo)
            end = datetime.combine(date + timedelta(days=self.end <= self.start), self.end, at.tzinfo)
            if at < end:
                return max(at, start)
        raise AssertionError("there is no week without one of its own days")


class Channel(Section):
    """One receiver and what it is told. A subclass names its ``kind``, its own keys, and how it sends."""

    tracks: ClassVar[bool] = False
    """Whether the receiver tracks incidents: a few are sent separately, many of one window as one page, and so are
    acknowledgements and ends."""

    kind: str
    severities: Annotated[
        tuple[SeverityName, ...], Field(min_length=1, description="Severities to send: critical, warning or both.")
    ] = ("critical",)
    hours: Annotated[Hours | None, Field(description="When this channel is used; messages at other times wait.")] = None
    timezone: Annotated[str, Field(description="Time zone of hours and digest, such as Europe/Berlin.")] = "UTC"
    digest: Annotated[
        Clock | None,
        Field(description="Time of day at which the day's warnings are sent together; null sends each at once."),
    ] = time(8)
    resolved: Annotated[
        bool | None,
        Field(
            description="Whether to send a message when an incident ends; default: only if the receiver tracks incidents."
        ),
    ] = None

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, timezone: str) -> str:
        if time_zone(timezone) is None:
            raise ValueError("must name a time zone such as Europe/Berlin or UTC")
        return timezone

    @property
    def identity(self) -> str:
        """Identifies the receiver by its kind and own keys, whatever it is told and when."""
        return self.model_dump_json(exclude=set(Channel.model_fields) - {"kind"})

    @property
    def tells_the_end(self) -> bool:
        return self.tracks if self.resolved is None else self.resolved

    def is_digested(self, severity: SeverityName) -> bool:
        return severity == "warning" and self.digest is not None and not self.tracks

    def due(self, severity: SeverityName, at: datetime) -> datetime:
        """When to send a message of the moment ``at``: at once, with the next digest, or when the hours begin."""
        local = at.astimezone(ZoneInfo(self.timezone))
        if self.is_digested(severity) and self.digest is not None:
            today = datetime.combine(local.date(), self.digest, local.tzinfo)
            local = today if today > local else datetime.combine(local.date() + timedelta(1), self.digest, local.tzinfo)
        if self.hours is not None:
            local = self.hours.from_(local)
        return local.astimezone(at.tzinfo)

    def send(self, message: Message) -> None:
        """Send once, in this thread, without retrying.

        The call is interrupted after 20 seconds; a thread that the channel's library starts would run on.

        Raises:
            DeliveryFailed: the receiver did not accept the message; the error says whether a retry may help.
            PartlyDelivered: some of several receivers did not get the message; it counts as delivered, and pages name them.
        """
        raise NotImplementedError(f"channels of kind {self.kind} do not implement send")


class Paging(Section):
    """What holds for all channels."""

    runbook: Annotated[
        str | None,
        Field(
            description="URL of the runbook; included in every message.",
            json_schema_extra={"pattern": r"^https?://\S+$"},
        ),
    ] = None
    remind_every: Annotated[
        Width, Field(description="How long until a critical incident that nobody has acknowledged is sent again.")
    ] = timedelta(days=7)
    deadline: Annotated[
        Duration | None,
        Field(description="How long after a run is due its report must exist; on_call is notified if it does not."),
    ] = None
    in_backfill: Annotated[bool, Field(description="Whether backfilled windows page.")] = False

    @field_validator("runbook")
    @classmethod
    def _is_a_url(cls, runbook: str | None) -> str | None:
        if runbook is not None and not re.fullmatch(r"https?://\S+", runbook):
            raise ValueError("must be a URL such as https://wiki.example.org/flights")
        return runbook
