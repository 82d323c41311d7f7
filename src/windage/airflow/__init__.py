"""Orchestration: one Airflow DAG per monitor file. Only this folder imports airflow, and nothing here is arithmetic."""
