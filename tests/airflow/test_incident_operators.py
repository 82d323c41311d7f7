"""What a monitor's runs tell over time: the end of an incident, digests, backfills, and where nothing can be kept."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from threading import Timer

import pytest
from sqlalchemy import text

from windage.airflow.channels.webhook import Webhook
from windage.airflow.dags.deliveries import deliveries_dag
from windage.airflow.deadline import tell_if_late
from windage.airflow.sending import deliver_due, tell
from windage.incidents.messages.about_drift import incident_message
from windage.incidents.messages.composing import Source
from windage.incidents.model import Told, WindowFinding, WindowVerdict
from windage.incidents.outbox import Outbox
from windage.incidents.routing import deliveries, delivery
from windage.incidents.store import IncidentStore
from windage.incidents.verdicts import verdict_of
from windage.message import Message
from windage.reports.store import ReportStore
from windage.spec.load import parse_monitor
from windage.store.database import Database
from windage.vocabulary import DriftReport, Outcome, Window, utc_now

DRIFTED_DAY = date(2026, 3, 10)
WEBHOOK = {"kind": "webhook", "connection": "pager", "resolved": True}


def database(storage):
    return Database(f"sqlite:///{storage}/windage.db")


def clean(dag, day):
    start = datetime(2026, 3, day, tzinfo=UTC)
    window = Window(start=start, end=start + timedelta(days=1))
    return WindowVerdict(monitor=dag.dag_id, window=window, outcome=Outcome.ok)


def test_that_it_is_over_is_told_to_those_who_were_told_of_it(run, monitors, log, storage, receiver):
    dag = monitors.dag(on_call=[WEBHOOK])
    run(dag, DRIFTED_DAY)
    store = IncidentStore(database(storage))
    for day in (11, 12, 13):
        store.claim(clean(dag, day), at=utc_now())
    told = [each for each in receiver.received if each["event"] == "drift"]
    run(deliveries_dag(), date(2026, 3, 20))
    over = receiver.received[len(told) :]
    assert {each["event"] for each in over} == {"resolved"}
    assert {each["incident"] for each in over} == {one.incident_key for one in told_of(store, dag)}
    assert all(each["text"].startswith("[No longer found]") for each in over)
    run(deliveries_dag(), date(2026, 3, 21))
    assert len(receiver.received) == len(told) + len(over)


def told_of(store, dag):
    from windage.incidents.store import _already_told

    with store._database.reading() as connection:
        return [each for each in _already_told(connection, dag.dag_id) if each.kind != "resolved"]


def test_a_pager_is_resolved_when_a_person_says_so(run, monitors, log, storage, secure_receiver, monkeypatch):
    pager = {"conn_type": "pagerduty_events", "password": "key", "host": secure_receiver.url}
    monkeypatch.setenv("AIRFLOW_CONN_PD", json.dumps(pager))
    secure_receiver.says, secure_receiver.status = lambda path: {"status": "success", "dedup_key": "k"}, 202
    dag = monitors.dag(on_call=[{"kind": "pagerduty", "connection": "pd"}])
    assert run(dag, DRIFTED_DAY).state == "success"
    triggered = {each["dedup_key"] for each in secure_receiver.received}
    assert triggered
    store = IncidentStore(database(storage))
    for incident in store.incidents(dag.dag_id):
        store.decide(incident, "acknowledged", by="ann")
    run(deliveries_dag(), date(2026, 3, 22))
    for incident in store.incidents(dag.dag_id):
        store.decide(incident, "resolved", by="ann", note="the feed was repaired")
    run(deliveries_dag(), date(2026, 3, 23))
    said = [(each["event_action"], each["dedup_key"]) for each in secure_receiver.received]
    for action in ("trigger", "acknowledge", "resolve"):
        assert {key for what, key in said if what == action} == triggered
    assert len(said) == 3 * len(triggered)
    assert "the feed was repaired" in secure_receiver.received[-1]["payload"]["custom_details"]["text"]


def test_the_warnings_of_a_day_are_one_message(storage, receiver):
    window = Window(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
    report = DriftReport(monitor="m", summary="2 alert(s) raised.", current_window=window)
    news = [
        Told(monitor="m", kind="opened", subjects=(f"feature {name}",), window=window, severity="warning")
        for name in ("a", "b")
    ]

    def apart(told):
        return incident_message(Source(), told[0], report, f"`{told[0].subjects[0][8:]}` moved.", ())

    channel = Webhook(kind="webhook", connection="pager", severities=("warning",))
    outbox = Outbox(database(storage))
    outbox.put(deliveries(news, [channel], together=apart, apart=apart, at=datetime(2026, 3, 2, 3, tzinfo=UTC)))
    assert deliver_due(outbox).messages == 1
    (told,) = receiver.received
    assert told["text"].splitlines() == [
        "[Digest] m: 2 warnings.",
        "- `a` moved. (Window 2026-03-01 – 2026-03-02.)",
        "- `b` moved. (Window 2026-03-01 – 2026-03-02.)",
    ]
    assert [each.state for each in outbox.of("m")] == ["delivered"] * 2


def test_a_backfill_pages_where_the_monitor_says_so(run, monitors, log, storage, receiver):
    dag = monitors.dag(on_call=[WEBHOOK], paging={"in_backfill": True, "runbook": "https://wiki.example.org/flights"})
    run(dag, DRIFTED_DAY, run_type="backfill")
    (told,) = receiver.received
    assert told["links"]["Runbook"] == "https://wiki.example.org/flights"


def test_where_nothing_can_be_kept_people_are_told_all_the_same_and_a_repeated_run_completes_it(
    run, monitors, log, storage, receiver, monkeypatch
):
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", "postgresql://windage@127.0.0.1:9/gone")
    ended = run(monitors.dag(on_call=[WEBHOOK], labeling={"limit": 0}), DRIFTED_DAY)
    assert ended.tasks["call_on_call"] == "success"
    assert receiver.received[0]["text"].startswith("[Critical]")
    assert ended.tasks["update_incidents"] == "failed"
    assert ended.state == "failed"
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", f"sqlite:///{storage}/windage.db")
    assert run.again(ended).state == "success"
    assert any(each.severity == "critical" for each in IncidentStore(database(storage)).incidents(ended.dag.dag_id))


@pytest.mark.parametrize("of", ["no database", "a newer Windage", "another kind"])
def test_a_store_that_cannot_be_used_silences_nobody(run, monitors, log, storage, receiver, monkeypatch, of):
    place = storage / "windage.db"
    if of == "no database":
        place.write_bytes(b"no database" * 999)
    elif of == "a newer Windage":
        with database(storage).writing() as connection:
            connection.execute(text("UPDATE windage_alembic_version SET version_num = '9999'"))
    url = "mysql://127.0.0.1/windage" if of == "another kind" else f"sqlite:///{place}"
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", url)
    ended = run(monitors.dag(on_call=[WEBHOOK], labeling={"limit": 0}), DRIFTED_DAY)
    assert [each["text"].partition("]")[0] for each in receiver.received] == ["[Critical", "[Broken"]
    assert ended.state == "failed"


def test_a_connection_of_the_store_that_does_not_exist_is_named(run, monitors, log, storage, receiver, monkeypatch):
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_CONN_ID", "gone")
    run(monitors.dag(on_call=[WEBHOOK]), DRIFTED_DAY)
    (told,) = receiver.received
    assert "connection 'gone', which [windage] database_conn_id names, does not exist" in told["text"]


@pytest.fixture
def locked(storage, monkeypatch):
    """Takes the store's one writing place, and gives it back, as another program does; nobody waits long for it."""
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", f"sqlite:///{storage}/windage.db?timeout=0.2")
    IncidentStore(database(storage)).monitors()  # the tables are there
    other = sqlite3.connect(storage / "windage.db", isolation_level=None, check_same_thread=False)
    yield lambda: other.execute("BEGIN IMMEDIATE"), lambda: other.in_transaction and other.execute("ROLLBACK")
    other.close()


