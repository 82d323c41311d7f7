"""The pages that links in messages lead to: who may see them, and that nothing in them is taken for markup."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from windage.incidents.model import Seen, WindowVerdict
from windage.incidents.store import IncidentStore
from windage.store.database import Database
from windage.vocabulary import Outcome, Window

DRIFTED_DAY = date(2026, 3, 10)
WEBHOOK = {"kind": "webhook", "connection": "pager"}
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def web(airflow):
    """Airflow's API server in this process, with its plugins."""
    from airflow.api_fastapi.app import create_app
    from starlette.testclient import TestClient

    return TestClient(create_app(apps="core"), base_url="http://localhost:8080", follow_redirects=False)


@pytest.fixture(scope="module")
def login(web):
    """Headers of a user who has logged in; None is nobody."""
    from airflow.configuration import AIRFLOW_HOME

    passwords = json.loads(Path(AIRFLOW_HOME, "simple_auth_manager_passwords.json.generated").read_text())

    def headers(name):
        if name is None:
            return {}
        answer = web.post("/auth/token", json={"username": name, "password": passwords[name]})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    return headers


@pytest.fixture
def told(run, monitors, log, storage, receiver):
    """What people were told of a drifted day."""
    ended = run(monitors.dag(on_call=[WEBHOOK]), DRIFTED_DAY)
    (message,) = receiver.received
    return ended.dag.dag_id, message


def path(url):
    return urlsplit(url).path


@pytest.mark.parametrize(("user", "status"), [(None, 401), ("vera", 200), ("uma", 200), ("ada", 200)])
def test_who_may_see_the_dag_may_see_its_pages(web, login, told, user, status):
    dag, message = told
    assert set(message["links"]) >= {"Report", "Run"}
    link = message["links"].get("Incident") or message["links"]["Incidents"]
    for page in (path(message["links"]["Report"]), path(link), f"/windage/incidents/{dag}"):
        answer = web.get(page, headers=login(user))
        assert answer.status_code == status, page
        if status == 200:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert "amount" in answer.text
        else:
            assert "amount" not in answer.text


def test_one_incident_says_who_was_told(web, login, told, storage):
    dag, _ = told
    found = IncidentStore(Database(f"sqlite:///{storage}/windage.db")).messages(dag)
    incident, messages = next((each, sent) for each, sent in found if sent)
    answer = web.get(f"/windage/incidents/{dag}/{messages[0].incidents[0]}", headers=login("vera"))
    assert "webhook pager" in answer.text
    assert "delivered" in answer.text
    assert "opened" in answer.text
    assert incident.latest.headline.split("`")[1] in answer.text


@pytest.mark.parametrize(
    "page",
    [
        "/windage/reports/{dag}/2020-01-01T00:00:00Z",
        "/windage/reports/no_such_monitor/2026-03-11T00:00:00Z",
        "/windage/incidents/{dag}/no-such-incident",
        "/windage/reports/..%2F..%2Fetc/2026-03-11T00:00:00Z",
    ],
)
def test_what_is_not_there_is_not_found(web, login, told, page):
    assert web.get(page.format(dag=told[0]), headers=login("ada")).status_code == 404


def test_a_time_that_is_none_is_refused(web, login, told):
    assert web.get(f"/windage/reports/{told[0]}/passwd", headers=login("ada")).status_code == 422


def test_nothing_from_outside_becomes_markup(web, login, storage, airflow):
    seen = Seen(
        subjects=(f"feature {EVIL}",), triggers=("missingness",), severity="critical", headline=EVIL, features=(EVIL,),
        users=(EVIL,),
    )  # fmt: skip
    window = Window.model_validate({"start": "2026-03-01", "end": "2026-03-02"})
    verdict = WindowVerdict(monitor="evil", window=window, outcome=Outcome.alert, findings=(seen,))
    store = IncidentStore(Database(f"sqlite:///{storage}/windage.db"))
    store.record(verdict)
    store.decide(store.incidents("evil")[0], "acknowledged", by=EVIL, note=EVIL)
    answer = web.get("/windage/incidents/evil", headers=login("ada"))
    assert answer.status_code == 200
    assert EVIL not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_store_that_is_gone_is_said(web, login, told, monkeypatch):
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", "postgresql://windage:hunter2@127.0.0.1:9/gone")
    answer = web.get(f"/windage/incidents/{told[0]}", headers=login("ada"))
    assert answer.status_code == 503
    assert "hunter2" not in answer.text
