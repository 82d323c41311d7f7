"""Which requests a person is given next: users take turns, and no request is given to two people."""

from __future__ import annotations

from collections import Counter
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


def next_in_turn(waiting: Iterable[LabelRequest], served: Iterable[LabelRequest], most: int) -> list[LabelRequest]:
    """At most so many of those that wait: users that were asked about least today come first.

    Of a user's own the newest selection comes first, and within it chance decides, not how sure the classifier was:
    those that are answered must be like those that are not.
    """
    turns = Counter(each.user_id for each in served)
    by_user: dict[str, list[LabelRequest]] = {}
    for each in sorted(waiting, key=lambda one: one.request_id):
        by_user.setdefault(each.user_id, []).append(each)
    for requests in by_user.values():
        requests.sort(key=lambda one: one.created_at)  # the last is taken first
    chosen: list[LabelRequest] = []
    while len(chosen) < most and by_user:
        user = min(by_user, key=lambda name: (turns[name], -by_user[name][-1].created_at.timestamp(), name))
        chosen.append(by_user[user].pop())
        turns[user] += 1
        if not by_user[user]:
            del by_user[user]
    return chosen


def leased(requests: Sequence[LabelRequest], person: str, *, at: datetime, until: datetime) -> list[LabelRequest]:
    """The requests in the hands of a person; one that was served to them before was served then."""
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
