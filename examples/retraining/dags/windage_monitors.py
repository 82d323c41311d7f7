"""One DAG per monitor file beside this one; see windage.airflow.dag."""

from pathlib import Path

from airflow.sdk import DAG  # noqa: F401 — Airflow looks for DAGs only in files that name it

from windage.airflow.dag import monitor_dags

globals().update(monitor_dags(Path(__file__).parent / "monitors"))
