"""The Airflow plugin that adds Windage's pages. Airflow imports this module in every task's process: it must stay light."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from windage.airflow.links import PAGES, ReportLink
from windage.airflow.ui.lazy import LazyApp

_BELOW = PAGES.lstrip("/")
"""Without a leading slash, a URL is relative to Airflow's own, also under a base path."""


class WindagePlugin(AirflowPlugin):
    name = "windage"
    operator_extra_links = [ReportLink()]  # noqa: RUF012 — the list is Airflow's to read
    fastapi_apps = [  # noqa: RUF012 — as above
        {"app": LazyApp("windage.airflow.ui.app", "app"), "url_prefix": PAGES, "name": "windage"}
    ]
    external_views = [  # noqa: RUF012 — as above
        {
            "name": "Drift",
            "href": f"{_BELOW}/",
            "destination": "nav",
            "url_route": "windage",
            "nav_top_level": True,
            "icon": f"{_BELOW}/static/windage.svg",
        },
        {
            "name": "Drift",
            "href": f"{_BELOW}/monitors/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "windage_monitor",
        },
        {
            "name": "Drift report",
            "href": f"{_BELOW}/runs/{{DAG_ID}}?run_id={{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "windage_run",
        },
        {
            "name": "Drift report",
            "href": f"{_BELOW}/runs/{{DAG_ID}}?run_id={{RUN_ID}}",
            "destination": "task_instance",
            "url_route": "windage_task",
        },
    ]
