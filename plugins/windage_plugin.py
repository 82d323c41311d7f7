"""For a plugins folder where Windage is on the path but not installed; installed, it announces its plugin itself."""  # noqa: INP001

from importlib.metadata import entry_points

if not entry_points(group="airflow.plugins", name="windage"):
    from windage.airflow.plugin import WindagePlugin  # noqa: F401 — Airflow looks for the class here
