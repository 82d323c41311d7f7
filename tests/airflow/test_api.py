"""The API says what it can do, does what it says, and breaks on nothing that a program may send."""

from __future__ import annotations

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans, just
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from windage.incidents.store import IncidentStore
from windage.labeling.queue import ActiveLabelingQueue

API = "/windage/api/v1"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def document(web, login, watched):
    return web.get(f"{API}/openapi.json", headers=login("ada")).json()


def test_it_describes_every_call(document):
    assert document["openapi"].startswith("3.")
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            assert call["summary"] or call["description"], (method, path)
            assert {"401", "403", "422"} <= set(call["responses"]), (method, path)


def test_what_it_is_sent_never_breaks_it(web, login, watched):
    """Every call, with what its description allows and what it does not: every answer is one that it describes."""
    ada = login("ada")
    schema = schemathesis.openapi.from_asgi(f"{API}/openapi.json", web.app, headers=ada)
    answers = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        answers[operation.label] = _fuzz(operation, ada, watched.monitor)
    assert len(answers) > 15
    assert not any({401, 403, 503} & each for each in answers.values())
    assert {label for label, each in answers.items() if not {200, 204, 404, 409} & each} == set()


def _fuzz(operation, headers, monitor):
    """The status codes that came back."""
    answered = set()

    @settings(
        max_examples=30, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    @given(case=operation.as_strategy(), of_monitor=booleans() | just(value=True))
    def one(case, of_monitor):
        if of_monitor and "dag_id" in case.path_parameters:
            case.path_parameters["dag_id"] = monitor
        answered.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    one()
    return answered


def test_a_program_takes_an_incident_on_and_silences(web, login, watched):
    home = f"{API}/monitors/{watched.monitor}"
    (first,) = web.get(f"{home}/incidents", headers=login("uma")).json()
    decided = web.post(
        f"{home}/incidents/{first['number']}/decide",
        json={"kind": "acknowledged", "note": "on it"},
        headers=login("uma"),
    )
    assert (decided.json()["by"], decided.json()["kind"]) == ("uma", "acknowledged")
    assert IncidentStore(watched.database).incidents(watched.monitor)[0].state == "acknowledged"
    made = web.post(
        f"{home}/silences", json={"lasts": "2d", "reason": "known", "feature": "amount"}, headers=login("uma")
    )
    (silent,) = web.get(f"{home}/silences", headers=login("vera")).json()
    assert silent["silence_id"] == made.json()["silence_id"]
    assert web.post(f"{home}/silences/{silent['silence_id']}/end", headers=login("uma")).status_code == 204
    assert web.get(f"{home}/silences", headers=login("vera")).json() == []
    assert web.post(f"{home}/silences/{silent['silence_id']}/end", headers=login("uma")).status_code == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"lasts": "3d", "reason": " "}, "needs a reason"),
        ({"lasts": "soon", "reason": "x"}, "is not a valid duration"),
        ({"lasts": "4000d", "reason": "x"}, "at most 366 days"),
        ({"lasts": "3d", "reason": "x", "for": "all"}, "for: unknown key."),
        ({"lasts": "3d"}, "reason: missing."),
    ],
)
def test_what_cannot_be_silenced_is_refused_in_a_sentence(web, login, watched, body, words):
    answer = web.post(f"{API}/monitors/{watched.monitor}/silences", json=body, headers=login("uma"))
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_a_program_labels(web, login, watched):
    home = f"{API}/monitors/{watched.monitor}/labels"
    desk = web.post(f"{home}/next", json={"timezone": "Europe/Berlin"}, headers=login("uma")).json()
    asked = desk["question"]
    assert {each["name"] for each in asked["features"]} == {"amount", "kind", "length"}
    assert asked["guess"] is None
    answer = {"request_id": asked["request_id"], "label": "c"}
    desk = web.post(f"{home}/answer", json=answer, headers=login("uma")).json()
    assert (desk["last"]["label"], desk["answered"]) == ("c", 1)
    assert desk["last"]["guess"] is not None
    desk = web.post(f"{home}/undo", json={"request_id": asked["request_id"]}, headers=login("uma")).json()
    assert desk["question"]["request_id"] == asked["request_id"]
    queue = ActiveLabelingQueue(str(watched.database))
    assert [each.status for each in queue.find([asked["request_id"]]).values()] == ["leased"]


def test_a_timeline_and_a_map_are_numbers(web, login, watched):
    home, vera = f"{API}/monitors/{watched.monitor}", login("vera")
    heat = web.get(f"{home}/heat", headers=vera).json()
    assert heat["features"][0]["name"] == "amount"
    assert heat["features"][0]["states"] == ["critical"]
    line = web.get(f"{home}/timeline", params={"check": "numeric_feature", "subject": "amount"}, headers=vera).json()
    assert (line["statistic"], line["is_of_shares"]) == ("effect", True)
    assert len(line["points"]) == 1
    assert line["alerts"][0][1] == "critical"
    assert web.get(f"{home}/timeline", params={"check": "x", "subject": "y"}, headers=vera).status_code == 404
    assert json.loads(web.get(f"{home}/windows/2026-03-11T00:00:00Z", headers=vera).text)["any_critical"]


def test_other_gates_are_tried(web, login, watched):
    home, uma = f"{API}/monitors/{watched.monitor}/policy", login("uma")
    gates = web.get(home, headers=uma).json()
    assert any(each["trigger"] == "feature_ks" and each["can_be_set"] for each in gates)
    tried = {"gates": {"feature_ks.critical": 2.0, "feature_ks.warning": 2.0}}
    found = web.post(f"{home}/try", json=tried, headers=uma).json()
    assert found["newly_silent"] == ["2026-03-10"]
    refused = web.post(f"{home}/try", json={"gates": {"row_volume.warning": 0.1}}, headers=uma)
    assert refused.status_code == 422
    assert "row_volume" in refused.json()["detail"]
