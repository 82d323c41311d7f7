"""The JSON API, versioned by its prefix: it offers programs what the pages show and what their buttons do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field

from windage.airflow.ui.access import ACT, SEE
from windage.airflow.ui.pages import incidents as on_incidents
from windage.airflow.ui.pages import labels as on_labels
from windage.airflow.ui.pages import monitor as on_monitor
from windage.airflow.ui.pages import overview as on_overview
from windage.airflow.ui.pages import policy as on_policy
from windage.airflow.ui.pages import window as on_windows
from windage.airflow.ui.shell import At, Last, database, monitor, monitors_of, period
from windage.history import timeline as timelines
from windage.history.heat import HeatMap, Order
from windage.history.overview import MonitorStatus
from windage.history.replay import Comparison
from windage.history.store import HistoryStore
from windage.history.timeline import Timeline
from windage.history.trial import GateInForce, gates_in_force, with_gates
from windage.incidents.model import Decision, Incident, Silence
from windage.incidents.store import IncidentStore
from windage.labeling.desk import LabelDesk
from windage.vocabulary import DriftReport, utc_now

PREFIX = "/api/v1"
router = APIRouter()


class RequestBody(BaseModel):
    """A request body: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", str_max_length=2000)


class NumberedIncident(BaseModel):
    """An incident and its number, counted from the monitor's oldest."""

    number: int
    incident: Incident


class Problem(BaseModel):
    detail: str


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": what}
    for status, what in {
        401: "Not signed in",
        403: "Not allowed, or sent from another site",
        404: "Not found",
        409: "This has changed",
        413: "The request body is too large",
        422: "The request is invalid",
        429: "Too many requests at once",
        503: "The store or Airflow did not answer",
    }.items()
}
of_monitor = APIRouter(prefix="/monitors/{dag_id}", dependencies=SEE, responses=REFUSALS)
Text = Annotated[str, Query(max_length=500)]


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI document of this API."""
    app = request.app
    return get_openapi(
        title="Windage",
        version="1",
        description=__doc__,
        routes=[each for each in app.routes if str(getattr(each, "path", "")).startswith(PREFIX)],
        servers=[{"url": request.scope.get("root_path", "") or "/"}],
    )


@router.get("/monitors", responses=REFUSALS)
def list_monitors(user: GetUserDep) -> list[MonitorStatus]:
    """The monitors that the user may see; those that need attention come first."""
    return on_overview.statuses(monitors_of(user))


@of_monitor.get("/heat")
def heat(
    dag_id: str,
    last: Last = 90,
    order: Order = "worst",
    find: Annotated[str, Query(max_length=200)] = "",
    skip: Annotated[int, Query(ge=0, le=100_000)] = 0,
    most: Annotated[int, Query(ge=1, le=200)] = 40,
) -> HeatMap:
    """Features by windows."""
    monitor(dag_id)
    return on_monitor.heat_of(dag_id, last, order=order, find=find, skip=skip, most=most)[1]


@of_monitor.get("/subjects")
def subjects(dag_id: str) -> dict[str, list[str]]:
    """The subjects that each check last measured."""
    monitor(dag_id)
    return HistoryStore(database()).subjects(dag_id)


@of_monitor.get("/timeline")
def timeline(dag_id: str, check: Text, subject: Text, statistic: Text | None = None, last: Last = 90) -> Timeline:
    """A statistic of a subject over time, with its limits, placebo band and incidents."""
    spec = monitor(dag_id)
    found = timelines.timeline(
        HistoryStore(database()),
        spec,
        check=check,
        subject=subject,
        statistic=statistic,
        period=period(dag_id, last),
        incidents=IncidentStore(database()).incidents(dag_id),
    )
    if found is None:
        raise HTTPException(404, f"{check} has no such statistic for {subject} in these windows.")
    return found


@of_monitor.get("/lines/{name}")
def line(dag_id: str, name: str, last: Last = 90) -> Timeline:
    """A number that describes whole windows, over time: rows, reject_rate, entropy, confidence, estimated_accuracy, realised_accuracy."""
    monitor(dag_id)
    return timelines.line(HistoryStore(database()).records(dag_id, most=last), name)


@of_monitor.get("/classes")
def classes(dag_id: str, last: Last = 90) -> list[Timeline]:
    """The shares of the predicted classes over time."""
    monitor(dag_id)
    return timelines.classes(HistoryStore(database()).records(dag_id, most=last))


@of_monitor.get("/windows/{window_end}")
def report(dag_id: str, window_end: At, begins: on_windows.Begins = None) -> DriftReport:
    """The report of the window that ends then."""
    return on_windows.report_of(dag_id, window_end, begins)


@of_monitor.get("/incidents")
def list_incidents(dag_id: str) -> list[NumberedIncident]:
    """The monitor's incidents, the oldest first."""
    monitor(dag_id)
    found = enumerate(IncidentStore(database()).incidents(dag_id), start=1)
    return [NumberedIncident(number=number, incident=each) for number, each in found]


