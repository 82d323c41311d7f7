"""Whoever hangs, a receiver or a callback, is interrupted, and nothing of it is left running."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import partial

import pytest
from pydantic import TypeAdapter

from airflow_runs import DRIFTED_DAY
from windage.airflow import sending
from windage.airflow.channels.time_limit import TimeIsUp, result_within
from windage.airflow.dags.monitor import monitor_dag
from windage.airflow.sending import deliver, deliver_due
from windage.errors import DeliveryFailed
from windage.incidents.outbox import Outbox
from windage.incidents.routing import delivery
from windage.message import Message
from windage.spec.channel_kinds import AnyChannel
from windage.spec.load import parse_monitor
from windage.store.database import Database
from windage.vocabulary import utc_now

MESSAGE = Message(event="drift", text="[Critical] flights: it moved.", key="k", incident="i")
KINDS = {
    "webhook": lambda url: {"conn_type": "http", "host": url},
    "slack": lambda url: {"conn_type": "slack", "password": "xoxb-1", "extra": {"base_url": f"{url}/api/"}},
    "slack_webhook": lambda url: {"conn_type": "slackwebhook", "password": f"{url}/services/T/B/x"},
    "opsgenie": lambda url: {"conn_type": "opsgenie", "password": "api-key", "host": url},
    "apprise": lambda url: {
        "conn_type": "apprise",
        "extra": {"config": [{"path": url.replace("http", "json") + place, "tag": "all"} for place in ("/a", "/b")]},
    },
}
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # of one of Apprise's services


def of_kind(kind, **keys):
    return TypeAdapter(AnyChannel).validate_python({"kind": kind, "connection": "drip", **keys})


@pytest.fixture
def nothing_left():
    """Fails where a thread that was not there before has not ended, or the alarm is not as it was."""
    before, handler = set(threading.enumerate()), signal.getsignal(signal.SIGALRM)
    yield
    new = [each for each in threading.enumerate() if each not in before]
    assert [each for each in new if "(answer)" not in each.name] == []  # but for the receiver's own
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is handler  # Airflow leaves its own behind where it has read a DAG file


@pytest.mark.parametrize("kind", KINDS)
def test_a_receiver_that_answers_without_end_leaves_no_thread(airflow, dripping, nothing_left, kind, monkeypatch):
    channel = of_kind(kind, **({"channel": "#drift"} if kind == "slack" else {}))
    url = os.environ["AIRFLOW_CONN_DRIP"]
    monkeypatch.setenv("AIRFLOW_CONN_DRIP", json.dumps(KINDS[kind]("http://127.0.0.1:9")))
    with pytest.raises(DeliveryFailed):  # imports the receiver's library, which takes its time
        channel.send(MESSAGE)
    monkeypatch.setattr(sending, "SECONDS_TO_SEND", 0.7)
    monkeypatch.setattr(sending, "TRIES", 1)
    monkeypatch.setenv("AIRFLOW_CONN_DRIP", json.dumps(KINDS[kind](url)))
    began = time.monotonic()
    with pytest.raises(DeliveryFailed, match=f"channel of kind {kind} did not take the message within 0.7 seconds"):
        deliver(MESSAGE, [channel])
    assert time.monotonic() - began < 3
    assert dripping


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # smtplib leaves closing to Python
def test_a_mail_server_that_never_speaks_leaves_no_thread(airflow, mute, nothing_left, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS_TO_SEND", 0.5)
    monkeypatch.setattr(sending, "TRIES", 1)
    monkeypatch.setenv(
        "AIRFLOW_CONN_DRIP", f"smtp://127.0.0.1:{mute}/?disable_ssl=1&disable_tls=1&from_email=a%40b.org"
    )
    with pytest.raises(DeliveryFailed, match=r"channel of kind email did not take the message within 0\.5 seconds"):
        deliver(MESSAGE, [of_kind("email", to=["a@example.org"])])


def test_a_library_that_swallows_every_error_is_interrupted_again(nothing_left):
    def stubborn():
        with suppress(BaseException):
            time.sleep(60)
        time.sleep(60)

    began = time.monotonic()
    with pytest.raises(TimeIsUp):
        result_within(0.2, stubborn)
    assert time.monotonic() - began < 2


def test_a_limit_within_a_shorter_one_is_heard_of_first_and_gives_the_outer_one_its_rest(nothing_left):
    def outer():
        with pytest.raises(TimeIsUp, match="than 30 seconds"):
            result_within(30, partial(time.sleep, 60))
        time.sleep(60)

    began = time.monotonic()
    with pytest.raises(TimeIsUp, match="than 1 seconds"):
        result_within(1, outer)
    assert 1 <= time.monotonic() - began < 2


def test_an_execution_timeout_of_airflow_still_holds_after_a_limit(airflow):
    from airflow.sdk.exceptions import AirflowTaskTimeout
    from airflow.sdk.execution_time.timeout import timeout

    def task():
        with timeout(seconds=1):
            with pytest.raises(TimeIsUp):
                result_within(0.2, partial(time.sleep, 60))
            time.sleep(60)

    with pytest.raises(AirflowTaskTimeout):
        task()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # Airflow leaves its own


def test_airflows_answer_about_a_connection_is_read_to_its_end(airflow):
    """What is left of it would be taken for the answer to the next question."""
    from airflow.sdk.execution_time.comms import CommsDecoder, ConnectionResult, GetConnection, _ResponseFrame

    near, far = socket.socketpair()
    found = ConnectionResult(
        conn_id="c", conn_type="http", host=None, schema=None, login=None, password=None, port=None, extra=None
    )
    frame = bytes(_ResponseFrame(id=0, body=found.model_dump(by_alias=True)).as_bytes())

    def answer():
        far.recv(65536)
        far.sendall(frame[:7])
        time.sleep(1)
        far.sendall(frame[7:])

    thread = threading.Thread(target=answer)
    thread.start()
    read = []

    def ask():
        read.append(CommsDecoder(socket=near).send(GetConnection(conn_id="c")))
        time.sleep(60)

    with pytest.raises(TimeIsUp):
        result_within(0.3, ask)
    thread.join()
    near.close()
    far.close()
    assert [each.conn_id for each in read] == ["c"]


def test_a_module_that_is_being_imported_is_whole_afterwards(nothing_left, tmp_path, monkeypatch):
    (tmp_path / "heavy_of_a_test.py").write_text("import time\ntime.sleep(1)\nwhole = True\n")
    monkeypatch.syspath_prepend(tmp_path)

    def use():
        import heavy_of_a_test

        time.sleep(60)
        return heavy_of_a_test

    with pytest.raises(TimeIsUp):
        result_within(0.2, use)
    assert sys.modules.pop("heavy_of_a_test").whole


def test_what_comes_back_just_in_time_is_taken():
    for _ in range(200):
        with suppress(TimeIsUp):
            assert result_within(0.002, lambda: time.sleep(0.0019) or "told") == "told"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_in_another_thread_the_limits_of_the_steps_hold_alone():
    told = []
    thread = threading.Thread(target=lambda: told.append(result_within(0.01, lambda: time.sleep(0.1) or "told")))
    thread.start()
    thread.join()
    assert told == ["told"]


def sleeps(_context):
    time.sleep(60)


def leaves(_context):
    raise SystemExit("no more")


@pytest.mark.parametrize(
    ("callback", "said"),
    [
        (sleeps, "Callback 1 sleeps took longer than 0.5 seconds and was interrupted. Let it start"),
        (leaves, "SystemExit in callback 1 leaves; see the task's log. Correct the callback."),
    ],
)
def test_a_callback_that_hangs_or_leaves_keeps_no_other_from_being_called(
    callback, said, tmp_path, nothing_left, monkeypatch, caplog
):
    from windage.airflow.channels.callback import CallbackChannel, called_with, named

    monkeypatch.setattr(sending, "SECONDS_TO_SEND", 0.5)
    called = []
    callbacks = named([callback, called.append])
    outbox = Outbox(Database(f"sqlite:///{tmp_path}/x.db"))
    outbox.put(delivery(MESSAGE, CallbackChannel(name=name), at=utc_now()) for name in callbacks)
    calls = called_with({"run_id": "r"}, callbacks)
    sent = deliver_due(outbox, callbacks=calls)
    (failure,) = sent.failures
    assert failure.startswith(said)
    assert called == [{"run_id": "r"}]
    assert sent.messages == 1
    assert callback.__name__ in caplog.text
    assert {each.state for each in outbox.of("")} == {"waiting", "delivered"}
    deliver_due(outbox, callbacks=calls)
    assert called == [{"run_id": "r"}]


def test_a_callback_that_hangs_fails_no_day_and_repeats_no_alert(run, monitors, log, storage, receiver, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS_TO_SEND", 0.5)
    on_call = [{"kind": "webhook", "connection": "pager"}]
    monitor = parse_monitor(monitors.text(on_call=on_call, labeling={"limit": 0}), name="m.yaml")
    called = []
    dag = monitors.impatient(
        monitor_dag(monitor, on_critical=[sleeps, lambda context: called.append(context["run_id"])])
    )
    ended = run(dag, DRIFTED_DAY)
    assert (ended.state, ended.tasks["call_on_call"], ended.tasks["write_report"]) == ("success", "failed", "success")
    assert (len(receiver.received), len(called)) == (1, 1)
    run.again(ended)
    assert (len(receiver.received), len(called)) == (1, 1)
