"""What a person is asked about, and what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from windage.store.keys import is_storable, natural_key
from windage.vocabulary import Document, UtcDatetime

Reason = Literal["low_confidence", "drift", "uniform"]
Status = Literal["pending", "leased", "labeled", "skipped", "expired"]
OPEN: tuple[Status, ...] = ("pending", "leased")
"""The states of a request without an answer that may still get one."""
ANSWERS: tuple[Status, ...] = ("labeled", "skipped")
"""The states of a request that a person has answered."""


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("contains NUL or an unpaired surrogate, which cannot be stored")
    return text


class Answer(NamedTuple):
    """A person's answer; a label of None is a skip."""

    request_id: str
    label: str | None


Text = Annotated[str, AfterValidator(_storable)]


CLOCKS_DIFFER_BY = timedelta(hours=2)
"""The most that machines' clocks differ by: a request served further in the future than this was served by a wrong clock."""


class LabelRequest(Document):
    """One bucket of one user that a person is asked to label.

    ``inclusion_probability`` is how likely the row was to be selected, which an unbiased estimate from the labels needs. It
    is None if other rows could not be selected. ``confidence`` is None if the model gave none. A request waits as
    ``pending``, is ``leased`` to a person for a while, and ends as ``labeled``, ``skipped`` or, if nobody answered in time,
    ``expired``.
    """

    request_id: str
    user_id: Text
    bucket_start_ts: UtcDatetime
    bucket_end_ts: UtcDatetime
    reason: Reason
    confidence: float | None = Field(default=None, allow_inf_nan=False)
    predicted_label: Text | None = None
    created_at: UtcDatetime
    status: Status = "pending"
    monitor: Text | None = None
    inclusion_probability: float | None = Field(default=None, gt=0, le=1)
    label: Text | None = None
    done_at: UtcDatetime | None = None
    person: Text | None = None
    served_at: UtcDatetime | None = None
    leased_until: UtcDatetime | None = None

    def waits(self, at: datetime) -> bool:
        """Whether it can be given to a person: it is pending, its lease is over, or a clock that was far ahead set its lease."""
        if self.status != "leased" or self.leased_until is None:
            return self.status == "pending"
        return self.leased_until <= at or (self.served_at is not None and self.served_at > at + CLOCKS_DIFFER_BY)

    def asked_for_the(self, ask: int) -> LabelRequest:
        """This request with the id of the ``ask``-th time that it is asked, the same in every run and process."""
        return self.model_copy(
            update={"request_id": natural_key(self.monitor, self.user_id, self.bucket_start_ts, ask)}
        )