@of_monitor.get("/silences")
def list_silences(dag_id: str) -> list[Silence]:
    """The silences that have not ended."""
    monitor(dag_id)
    return IncidentStore(database()).silences(dag_id, at=utc_now())


class DecisionRequest(RequestBody):
    kind: Literal["acknowledged", "resolved"]
    note: str = ""


@of_monitor.post("/incidents/{number}/decide", dependencies=ACT)
def decide(dag_id: str, number: int, user: GetUserDep, said: DecisionRequest) -> Decision:
    """Acknowledge or resolve an incident."""
    return on_incidents.record_decision(dag_id, number, said.kind, user, note=said.note)


class SilenceRequest(RequestBody):
    lasts: Annotated[str, Field(examples=["3d"])]
    reason: str
    trigger: str = ""
    feature: str = ""
    user: str = ""


@of_monitor.post("/silences", dependencies=ACT)
def silence(dag_id: str, user: GetUserDep, asked: SilenceRequest) -> Silence:
    """Silence matching alerts for a while."""
    about = asked.model_dump(exclude={"user"})
    return on_incidents.add_silence(dag_id, user, who=asked.user, **about)


@of_monitor.post("/silences/{silence_id}/end", dependencies=ACT, status_code=204)
def end_silence(dag_id: str, silence_id: str, user: GetUserDep) -> None:
    """End a silence."""
    on_incidents.lift_silence(dag_id, silence_id, user)


@of_monitor.get("/labels")
def labels(dag_id: str, user: GetUserDep, timezone: Text = "UTC") -> LabelDesk:
    """The user's current question and last answer, the labels to choose from, and the day's progress."""
    return on_labels.desk_of(monitor(dag_id), user, timezone)


class TimezoneRequest(RequestBody):
    timezone: str = "UTC"


@of_monitor.post("/labels/next", dependencies=ACT)
def next_label(dag_id: str, user: GetUserDep, asked: TimezoneRequest) -> LabelDesk:
    """Lease the next request to the user."""
    spec = monitor(dag_id)
    on_labels.lease_next(spec, user, asked.timezone)
    return on_labels.desk_of(spec, user, asked.timezone)


class AnswerRequest(TimezoneRequest):
    request_id: str
    label: Annotated[str | None, Field(description="Null skips the request.")] = None


@of_monitor.post("/labels/answer", dependencies=ACT)
def answer(dag_id: str, user: GetUserDep, asked: AnswerRequest) -> LabelDesk:
    """Record an answer to a request that is leased to the user."""
    spec = monitor(dag_id)
    on_labels.record_answer(spec, user, asked.request_id, "skipped" if asked.label is None else "labeled", asked.label)
    return on_labels.desk_of(spec, user, asked.timezone)


class UndoRequest(TimezoneRequest):
    request_id: str


@of_monitor.post("/labels/undo", dependencies=ACT)
def undo(dag_id: str, user: GetUserDep, asked: UndoRequest) -> LabelDesk:
    """Undo an answer of the user's, and lease its request to them again."""
    spec = monitor(dag_id)
    on_labels.take_back(spec, user, asked.request_id)
    return on_labels.desk_of(spec, user, asked.timezone)


@of_monitor.get("/policy")
def gates(dag_id: str) -> list[GateInForce]:
    """The limits that the monitor judges by."""
    return gates_in_force(monitor(dag_id))


class PolicyTrialRequest(RequestBody):
    gates: Annotated[dict[str, float], Field(max_length=100, examples=[{"feature_ks.warning": 0.1}])] = {}
    critical_scale: Annotated[float | None, Field(gt=0, le=100)] = None
    last: Annotated[int, Field(ge=1, le=731)] = 365


@of_monitor.post("/policy/try", dependencies=ACT)
def try_policy(dag_id: str, asked: PolicyTrialRequest) -> Comparison:
    """What other gates would have decided for the newest windows; changes nothing."""
    spec = monitor(dag_id)
    return on_policy.trial(spec, with_gates(spec, gates=asked.gates, critical_scale=asked.critical_scale), asked.last)


router.include_router(of_monitor)
