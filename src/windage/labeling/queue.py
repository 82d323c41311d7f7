"""The queue of rows that people should label, and its rules, which hold wherever it is kept.

* Nobody is asked the same thing twice: a user's bucket that waits, or was asked about in the last 30 days, is not asked
  about again by the same monitor, however often and in however many processes a run is repeated.
* Nobody is asked too much: what is shown plus what was answered today (UTC) never exceeds ``max_asks_per_day``.
* ``get_pending`` shows the least certain rows first, and a row of unknown confidence before all others. ``lease`` gives the
  newest selection first, and its rows in random order, so that the answered rows are like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from windage.errors import InvalidInput, did_you_mean
from windage.files import path_or_database
from windage.labeling.request import ANSWERS, OPEN, Answer, LabelRequest, Reason, Status
from windage.labeling.rows import low_confidence_rows, requests
from windage.labeling.serving import leased, local_day, order_of_asking
from windage.labeling.storage import Ledger, Storage
from windage.store.keys import is_storable
from windage.vocabulary import Document, Window, aware_utc, utc_now

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ActiveLabelingQueue", "LabelRequest"]

COOL_DOWN = timedelta(days=30)
EXPIRY = timedelta(days=30)
"""How long a request waits for an answer."""
LEASE = timedelta(minutes=30)


class PlaceInQueue(Document):
    """A person's place in the queue: what they hold and answered today, how many wait, how many they may still be given."""

    in_hands: tuple[LabelRequest, ...]
    answered: tuple[LabelRequest, ...]
    waiting: int
    left: int


