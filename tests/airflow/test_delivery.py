"""Messages over real sockets."""

from __future__ import annotations

import json
import os
import time
from base64 import b64encode
from datetime import timedelta
from inspect import signature

import pytest
from airflow.sdk import Connection

from windage.airflow import sending
from windage.airflow.channels.connections import refused
from windage.airflow.channels.email import Email
from windage.airflow.channels.webhook import Webhook, address
from windage.airflow.sending import deliver, deliver_due
from windage.errors import DeliveryFailed
from windage.incidents.outbox import LEASE, Outbox
from windage.incidents.routing import delivery
from windage.message import Link, Message
from windage.store.database import Database
from windage.vocabulary import utc_now

PAGER = Webhook(kind="webhook", connection="pager", headers={"X-Team": "ml"})
MAIL = Email(kind="email", to=("a@example.org", "b@example.org"), connection="mail")
TO_ONE_WHO_IS_GONE = MAIL.model_copy(update={"to": ("a@example.org", "gone@example.org")})
MESSAGE = Message(
    event="drift",
    text="[Critical] flights: `temp` moved.\nMore <b>below</b>.",
    key="k",
    incident="i",
    facts={"event": "drift", "key": "k"},
    links=(Link(name="Run", url="http://airflow/dags/flights"),),
)


def test_a_webhook_gets_text_and_facts(receiver):
    deliver(MESSAGE, [PAGER])
    assert receiver.received == [{"text": MESSAGE.body, "subject": MESSAGE.subject, "event": "drift", "key": "k"}]
    assert receiver.paths == ["/hook"]
    assert receiver.headers[0]["Idempotency-Key"] == "k"
    assert receiver.headers[0]["X-Team"] == "ml"


def test_a_mail_goes_to_everyone_and_is_escaped(mailbox):
    deliver(MESSAGE, [MAIL])
    (mail,) = mailbox
    assert mail["To"] == "a@example.org, b@example.org"
    assert mail["From"] == "windage@example.org"
    assert mail["Subject"] == "[Critical] flights: `temp` moved."
    assert mail["Message-ID"] == "<k@windage>"
    assert "<b>[Critical] flights: <code>temp</code> moved.</b></p>" in mail.get_body(("html",)).get_content()
    assert "&lt;b&gt;below&lt;/b&gt;" in mail.get_body(("html",)).get_content()
    assert '<a href="http://airflow/dags/flights">Run</a>' in mail.get_body(("html",)).get_content()
    assert mail.get_body(("plain",)).get_content().splitlines() == MESSAGE.body.splitlines()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_receiver_is_asked_again(receiver, status):
    receiver.answers = [(status, {}), (status, {})]
    deliver(MESSAGE, [PAGER])
    assert len(receiver.received) == 3


def test_a_receiver_that_names_its_pause_is_given_it(receiver):
    receiver.answers = [(429, {"Retry-After": "1"})]
    began = time.monotonic()
    deliver(MESSAGE, [PAGER])
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3.5", 3.5),
        ("6000", 600),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 600),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 0),
        ("-3", 0),
        ("nan", 0),
        ("²", 0),
        ("soon", 0),
    ],
)
def test_a_pause_is_a_number_or_a_date(said, seconds):
    assert refused("pager", 429, retry_after=said).wait == seconds


