"""Windage's pages and its API inside Airflow's API server. A new page is a file in ``pages`` and a line here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from airflow.api_fastapi.app import get_auth_manager
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from windage.airflow.ui import api
from windage.airflow.ui.access import signed_in
from windage.airflow.ui.limits import SmallBodies
from windage.airflow.ui.pages import incidents, labels, monitor, overview, policy, static, window
from windage.airflow.ui.shell import trouble
from windage.errors import InvalidInput, StoreUnavailable, WindageError
from windage.faults import fault_in_words

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Pages load nothing from another host, and contain no inline script or style."""

app = FastAPI(title="Windage", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(signed_in)])
app.add_middleware(SmallBodies)
for module in (overview, monitor, window, incidents, labels, policy, static):
    app.include_router(module.router, include_in_schema=False)
app.include_router(api.router, prefix=api.PREFIX)


@app.middleware("http")
async def with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@app.exception_handler(HTTPException)
async def refused(request: Request, error: HTTPException) -> Response:
    """Redirect a person who is not signed in to the login page and back; answer everything else with the error."""
    if error.status_code == 401 and request.method == "GET" and _is_page(request):
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{get_auth_manager().get_url_login()}?{urlencode({'next': back})}", status_code=303)
    return _told(request, error.status_code, str(error.detail))


@app.exception_handler(RequestValidationError)
async def unreadable(request: Request, error: RequestValidationError) -> Response:
    fault = {name: value for name, value in error.errors()[0].items() if name != "input"}
    where = ".".join(str(part) for part in fault["loc"][1:])
    return _told(request, 422, f"{where}: {fault_in_words(fault)}")


@app.exception_handler(WindageError)
async def in_trouble(request: Request, error: WindageError) -> Response:
    """Answer 422 if the request is invalid, 503 if a store does not answer, and 500 to any other error of Windage."""
    status = 422 if isinstance(error, InvalidInput) else 503 if isinstance(error, StoreUnavailable) else 500
    if status != 422:
        log.error("%s %s: %s", request.method, request.url.path, error)
    return _told(request, status, str(error))


def _told(request: Request, status: int, text: str) -> Response:
    return trouble(request, status, text) if _is_page(request) else JSONResponse({"detail": text}, status_code=status)


def _is_page(request: Request) -> bool:
    """Whether the answer is shown to a person."""
    return "text/html" in request.headers.get("Accept", "") and api.PREFIX not in request.url.path