class ActiveLabelingQueue:
    """The labelling queue in a JSON file or a database; every method sees what all processes have written."""

    def __init__(
        self, queue_path: str | Path, max_asks_per_day: int = 20, *, now: Callable[[], datetime] = utc_now
    ) -> None:
        if max_asks_per_day < 0:
            raise InvalidInput(f"max_asks_per_day must not be negative; got {max_asks_per_day}. Use 0 to ask nobody.")
        self._storage = _storage(queue_path)
        self._max_asks_per_day = max_asks_per_day
        self._now = now

    def enqueue_low_confidence(self, predictions_df: pd.DataFrame, threshold: float = 0.55) -> int:
        """Ask about the rows below ``threshold``; returns how many are newly asked about.

        Columns: user_id, bucket_start_ts, bucket_end_ts, confidence, predicted_label; monitor and
        inclusion_probability if there. A row without a finite confidence is not one of low confidence: such rows are
        left out and counted in the log.

        Raises:
            InvalidInput: a column is missing, or a row to be asked about cannot be used.
        """
        rows = low_confidence_rows(predictions_df, threshold)
        return self._enqueue(requests(rows, reason="low_confidence", at=self._now()))

    def enqueue_drift(self, buckets: Sequence[Mapping[str, Any]]) -> int:
        """Ask about buckets picked after a drift alert; returns how many are newly asked about."""
        return self.enqueue(buckets, reason="drift")

    def enqueue(self, buckets: Sequence[Mapping[str, Any]], *, reason: Reason) -> int:
        """Ask about buckets; returns how many are newly asked about.

        Keys: user_id, bucket_start_ts, bucket_end_ts; monitor, confidence, predicted_label and inclusion_probability
        if known.

        Raises:
            InvalidInput: a bucket lacks a key or holds what cannot be used.
        """
        return self._enqueue(requests(buckets, reason=reason, at=self._now()))

    def get_pending(
        self, user_id: str | None = None, limit: int | None = None, *, monitor: str | None = None
    ) -> list[LabelRequest]:
        """What to ask now, the least certain first: never more than is left of today's limit."""
        if user_id is not None and not is_storable(user_id):
            return []
        most = self._max_asks_per_day if limit is None else max(0, min(limit, self._max_asks_per_day))
        at = aware_utc(self._now())
        today = at.replace(hour=0, minute=0, second=0, microsecond=0)
        with self._storage.looking() as ledger:
            first = ledger.pending(at=at, user_id=user_id, limit=most, monitor=monitor)
            left = self._max_asks_per_day - ledger.n_done(today, today + timedelta(days=1))
        return first[: max(0, left)]

    def mark_done(
        self,
        request_id: str,
        status: Literal["labeled", "skipped"] = "labeled",
        label: str | None = None,
        *,
        person: str | None = None,
    ) -> LabelRequest | None:
        """Record what a person said; None when there is no such request.

        The same answer twice changes nothing. A different one corrects the first, which keeps its ``done_at``.

        Raises:
            InvalidInput: the status is no answer, the label cannot be kept, or the request is reserved for another person.
        """
        if status not in ANSWERS:
            raise InvalidInput(
                f"A request's final status must be labeled or skipped; got {status!r}.{did_you_mean(str(status), ANSWERS)}"
            )
        if label is not None and (status == "skipped" or not is_storable(label)):
            raise InvalidInput(
                "A skipped request cannot have a label, and a label cannot contain NUL. Correct the label."
            )
        if label is not None and not label.strip():
            raise InvalidInput("A label cannot be empty. Give one, or skip the request.")
        with self._storage.changing() as ledger:
            asked = _known(ledger, [request_id]).get(request_id)
            if asked is None:
                return None
            at = aware_utc(self._now())
            if person is not None and asked.status == "leased" and not asked.waits(at) and asked.person != person:
                raise InvalidInput("This request is reserved for another person. Take the next one.")
            done = _answered(asked, status, label, person=person, at=at)
            if done != asked:
                ledger.put([done])
        return done

    def mark_all_done(self, answers: Sequence[Answer], *, corrects: bool = True) -> set[str]:
        """Record answers of no particular person, in one transaction; returns the ids of the requests that exist.

        Each answer has the effect of ``mark_done``, in the given order.

        Args:
            corrects: whether they take the place of answers that are there already.

        Raises:
            InvalidInput: a label cannot be kept; then none is recorded.
        """
        if not all(is_storable(each.label or "") for each in answers):
            raise InvalidInput("No label holds a NUL character or half a surrogate pair. Correct the labels.")
        at = aware_utc(self._now())
        with self._storage.changing() as ledger:
            before = _known(ledger, {each.request_id for each in answers})
            after = dict(before)
            for asked, label in answers:
                if asked in after and (corrects or before[asked].status not in ANSWERS):
                    status: Status = "skipped" if label is None else "labeled"
                    after[asked] = _answered(after[asked], status, label, person=None, at=at)
            ledger.put([each for asked, each in after.items() if each != before[asked]])
        return set(before)

    def lease(
        self,
        person: str,
        *,
        limit: int = 1,
        monitor: str | None = None,
        user_id: str | None = None,
        for_: timedelta = LEASE,
        timezone: str = "UTC",
    ) -> list[LabelRequest]:
        """Reserve requests for a person until the lease ends; those that they hold already come first.

        A person is served at most ``max_asks_per_day`` requests in a day of their ``timezone``.

        Raises:
            InvalidInput: the person has no name, or there is no such time zone.
        """
        if not person or not is_storable(person):
            raise InvalidInput(f"A lease needs a person's name without NUL; got {person!r}. Give one.")
        at = aware_utc(self._now())
        today = local_day(at, timezone)
        with self._storage.changing() as ledger:
            open_ = [each for each in ledger.open(monitor=monitor) if user_id in (None, each.user_id)]
            held = [each for each in open_ if each.person == person and not each.waits(at)]
            waiting = [each for each in open_ if each.waits(at) and not _is_late(each, at)]
            ledger.put([_expired(each, at) for each in open_ if each.waits(at) and _is_late(each, at)])
            served = ledger.served(today.start, today.end)
            left = self._max_asks_per_day - sum(each.person == person for each in served)
            fresh = order_of_asking(waiting)[: max(0, min(limit - len(held), left))]
            given = leased([*held[: max(0, limit)], *fresh], person, at=at, until=at + for_)
            ledger.put(given)
        return given

    def place_of(self, person: str, *, monitor: str | None = None, timezone: str = "UTC") -> PlaceInQueue:
        """What a person holds and answered today, and how many requests wait; changes nothing.

        Raises:
            InvalidInput: there is no such time zone.
        """
        at = aware_utc(self._now())
        today = local_day(at, timezone)
        with self._storage.looking() as ledger:
            open_ = ledger.open(monitor=monitor)
            served = [each for each in ledger.served(today.start, today.end) if each.person == person]
        held = [each for each in open_ if each.person == person and not each.waits(at)]
        return PlaceInQueue(
            in_hands=tuple(sorted(held, key=lambda each: (each.served_at or at, each.request_id))),
            answered=tuple(
                sorted(
                    (each for each in served if each.status in ANSWERS),
                    key=lambda each: (each.done_at or at, each.request_id),
                )
            ),
            waiting=sum(each.waits(at) for each in open_),
            left=max(self._max_asks_per_day - len(served), 0),
        )

    def reopen(self, request_id: str, person: str) -> LabelRequest | None:
        """Undo an answer, and reserve its request for the person who gave it; None if it is not theirs."""
        at = aware_utc(self._now())
        with self._storage.changing() as ledger:
            answered = _known(ledger, [request_id]).get(request_id)
            if answered is None or answered.status not in ANSWERS or answered.person != person:
                return None
            undone = {"status": "leased", "label": None, "done_at": None, "leased_until": at + LEASE}
            again = answered.model_copy(update=undone)
            ledger.put([again])
        return again

    def release(self, request_id: str, person: str) -> LabelRequest | None:
        """Give a request back unanswered, so that it does not count towards the day's limit; None when they do not hold it."""
        with self._storage.changing() as ledger:
            held = _known(ledger, [request_id]).get(request_id)
            if held is None or held.status != "leased" or held.person != person:
                return None
            given_back = {"status": "pending", "leased_until": None, "person": None, "served_at": None}
            back = held.model_copy(update=given_back)
            ledger.put([back])
        return back

    def expire(self) -> int:
        """End the requests that nobody answered in time; returns how many."""
        at = aware_utc(self._now())
        with self._storage.changing() as ledger:
            waiting = ledger.open(oldest=True)
            late = [each for each in waiting if each.waits(at) and _is_late(each, at)]
            ledger.put([_expired(each, at) for each in late])
        return len(late)

    @property
    def all_items(self) -> list[LabelRequest]:
        """Every request of any status, in the order in which they were enqueued."""
        with self._storage.looking() as ledger:
            return ledger.every()

    def find(self, request_ids: Iterable[str]) -> dict[str, LabelRequest]:
        """The requests with these ids; unknown ids are left out."""
        with self._storage.looking() as ledger:
            return _known(ledger, request_ids)

    def of_period(self, monitor: str | None, period: Window) -> list[LabelRequest]:
        """The requests about a monitor's rows of a period, in any state."""
        with self._storage.looking() as ledger:
            return ledger.of_period(monitor, period.start, period.end)

    def asked(self, monitor: str | None, period: Window) -> set[tuple[str, datetime]]:
        """The user and the beginning of every row of a period that waits, or was asked about within the cool-down."""
        since = aware_utc(self._now()) - COOL_DOWN
        return {
            (each.user_id, each.bucket_start_ts)
            for each in self.of_period(monitor, period)
            if each.status in OPEN or each.created_at > since
        }

    def _enqueue(self, candidates: Sequence[LabelRequest]) -> int:
        """Put the candidates that may be asked about; returns how many.

        One that was asked about before and may be asked about again gets the id of the next time, until that id is new.
        """
        fresh: dict[str, tuple[int, LabelRequest]] = {}
        open_, ask = list(enumerate(candidates)), 1
        with self._storage.changing() as ledger:
            while open_:
                earlier = ledger.get({one.request_id for _, one in open_})
                for place, one in open_:
                    if one.request_id not in earlier:
                        fresh.setdefault(one.request_id, (place, one))
                ask += 1
                open_ = [(place, one.asked_for_the(ask)) for place, one in open_ if _may_be_repeated(one, earlier)]
            ledger.put([one for _, one in sorted(fresh.values(), key=itemgetter(0))])
        return len(fresh)


