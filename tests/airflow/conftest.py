"""Fixtures of a real Airflow in this process, with its own home and SQLite database; a DAG run takes tenths of a second."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from airflow_runs import DAYS, DRIFTED_DAY, FIRST_DAY, Monitors, Runner, write_day
from receivers import (  # noqa: F401 — fixtures
    distrusted_receiver,
    dripping,
    mailbox,
    mute,
    mute_store,
    nobody_there,
    receiver,
    secure_receiver,
    wordy,
)
from web import lived, login, person, watched, web  # noqa: F401 — fixtures

HOME = Path(tempfile.mkdtemp(prefix="windage-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
(HOME / "dags").mkdir()
os.environ |= {  # before the first import of airflow, which reads them once
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(HOME / "plugins"),
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "vera:viewer,uma:user,ada:admin",
    "AIRFLOW__API_AUTH__JWT_SECRET": "of tests alone, and as long as the signature wants its secrets to be: 64 bytes",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.airflow)
            item.add_marker(pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`"))
            item.add_marker(pytest.mark.filterwarnings("ignore:No path_separator found"))  # in FAB's Alembic settings


@pytest.fixture(scope="session")
def airflow() -> None:
    """A migrated metadata database."""
    from airflow.configuration import AIRFLOW_HOME
    from airflow.utils.db import initdb

    assert str(HOME) == AIRFLOW_HOME, "airflow was imported before its home for tests was set"
    initdb()


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty storage with an empty database, set in Airflow's [windage] options."""
    place = tmp_path / "storage"
    monkeypatch.setenv("AIRFLOW__WINDAGE__STORAGE", str(place))
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", f"sqlite:///{place}/windage.db")
    return place


@pytest.fixture
def log(storage: Path) -> Path:
    """Ten days of predictions, the last of which has drifted."""
    place = storage / "log"
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        write_day(place, day, shift=2.0 if day == DRIFTED_DAY else 0.0)
    return place


@pytest.fixture
def monitors(tmp_path: Path, request: pytest.FixtureRequest) -> Monitors:
    return Monitors(tmp_path / "monitors", re.sub(r"\W+", "_", request.node.name)[:90].strip("_"))


@pytest.fixture
def run(airflow: None) -> Runner:
    return Runner()
