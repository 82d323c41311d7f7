"""A monitor's incidents: what is wrong, who was notified, who acknowledged it; and its silences."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from windage.airflow.ui.access import ACT, SEE
from windage.airflow.ui.shell import database, home_of, monitor, page, see_other
from windage.errors import InvalidInput
from windage.incidents.cover import cover_of
from windage.incidents.delivery import Delivery
from windage.incidents.messages.about_drift import ENDED_OR_ADAPTED
from windage.incidents.model import Decision, Incident, Silence
from windage.incidents.store import IncidentStore
from windage.spec.durations import parse
from windage.vocabulary import utc_now

router = APIRouter()

Note = Annotated[str, Form(max_length=2000)]
Named = Annotated[str, Form(max_length=500)]
Kind = Literal["acknowledged", "resolved"]
LONGEST_SILENCE = timedelta(days=366)


class SilenceForm(NamedTuple):
    """The fields of the silence form as a person filled them in."""

    lasts: str
    reason: str = ""
    trigger: str = ""
    feature: str = ""
    who: str = ""


EMPTY_FORM = SilenceForm("3d")


@router.get("/monitors/{dag_id}/incidents", dependencies=SEE)
def incidents(request: Request, user: GetUserDep, dag_id: str) -> HTMLResponse:
    """All incidents, active before ended, then critical before others, then newest first; and the silences."""
    return _all_of(request, user, dag_id)


def _all_of(
    request: Request, user: BaseUser, dag_id: str, *, fault: str = "", typed: SilenceForm = EMPTY_FORM
) -> HTMLResponse:
    store = IncidentStore(database())
    found = sorted(enumerate(store.messages(dag_id), start=1), key=_urgency)
    return page(
        request,
        user,
        "incidents.html.j2",
        status=422 if fault else 200,
        fault=fault,
        typed=typed,
        spec=monitor(dag_id),
        incidents=found,
        silences=sorted(store.silences(dag_id), key=lambda each: each.until, reverse=True),
    )


def _urgency(numbered: tuple[int, tuple[Incident, list[Delivery]]]) -> tuple[bool, bool, int]:
    number, (incident, _) = numbered
    return not incident.is_active, incident.is_active and incident.severity != "critical", -number


@router.get("/monitors/{dag_id}/incidents/{key:uuid}", dependencies=SEE)
def known_incident(request: Request, dag_id: str, key: UUID) -> Response:
    """Redirect from a message, or from the list of all monitors, to an incident, or to all incidents if rejudged windows no
    longer have it."""
    number = IncidentStore(database()).number_of(dag_id, str(key))
    return see_other(request, home_of(dag_id, "incidents", *([] if number is None else [str(number)])))


@router.get("/monitors/{dag_id}/incidents/{number}", dependencies=SEE)
def one_incident(request: Request, user: GetUserDep, dag_id: str, number: int) -> HTMLResponse:
    """The events of one incident, and who was notified."""
    return _one_of(request, user, dag_id, number)


def _one_of(
    request: Request, user: BaseUser, dag_id: str, number: int, *, fault: str = "", typed: SilenceForm = EMPTY_FORM
) -> HTMLResponse:
    incident, messages = incident_of_number(dag_id, number)
    return page(
        request,
        user,
        "incident.html.j2",
        status=422 if fault else 200,
        fault=fault,
        typed=typed,
        spec=monitor(dag_id),
        number=number,
        incident=incident,
        messages=messages,
        cover=cover_of(incident.latest),
        ended_or_adapted=ENDED_OR_ADAPTED,
        silences=[
            each for each in IncidentStore(database()).silences(dag_id, at=utc_now()) if each.covers(incident.latest)
        ],
    )


@router.post("/monitors/{dag_id}/incidents/{number}/decide", dependencies=ACT)
def decide(
    request: Request,
    user: GetUserDep,
    dag_id: str,
    number: int,
    kind: Annotated[Kind, Form()],
    first: Annotated[str, Form(max_length=100)],
    note: Note = "",
) -> Response:
    """Acknowledge or resolve an incident; ``first``, the start of its first window, identifies the one that the person saw."""
    record_decision(dag_id, number, kind, user, note=note, first=first)
    return see_other(request, home_of(dag_id, "incidents", str(number)))


@router.post("/monitors/{dag_id}/silences", dependencies=ACT)
def silence(
    request: Request,
    user: GetUserDep,
    dag_id: str,
    lasts: Named,
    reason: Note,
    trigger: Named = "",
    feature: Named = "",
    who: Named = "",
    number: Annotated[int | None, Form()] = None,
) -> Response:
    """Silence matching alerts for a while. Invalid input is shown again with the fault, on the page of incident ``number`` or
    of all incidents."""
    typed = SilenceForm(lasts, reason, trigger, feature, who)
    try:
        add_silence(dag_id, user, **typed._asdict())
    except InvalidInput as error:
        if number is None:
            return _all_of(request, user, dag_id, fault=str(error), typed=typed)
        return _one_of(request, user, dag_id, number, fault=str(error), typed=typed)
    return see_other(request, home_of(dag_id, "incidents"))


@router.post("/monitors/{dag_id}/silences/{silence_id}/end", dependencies=ACT)
def end_silence(request: Request, user: GetUserDep, dag_id: str, silence_id: str) -> Response:
    """End a silence."""
    lift_silence(dag_id, silence_id, user)
    return see_other(request, home_of(dag_id, "incidents"))


def incident_of_number(dag_id: str, number: int) -> tuple[Incident, list[Delivery]]:
    """The incident with this number, counted from the oldest, and the messages about it.

    Raises:
        HTTPException: 404, there is no such incident.
    """
    found = IncidentStore(database()).of_number(dag_id, number)
    if found is None:
        raise HTTPException(404, f"{dag_id} has no incident {number}. Windows judged again may no longer find it.")
    return found


def record_decision(
    dag_id: str, number: int, kind: Kind, user: BaseUser, *, note: str = "", first: str | None = None
) -> Decision:
    """Record that a person acknowledged or resolved an incident.

    Raises:
        HTTPException: 404, there is no such incident; 409, it has ended, or another incident has this number now.
    """
    incident, _ = incident_of_number(dag_id, number)
    if first is not None and first != incident.first.start.isoformat():
        raise HTTPException(409, "Incident numbers changed because a late window was judged. Reload the list.")
    if not incident.is_active:
        raise HTTPException(409, f"Incident {number} has already ended. Nothing to do.")
    store = IncidentStore(database())
    made = store.decide(incident, kind, by=user.get_name(), note=note.strip())
    store.end(dag_id, at=utc_now())
    return made


def add_silence(
    dag_id: str, user: BaseUser, *, lasts: str, reason: str, trigger: str = "", feature: str = "", who: str = ""
) -> Silence:
    """Silence a monitor, or a part of its alerts, from now on.

    Raises:
        InvalidInput: the reason is missing, or the duration is invalid or too long.
    """
    monitor(dag_id)
    if not reason.strip():
        raise InvalidInput("A silence needs a reason, for the next person on call. Enter one.")
    try:
        width = parse(lasts.strip())
    except ValueError as error:
        raise InvalidInput(f"{lasts!r} is not a valid duration. Write it as 3d or 12h.") from error
    if not timedelta(0) < width <= LONGEST_SILENCE:
        raise InvalidInput(f"A silence can last at most {LONGEST_SILENCE.days} days; got {lasts}. Shorten it.")
    return IncidentStore(database()).silence(
        dag_id,
        until=utc_now() + width,
        reason=reason.strip(),
        by=user.get_name(),
        trigger=trigger.strip() or None,
        feature=feature.strip() or None,
        user=who.strip() or None,
    )


def lift_silence(dag_id: str, silence_id: str, user: BaseUser) -> None:
    """End a silence.

    Raises:
        HTTPException: 404, the monitor has no such silence, or it has ended.
    """
    if not IncidentStore(database()).unsilence(silence_id, by=user.get_name(), monitor=dag_id):
        raise HTTPException(404, f"{dag_id} has no such silence, or it has already ended.")
