"""The window that a run judges, whatever the type of the run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import Context

from windage.errors import InvalidInput
from windage.partitions.layout import aligned
from windage.partitions.plan import data_interval
from windage.spec.durations import text as text_of
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window, aware_utc


def run_window(context: Context, monitor: MonitorSpec) -> Window:
    """The window from the run's params, or else from its partition key, or else its data interval.

    A run with none of these, such as one triggered by hand, judges the schedule's last complete interval before it.

    Raises:
        InvalidInput: the interval is empty or cannot be parsed, or the params name one that cuts through a partition.
    """
    run = context["dag_run"]
    params = context.get("params") or {}
    named = {key: params.get(key) for key in ("window_start", "window_end")}
    if any(named.values()):
        remedy = "Give both window_start and window_end, or neither"
        window = data_interval(*(_named(key, value, remedy=remedy) for key, value in named.items()))
        if aligned(window, monitor.log.every) != window:
            raise InvalidInput(
                f"window_start and window_end cut through a partition of {text_of(monitor.log.every)}: {window}. Give the "
                f"beginning and the end of whole partitions, such as {aligned(window, monitor.log.every)}."
            )
        return window
    if run.partition_date:
        return _partition(_plain(run.partition_date), monitor)
    if run.partition_key:
        remedy = "Trigger the run with the beginning of its partition"
        return _partition(_named("the partition key", run.partition_key, remedy=remedy), monitor)
    if run.data_interval_start and run.data_interval_end:
        return data_interval(_plain(run.data_interval_start), _plain(run.data_interval_end))
    return _last_complete(monitor, before=run.logical_date or run.run_after)


def is_backfill(context: Context) -> bool:
    """Whether the run is part of a backfill, by its type; its id does not tell."""
    run_type = getattr(context.get("dag_run"), "run_type", None)
    return str(getattr(run_type, "value", run_type)) == "backfill"


def _partition(start: datetime, monitor: MonitorSpec) -> Window:
    return Window(start=start, end=start + monitor.log.every)


def _last_complete(monitor: MonitorSpec, *, before: Any) -> Window:
    from airflow.timetables.interval import CronDataIntervalTimetable

    interval = CronDataIntervalTimetable(monitor.schedule, timezone="UTC").infer_manual_data_interval(run_after=before)
    return data_interval(_plain(interval.start), _plain(interval.end))


def _named(key: str, text: object, *, remedy: str) -> datetime:
    try:
        return aware_utc(datetime.fromisoformat(str(text)))
    except ValueError:
        raise InvalidInput(f"{key} must be a time such as 2013-03-08T00:00:00Z; got {text!r}. {remedy}.") from None


def _plain(moment: datetime) -> datetime:
    """A plain datetime: differences of Airflow's pendulum times are no plain timedeltas."""
    return aware_utc(datetime.fromisoformat(moment.isoformat()))