def test_what_arrived_is_not_sent_again_because_the_store_was_locked_by_then(
    run, monitors, log, storage, receiver, locked
):
    lock, unlock = locked

    def says(path):
        lock()
        Timer(3, unlock).start()

    receiver.says = says
    dag = monitors.dag(on_call=[WEBHOOK])
    ended = run(dag, DRIFTED_DAY)
    assert ended.tasks["call_on_call"] == ended.tasks["update_incidents"] == "success"
    assert len(receiver.received) == 1
    assert [each.state for each in Outbox(database(storage)).of(dag.dag_id)] == ["delivered"]


def test_a_notifiers_message_is_not_sent_again_because_the_store_was_locked_by_then(storage, receiver, locked):
    lock, unlock = locked

    def says(path):
        lock()
        Timer(3, unlock).start()

    receiver.says = says
    tell(Message(event="broken", text="[Broken] m", key="k", incident="i", monitor="m"), [Webhook(**WEBHOOK)])
    assert len(receiver.received) == 1
    assert [each.state for each in Outbox(database(storage)).of("m")] == ["delivered"]


def test_what_is_told_while_the_store_is_locked_is_told_once_and_has_an_end(
    run, monitors, log, storage, secure_receiver, monkeypatch, locked
):
    lock, unlock = locked
    pager = {"conn_type": "pagerduty_events", "password": "key", "host": secure_receiver.url}
    monkeypatch.setenv("AIRFLOW_CONN_PD", json.dumps(pager))
    secure_receiver.status = 202

    def says(path):
        unlock()
        return {"status": "success", "dedup_key": "k"}

    secure_receiver.says = says
    dag = monitors.dag(on_call=[{"kind": "pagerduty", "connection": "pd"}], labeling={"limit": 0})
    lock()
    ended = run(dag, DRIFTED_DAY)
    assert ended.tasks["call_on_call"] == ended.tasks["update_incidents"] == "success"
    (triggered,) = [each["dedup_key"] for each in secure_receiver.received]
    store = IncidentStore(database(storage))
    assert [one.incident_key for one in told_of(store, dag)] == [triggered]
    for incident in store.incidents(dag.dag_id):
        store.decide(incident, "resolved", by="ann")
    run(deliveries_dag(), date(2026, 3, 24))
    assert [(each["event_action"], each["dedup_key"]) for each in secure_receiver.received] == [
        ("trigger", triggered),
        ("resolve", triggered),
    ]


