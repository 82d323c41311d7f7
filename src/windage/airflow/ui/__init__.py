"""Windage's pages in Airflow, which messages link to. Every route asks Airflow who may see a monitor's DAG."""
