"""The gates in force, and what others would have decided: a page for trying values before a monitor's file is changed. It
ends with what people decided about the monitor's references."""

from __future__ import annotations

import logging
from threading import BoundedSemaphore
from typing import Annotated

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from windage.airflow.settings import storage_of
from windage.airflow.ui.access import SEE
from windage.airflow.ui.shell import Last, database, monitor, page, period
from windage.errors import InvalidInput, WindageError
from windage.history.replay import Comparison
from windage.history.store import HistoryStore
from windage.history.trial import Gates, as_yaml, gates_in_force, tried, with_gates
from windage.history.versions import Versions
from windage.partitions.baselines import ReferenceDecision, ReferenceDecisionStore
from windage.policy import CalibratedPolicy
from windage.spec.model import MonitorSpec

router = APIRouter(dependencies=SEE)
log = logging.getLogger(__name__)

AT_ONCE = BoundedSemaphore(2)
"""Limits the trials that run at once in this process; each takes seconds of CPU."""
MOST, TINY = 1e6, 1e-12
"""A gate's largest value, and the difference up to which two values are equal."""
NOT_GATES = {"last", "critical_scale", "try"}


@router.get("/monitors/{dag_id}/policy")
def policy(
    request: Request,
    user: GetUserDep,
    dag_id: str,
    last: Last = 365,
    critical_scale: Annotated[float | None, Query(gt=0, le=100)] = None,
) -> HTMLResponse:
    """The gates; with other values in the URL, what they would change. The URL can be sent to a colleague."""
    spec = monitor(dag_id)
    gates, fault = _asked(request, spec)
    scale = spec.policy.critical_scale if isinstance(spec.policy, CalibratedPolicy) else 1.0
    changed: CalibratedPolicy | None = None
    found: Comparison | None = None
    if not fault and "try" in request.query_params:
        try:
            changed = with_gates(spec, gates=gates, critical_scale=critical_scale)
            found = trial(spec, changed, last)
        except InvalidInput as error:
            fault = str(error)
    return page(
        request,
        user,
        "policy.html.j2",
        status=422 if fault else 200,
        spec=spec,
        gates=gates_in_force(spec),
        asked=gates,
        scale=scale if critical_scale is None else critical_scale,
        can_be_tried=isinstance(spec.policy, CalibratedPolicy),
        last=last,
        fault=fault,
        found=found,
        as_yaml=as_yaml(changed) if changed is not None else "",
        versions=list(reversed(Versions(database()).policies(dag_id))),
        **_decisions(spec),
    )


def _decisions(spec: MonitorSpec) -> dict[str, object]:
    """What people decided about the references, the newest first, or why that cannot be said: the gates are shown anyway."""
    try:
        found = ReferenceDecisionStore(storage_of(spec), spec.monitor).read()
    except WindageError as error:
        log.error("%s", error)  # noqa: TRY400 — the sentence says it all
        return {"decisions": [], "unread": str(error)}
    decided: list[tuple[str, ReferenceDecision]] = [
        *((f"baseline {each.version}", each) for each in found.promotions),
        *(("excluded", each) for each in found.exclusions),
        *(("withdrawn", each) for each in found.withdrawals),
    ]
    return {"decisions": sorted(decided, key=lambda pair: pair[1].at, reverse=True), "unread": ""}


def trial(spec: MonitorSpec, changed: CalibratedPolicy, last: int) -> Comparison:
    """What the changed policy would have decided for the newest windows.

    Raises:
        HTTPException: 404, the monitor has no window; 429, other trials are running.
    """
    if not AT_ONCE.acquire(timeout=10):
        raise HTTPException(429, "Other trials are running. Try again in a moment.")
    try:
        return tried(HistoryStore(database()), spec, changed, period(spec.monitor, last))
    finally:
        AT_ONCE.release()


def _asked(request: Request, spec: MonitorSpec) -> tuple[Gates, str]:
    """The gates in the URL that differ from those in force, and the first fault in them, or an empty text."""
    in_force = {each.name: each.base for each in gates_in_force(spec)}
    gates: dict[str, float] = {}
    for name, text in request.query_params.items():
        if name in NOT_GATES or not text.strip():
            continue
        try:
            limit = float(text)
        except ValueError:
            return gates, f"{name} must be a number; got {text!r}."
        if name not in in_force:
            return gates, f"{spec.monitor} has no gate {name}."
        if not 0 <= limit <= MOST:
            return gates, f"{name} must be between 0 and {MOST:g}; got {text!r}."
        if abs(limit - in_force[name]) > TINY:
            gates[name] = limit
    return gates, ""
