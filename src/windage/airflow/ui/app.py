"""The report of a window, and a monitor's incidents with what was told of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from windage.airflow.settings import database_location
from windage.errors import StoreUnavailable
from windage.files import read_bytes
from windage.incidents.store import IncidentStore
from windage.store.database import Database
from windage.vocabulary import aware_utc

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Pages hold their style and pictures themselves; nothing runs in them and nothing is loaded."""

app = FastAPI(title="Windage", docs_url=None, redoc_url=None, openapi_url=None)
may_see = [Depends(requires_access_dag("GET", DagAccessEntity.RUN))]

_pages = Environment(
    loader=PackageLoader("windage.airflow.ui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@app.middleware("http")
async def with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.update(HEADERS)
    return response


@app.exception_handler(StoreUnavailable)
async def store_is_gone(request: Request, error: StoreUnavailable) -> Response:  # noqa: ARG001 — FastAPI passes it
    return PlainTextResponse(str(error), status_code=503)


@app.get("/reports/{dag_id}/{window_end}", dependencies=may_see)
def report(dag_id: str, window_end: datetime) -> HTMLResponse:
    """The report of the window that ends then."""
    entry = Database(database_location()).report(dag_id, aware_utc(window_end))
    content = None if entry is None else read_bytes(entry.location.removesuffix(".json") + ".html")
    if content is None:
        raise HTTPException(404, f"{dag_id} has no report of a window that ends then.")
    return HTMLResponse(content)


@app.get("/incidents/{dag_id}", dependencies=may_see)
def incidents(dag_id: str) -> HTMLResponse:
    """What is wrong with a monitor now, and what was."""
    found = IncidentStore(Database(database_location())).messages(dag_id)
    return _page("incidents.html.j2", monitor=dag_id, incidents=list(reversed(list(enumerate(found, start=1)))))


@app.get("/incidents/{dag_id}/{incident}", dependencies=may_see)
def incident(dag_id: str, incident: str) -> HTMLResponse:
    """What happened to one incident, and who was told."""
    found = IncidentStore(Database(database_location())).messages(dag_id)
    for number, (each, messages) in enumerate(found, start=1):
        if any(incident in one.incidents for one in messages):
            return _page("incident.html.j2", monitor=dag_id, number=number, incident=each, messages=messages)
    raise HTTPException(404, f"{dag_id} has no such incident: windows that were judged again may not find it any more.")


def _page(name: str, **about: Any) -> HTMLResponse:
    return HTMLResponse(_pages.get_template(name).render(**about))
