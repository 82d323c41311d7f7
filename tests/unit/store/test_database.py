"""What the store promises on SQLite and PostgreSQL alike, and what each says when it is gone."""

import os
import pickle
import signal
import sqlite3
import traceback
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import pytest
from sqlalchemy import delete, func, select, text

from windage.errors import CorruptDocument, InvalidInput, StoreUnavailable
from windage.history.store import HistoryStore
from windage.reports.index import ReportIndex, record_report
from windage.store import engine, silence
from windage.store.database import Database, newest, upsert
from windage.store.schema import report_index, silences, telemetry, window_verdicts, windows
from windage.vocabulary import DriftReport, Window, utc_now

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def report(day: int = 0, *, monitor="flights", **more):
    start = MONDAY + timedelta(days=day)
    return DriftReport(monitor=monitor, current_window=Window(start=start, end=start + timedelta(days=7)), **more)


def index(database, report, *, location="x"):
    with database.writing() as connection:
        record_report(connection, report, location=location)


@pytest.mark.parametrize("odd", ["\x00", "\ud800"], ids=["NUL", "surrogate"])
def test_a_name_out_of_a_log_costs_no_window(url, odd):
    database = Database(url)
    index(database, report(summary=f"kind: 'a{odd}b' is new"))
    (entry,) = ReportIndex(database).latest("flights", limit=5)
    assert entry.summary == "kind: 'a\ufffdb' is new"
    assert ReportIndex(database).latest(f"flights{odd}", limit=5) == []
    assert HistoryStore(database).values("flights", f"check{odd}", "amount", report().current_window) == []


def test_a_value_that_does_not_fit_is_no_server_that_is_gone(postgres_url):
    with pytest.raises(InvalidInput, match=r"cannot hold a value: value too long for type character varying\(250\)"):
        index(Database(postgres_url), report(monitor="m" * 251))


def test_an_exception_undoes_the_transaction(url):
    database = Database(url)
    index(database, report())

    def fail_while_writing():
        with database.writing() as connection:
            connection.execute(delete(report_index))
            raise KeyError

    with pytest.raises(KeyError):
        fail_while_writing()
    assert len(ReportIndex(database).latest("flights", limit=5)) == 1


def test_readers_do_not_wait_for_a_writer(url):
    database = Database(url, wait_seconds=0.05)
    index(database, report())
    with database.writing() as connection:
        connection.execute(delete(report_index))
        assert len(ReportIndex(Database(url, wait_seconds=0.05)).latest("flights", limit=5)) == 1


def test_a_second_writer_waits_only_so_long(url):
    database = Database(url, wait_seconds=0.05)
    with database.writing(), pytest.raises(StoreUnavailable, match="did not answer"):
        index(Database(url, wait_seconds=0.05), report())
    index(database, report())


def test_a_writer_that_was_stopped_does_not_keep_the_others_waiting(postgres_url, monkeypatch):
    database = Database(postgres_url, wait_seconds=10)
    monkeypatch.setattr(engine, "_SILENT_SECONDS", 0.3)
    with pytest.raises(StoreUnavailable, match="idle-in-transaction timeout"), database.writing():
        index(database, report())
    assert len(ReportIndex(database).latest("flights", limit=5)) == 1


def test_a_lost_server_ends_a_connection_within_half_a_minute_unless_the_url_says_otherwise(postgres_url):
    def asked_for(url):
        with Database(url).reading() as connection:
            return connection.connection.dbapi_connection.info.get_parameters()

    assert {"keepalives_idle": "10", "tcp_user_timeout": "30000"}.items() <= asked_for(postgres_url).items()
    assert asked_for(f"{postgres_url}&tcp_user_timeout=5")["tcp_user_timeout"] == "5"


def test_a_server_that_falls_silent_within_a_statement_does_not_answer(postgres, postgres_url, monkeypatch):
    database = Database(postgres_url)
    index(database, report())
    monkeypatch.setattr(silence, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(engine, "_CONNECT_SECONDS", 2)
    database = Database(postgres_url)
    server = int((postgres.sockets / "postmaster.pid").read_text().splitlines()[0])
    stopped = []

    def ask_a_stopped_server():
        with database.writing() as connection:
            stopped.extend([server, connection.scalar(text("SELECT pg_backend_pid()"))])
            for each in stopped:
                os.kill(each, signal.SIGSTOP)
            connection.execute(delete(report_index))

    try:
        with pytest.raises(
            StoreUnavailable, match=r"did not answer: it has said nothing for 0\.2 seconds, nor to a new"
        ):
            ask_a_stopped_server()
    finally:
        for each in stopped:
            os.kill(each, signal.SIGCONT)
    assert len(ReportIndex(database).latest("flights", limit=5)) == 1


def test_a_server_that_works_on_is_waited_for_however_long_and_though_it_lets_nobody_else_in(postgres_url, monkeypatch):
    monkeypatch.setattr(silence, "SILENT_SECONDS", 0.1)
    with Database(postgres_url).writing() as connection:
        assert connection.scalar(text("SELECT 7 FROM pg_sleep(0.6)")) == 7
        connection.connection.dbapi_connection.another = partial(psycopg.connect, "host=/nowhere")
        assert connection.scalar(text("SELECT 8 FROM pg_sleep(0.6)")) == 8


def test_a_database_survives_pickling_in_use(url):
    database = Database(url)
    index(database, report())
    assert len(ReportIndex(pickle.loads(pickle.dumps(database))).latest("flights", limit=5)) == 1  # noqa: S301


def test_nothing_is_opened_before_it_is_needed(tmp_path):
    Database(f"sqlite:///{tmp_path}/sub/x.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_for_sqlite_and_the_file_can_be_read_while_written(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/new/folder/x.db")
    with database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_nothing_stays_prepared_on_a_connection_that_a_pool_may_share(postgres_url):
    database = Database(postgres_url)
    for day in range(7):
        index(database, report(day))
    with database.writing() as connection:
        rows = [dict(row) for row in connection.execute(select(report_index)).mappings()]
        upsert(connection, report_index, rows, on=("monitor", "window_start", "window_end"))
        assert connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0


def test_a_lost_connection_is_a_store_that_does_not_answer(postgres_url):
    database, other = Database(postgres_url), Database(postgres_url)

    def lose_the_connection():
        with database.writing() as connection:
            number = connection.scalar(text("SELECT pg_backend_pid()"))
            with other.reading() as elsewhere:
                elsewhere.execute(text(f"SELECT pg_terminate_backend({number}, 5000)"))
            connection.execute(select(func.count()).select_from(telemetry))

    with pytest.raises(StoreUnavailable, match="did not answer"):
        lose_the_connection()
    index(database, report())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:s3cr3t@127.0.0.1:1/db",
        "postgres://ada:s3cr3t@/db?host=/nonexistent",
        "postgresql+psycopg://ada@127.0.0.1:1/db?password=s3cr3t",
    ],
)
def test_a_server_that_is_gone_is_named_without_the_password(url):
    with pytest.raises(StoreUnavailable, match=r"^The database postgresql\+psycopg://ada.*did not answer: ") as caught:
        ReportIndex(Database(url)).latest("flights", limit=1)
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)
    assert "s3cr3t" not in str(Database(url))


