"""The operators of a monitor's DAG, and those that several DAGs share. Each is a step that may run twice, or late."""