def test_a_monitor_that_gives_verdicts_again_says_so_to_those_who_heard_that_it_broke(
    run, monitors, log, storage, receiver
):
    dag = monitors.dag(on_call=[WEBHOOK])
    file = log / "date=2026-03-09" / "part-0.parquet"
    whole = file.read_bytes()
    file.write_bytes(b"PAR1 torn")
    broken = run(dag, date(2026, 3, 9))
    assert broken.state == "failed"
    file.write_bytes(whole)
    run.again(broken)
    assert [each["event"] for each in receiver.received] == ["broken", "resolved"]
    assert len({each["incident"] for each in receiver.received}) == 1


@pytest.fixture
def late(monitors, storage, receiver):
    """Calls what Airflow calls when the deadline of a run is over."""
    text = monitors.text(on_call=[WEBHOOK], paging={"deadline": "2h"})
    monitor = parse_monitor(text, name="m.yaml")

    def look(**about):
        run = {
            "dag_id": monitor.monitor,
            "run_id": "scheduled__1",
            "run_type": "scheduled",
            "data_interval_start": "2026-03-10T00:00:00Z",
            "data_interval_end": "2026-03-11T00:00:00Z",
            **about,
        }
        tell_if_late(monitor=monitor.model_dump(mode="json"), context={"dag_run": run})
        return [each["text"].splitlines()[0] for each in receiver.received]

    return look


def test_a_report_that_is_not_there_in_time_is_told_once(late, monitors):
    (said,) = late()
    assert said.startswith(f"[Late] {monitors.name}: no report by ")
    assert late() == [said]


def test_a_report_that_nobody_can_read_is_late(late, monitors, storage):
    report = storage / "reports" / monitors.name / "2026-03-11T00-00Z" / "drift_report.json"
    report.mkdir(parents=True)
    assert len(late()) == 1


def test_a_backfill_is_never_late(late):
    assert late(run_type="backfill") == []


def test_a_report_that_is_there_is_not_late(run, monitors, log, late):
    run(monitors.dag(), DRIFTED_DAY)
    assert late() == []


