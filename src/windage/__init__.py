"""Drift monitoring that lives inside Apache Airflow."""
