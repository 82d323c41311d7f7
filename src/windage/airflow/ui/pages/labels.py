"""The labelling queue, one request at a time. The server chooses each person's request; keys press the page's buttons."""

from __future__ import annotations

from typing import Annotated, Literal

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Cookie, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from windage.airflow.settings import places, storage_of
from windage.airflow.ui.access import ACT, SEE
from windage.airflow.ui.shell import database, home_of, monitor, monitors_of, page, see_other
from windage.errors import InvalidInput
from windage.history.store import HistoryStore
from windage.labeling.desk import LabelDesk, label_desk
from windage.labeling.queue import ActiveLabelingQueue
from windage.spec.model import MonitorSpec
from windage.vocabulary import time_zone

router = APIRouter()

ZONE = "windage_zone"
"""The cookie with the browser's time zone, in which the person's day is counted."""
Zone = Annotated[str, Cookie(alias=ZONE, max_length=100)]
RequestId = Annotated[str, Form(max_length=100)]
WINDOWS_OF_LABELS = 30
"""The labels to choose from are the classes predicted in this many newest windows."""


@router.get("/labels")
def all_queues(request: Request, user: GetUserDep, zone: Zone = "UTC") -> HTMLResponse:
    """The monitors whose rows people can label; most waiting requests first."""
    specs = HistoryStore(database()).specs(monitors_of(user))
    asked = [each for each in specs.values() if each.log.has("answers")]
    places = [
        (each, queue_of(each).place_of(user.get_name(), monitor=each.monitor, timezone=_zone(zone))) for each in asked
    ]
    return page(request, user, "queues.html.j2", places=sorted(places, key=lambda each: -each[1].waiting))


@router.get("/monitors/{dag_id}/labels", dependencies=SEE)
def labels(request: Request, user: GetUserDep, dag_id: str, zone: Zone = "UTC") -> HTMLResponse:
    """The request leased to the person, or a button to get one."""
    spec = monitor(dag_id)
    return page(request, user, "labels.html.j2", spec=spec, desk=desk_of(spec, user, zone))


@router.post("/monitors/{dag_id}/labels/next", dependencies=ACT)
def take_next(request: Request, user: GetUserDep, dag_id: str, zone: Zone = "UTC") -> Response:
    """Lease the next request to this person."""
    lease_next(monitor(dag_id), user, zone)
    return see_other(request, home_of(dag_id, "labels"))


@router.post("/monitors/{dag_id}/labels/answer", dependencies=ACT)
def answer(
    request: Request,
    user: GetUserDep,
    dag_id: str,
    request_id: RequestId,
    label: Annotated[str, Form(max_length=500)] = "",
    other: Annotated[str, Form(max_length=500)] = "",
    zone: Zone = "UTC",
) -> Response:
    """Record a label, and lease the next request."""
    spec, said = monitor(dag_id), other.strip() or label.strip()
    if not said:
        raise InvalidInput("An answer needs a label. Choose one, or skip the request.")
    record_answer(spec, user, request_id, "labeled", said)
    lease_next(spec, user, zone)
    return see_other(request, home_of(dag_id, "labels"))


@router.post("/monitors/{dag_id}/labels/skip", dependencies=ACT)
def skip(request: Request, user: GetUserDep, dag_id: str, request_id: RequestId, zone: Zone = "UTC") -> Response:
    """Record that the person cannot answer, and lease the next request."""
    spec = monitor(dag_id)
    record_answer(spec, user, request_id, "skipped")
    lease_next(spec, user, zone)
    return see_other(request, home_of(dag_id, "labels"))


@router.post("/monitors/{dag_id}/labels/undo", dependencies=ACT)
def undo(request: Request, user: GetUserDep, dag_id: str, request_id: RequestId) -> Response:
    """Undo an answer; other requests leased to the person go back to the queue."""
    take_back(monitor(dag_id), user, request_id)
    return see_other(request, home_of(dag_id, "labels"))


@router.post("/monitors/{dag_id}/labels/stop", dependencies=ACT)
def stop(request: Request, user: GetUserDep, dag_id: str) -> Response:
    """Return the requests leased to the person to the queue."""
    spec = monitor(dag_id)
    queue, person = queue_of(spec), user.get_name()
    for held in queue.place_of(person, monitor=dag_id).in_hands:
        queue.release(held.request_id, person)
    return see_other(request, home_of(dag_id, "labels"))


def queue_of(spec: MonitorSpec) -> ActiveLabelingQueue:
    return ActiveLabelingQueue(places(spec).queue, spec.labeling.max_asks_per_day)


def desk_of(spec: MonitorSpec, user: BaseUser, zone: str) -> LabelDesk:
    """The person's view of this monitor's queue."""
    records = HistoryStore(database()).records(spec.monitor, most=WINDOWS_OF_LABELS)
    known = dict.fromkeys(name for each in reversed(records) for name in sorted(each.classes))
    names = [name for name in known if name != spec.log.reject_label]
    return label_desk(spec.at(storage_of(spec)), queue_of(spec), user.get_name(), labels=names, timezone=_zone(zone))


def lease_next(spec: MonitorSpec, user: BaseUser, zone: str) -> None:
    """Lease the next request to the person, unless none waits or the daily limit is reached."""
    queue_of(spec).lease(user.get_name(), monitor=spec.monitor, timezone=_zone(zone))


def record_answer(
    spec: MonitorSpec,
    user: BaseUser,
    request_id: str,
    status: Literal["labeled", "skipped"],
    label: str | None = None,
) -> None:
    """Record the person's answer to a request that is leased to them.

    Raises:
        HTTPException: 404, this monitor has no such request; 409, it is not leased to this person.
    """
    queue, person = queue_of(spec), user.get_name()
    asked = queue.find([request_id]).get(request_id)
    if asked is None or asked.monitor != spec.monitor:
        raise HTTPException(404, f"{spec.monitor} has no such request. Take the next one.")
    if asked.person != person:
        raise HTTPException(409, "This request is not reserved for you. Take the next one.")
    queue.mark_done(request_id, status, label, person=person)


def take_back(spec: MonitorSpec, user: BaseUser, request_id: str) -> None:
    """Undo an answer, and lease its request again to the person who gave it.

    Raises:
        HTTPException: 409, the answer is not theirs.
    """
    queue, person = queue_of(spec), user.get_name()
    asked = queue.find([request_id]).get(request_id)
    held = queue.place_of(person, monitor=spec.monitor).in_hands
    if asked is None or asked.monitor != spec.monitor or queue.reopen(request_id, person) is None:
        raise HTTPException(409, "You can only undo your own answer.")
    for each in held:
        queue.release(each.request_id, person)


def _zone(said: str) -> str:
    """The time zone that the browser named, or UTC if it is unknown."""
    return "UTC" if time_zone(said) is None else said
