"""Every kind of channel against a local server that speaks its protocol."""

from __future__ import annotations

import json
import os
from functools import partial
from types import SimpleNamespace

import pytest
from pydantic import TypeAdapter

from windage.airflow.channels import connections, slack
from windage.airflow.channels.slack import blocks, escaped
from windage.airflow.channels.time_limit import result_within
from windage.airflow.sending import SECONDS_TO_SEND
from windage.errors import DeliveryFailed
from windage.message import Link, Message
from windage.reports.document import to_json
from windage.spec.channel_kinds import AnyChannel, channel_kinds
from windage.vocabulary import DriftReport, Picture

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # of one of Apprise's services

PICTURE = Picture(
    edges=(0.0, 1.0, 2.0),
    reference_shares=(0.5, 0.5),
    current_shares=(0.1, 0.9),
    ecdf_x=(0.0, 1.0, 2.0),
    reference_ecdf=(0.0, 0.5, 1.0),
    current_ecdf=(0.0, 0.1, 1.0),
    ks_at=1.0,
)


@pytest.fixture
def message(tmp_path):
    """A message with a picture."""
    report = tmp_path / "drift_report.json"
    report.write_bytes(to_json(DriftReport(summary="1 alert(s) raised.", pictures={"temp": PICTURE})))
    return Message(
        event="drift",
        text="[Critical] flights: `temp` <moved> & stayed.\nWindow 2026-03-01 – 2026-03-02.",
        key="key-1",
        incident="incident-1",
        monitor="flights",
        links=(Link(name="Run", url="http://airflow/dags/flights"),),
        facts={"event": "drift", "window_end": "2026-03-02T00:00:00Z"},
        report=str(report),
        pictures=("temp",),
    )


def over(message, event="resolved"):
    return message.model_copy(update={"event": event, "text": "[Over] flights: it is over."})


SLACK = SimpleNamespace(
    kind="slack",
    connection=lambda url: {"conn_type": "slack", "password": "xoxb-1", "extra": {"base_url": f"{url}/api/"}},
    keys={"channel": "#drift"},
)
SLACK_WEBHOOK = SimpleNamespace(
    kind="slack_webhook",
    connection=lambda url: {"conn_type": "slackwebhook", "password": f"{url}/services/T/B/x"},
    keys={},
)
PAGERDUTY = SimpleNamespace(
    kind="pagerduty",
    connection=lambda url: {"conn_type": "pagerduty_events", "password": "routing-key", "host": url},
    keys={},
)
OPSGENIE = SimpleNamespace(
    kind="opsgenie",
    connection=lambda url: {"conn_type": "opsgenie", "password": "api-key", "host": url},
    keys={"teams": ["ml"]},
)
APPRISE = SimpleNamespace(
    kind="apprise",
    connection=lambda url: {
        "conn_type": "apprise",
        "extra": {"config": {"path": f"{url.replace('http', 'json')}/hook", "tag": "all"}},
    },
    keys={},
)
WEBHOOK = SimpleNamespace(kind="webhook", connection=lambda url: {"conn_type": "http", "host": url}, keys={})
HTTP = [SLACK, SLACK_WEBHOOK, PAGERDUTY, OPSGENIE, WEBHOOK]


def about(*services):
    return pytest.mark.parametrize("service", services, ids=lambda each: each.kind)


@pytest.fixture
def server(request, service):
    """A server of the service, by https where its library takes nothing else."""
    made = request.getfixturevalue("secure_receiver" if service is PAGERDUTY else "receiver")
    answers(made, service.kind)
    return made


@pytest.fixture
def channel(service, server, monkeypatch):
    """The channel whose connection ``c`` leads to the server."""
    monkeypatch.setenv("AIRFLOW_CONN_C", json.dumps(service.connection(server.url)))
    return TypeAdapter(AnyChannel).validate_python({"kind": service.kind, "connection": "c", **service.keys})


def slack_says(path):
    return {
        "/api/chat.postMessage": {"ok": True, "channel": "C1", "ts": "1.2"},
        "/api/files.getUploadURLExternal": {"ok": True, "file_id": "F1", "upload_url": f"{slack_says.url}/upload"},
        "/api/files.completeUploadExternal": {"ok": True, "files": [{"id": "F1"}]},
    }.get(path)


