"""Fixtures: Airflow's API server in this process, signed-in users of every role, and a monitor with a drifted day."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from airflow_runs import DAYS, DRIFTED_DAY, FIRST_DAY, Monitors, Runner, write_day

END = "2026-03-11T00:00:00Z"
ROLES = (None, "vera", "uma", "ada")
"""Not signed in, a viewer, a user and an admin."""


@pytest.fixture(scope="session")
def web(airflow):
    """Airflow's API server in this process, with its plugins."""
    from airflow.api_fastapi.app import create_app
    from starlette.testclient import TestClient

    return TestClient(create_app(apps="core"), base_url="http://localhost:8080", follow_redirects=False)


@pytest.fixture(scope="session")
def login(web):
    """Returns the request headers of a signed-in user; None stands for not signed in."""
    from airflow.configuration import AIRFLOW_HOME

    passwords = json.loads(Path(AIRFLOW_HOME, "simple_auth_manager_passwords.json.generated").read_text())
    known = {None: {}}

    def headers(name):
        if name not in known:
            answer = web.post("/auth/token", json={"username": name, "password": passwords[name]})
            known[name] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return known[name]

    return headers


@dataclass
class Person:
    """The browser of a signed-in user: requests send the cookie and accept HTML."""

    web: Any
    token: str

    @property
    def headers(self):
        return {"Cookie": f"_token={self.token}", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}

    def get(self, path, **about):
        return self.web.get(path, headers=self.headers, **about)

    def secret(self, path):
        """The CSRF token in the page at ``path``."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found, f"{path} has no form"
        return unescape(found[1])

    def post(self, path, *, page=None, data=None, headers=None, **about):
        sent = {**(data or {}), **({"csrf": self.secret(page)} if page else {})}
        return self.web.post(path, data=sent, headers={**self.headers, **(headers or {})}, **about)


@pytest.fixture
def person(web, login):
    return lambda name: Person(web, login(name)["Authorization"].removeprefix("Bearer "))


@dataclass
class Watched:
    """A monitor that judged a drifted day: its name, the id of that run, and the storage with its database."""

    monitor: str
    run_id: str
    storage: Path

    @property
    def database(self):
        return self.at(f"sqlite:///{self.storage}/windage.db")

    @staticmethod
    def at(url):
        from windage.store.database import Database

        return Database(url)


@pytest.fixture(scope="session")
def lived(airflow, tmp_path_factory):
    """A monitor whose real DAG judged a drifted day, once for all tests."""
    storage = tmp_path_factory.mktemp("lived")
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        write_day(storage / "log", day, shift=2.0 if day == DRIFTED_DAY else 0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__WINDAGE__STORAGE", str(storage))
        patch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", f"sqlite:///{storage}/windage.db")
        monitors = Monitors(storage / "monitors", "watched")
        about = {
            "log": {"categorical": ["kind"]},
            "policy": {"preset": "calibrated"},
            "reference": {"trailing": "9d"},
            "labeling": {"limit": 30},
        }
        ended = Runner()(monitors.dag(**about), DRIFTED_DAY)
    assert ended.state == "success"
    return Watched(ended.dag.dag_id, ended.run_id, storage)


@pytest.fixture
def watched(lived, tmp_path, monkeypatch):
    """The monitor of ``lived`` with a copy of its database for one test."""
    own = tmp_path / "storage"
    own.mkdir()
    shutil.copy(lived.storage / "windage.db", own / "windage.db")
    monkeypatch.setenv("AIRFLOW__WINDAGE__STORAGE", str(lived.storage))
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", f"sqlite:///{own}/windage.db")
    return Watched(lived.monitor, lived.run_id, own)
