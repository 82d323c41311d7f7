"""One label request as a person sees it: the row in plain words, the possible answers, and the day's progress."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from windage.errors import DataError, TransientError
from windage.labeling.asked_rows import features_of
from windage.labeling.queue import ActiveLabelingQueue
from windage.labeling.request import LabelRequest, Reason
from windage.reports import formats
from windage.spec.model import MonitorSpec
from windage.vocabulary import Document, UtcDatetime

log = logging.getLogger(__name__)

WHY: dict[Reason, str] = {
    "drift": "its window drifted",
    "low_confidence": "the classifier was unsure",
    "uniform": "it was drawn at random",
}


class FeatureValue(Document):
    """A feature's value with its unit, as text."""

    name: str
    value: str
    is_missing: bool = False


class Question(Document):
    """What a person is asked. ``guess`` and ``confidence`` are None while they are hidden."""

    request_id: str
    user: str
    start: UtcDatetime
    end: UtcDatetime
    why: str
    features: tuple[FeatureValue, ...]
    note: str = ""
    guess: str | None = None
    confidence: float | None = None


class LastAnswer(Document):
    """A person's last answer, and what the classifier had said."""

    request_id: str
    label: str | None
    guess: str | None


class LabelDesk(Document):
    """A person's labelling of one monitor: the question that they hold, their last answer, and the day's progress."""

    question: Question | None
    last: LastAnswer | None
    labels: tuple[str, ...]
    answered: int
    most: int
    waiting: int


def label_desk(
    spec: MonitorSpec, queue: ActiveLabelingQueue, person: str, *, labels: Sequence[str], timezone: str = "UTC"
) -> LabelDesk:
    """What a person sees now; changes nothing.

    Args:
        spec: the monitor, whose log lies at an absolute place.
    """
    place = queue.place_of(person, monitor=spec.monitor, timezone=timezone)
    own = [each for each in place.answered if each.monitor == spec.monitor]
    last = own[-1] if own else None
    return LabelDesk(
        question=_question(spec, place.in_hands[0]) if place.in_hands else None,
        last=LastAnswer(request_id=last.request_id, label=last.label, guess=last.predicted_label) if last else None,
        labels=tuple(labels),
        answered=len(place.answered),
        most=len(place.answered) + len(place.in_hands) + place.left,
        waiting=place.waiting,
    )


def _question(spec: MonitorSpec, request: LabelRequest) -> Question:
    hidden = spec.labeling.hide_guess
    note, values = "", None
    try:
        values = features_of(spec, [request]).get(request.request_id)
        if values is None:
            note = "The log no longer has this row. Skip it if you cannot answer without its values."
    except (DataError, TransientError) as error:
        log.warning("the row of request %s cannot be shown: %s", request.request_id, error)
        note = f"The row cannot be read: {error}"
    units = spec.log.units
    return Question(
        request_id=request.request_id,
        user=request.user_id,
        start=request.bucket_start_ts,
        end=request.bucket_end_ts,
        why=WHY[request.reason],
        features=tuple(_shown(name, value, units.get(name, "")) for name, value in (values or {}).items()),
        note=note,
        guess=None if hidden else request.predicted_label,
        confidence=None if hidden else request.confidence,
    )


def _shown(name: str, value: Any, unit: str) -> FeatureValue:
    if value is None or value != value:
        return FeatureValue(name=name, value="missing", is_missing=True)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = _digits(value) if is_number else formats.clean(value)
    return FeatureValue(name=name, value=f"{text} {unit}".strip())


def _digits(value: float) -> str:
    """Six significant digits, and all of a long whole part: 8.30385e+06 is hard to judge.

    >>> _digits(8303847.21), _digits(0.39116512), _digits(12)
    ('8\u202f303\u202f847', '0.391165', '12')
    """
    return f"{value:,{'.0f' if 1e5 <= abs(value) < 1e15 else '.6g'}}".replace(",", formats.THIN)
