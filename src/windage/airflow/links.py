"""The button that leads from a task to the report of its window, and the way from a message to its run."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from airflow.sdk import BaseOperator, BaseOperatorLink, conf

from windage.message import Link
from windage.vocabulary import Window


class ReportLink(BaseOperatorLink):
    """The report of the run's window."""

    name = "Drift report"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 — Airflow passes both
        """Airflow calls this in the task's process when it ends, with the running task instance as the key."""
        reference = ti_key.xcom_pull(task_ids="consolidate") or {}
        return str(reference.get("report_html", ""))


PAGES = "/windage"
"""Where Airflow's API server serves Windage's pages."""


def message_links(
    *,
    dag_id: str | None,
    run_id: str | None,
    monitor: str | None = None,
    window: Window | None = None,
    runbook: str | None = None,
) -> tuple[Link, ...]:
    """Where a message leads: to the run in Airflow, to a monitor's report and incidents, to the runbook."""
    base = (conf.get("api", "base_url", fallback="") or "http://localhost:8080").rstrip("/")
    found = {}
    if monitor:
        if window:
            found["Report"] = f"{base}{PAGES}/reports/{quote(monitor, safe='')}/{window.end:%Y-%m-%dT%H:%M:%SZ}"
        found["Incidents"] = f"{base}{PAGES}/incidents/{quote(monitor, safe='')}"
    if dag_id and run_id:
        found["Run"] = f"{base}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"
    if runbook:
        found["Runbook"] = runbook
    return tuple(Link(name=name, url=url) for name, url in found.items())