def _storage(queue_path: str | Path) -> Storage:
    place = path_or_database(queue_path, keeps="A labelling queue")
    if isinstance(place, Path):
        from windage.labeling.json_file import JsonFile

        return JsonFile(place)
    from windage.labeling.sql import SqlRequests
    from windage.store.database import Database

    return SqlRequests(Database(place))


def _known(ledger: Ledger, request_ids: Iterable[str]) -> dict[str, LabelRequest]:
    """The existing requests with these ids; ids that no store could hold are not looked up."""
    return ledger.get([each for each in request_ids if is_storable(each)])


def _may_be_repeated(candidate: LabelRequest, earlier: Mapping[str, LabelRequest]) -> bool:
    asked = earlier.get(candidate.request_id)
    return asked is not None and asked.status not in OPEN and candidate.created_at - asked.created_at >= COOL_DOWN


def _answered(
    asked: LabelRequest, status: Status, label: str | None, *, person: str | None, at: datetime
) -> LabelRequest:
    said = None if status == "skipped" else asked.label if label is None else label
    before = asked.done_at if asked.status in ANSWERS else None  # what had expired was never answered
    return asked.model_copy(
        update={
            "status": status,
            "label": said,
            "done_at": before or at,
            "person": person or asked.person,
            "leased_until": None,
        }
    )


def _is_late(asked: LabelRequest, at: datetime) -> bool:
    return at - asked.created_at >= EXPIRY


def _expired(asked: LabelRequest, at: datetime) -> LabelRequest:
    return asked.model_copy(update={"status": "expired", "leased_until": None, "done_at": at})