def test_a_warning_that_stays_a_week_is_told_though_no_window_of_it_is_critical(run, monitors, log, storage, receiver):
    """Such a window takes the quiet side of the branch; the step that keeps the incidents tells it, callbacks too."""
    from windage.airflow.dags.monitor import monitor_dag

    called = []
    text = monitors.text(on_call=[WEBHOOK], policy={"preset": "reference", "psi_threshold": 9.0, "ks_alpha": 0.5})
    monitor = parse_monitor(text, name="m.yaml")
    dag = monitors.impatient(monitor_dag(monitor, on_critical=[lambda context: called.append(context["run_id"])]))
    ended = run(dag, date(2026, 3, 9))
    report = ReportStore(f"{storage}/reports").latest(dag.dag_id)
    assert report.alerts
    assert not report.any_critical
    assert ended.tasks["call_on_call"] == "skipped"
    assert receiver.received == called == []
    store = IncidentStore(database(storage))
    seen = verdict_of(report, monitor)
    for back in range(1, 7):
        earlier = Window(start=seen.window.start - timedelta(days=back), end=seen.window.end - timedelta(days=back))
        store.record(seen.model_copy(update={"window": earlier}))
    run.again(ended)
    assert ended.tasks["call_on_call"] == "skipped"
    (told,) = receiver.received
    assert told["severity"] == "critical"
    assert len(called) == 1


def test_a_dead_receiver_fails_its_task_and_nothing_else(run, monitors, log, storage, nobody_there):
    ended = run(monitors.dag(on_call=[WEBHOOK]), DRIFTED_DAY)

    assert ended.tasks["call_on_call"] == "failed"
    assert ended.tasks["announce_critical"] == ended.tasks["write_report"] == ended.tasks["finished"] == "success"
    assert ended.state == "success"
    assert ReportStore(f"{storage}/reports").latest(ended.dag.dag_id).any_critical
    waiting = [each for each in Outbox(database(storage)).of(ended.dag.dag_id) if each.state == "waiting"]
    assert [(each.attempts, "did not answer (ConnectError)" in each.trouble) for each in waiting] == [(3, True)]


def test_what_a_receiver_did_not_take_is_sent_by_the_dag_of_deliveries(run, monitors, log, storage, receiver):
    receiver.answers = [(400, {})] * 3
    dag = monitors.dag(on_call=[WEBHOOK])
    ended = run(dag, DRIFTED_DAY)
    assert ended.tasks["call_on_call"] == "failed"

    outbox = Outbox(database(storage))
    later = outbox.of(dag.dag_id)[0].created_at + timedelta(minutes=30)
    (told,) = outbox.lease(at=later)
    assert told.trouble == "The receiver of connection 'pager' answered 400. Check the receiver and the connection."
    outbox.failed([told], why=told.trouble, at=later - timedelta(hours=1))  # put back, and its next try is over
    receiver.received.clear()
    delivered = run(deliveries_dag(), DRIFTED_DAY)
    assert delivered.state == "success"
    (told,) = receiver.received
    assert "`amount` moved." in told["text"].splitlines()[0]
    assert [each.state for each in outbox.of(dag.dag_id)] == ["delivered"]
    run(deliveries_dag(), date(2026, 3, 9))
    assert len(receiver.received) == 1


def test_a_monitor_whose_incidents_cannot_be_read_keeps_no_message_of_another(run, storage, receiver):
    store = IncidentStore(database(storage))
    window = Window(start=datetime(2026, 3, 1, tzinfo=UTC), end=utc_now())
    found = WindowFinding(subjects=("feature x",), triggers=("frozen",), severity="critical", headline="x is frozen")
    told = WindowVerdict(monitor="a", window=window, outcome=Outcome.alert, findings=(found,))
    assert store.claim(told, at=utc_now())
    with database(storage).writing() as connection:
        connection.execute(text("UPDATE windage_window_verdicts SET verdict = '{}'"))
    message = Message(event="broken", text="[Broken] m", key="k", incident="i", monitor="m")
    Outbox(database(storage)).put([delivery(message, Webhook(**WEBHOOK), at=utc_now())])
    delivered = run(deliveries_dag(), date(2026, 3, 27))
    assert [each["text"] for each in receiver.received] == ["[Broken] m"]
    assert delivered.state == "failed"


def test_a_run_that_is_repeated_tells_nobody_twice(run, monitors, log, storage, receiver):
    first = run(monitors.dag(on_call=[WEBHOOK]), DRIFTED_DAY)
    run.again(first)
    assert len(receiver.received) == 1
