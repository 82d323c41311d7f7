"""One monitor over time: its heat map of features, and its line charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from windage.airflow.dags.beside import monitor_of
from windage.airflow.links import moment
from windage.airflow.ui.access import SEE
from windage.airflow.ui.shell import Last, database, home_of, monitor, page, see_other
from windage.history.heat import STEPS, HeatMap, Order, heat_map
from windage.history.record import WindowRecord
from windage.history.store import HistoryStore
from windage.incidents.store import IncidentStore

router = APIRouter(dependencies=SEE)

LINES = {
    "reject_rate": "Reject rate",
    "confidence": "Mean confidence",
    "entropy": "Mean entropy, nats",
    "estimated_accuracy": "Estimated accuracy, without labels (90 %)",
    "realised_accuracy": "Realised accuracy, by labels (95 %)",
    "rows": "Rows",
}


@router.get("/monitors/{dag_id}")
def one_monitor(
    request: Request,
    user: GetUserDep,
    dag_id: str,
    last: Last = 90,
    order: Order = "worst",
    find: Annotated[str, Query(max_length=200)] = "",
    skip: Annotated[int, Query(ge=0, le=100_000)] = 0,
    subject: Annotated[str, Query(max_length=500)] = "",
    check: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The heat map, the open incidents, and charts of the numbers. A DAG beside a monitor's own redirects to that monitor."""
    if (owner := monitor_of(dag_id)) != dag_id:
        return see_other(request, home_of(owner) if owner else "/incidents")
    spec, history = monitor(dag_id), HistoryStore(database())
    records, shown = heat_of(dag_id, last, order=order, find=find, skip=skip)
    subject = subject or _urgent(records, find) or (shown.features[0].name if shown.features else "")
    checks = history.checks_of(dag_id, subject)
    return page(
        request,
        user,
        "monitor.html.j2",
        spec=spec,
        records=records,
        heat=shown,
        steps=STEPS,
        lines={name: title for name, title in LINES.items() if any(name in each.lines for each in records)},
        has_classes=any(each.classes for each in records),
        alerts=[each for each in reversed(records) if each.state in ("critical", "warning")],
        incidents=[
            (number, each)
            for number, each in enumerate(IncidentStore(database()).incidents(dag_id), start=1)
            if each.is_open
        ],
        subject=subject,
        check=check or _leading(records, subject, checks),
        checks=checks,
        asked={"last": last, "order": order, "find": find, "skip": skip},
    )


@router.get("/runs/{dag_id}")
def of_run(request: Request, dag_id: str, run_id: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Redirect from a run to the page of its window, or of the monitor if the run has judged none yet."""
    found = HistoryStore(database()).of_run(dag_id, run_id)
    home = home_of(dag_id)
    return see_other(request, home if found is None else f"{home}/windows/{moment(found.end)}")


def heat_of(dag_id: str, last: int, **about: Any) -> tuple[list[WindowRecord], HeatMap]:
    """The newest windows and their heat map."""
    records, cells = HistoryStore(database()).records_and_cells(dag_id, most=last)
    return records, heat_map(records, cells, **about)


def _urgent(records: Sequence[WindowRecord], find: str) -> str:
    """The feature with the newest alert among those whose name contains ``find``; empty if there is none."""
    alerted = (name for each in reversed(records) for name in each.alerted if find.casefold() in name.casefold())
    return next(alerted, "")


def _leading(records: Sequence[WindowRecord], subject: str, checks: Sequence[str]) -> str:
    """The check that last alerted about a feature; if none did, the most informative check on it."""
    alerted = (check for each in reversed(records) for check in each.alerted.get(subject, ()))
    leading = (*alerted, "numeric_feature", "categorical_feature", *checks)
    return next((each for each in leading if each in checks), "")
