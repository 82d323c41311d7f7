"""The links from a task to its window's report, and from a message to its run, report and runbook."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseOperator, BaseOperatorLink, conf

from windage.errors import InvalidInput
from windage.message import Link
from windage.vocabulary import Window

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec

PAGES = "/windage"
"""Where Airflow's API server serves Windage's pages."""


class ReportLink(BaseOperatorLink):
    """A link to the page of the run's window, or of the monitor if the run judges no window or several."""

    name = "Drift report"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """The URL; Airflow calls this in the task's process when it ends, with the running task instance as the key.

        The window is computed again, because pulling it from XCom made up a seventh of a run's requests to the API server.
        """
        monitor = getattr(operator, "monitor", None)
        if monitor is None:
            return ""
        is_of_one_window = ti_key.dag_id == monitor.monitor
        at = _window_end(monitor, ti_key) if is_of_one_window else None
        return page_of(monitor.monitor, at, under=urlsplit(_base_url()).path)


def _window_end(monitor: MonitorSpec, task: Any) -> datetime | None:
    """The end of the window that a running task's run judges; None if its interval is invalid."""
    from windage.airflow.window import run_window
    from windage.partitions.plan import judged_window

    try:
        return judged_window(monitor, run_window(task.get_template_context(), monitor)).end
    except InvalidInput:
        return None


def page_of(monitor: str, window_end: datetime | None = None, *, under: str = "") -> str:
    """The URL of a monitor's page, or of the page of its window that ends at ``window_end``; ``under`` precedes it."""
    name = quote(monitor, safe="")
    return f"{under}{PAGES}/monitors/{name}" + ("" if window_end is None else f"/windows/{moment(window_end)}")


def moment(at: datetime) -> str:
    """A moment as URLs contain it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}{f'.{at:%f}' if at.microsecond else ''}Z"


def _base_url() -> str:
    return (conf.get("api", "base_url", fallback="") or "http://localhost:8080").rstrip("/")


def message_links(
    *,
    dag_id: str | None,
    run_id: str | None,
    monitor: str | None = None,
    window: Window | None = None,
    runbook: str | None = None,
) -> tuple[Link, ...]:
    """The links of a message: to the report, the incidents, the run in Airflow, and the runbook."""
    base, found = _base_url(), {}
    if monitor:
        if window:
            found["Report"] = page_of(monitor, window.end, under=base)
        found["Incidents"] = f"{page_of(monitor, under=base)}/incidents"
    if dag_id and run_id:
        found["Run"] = f"{base}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"
    if runbook:
        found["Runbook"] = runbook
    return tuple(Link(name=name, url=url) for name, url in found.items())
