"""Who may see and do what on every page and with every call, and that nothing else gets through."""

from __future__ import annotations

import pytest

from web import END, ROLES
from windage.airflow.channels.email import Email
from windage.history.store import HistoryStore
from windage.incidents.model import Told
from windage.incidents.outbox import Outbox
from windage.incidents.routing import delivery
from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue
from windage.message import Message
from windage.vocabulary import utc_now

SEES, ACTS, SIGNED_IN = "sees", "acts", "signed in"
MAY = {SIGNED_IN: ROLES[1:], SEES: ROLES[1:], ACTS: ("uma", "ada")}
M = "/monitors/{dag_id}"
W = f"{M}/windows/{{window_end}}"
API = "/api/v1"
ASKED = {
    "/": SIGNED_IN,
    "/incidents": SIGNED_IN,
    "/labels": SIGNED_IN,
    "/static/{name}": SIGNED_IN,
    f"{API}/openapi.json": SIGNED_IN,
    f"{API}/monitors": SIGNED_IN,
    M: SEES,
    "/runs/{dag_id}": SEES,
    W: SEES,
    f"{W}/drift_report.json": SEES,
    f"{W}/drift_report.html": SEES,
    f"{W}/features/{{feature:path}}": SEES,
    f"{M}/incidents": SEES,
    f"{M}/incidents/{{number}}": SEES,
    f"{M}/incidents/{{key:uuid}}": SEES,
    f"{M}/labels": SEES,
    f"{M}/policy": SEES,
    f"{API}{M}/heat": SEES,
    f"{API}{M}/subjects": SEES,
    f"{API}{M}/timeline": SEES,
    f"{API}{M}/lines/{{name}}": SEES,
    f"{API}{M}/classes": SEES,
    f"{API}{W}": SEES,
    f"{API}{M}/incidents": SEES,
    f"{API}{M}/silences": SEES,
    f"{API}{M}/labels": SEES,
    f"{API}{M}/policy": SEES,
    f"{M}/incidents/{{number}}/decide": ACTS,
    f"{M}/silences": ACTS,
    f"{M}/silences/{{silence_id}}/end": ACTS,
    f"{M}/labels/next": ACTS,
    f"{M}/labels/answer": ACTS,
    f"{M}/labels/skip": ACTS,
    f"{M}/labels/undo": ACTS,
    f"{M}/labels/stop": ACTS,
    f"{API}{M}/incidents/{{number}}/decide": ACTS,
    f"POST {API}{M}/silences": ACTS,
    f"{API}{M}/silences/{{silence_id}}/end": ACTS,
    f"{API}{M}/labels/next": ACTS,
    f"{API}{M}/labels/answer": ACTS,
    f"{API}{M}/labels/undo": ACTS,
    f"{API}{M}/policy/try": ACTS,
}
"""What Airflow is asked for each path; a path that stands here twice by its methods has them before it."""
QUERIES = {
    f"{API}{M}/timeline": {"check": "numeric_feature", "subject": "amount"},
    "/runs/{dag_id}": {"run_id": "none"},
}


def routes():
    """Every path and method of the application, those of its API with the prefix."""
    from windage.airflow.ui.app import app

    return sorted({(path, method) for path, method in _routes(app.routes) if method != "HEAD"})


def _routes(found, prefix=""):
    for route in found:
        inner = getattr(route, "routes", None)
        if inner is None and hasattr(route, "original_router"):
            inner = route.original_router.routes
        if inner is not None:
            yield from _routes(inner, prefix + getattr(route, "prefix", getattr(route, "path", "")))
        else:
            for method in route.methods:
                yield prefix + route.path, method


def asked(path, method):
    return ASKED.get(f"{method} {path}", ASKED.get(path))


def test_every_route_is_in_the_table(airflow):
    assert {path for path, method in routes() if asked(path, method) is None} == set()
    assert len(routes()) == len(ASKED)


def address(path, dag_id):
    given = {
        "{dag_id}": dag_id, "{window_end}": END, "{number}": "1", "{name}": "ui.css" if "static" in path else "rows",
        "{feature:path}": "amount", "{silence_id}": "none",
        "{key:uuid}": "1a80bea5-2000-56b1-84f2-1023e7b976dd",
    }  # fmt: skip
    for name, value in given.items():
        path = path.replace(name, value)
    return f"/windage{path}"


