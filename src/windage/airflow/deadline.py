"""The alert that a run has written no report by its deadline."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from windage.errors import WindageError
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window

log = logging.getLogger(__name__)


def deadline_alert(monitor: MonitorSpec) -> list[DeadlineAlert]:
    """The deadline alert of this monitor's DAG; empty if its file sets no deadline."""
    if monitor.paging.deadline is None:
        return []
    callback = SyncCallback(f"{__name__}.{tell_if_late.__name__}", kwargs={"monitor": monitor.model_dump(mode="json")})
    return [
        DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=monitor.paging.deadline,
            callback=callback,
            name="no report by its deadline",
        )
    ]


def tell_if_late(*, monitor: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Notify people if this run has written no report by its deadline; Airflow calls this on a worker when it has passed."""
    from windage.airflow.links import message_links
    from windage.airflow.sending import tell
    from windage.airflow.settings import reports_of
    from windage.incidents.messages.about_monitors import late_message
    from windage.incidents.messages.composing import Source
    from windage.partitions.plan import judged_window
    from windage.reports.store import ReportStore
    from windage.vocabulary import utc_now

    spec, run = MonitorSpec.model_validate(monitor), context["dag_run"]
    window = _interval(run)
    if str(run.get("run_type")) == "backfill" and not spec.paging.in_backfill:
        return
    if window is not None:
        judged = judged_window(spec, window)
        try:
            if ReportStore(reports_of(spec)).read_window(spec.monitor, judged) is not None:
                return
        except WindageError:  # a report that nobody can read is none
            log.exception("whether there is a report is unknown, so it counts as late")
    links = message_links(
        dag_id=run.get("dag_id"), run_id=run.get("run_id"), monitor=spec.monitor, runbook=spec.paging.runbook
    )
    message = late_message(
        Source(links=links), monitor=spec.monitor, run_id=str(run.get("run_id")), due=utc_now(), window=window
    )
    tell(message, spec.on_call)


def _interval(run: Mapping[str, Any]) -> Window | None:
    start, end = (run.get(f"data_interval_{each}") for each in ("start", "end"))
    return Window.model_validate({"start": str(start), "end": str(end)}) if start and end else None
