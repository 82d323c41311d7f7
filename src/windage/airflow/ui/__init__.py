"""Pages beside Airflow's own, which the links in messages lead to. Every route asks Airflow who may see a monitor's DAG."""