@pytest.mark.parametrize("role", ROLES, ids=["nobody", "viewer", "user", "admin"])
def test_each_route_lets_through_whom_airflow_lets_through(web, login, watched, role):
    """A change without its fields is refused for what it lacks, and only to those who may make it."""
    found = {}
    for path, method in routes():
        where, query = address(path, watched.monitor), QUERIES.get(path)
        answer = web.request(method, where, headers=login(role), params=query)
        if role is None:
            expected = {401}
        elif role not in MAY[asked(path, method)]:
            expected = {403}
        elif method == "GET":
            expected = {200, 303}
        else:
            expected = {200, 204, 303, 404, 422}  # 404: no such silence; 422: a field is missing
        if answer.status_code not in expected:
            found[f"{method} {path}"] = answer.status_code, answer.text[:200]
        if answer.status_code in (401, 403):
            assert "amount" not in answer.text, path
    assert found == {}


def test_a_dag_that_is_not_theirs_is_nobodys(web, login, watched, monkeypatch):
    """Where Airflow's authorisation says no of one DAG, its pages are closed and no list names it."""
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    allowed = SimpleAuthManager.is_authorized_dag

    def not_this(self, *, method, user, access_entity=None, details=None):
        if details is not None and details.id == watched.monitor:
            return False
        return allowed(self, method=method, user=user, access_entity=access_entity, details=details)

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", not_this)
    for path, method in routes():
        if asked(path, method) == SIGNED_IN:
            assert watched.monitor not in web.request(method, address(path, ""), headers=login("ada")).text
        else:
            answer = web.request(method, address(path, watched.monitor), headers=login("ada"), params=QUERIES.get(path))
            assert answer.status_code == 403, path
            assert "amount" not in answer.text


def test_when_airflow_cannot_say_nothing_is_shown(web, login, watched, monkeypatch):
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    def broken(*_, **__):
        raise RuntimeError("the directory of users is gone")

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", broken)
    for path, method in routes():
        if asked(path, method) == SIGNED_IN and path not in ("/", "/incidents", "/labels", f"{API}/monitors"):
            continue
        where = address(path, watched.monitor)
        answer = web.request(method, where, headers=login("ada"), params=QUERIES.get(path))
        assert answer.status_code == 503, path
        assert "amount" not in answer.text
        assert "directory" not in answer.text


