"""Under a base path, with the FAB auth manager and the plugin in a folder: the other way in which Airflow is deployed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api_server import api_server

REPOSITORY = Path(__file__).parents[2]
UNDER = "/ops/airflow"
PASSWORD = "of tests alone"  # noqa: S105
PEOPLE = {"vera": "Viewer", "uma": "User", "ada": "Admin", "nora": "Public"}
ADD_PEOPLE = """
import json, sys
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
people, password = json.loads(sys.argv[1]), sys.argv[2]
with get_application_builder() as builder:
    manager = builder.sm
    for name, role in people.items():
        assert manager.add_user(name, name, name, f"{name}@example.org", manager.find_role(role), password)
    # Airflow shows entries of plugins only to those who may read Plugins, which FAB gives to Op and Admin alone.
    manager.add_permission_to_role(manager.find_role("User"), manager.get_permission("can_read", "Plugins"))
"""


@pytest.fixture(scope="module")
def site(lived, tmp_path_factory):
    home = tmp_path_factory.mktemp("fab")
    (home / "dags").mkdir()
    (home / "dags" / "watched.py").write_text(
        f"from airflow.sdk import DAG\nwatched = DAG({lived.monitor!r}, schedule=None)\n"
    )
    shutil.copy(lived.storage / "windage.db", home / "windage.db")
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__FAB__AUTH_BACKENDS": "airflow.providers.fab.auth_manager.api.auth.backend.basic_auth",
        "AIRFLOW__WINDAGE__STORAGE": str(lived.storage),
        "AIRFLOW__WINDAGE__DATABASE_URL": f"sqlite:///{home}/windage.db",
    }

    def done(*command):
        run = subprocess.run(
            [sys.executable, *command], env={**os.environ, **settings}, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]

    done("-m", "airflow", "db", "migrate")
    done("-m", "airflow", "dags", "reserialize")
    done("-c", ADD_PEOPLE, json.dumps(PEOPLE), PASSWORD)
    with api_server(home / "api.log", settings, under=UNDER) as base:
        yield base, {name: _token(base, name) for name in PEOPLE}


def _token(base, name):
    return httpx.post(f"{base}/auth/token", json={"username": name, "password": PASSWORD}).json()["access_token"]


def asked(site, path, name, *, body=None):
    base, tokens = site
    headers = {"Authorization": f"Bearer {tokens[name]}"} if name else {}
    answer = httpx.request("POST" if body else "GET", f"{base}/windage{path}", json=body, headers=headers, timeout=30)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("name", "sees", "acts"),
    [(None, 401, 401), ("nora", 403, 403), ("vera", 200, 403), ("uma", 200, 200), ("ada", 200, 200)],
)
def test_roles_of_fab_are_asked(site, name, sees, acts):
    for path in ("/monitors/watched", "/monitors/watched/incidents", "/api/v1/monitors/watched/heat"):
        status, text = asked(site, path, name)
        assert status == sees, path
        assert ("amount" in text) == (sees == 200), path
    silence = {"lasts": "1d", "reason": f"of {name}", "feature": str(name)}
    assert asked(site, "/api/v1/monitors/watched/silences", name, body=silence)[0] == acts
    listed, text = asked(site, "/", name)
    assert listed == (401 if name is None else 200)
    assert ("watched" in text) == (sees == 200)


def test_every_address_stands_below_the_base_path(site):
    import re

    for path in (
        "/",
        "/monitors/watched",
        "/monitors/watched/windows/2026-03-11T00:00:00Z",
        "/monitors/watched/labels",
    ):
        _, text = asked(site, path, "ada")
        found = re.findall(r'(?:href|src|action|data-source|data-windows)="(/[^"]*)"', text)
        assert found
        assert [each for each in found if not each.startswith(UNDER)] == []
        for each in {each for each in found if "/static/" in each}:
            assert asked(site, each.removeprefix(f"{UNDER}/windage"), "ada")[0] == 200


@pytest.mark.browser
def test_airflow_shows_it_in_its_own_pages_below_the_base_path(site, browser):
    from playwright.sync_api import expect

    base, tokens = site
    context = browser.new_context()
    context.add_cookies([{"name": "_token", "value": tokens["uma"], "url": base}])
    page = context.new_page()
    page.goto(f"{base}/")
    page.get_by_role("link", name="Drift", exact=True).click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="watched").click()
    expect(frame.get_by_role("heading", name="watched")).to_be_visible()
    expect(frame.locator("figure.chart canvas").first).to_be_visible()
    page.goto(f"{base}/windage/monitors/watched/incidents/1")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("acknowledged by")).to_be_visible()
    assert page.url == f"{base}/windage/monitors/watched/incidents/1"
    context.close()
