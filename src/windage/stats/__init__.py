"""Mathematics: arrays in, numbers out. Nothing here has heard of drift, files or Airflow."""
