"""Authorisation, which is left to Airflow; if Airflow cannot answer, nothing is shown or done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import TypeVar

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.configuration import conf
from airflow.models.dag import DagModel
from fastapi import Depends, HTTPException, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

log = logging.getLogger(__name__)

T = TypeVar("T")

TOKEN = "csrf"  # noqa: S105 — the name of a field, not what is in it
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 — likewise
TOKEN_LASTS_SECONDS = 24 * 3600


def signed_in(user: GetUserDep) -> None:
    """Admit every user who is signed in to Airflow."""


def may_see(request: Request, user: GetUserDep) -> None:
    """Admit users who may see the runs of the monitor's DAG."""
    _asked(lambda: requires_access_dag("GET", DagAccessEntity.RUN)(request, user))


def may_act(request: Request, user: GetUserDep) -> None:
    """Admit users who may see the runs of the monitor's DAG and change it."""
    may_see(request, user)
    _asked(lambda: requires_access_dag("PUT")(request, user))


async def on_purpose(request: Request, user: GetUserDep) -> None:
    """Refuse forged requests: admit a change only from our own pages, or with an Authorization header, which no browser adds
    by itself."""
    if request.headers.get("Authorization"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise HTTPException(403, "This request came from another site. Open the page in Airflow and try again.")
    given = request.headers.get(TOKEN_HEADER)
    if given is None:
        given = str((await request.form()).get(TOKEN, ""))
    try:
        meant = _tokens().loads(given, max_age=TOKEN_LASTS_SECONDS)
    except BadSignature:
        meant = None
    if meant != user.get_id():
        raise HTTPException(403, "This page has expired or belongs to another user. Reload it and try again.")


SEE = [Depends(may_see)]
ACT = [Depends(may_act), Depends(on_purpose)]


def token_for(user: BaseUser) -> str:
    """The token that this user's pages send with every change."""
    return _tokens().dumps(user.get_id())


def acts_on(monitor: str, user: BaseUser) -> bool:
    """Whether the user may act on a monitor; pages hide actions from those who may not."""
    details = DagDetails(id=monitor, team_name=_team(monitor))
    return _asked(lambda: get_auth_manager().is_authorized_dag(method="PUT", details=details, user=user))


def visible(user: BaseUser, among: Collection[str]) -> set[str]:
    """The monitors, of those given, whose DAG runs the user may see."""

    def ask() -> set[str]:
        manager = get_auth_manager()
        return {
            name
            for name in manager.get_authorized_dag_ids(user=user, method="GET") & set(among)
            if manager.is_authorized_dag(
                method="GET",
                access_entity=DagAccessEntity.RUN,
                details=DagDetails(id=name, team_name=_team(name)),
                user=user,
            )
        }

    return _asked(ask)


def _asked(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except HTTPException:
        raise
    except Exception as error:
        log.exception("Airflow could not check a user's permissions")
        raise HTTPException(503, "Airflow could not check your permissions. Try again, or see its log.") from error


def _team(monitor: str) -> str | None:
    return DagModel.get_team_name(monitor) if conf.getboolean("core", "multi_team", fallback=False) else None


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="windage")
