"""An Airflow home for the demonstration: settings, the DAG folder and the log laid out in partitions."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

MONITOR = "flights"
LOG = "flights_2013.parquet"


def demo_home() -> Path:
    """The folder of all the demonstration's files; ``WINDAGE_DEMO_HOME`` names another."""
    return Path(os.environ.get("WINDAGE_DEMO_HOME", "run/demo")).absolute()


def database_of(home: Path) -> str:
    return f"sqlite:///{home / 'windage' / 'windage.db'}"


def environment(home: Path) -> Mapping[str, str]:
    """Airflow's settings for one machine: few tasks at once, because of SQLite, and no usage data is sent."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__WINDAGE__STORAGE": str(home / "windage"),
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def prepare(home: Path) -> None:
    """Copy the shipped DAG files over those in the DAG folder, and write the log unless it is complete."""
    for folder in ("plugins", "windage"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    shutil.copytree(shipped_dags(), home / "dags", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    write_log(home / "windage" / "demo" / "flights")


def shipped_dags() -> Path:
    """The shipped DAG folder: inside the installed package, or at the top of a checkout."""
    packaged = Path(str(files("windage"))) / "demo" / "dags"
    return packaged if packaged.is_dir() else Path(str(files("windage"))).parents[1] / "dags"


def write_log(folder: Path) -> None:
    """Write one partition per UTC day, such as ``date=2013-03-08/part-0.parquet``, as a prediction service would."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    done = folder / "_COMPLETE"
    if done.exists():
        return
    log = pq.read_table(Path(str(files("windage.demo"))) / LOG)
    dates = log.column("flight_date")
    for date in pc.unique(dates):
        partition = folder / f"date={date.as_py():%Y-%m-%d}"
        partition.mkdir(parents=True, exist_ok=True)
        pq.write_table(log.filter(pc.equal(dates, date)), partition / "part-0.parquet")
    done.touch()
