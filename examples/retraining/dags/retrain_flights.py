"""Retrain the classifier of flight delays on what people labelled after a critical window.

The DAG starts with the monitor's critical event, waits until enough of the rows that Windage asked about are labelled,
fits a classifier on them, and keeps it beside a document that says how it compares with the one at work.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Context, PokeReturnValue, get_current_context, task

from windage.airflow.assets import critical_asset

MONITOR = Path(__file__).parent / "monitors" / "flights.yaml"
LEAST_LABELS = 60


def window_of(context: Context) -> dict[str, str]:
    """The window of the critical report that started this run, or that a person named in the run's configuration."""
    events = [event for some in context["triggering_asset_events"].values() for event in some]
    about = events[-1].extra if events else (context["dag_run"].conf or {})
    return {name: about[name] for name in ("window_start", "window_end")}


with DAG(
    "retrain_flights",
    schedule=[critical_asset("flights")],
    start_date=datetime(2013, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags={"windage", "example"},
    doc_md=__doc__,
) as dag:

    @task.sensor(mode="reschedule", poke_interval=3600, timeout=timedelta(days=7).total_seconds(), soft_fail=True)
    def wait_for_labels() -> PokeReturnValue:
        """Until people have labelled enough; when they do not within a week, nothing is retrained."""
        from flight_model import labelled_rows, load

        window = window_of(get_current_context())
        rows = labelled_rows(load(MONITOR), window["window_start"], window["window_end"])
        return PokeReturnValue(is_done=len(rows) >= LEAST_LABELS, xcom_value=window)

    @task
    def retrain(window: dict[str, str]) -> dict[str, Any]:
        """Fit on the labelled rows; returns where the classifier is and how it compares."""
        from flight_model import fit_and_compare, load

        return fit_and_compare(load(MONITOR), window["window_start"], window["window_end"])

    retrain(wait_for_labels())
