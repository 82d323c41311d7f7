"""Which requests a person is given next, and which day that counts towards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from windage.errors import InvalidInput
from windage.labeling.request import LabelRequest
from windage.vocabulary import Window, aware_utc, time_zone


def local_day(at: datetime, timezone: str) -> Window:
    """The calendar day of a time zone in which a moment lies.

    Raises:
        InvalidInput: there is no such time zone.
    """
    zone = time_zone(timezone)
    if zone is None:
        raise InvalidInput(f"unknown time zone {timezone!r}. Give one such as Europe/Berlin, America/New_York or UTC.")
    date = at.astimezone(zone).date()
    midnights = (datetime.combine(day, datetime.min.time(), zone) for day in (date, date + timedelta(days=1)))
    start, end = map(aware_utc, midnights)
    return Window(start=start, end=end)


def order_of_asking(waiting: Iterable[LabelRequest]) -> list[LabelRequest]:
    """The waiting requests in the order of asking: the newest selection first, and within it in random order, neither by how sure
    the classifier was nor by user. Answered rows must be like those that are not answered, or estimates are biased."""
    return sorted(waiting, key=lambda one: (one.created_at, one.request_id), reverse=True)  # an id is a hash


def leased(requests: Sequence[LabelRequest], person: str, *, at: datetime, until: datetime) -> list[LabelRequest]:
    """The requests as leased to a person; one that was served to them before keeps the time of that."""
    return [
        each.model_copy(
            update={
                "status": "leased",
                "person": person,
                "leased_until": until,
                "served_at": each.served_at if each.person == person and each.served_at else at,
            }
        )
        for each in requests
    ]