def answers(server, kind):
    slack_says.url = server.url
    says = {
        "slack": slack_says,
        "pagerduty": lambda path: {"status": "success", "dedup_key": "incident-1"},
        "opsgenie": lambda path: {"result": "Request will be processed", "took": 0.1, "requestId": "r"},
    }
    server.says = says.get(kind, lambda path: None)
    server.status = 202 if kind in ("pagerduty", "opsgenie") else 200


def test_every_kind_but_mail_is_tried_here():
    assert channel_kinds().keys() == {each.kind for each in (*HTTP, APPRISE)} | {"email"}


@about(SLACK)
def test_slack_gets_the_message_and_the_picture_in_its_thread(channel, server, message):
    channel.send(message)
    assert server.paths == [
        "/api/chat.postMessage",
        "/api/files.getUploadURLExternal",
        "/upload",
        "/api/files.completeUploadExternal",
    ]
    posted, _, picture, completed = server.received
    assert posted["channel"] == "#drift"
    assert posted["text"].startswith("[Critical] flights: `temp` &lt;moved&gt; &amp; stayed.\n")
    blocks = posted["blocks"] if isinstance(posted["blocks"], list) else json.loads(posted["blocks"])
    assert blocks[0]["text"]["text"] == "*[Critical] flights: `temp` &lt;moved&gt; &amp; stayed.*"
    assert blocks[-1]["elements"][0]["url"] == "http://airflow/dags/flights"
    assert server.headers[0]["Authorization"] == "Bearer xoxb-1"
    assert picture.startswith(b"\x89PNG")
    assert (completed["channel_id"], completed["thread_ts"]) == ("C1", "1.2")


@about(SLACK)
def test_slack_that_takes_no_picture_has_been_told_all_the_same(channel, server, message):
    server.answers = [(200, {}), (500, {})]
    channel.send(message)
    assert server.paths[0] == "/api/chat.postMessage"


@about(SLACK)
@pytest.mark.parametrize(("said", "is_final"), [("channel_not_found", True), ("internal_error", False)])
def test_slack_says_why_in_its_own_words(channel, server, message, said, is_final):
    server.says = lambda path: {"ok": False, "error": said}
    with pytest.raises(DeliveryFailed, match=said) as failure:
        channel.send(message)
    assert failure.value.is_final is is_final


@about(SLACK_WEBHOOK)
def test_a_slack_webhook_gets_the_same_blocks(channel, server, message):
    channel.send(message)
    (posted,) = server.received
    assert server.paths == ["/services/T/B/x"]
    assert posted["text"].startswith("[Critical] flights: `temp` &lt;moved&gt; &amp; stayed.\n")
    assert posted["blocks"][0]["type"] == "section"


def test_slack_gets_a_long_message_in_blocks_of_whole_lines():
    lines = [f"{k} {'<&>' * 40}" for k in range(60)]
    text = "\n".join(["first " + "&" * 1000, *lines, "x" + "&" * 1000])
    made = blocks(Message(event="digest", text=text, key="k", incident="i"))
    told = [each["text"]["text"] for each in made]
    assert max(map(len, told)) <= 3000
    assert "\n".join(told[1:]).split("\n")[:-1] == [escaped(each) for each in lines]
    assert told[0].endswith("&amp;…*")
    assert told[-1].endswith("&amp;…")


@about(PAGERDUTY)
def test_pagerduty_is_triggered_acknowledged_and_resolved_under_one_key(channel, server, message):
    for each in (message, over(message, "acknowledged"), over(message)):
        channel.send(each)
    assert [(each["event_action"], each["dedup_key"]) for each in server.received] == [
        ("trigger", "incident-1"),
        ("acknowledge", "incident-1"),
        ("resolve", "incident-1"),
    ]
    first = server.received[0]
    assert first["routing_key"] == "routing-key"
    assert first["payload"]["severity"] == "critical"
    assert first["payload"]["summary"] == message.subject
    assert first["payload"]["custom_details"]["text"] == message.text
    assert first["links"] == [{"href": "http://airflow/dags/flights", "text": "Run"}]


@pytest.mark.parametrize("host", ["http://events.example.org", "events.example.org"])
def test_a_region_of_pagerduty_that_is_no_https_url_is_said(message, monkeypatch, host):
    monkeypatch.setenv("AIRFLOW_CONN_C", json.dumps(PAGERDUTY.connection(host)))
    channel = TypeAdapter(AnyChannel).validate_python({"kind": "pagerduty", "connection": "c"})
    with pytest.raises(DeliveryFailed, match="The host in connection 'c' is not an https URL") as refusal:
        channel.send(message)
    assert refusal.value.is_final


