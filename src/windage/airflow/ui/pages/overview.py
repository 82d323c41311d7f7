"""All monitors, and all open incidents."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.models.dag import DagModel
from airflow.utils.session import create_session
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from windage.airflow.ui.shell import database, monitors_of, page
from windage.history.overview import MonitorStatus, overview
from windage.incidents.store import IncidentStore

router = APIRouter()


@router.get("/")
def monitors(request: Request, user: GetUserDep) -> HTMLResponse:
    return page(request, user, "overview.html.j2", monitors=statuses(monitors_of(user)))


@router.get("/incidents")
def open_incidents(request: Request, user: GetUserDep) -> HTMLResponse:
    """The open incidents of all monitors, critical first, then newest first."""
    found = [each for own in IncidentStore(database()).active(monitors_of(user)).values() for each in own]
    found.sort(key=lambda each: (each.severity != "critical", -each.last.end.timestamp()))
    return page(request, user, "all_incidents.html.j2", incidents=found)


def statuses(among: Collection[str]) -> list[MonitorStatus]:
    next_runs, paused = _runs(among)
    return overview(database(), among, next_runs=next_runs, paused=paused)


def _runs(among: Collection[str]) -> tuple[dict[str, datetime], set[str]]:
    """The next run of each DAG, and the paused DAGs, which have none."""
    columns = DagModel.dag_id, DagModel.next_dagrun_create_after, DagModel.is_paused
    with create_session() as session:
        found = session.execute(select(*columns).where(DagModel.dag_id.in_(among))).all()
    paused = {name for name, _, is_paused in found if is_paused}
    return {name: at for name, at, _ in found if at is not None and name not in paused}, paused