def test_a_receiver_that_answers_a_byte_at_a_time_holds_nobody_up(dripping, receiver, tmp_path, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS_TO_SEND", 0.5)
    slow = Webhook(kind="webhook", connection="drip")
    outbox = Outbox(Database(f"sqlite:///{tmp_path}/x.db"))
    outbox.put([delivery(MESSAGE, slow, at=utc_now() - timedelta(minutes=1)), delivery(MESSAGE, PAGER, at=utc_now())])
    sent = deliver_due(outbox)
    assert len(receiver.received) == sent.messages == 1
    (failure,) = sent.failures
    assert "channel of kind webhook did not take the message within 0.5 seconds" in failure
    assert len(dripping) == sending.TRIES


def test_a_receiver_that_takes_the_message_and_never_ends_to_say_so_has_it_once(wordy):
    deliver(MESSAGE, [Webhook(kind="webhook", connection="drip")], within=3.0)
    assert len(wordy) == 1


def test_a_lease_outlasts_all_tries_of_its_message():
    patience = signature(Database).parameters["wait_seconds"].default
    assert patience + sending.SECONDS_FOR_ONE + sending.SECONDS_TO_SEND < LEASE.total_seconds()


@pytest.mark.parametrize("status", [301, 400, 401, 404])
def test_a_refusal_is_final(receiver, status):
    receiver.answers = [(status, {"Location": "http://elsewhere.invalid"})]
    with pytest.raises(DeliveryFailed, match=f"'pager' answered {status}"):
        deliver(MESSAGE, [PAGER])
    assert len(receiver.received) == 1


def test_no_try_outlasts_its_time(receiver):
    receiver.answers = [(503, {"Retry-After": "600"})]
    began = time.monotonic()
    with pytest.raises(DeliveryFailed):
        deliver(MESSAGE, [PAGER], within=2.0)
    assert time.monotonic() - began < 2


def test_a_dead_channel_keeps_no_other_from_being_told(nobody_there, mailbox):
    with pytest.raises(DeliveryFailed) as failure:
        deliver(MESSAGE, [PAGER, MAIL], within=1.0)
    assert len(mailbox) == 1
    assert "ConnectError" in str(failure.value)
    assert "hunter2" not in str(failure.value)
    assert "secret-path" not in str(failure.value)


@pytest.mark.parametrize("channel", [PAGER, MAIL])
def test_a_connection_that_does_not_exist_is_named(airflow, channel):
    with pytest.raises(DeliveryFailed, match=f"Connection '{channel.connection}'"):
        deliver(MESSAGE, [channel])


def test_a_dead_mail_server_is_a_failed_delivery(monkeypatch, nobody_there):
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", "smtp://user:hunter2@127.0.0.1:9/?disable_ssl=1&disable_tls=1")
    with pytest.raises(
        DeliveryFailed, match=r"'mail' did not accept the message \(ConnectionRefusedError\)"
    ) as failure:
        deliver(MESSAGE, [MAIL])
    assert "hunter2" not in str(failure.value)


def test_a_mail_without_a_sender_is_not_tried_again(mailbox, monkeypatch):
    found = json.loads(os.environ["AIRFLOW_CONN_MAIL"])
    del found["extra"]["from_email"]
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", json.dumps(found))
    with pytest.raises(DeliveryFailed, match=r"'mail' names no sender\. Put from_email into its extras") as failure:
        deliver(MESSAGE, [MAIL])
    assert "tries" not in str(failure.value)


def test_a_sender_of_two_lines_is_not_tried_again(mailbox, monkeypatch):
    found = json.loads(os.environ["AIRFLOW_CONN_MAIL"])
    found["extra"]["from_email"] = "a@example.org\nBcc: b@example.org"
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", json.dumps(found))
    with pytest.raises(
        DeliveryFailed, match="sender in connection 'mail' is not a mail address on one line"
    ) as failure:
        deliver(MESSAGE, [MAIL])
    assert "tries" not in str(failure.value)
    assert mailbox == []


def test_of_several_receivers_of_a_mail_the_refused_one_is_named_and_the_others_have_it_once(mailbox, caplog):
    deliver(MESSAGE, [TO_ONE_WHO_IS_GONE])
    assert len(mailbox) == 1
    assert "connection 'mail' refused 1 receiver: gone@example.org (550). Correct on_call" in caplog.text


def test_the_outbox_keeps_which_receiver_of_a_delivered_mail_was_refused(mailbox, tmp_path):
    outbox = Outbox(Database(f"sqlite:///{tmp_path}/x.db"))
    outbox.put([delivery(MESSAGE, TO_ONE_WHO_IS_GONE, at=utc_now())])
    assert deliver_due(outbox) == sending.Sent(messages=1)
    assert deliver_due(outbox) == sending.Sent()
    (kept,) = outbox.of("")
    assert (len(mailbox), kept.state) == (1, "delivered")
    assert "refused 1 receiver: gone@example.org (550)" in kept.trouble


def test_a_mail_that_no_receiver_may_have_is_a_failed_delivery(mailbox):
    with pytest.raises(DeliveryFailed, match="'mail' did not accept the message"):
        deliver(MESSAGE, [MAIL.model_copy(update={"to": ("gone@example.org",)})], within=1.0)
    assert mailbox == []


@pytest.mark.parametrize("end", ["\n", "\r", "\v", "\x85", "\u2028"])
def test_a_subject_ends_with_its_line_whatever_ends_that(mailbox, end):
    deliver(MESSAGE.model_copy(update={"text": f"[Critical] flights{end}Bcc: b@example.org"}), [MAIL])
    (mail,) = mailbox
    assert mail["Subject"] == "[Critical] flights"
    assert mail["Bcc"] is None


def test_a_mail_server_with_a_certificate_that_nobody_knows_is_told_so(distrusted_receiver, monkeypatch):
    port = distrusted_receiver.url.rpartition(":")[2]
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", f"smtp://localhost:{port}")
    with pytest.raises(DeliveryFailed, match="certificate of the receiver of connection 'mail' is not valid here"):
        deliver(MESSAGE, [MAIL])


@pytest.mark.parametrize(
    "headers", [{"X-Team": "é"}, {"X-Team": "a\nb"}, {"X Team": "ml"}, {"": "ml"}, {"Content-Length": "3"}]
)
def test_a_header_that_cannot_be_sent_is_named_and_not_tried_again(receiver, headers, monkeypatch):
    (name,) = headers
    extra = {"headers": headers}
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", json.dumps({"conn_type": "http", "host": receiver.url, "extra": extra}))
    with pytest.raises(DeliveryFailed, match=f"The header '{name}' for connection 'pager' cannot be sent") as failure:
        deliver(MESSAGE, [PAGER])
    assert "tries" not in str(failure.value)
    assert receiver.received == []


def test_the_value_of_a_secret_header_is_not_told(receiver, monkeypatch):
    host, port = receiver.url.removeprefix("http://").split(":")
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", f"http://:hunter2%C3%A9@{host}:{port}")
    with pytest.raises(DeliveryFailed, match="The header 'Authorization'") as failure:
        deliver(MESSAGE, [PAGER])
    assert "hunter2" not in str(failure.value)
    extra = {"headers": "hunter2"}
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", json.dumps({"conn_type": "http", "host": receiver.url, "extra": extra}))
    with pytest.raises(DeliveryFailed, match="are not a mapping of names to values") as failure:
        deliver(MESSAGE, [PAGER])
    assert "hunter2" not in str(failure.value)


def test_secrets_of_the_connection_authenticate(receiver, monkeypatch):
    host, port = receiver.url.removeprefix("http://").split(":")
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", f"http://:s3cret@{host}:{port}")
    deliver(MESSAGE, [PAGER])
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", f"http://ann:s3cret@{host}:{port}")
    deliver(MESSAGE, [PAGER])
    assert [each["Authorization"] for each in receiver.headers] == [
        "Bearer s3cret",
        f"Basic {b64encode(b'ann:s3cret').decode()}",
    ]


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ({"uri": "https://hooks.example.com/services/T0/B0"}, "https://hooks.example.com/services/T0/B0"),
        ({"uri": "http://hooks.example.com:8080"}, "http://hooks.example.com:8080"),
        ({"conn_type": "http", "host": "https://hooks.example.com/a/"}, "https://hooks.example.com/a"),
        ({"conn_type": "http", "host": "hooks.example.com", "schema": "https"}, "https://hooks.example.com"),
        ({"conn_type": "generic", "host": "hooks.example.com", "port": 1}, "https://hooks.example.com:1"),
        (
            {"conn_type": "http", "host": "hooks.example.com", "extra": '{"endpoint": "/x"}'},
            "http://hooks.example.com/x",
        ),
    ],
)
def test_the_address_of_a_connection(connection, expected):
    assert address(Connection(conn_id="c", **connection)) == expected
