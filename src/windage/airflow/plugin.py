"""Windage in Airflow's own interface. Airflow imports this module in every task's process: it must stay light."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from windage.airflow.links import PAGES, ReportLink
from windage.airflow.ui.lazy import LazyApp


class WindagePlugin(AirflowPlugin):
    name = "windage"
    operator_extra_links = [ReportLink()]  # noqa: RUF012 — the list is Airflow's to read
    fastapi_apps = [  # noqa: RUF012 — as above
        {"app": LazyApp("windage.airflow.ui.app", "app"), "url_prefix": PAGES, "name": "windage"}
    ]
