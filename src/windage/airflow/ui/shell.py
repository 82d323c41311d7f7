"""What all pages share: the page frame, the store, and request parameters."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Annotated, Any
from urllib.parse import quote

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import AfterValidator

from windage.airflow.links import PAGES, moment
from windage.airflow.settings import database_location
from windage.airflow.ui.access import acts_on, token_for, visible
from windage.airflow.ui.drawing import cells, missing_between, strip
from windage.history.overview import WINDOWS
from windage.history.store import HistoryStore
from windage.reports import formats
from windage.reports.html import breakable, name, unbroken
from windage.spec.model import MonitorSpec
from windage.store.database import Database
from windage.vocabulary import Window, aware_utc, day_or_minute, utc_now

FIRST_YEAR, LAST_YEAR = 1900, 2999
_UNITS = ((172_800, 86_400, "days"), (3_600, 3_600, "h"), (60, 60, "min"), (0, 1, "s"))
"""Per unit of time: the seconds from which it is used, its length in seconds, and its name."""


def _in_reach(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"must be between the years {FIRST_YEAR} and {LAST_YEAR}")
    return aware_utc(at)


Last = Annotated[int, Query(ge=1, le=731, description="Number of newest windows.")]
At = Annotated[datetime, AfterValidator(_in_reach)]
"""A moment in a URL, as aware UTC."""


def database() -> Database:
    """The store, migrated and opened once per process."""
    return _opened(database_location())


@lru_cache(maxsize=8)
def _opened(location: str) -> Database:
    return Database(location)


def monitor(name: str) -> MonitorSpec:
    """The monitor with this name, as specified when its newest window was judged.

    Raises:
        HTTPException: 404, there is no such monitor.
    """
    found = HistoryStore(database()).spec(name)
    if found is None:
        raise HTTPException(404, f"{name} has not judged a window yet, or is not a Windage monitor.")
    return found


def monitors_of(user: BaseUser) -> set[str]:
    """The names of the monitors that the user may see."""
    return visible(user, HistoryStore(database()).names())


def page(request: Request, user: BaseUser, template: str, *, status: int = 200, **about: Any) -> HTMLResponse:
    """A page for one user. ``about`` holds the template's variables; ``spec`` among them is the monitor of the page."""
    spec = about.get("spec")
    acts = spec is not None and acts_on(spec.monitor, user)
    of_user = {"user": user.get_name(), "token": token_for(user), "acts": acts}
    return _rendered(request, template, status, **of_user, now=utc_now(), **about)


def trouble(request: Request, status: int, text: str) -> HTMLResponse:
    """An error page, which needs no user."""
    nobody = {"user": "", "token": "", "acts": False}
    return _rendered(request, "trouble.html.j2", status, **nobody, status=status, text=text)


def _rendered(request: Request, template: str, code: int, **about: Any) -> HTMLResponse:
    root = request.scope.get("root_path", "")
    text = _templates().get_template(template).render(root=root, airflow=root.removesuffix(PAGES), **about)
    return HTMLResponse(text, status_code=code)


def see_other(request: Request, path: str) -> RedirectResponse:
    """A redirect after a change, always to a path below our own root."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", status_code=303)


def home_of(monitor: str, *parts: str) -> str:
    return "/".join(["/monitors", quote(monitor, safe=""), *(quote(part, safe="") for part in parts)])


def period(dag_id: str, last: int) -> Window:
    """A period that contains the ends of a monitor's newest windows.

    Raises:
        HTTPException: 404, the monitor has no window.
    """
    ends = HistoryStore(database()).ends(dag_id, most=last)
    if not ends:
        raise HTTPException(404, f"{dag_id} has not judged a window yet.")
    return Window(start=ends[0] - timedelta(microseconds=1), end=ends[-1])


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("windage.airflow.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "ago": ago,
        "clean": formats.clean,
        "told": told,
        "count": formats.count,
        "day": day_or_minute,
        "measured": measured,
        "moment": moment,
        "name": name,
        "number": formats.number,
        "path": lambda text: quote(str(text), safe=""),
        "percent": formats.percent,
        "plural": formats.plural,
        "window": formats.window,
        "words": lambda text: str(text).replace("_", " "),
        "yes": lambda value: "true" if value else "false",
    }
    environment.globals |= {
        "cells": cells,
        "missing_between": missing_between,
        "strip": strip,
        "strip_windows": WINDOWS,
    }
    return environment


def measured(statistic: str) -> str:
    """A gate's statistic in words; one that is only bounded is named by its lower bound."""
    certain = statistic.removesuffix("_least")
    return f"{'' if certain == statistic else 'lower bound of '}{certain.replace('_', ' ')}"


def told(sentence: str) -> Markup:
    """A stored sentence as markup, with the names between backticks set as in reports."""
    parts = formats.clean(sentence).split("`")
    return Markup().join(
        Markup("<code><bdi>{}</bdi></code>").format(breakable(part)) if place % 2 else unbroken(part)
        for place, part in enumerate(parts)
    )


def ago(at: datetime, now: datetime) -> str:
    """The distance from now in one unit, such as '3 days ago' or 'in 5 min'."""
    seconds = abs((now - at).total_seconds())
    size, unit = next((size, unit) for least, size, unit in _UNITS if seconds >= least)
    length = f"{int(seconds // size)} {unit}"
    return f"{length} ago" if at <= now else f"in {length}"