def test_who_is_not_signed_in_is_sent_to_where_one_signs_in_and_brought_back(web, watched):
    page = f"/windage/monitors/{watched.monitor}?last=30"
    answer = web.get(page, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["Location"].partition("?")[0].endswith("/auth/login")
    assert answer.headers["Location"].endswith("next=%2Fwindage%2Fmonitors%2F" + watched.monitor + "%3Flast%3D30")


def incident(watched):
    return IncidentStore(watched.database).incidents(watched.monitor)[0]


def test_a_change_needs_the_pages_own_secret(person, watched):
    dag_id = watched.monitor
    uma, page = person("uma"), f"/windage/monitors/{dag_id}/incidents/1"
    first = incident(watched).first.start.isoformat()
    data = {"kind": "acknowledged", "first": first}
    assert uma.post(f"{page}/decide", data=data).status_code == 403
    assert uma.post(f"{page}/decide", data={**data, "csrf": "forged"}).status_code == 403
    assert uma.post(f"{page}/decide", data={**data, "csrf": person("ada").secret(page)}).status_code == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert uma.post(f"{page}/decide", page=page, data=data, headers=cross).status_code == 403
    assert incident(watched).state == "open"
    answer = uma.post(f"{page}/decide", page=page, data={**data, "note": "looking"})
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    event = incident(watched).events[-1]
    assert (event.kind, event.by, event.note) == ("acknowledged", "uma", "looking")
    text = uma.get(f"/windage/monitors/{dag_id}").text
    assert 'open since <span class="word">2026-03-10</span>, acknowledged' in text


def test_a_silence_that_is_refused_comes_back_with_what_was_typed(person, watched):
    uma, home = person("uma"), f"/windage/monitors/{watched.monitor}"
    page = f"{home}/incidents/1"
    assert "This silences every alert that is only about <code><bdi>amount</bdi></code>" in uma.get(page).text
    typed = {"lasts": "banana", "reason": "a migration", "feature": "amount"}
    for back in ({"number": "1"}, {}):
        answer = uma.post(f"{home}/silences", page=page, data={**typed, **back})
        assert answer.status_code == 422
        assert "&#39;banana&#39; is not a valid duration. Write it as 3d or 12h." in answer.text
        assert ('value="banana"' in answer.text, 'value="a migration"' in answer.text) == (True, True)
        assert ("What happened" in answer.text) is bool(back)
    for _ in range(2):
        assert uma.post(f"{home}/silences", page=page, data={**typed, "lasts": "3d"}).status_code == 303
    assert len(IncidentStore(watched.database).silences(watched.monitor)) == 1


def test_the_json_api_needs_it_too_from_a_browser(web, person, watched):
    uma = person("uma")
    path = f"/windage/api/v1/monitors/{watched.monitor}/silences"
    body = {"lasts": "3d", "reason": "a migration"}
    assert web.post(path, json=body, headers=uma.headers).status_code == 403
    secret = uma.secret(f"/windage/monitors/{watched.monitor}/incidents")
    answer = web.post(path, json=body, headers={**uma.headers, "X-CSRF-Token": secret})
    assert (answer.status_code, answer.json()["by"]) == (200, "uma")


def test_an_incident_that_is_another_by_now_is_left_alone(person, watched):
    uma, page = person("uma"), f"/windage/monitors/{watched.monitor}/incidents/1"
    answer = uma.post(f"{page}/decide", page=page, data={"kind": "resolved", "first": "2020-01-01T00:00:00+00:00"})
    assert answer.status_code == 409
    assert incident(watched).state == "open"


@pytest.mark.parametrize(
    "body",
    [b"x" * 10_000_000, (b"x" * 65_536 for _ in range(160))],
    ids=["said beforehand", "in chunks"],
)
def test_ten_megabytes_are_too_much(web, login, watched, body):
    path = f"/windage/api/v1/monitors/{watched.monitor}/silences"
    answer = web.post(path, content=body, headers={**login("ada"), "Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "page",
    [
        "/windage/static/../app.py",
        "/windage/static/..%2f..%2fapp.py",
        "/windage/static/%2e%2e/%2e%2e/app.py",
        "/windage/monitors/..%2F..%2Fetc/windows/2026-03-11T00:00:00Z",
        "/windage/monitors/{dag}/windows/2026-03-11T00:00:00Z/features/../../../../etc/passwd",
        "/windage/monitors/{dag}/windows/2020-01-01T00:00:00Z",
        "/windage/monitors/no_such_monitor",
        "/windage/monitors/{dag}/incidents/99",
        "/windage/monitors/{dag}/incidents/0",
    ],
)
def test_what_is_not_there_is_not_found(web, login, watched, page):
    answer = web.get(page.format(dag=watched.monitor), headers=login("ada"))
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize("when", ["passwd", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_none_is_refused(web, login, watched, when):
    answer = web.get(f"/windage/monitors/{watched.monitor}/windows/{when}", headers=login("ada"))
    assert answer.status_code == 422


def test_nothing_is_loaded_from_elsewhere_and_no_script_stands_in_a_page(person, watched):
    import re

    vera = person("vera")
    for path, method in routes():
        if method == "GET" and "api" not in path and "static" not in path and "drift_report" not in path:
            answer = vera.get(address(path, watched.monitor), params=QUERIES.get(path))
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
            assert "unsafe" not in policy
            assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|<style", answer.text), path
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text), path


def test_a_store_that_is_gone_is_said_without_its_password(web, login, watched, monkeypatch):
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", "postgresql://windage:hunter2@127.0.0.1:9/gone")
    answer = web.get(f"/windage/monitors/{watched.monitor}", headers={**login("ada"), "Accept": "text/html"})
    assert answer.status_code == 503
    assert "did not answer" in answer.text
    assert "hunter2" not in answer.text


def test_each_task_of_a_monitor_has_a_button_that_leads_to_its_window(watched):
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    query = select(XComModel).where(XComModel.run_id == watched.run_id, XComModel.key == "_link_ReportLink")
    with create_session() as session:
        links = {each.task_id: XComModel.deserialize_value(each) for each in session.scalars(query)}
    window = f"/windage/monitors/{watched.monitor}/windows/{END}"
    assert {"wait_for_partitions", "profile", "checks.numeric_feature", "consolidate", "enqueue_labels"} <= set(links)
    assert set(links.values()) == {window}


@pytest.mark.parametrize("beside", ["labels", "late", "history"])
def test_the_tabs_of_a_dag_beside_a_monitor_lead_to_the_monitor(web, login, watched, beside):
    dag = f"windage_{beside}_{watched.monitor}"
    tab = web.get(f"/windage/monitors/{dag}", headers=login("vera"))
    assert tab.headers["location"] == f"/windage/monitors/{watched.monitor}"
    run = web.get(f"/windage/runs/{dag}", params={"run_id": "r"}, headers=login("vera"))
    assert run.headers["location"] == f"/windage/monitors/{dag}"


def test_the_tab_of_the_dag_of_deliveries_leads_to_all_incidents(web, login, watched):
    assert web.get("/windage/monitors/windage_deliveries", headers=login("vera")).headers["location"] == (
        "/windage/incidents"
    )


def test_a_run_leads_to_its_window(web, login, watched):
    answer = web.get(f"/windage/runs/{watched.monitor}", params={"run_id": watched.run_id}, headers=login("vera"))
    assert answer.headers["Location"] == f"/windage/monitors/{watched.monitor}/windows/{END}"
    unknown = web.get(f"/windage/runs/{watched.monitor}", params={"run_id": "x"}, headers=login("vera"))
    assert unknown.headers["Location"] == f"/windage/monitors/{watched.monitor}"


def test_a_message_and_the_page_of_a_window_lead_to_the_incident(web, login, watched):
    """Of what no window finds any more, to all incidents."""
    home, vera, about = f"/windage/monitors/{watched.monitor}", login("vera"), incident(watched)
    told = Told(monitor=watched.monitor, kind="opened", subjects=about.subjects, window=about.first)
    answer = web.get(f"{home}/incidents/{told.incident_key}", headers=vera)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{home}/incidents/1")
    assert f'href="{home}/incidents/{about.key}"' in web.get("/windage/incidents", headers=vera).text
    assert web.get(f"{home}/incidents/{about.key}", headers=vera).headers["Location"] == f"{home}/incidents/1"
    unknown = web.get(f"{home}/incidents/1a80bea5-2000-56b1-84f2-1023e7b976dd", headers=vera)
    assert unknown.headers["Location"] == f"{home}/incidents"
    assert f'href="{home}/incidents/1"' in web.get(f"{home}/windows/{END}", headers=vera).text
    overview = web.get("/windage/", headers=vera).text
    assert HistoryStore(watched.database).records(watched.monitor)[-1].headline.split("`")[-1] in overview


def test_whom_a_delivered_mail_did_not_reach_stands_beside_it(web, login, watched):
    home, vera, about, now = f"/windage/monitors/{watched.monitor}", login("vera"), incident(watched), utc_now()
    told = Told(monitor=watched.monitor, kind="opened", subjects=about.subjects, window=about.first)
    mail = Email(kind="email", to=("ann@example.org", "gone@example.org"))
    message = Message(event="drift", text="It moved.", key="k", incident="i", monitor=watched.monitor)
    outbox = Outbox(watched.database)
    outbox.put([delivery(message, mail, [told], at=now)])
    outbox.delivered(outbox.lease(at=now), at=now, trouble="The server refused gone@example.org.")
    assert "The server refused gone@example.org." in web.get(f"{home}/incidents/1", headers=vera).text
    assert "not delivered to everyone" in web.get(f"{home}/incidents", headers=vera).text


def test_labels_are_answered_by_one_person_each(person, watched):
    queue = ActiveLabelingQueue(str(watched.database))
    page = f"/windage/monitors/{watched.monitor}/labels"
    uma, ada = person("uma"), person("ada")
    for each in (uma, ada):
        assert each.post(f"{page}/next", page=page).status_code == 303
    held = {each.person: each.request_id for each in queue.all_items if each.status == "leased"}
    assert set(held) == {"uma", "ada"}
    taken = ada.post(f"{page}/answer", page=page, data={"request_id": held["uma"], "label": "a"})
    assert taken.status_code == 409
    assert uma.post(f"{page}/answer", page=page, data={"request_id": held["uma"], "label": "a"}).status_code == 303
    assert queue.find([held["uma"]])[held["uma"]].label == "a"
    assert uma.post(f"{page}/answer", page=page, data={"request_id": held["uma"]}).status_code == 422
    assert uma.post(f"{page}/undo", page=page, data={"request_id": held["uma"]}).status_code == 303
    assert queue.find([held["uma"]])[held["uma"]].status == "leased"
    assert uma.post(f"{page}/skip", page=page, data={"request_id": held["uma"]}).status_code == 303
    assert uma.post(f"{page}/stop", page=page).status_code == 303
    assert [each.person for each in queue.all_items if each.status == "leased"] == ["ada"]