def test_a_folder_that_cannot_be_made_is_a_store_that_does_not_answer(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="could not be locked"):
        ReportIndex(Database(f"sqlite:///{tmp_path}/file/x.db")).latest("flights", limit=1)


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    file = tmp_path / "x.db"
    file.write_text("A letter to my aunt. " * 100)
    with pytest.raises(CorruptDocument, match=r"x\.db is not a SQLite database"):
        ReportIndex(Database(f"sqlite:///{file}")).latest("flights", limit=1)
    assert file.read_text() == "A letter to my aunt. " * 100


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "needs a file"),
        ("mysql://ada:s3cr3t@h/d", "needs SQLite or PostgreSQL; got mysql://…"),
        ("postgresql://ada:s3cr3t@h:port/d", "cannot be read"),
        ("postgresql://ada:hun@s3cr3t@h/d", "%40"),
        ("postgresql+nothing://ada:s3cr3t@h/d", "Install windage"),
        ("sqlite+aiosqlite:////x.db", "asynchronous"),
    ],
)
def test_a_url_that_cannot_be_used_says_so_without_the_password(url, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        ReportIndex(Database(url)).latest("flights", limit=1)
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


def test_sqlite_keeps_moments_as_utc(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/x.db")
    index(database, report())
    with sqlite3.connect(tmp_path / "x.db") as connection:
        assert connection.execute("SELECT window_start FROM windage_report_index").fetchone() == (
            "2026-03-02 00:00:00.000000",
        )
    connection.close()


def test_a_path_that_cannot_be_opened_is_not_said_to_be_gone(tmp_path):
    with pytest.raises(StoreUnavailable, match=r"could not be opened: unable to open .*\. Check that it is a file"):
        ReportIndex(Database(f"sqlite:///{tmp_path}")).latest("flights", limit=1)


def test_a_database_that_may_not_grow_says_that_its_disk_is_to_be_freed(sqlite_url):
    row = {"silence_id": "s", "monitor": "m", "until": utc_now(), "silence": "x" * 1_000_000}

    def fill():
        with Database(sqlite_url).writing() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            upsert(connection, silences, [row], on=("silence_id",))

    with pytest.raises(StoreUnavailable, match=r"has no space left: .*\. Nothing was half-written; free its disk"):
        fill()


def test_a_database_that_may_only_be_read_says_that_it_could_not_be_written(sqlite_url):
    def fill():
        with Database(sqlite_url).writing() as connection:
            connection.exec_driver_sql("PRAGMA query_only = 1")
            connection.execute(delete(report_index))

    with pytest.raises(
        StoreUnavailable, match=r"could not be written: .*\. Check that it is a file, in a folder that the user"
    ):
        fill()


@pytest.mark.parametrize("latest", [windows.c.window_end, window_verdicts.c.window_start], ids=str)
def test_the_newest_rows_of_many_monitors_are_found_without_looking_at_older_ones(tmp_path, latest):
    query = newest(latest.table.c.written_at, monitors=["a", "b"], latest=latest, most=90)
    with Database(f"sqlite:///{tmp_path}/x.db").reading() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {query.compile(connection, compile_kwargs={'literal_binds': True})}"
        )
        steps = [step for *_, step in plan]
    looked_up = (
        f"SEARCH {latest.table.name} USING INDEX sqlite_autoindex_{latest.table.name}_1 (monitor=? AND {latest.name}>?)"
    )
    assert looked_up in steps
    assert not [step for step in steps if step.startswith(f"SCAN {latest.table.name}")]


def test_what_others_may_ask_a_database_for_does_not_hold_its_password():
    database = Database("postgresql://ada:s3cr3t@127.0.0.1:1/db")
    told = [str(getattr(database, name)) for name in dir(database) if not name.startswith("_")]
    assert "s3cr3t" not in " ".join([str(database), *told])
