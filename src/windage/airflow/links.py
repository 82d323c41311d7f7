"""The button that leads from a task to the report of its window."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, BaseOperatorLink


class ReportLink(BaseOperatorLink):
    """The report of the run's window."""

    name = "Drift report"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 — Airflow passes both
        """Airflow calls this in the task's process when it ends, with the running task instance as the key."""
        reference = ti_key.xcom_pull(task_ids="consolidate") or {}
        return str(reference.get("report_html", ""))
