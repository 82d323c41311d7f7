"""Label requests as Label Studio's tasks, and answers from its export."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator

from windage.errors import InvalidInput
from windage.faults import broken_place
from windage.labeling.request import Answer, LabelRequest

FROM_NAME, TO_NAME = "label", "row"
"""Names of the control and the object in the labelling configuration, which docs/labelling.md shows."""


def to_tasks(
    asked: Iterable[tuple[LabelRequest, Mapping[str, Any]]], *, fields: Collection[str], hides_guess: bool
) -> bytes:
    """A task for each request and its row's features, with these ``fields`` of the request.

    The classifier's own label is the task's prediction, unless it is hidden.
    """
    tasks = [_task(request, row, fields=set(fields), hides_guess=hides_guess) for request, row in asked]
    return json.dumps(tasks, indent=2, ensure_ascii=False, default=str).encode()


def _task(request: LabelRequest, row: Mapping[str, Any], *, fields: set[str], hides_guess: bool) -> dict[str, Any]:
    task: dict[str, Any] = {"data": {**row, **request.model_dump(mode="json", include=fields)}}
    if request.predicted_label is not None and not hides_guess:
        prediction: dict[str, Any] = {
            "model_version": request.monitor or "",
            "result": [_choice(request.predicted_label)],
        }
        if request.confidence is not None:
            prediction["score"] = request.confidence
        task["predictions"] = [prediction]
    return task


def _choice(label: str) -> dict[str, Any]:
    return {"from_name": FROM_NAME, "to_name": TO_NAME, "type": "choices", "value": {"choices": [label]}}


def answers_of(content: bytes, *, where: str) -> list[Answer]:
    """The last annotation of each task as an answer; a cancelled one is a skip.

    Raises:
        InvalidInput: the content is not an export of Label Studio.
    """
    try:
        tasks = _TASKS.validate_python(json.loads(content))
    except ValidationError as error:
        raise InvalidInput(
            f"{where} is not a Label Studio export: {broken_place(error)}. Export it again as JSON."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{where} is not JSON: {error}. Export it again from Label Studio as JSON.") from error
    found = []
    for task in tasks:
        last = max(task.annotations, key=lambda each: (each.updated_at, each.id), default=None)
        if last is None or not task.data.request_id:
            continue
        if last.was_cancelled or last.label is not None:
            found.append(Answer(task.data.request_id, None if last.was_cancelled else last.label))
    return found


class _Said(BaseModel):
    """What a person chose in the control."""

    choices: list[str]


class _Part(BaseModel):
    value: _Said


class _Annotation(BaseModel):
    id: int = 0
    updated_at: str = ""
    was_cancelled: bool = False
    result: list[_Part] = []

    @field_validator("result", mode="before")
    @classmethod
    def _of_the_control(cls, result: Any) -> Any:
        """The choices in our own control, without other controls' results and the relations between them."""
        own = {"from_name": FROM_NAME, "type": "choices"}
        if isinstance(result, list):
            return [each for each in result if not isinstance(each, dict) or own.items() <= each.items()]
        return [] if result is None else result

    @property
    def label(self) -> str | None:
        return next((choice for part in self.result for choice in part.value.choices if choice), None)


class _Row(BaseModel):
    request_id: str | None = None


class _Task(BaseModel):
    data: _Row
    annotations: list[_Annotation] = []


_TASKS = TypeAdapter(list[_Task])