@about(OPSGENIE)
def test_opsgenie_creates_acknowledges_and_closes_under_one_alias(channel, server, message):
    for each in (message, over(message, "acknowledged"), over(message)):
        channel.send(each)
    assert server.paths == [
        "/v2/alerts",
        "/v2/alerts/incident-1/acknowledge?identifierType=alias",
        "/v2/alerts/incident-1/close?identifierType=alias",
    ]
    created = server.received[0]
    assert (created["alias"], created["priority"]) == ("incident-1", "P1")
    assert created["responders"] == [{"name": "ml", "type": "team"}]
    assert created["description"] == message.body
    assert "api-key" in server.headers[0]["Authorization"]


@about(APPRISE)
def test_apprise_tells_its_services_with_the_picture(channel, server, message):
    channel.send(message)
    (posted,) = server.received
    assert posted["title"] == message.subject
    assert "moved" in posted["message"]
    assert posted["type"] == "failure"
    assert posted["attachments"][0]["mimetype"] == "image/png"


@about(APPRISE)
def test_a_storage_that_never_answers_keeps_only_the_pictures_back(channel, server, message, mute_store, monkeypatch):
    monkeypatch.setattr(connections, "_SECONDS_FOR_REPORT", 1.0)
    of_silent = message.model_copy(update={"report": "s3://mute/drift_report.json"})
    result_within(SECONDS_TO_SEND, partial(channel.send, of_silent))
    (posted,) = server.received
    assert "moved" in posted["message"]
    assert not posted["attachments"]


@about(APPRISE)
def test_apprise_that_told_nobody_is_a_failed_delivery(channel, server, message, monkeypatch):
    server.answers = [(500, {})]
    with pytest.raises(DeliveryFailed, match="Not every service of connection 'c'"):
        channel.send(message)
    monkeypatch.setenv("AIRFLOW_CONN_C", "apprise://")
    with pytest.raises(DeliveryFailed, match="has no valid services"):
        channel.send(message)


@about(*HTTP)
@pytest.mark.parametrize(("status", "is_final"), [(429, False), (500, False), (503, False), (401, True)])
def test_a_refusal_says_whether_a_later_try_may_help(channel, server, message, status, is_final):
    server.answers = [(status, {"Retry-After": "7"})]
    with pytest.raises(DeliveryFailed) as failure:
        channel.send(message)
    assert failure.value.is_final is is_final
    assert f"'c' answered {status}" in str(failure.value)
    assert failure.value.wait == 7
    assert len(server.received) == 1
    assert not any(secret in str(failure.value) for secret in ("xoxb-1", "routing-key", "api-key", "services/T"))


@about(*HTTP, APPRISE)
def test_nobody_there_is_no_final_refusal(channel, server, message):
    server.close()
    with pytest.raises(DeliveryFailed, match=r"'c'") as failure:
        channel.send(message)
    assert not failure.value.is_final


@about(*HTTP)
def test_a_certificate_that_nobody_knows_is_named(airflow, message, service, distrusted_receiver, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_C", json.dumps(service.connection(distrusted_receiver.url)))
    channel = TypeAdapter(AnyChannel).validate_python({"kind": service.kind, "connection": "c", **service.keys})
    with pytest.raises(DeliveryFailed, match="certificate of the receiver of connection 'c' is not valid") as failure:
        channel.send(message)
    assert failure.value.is_final


@about(SLACK)
def test_slack_that_takes_pictures_a_byte_at_a_time_has_been_told_all_the_same(
    channel, server, message, dripping, monkeypatch
):
    monkeypatch.setattr(slack, "_SECONDS_FOR_PICTURES", 2.0)
    says = server.says

    def dripping_says(path):
        if path.endswith("getUploadURLExternal"):
            return {"ok": True, "file_id": "F1", "upload_url": os.environ["AIRFLOW_CONN_DRIP"]}
        return says(path)

    server.says = dripping_says
    channel.send(message)
    assert server.paths[0] == "/api/chat.postMessage"
    assert dripping


@about(*HTTP, APPRISE)
def test_a_missing_connection_is_named(airflow, message, service):
    document = {"kind": service.kind, "connection": "never_made", **service.keys}
    with pytest.raises(DeliveryFailed, match="Connection 'never_made'") as failure:
        TypeAdapter(AnyChannel).validate_python(document).send(message)
    assert failure.value.is_final
