"""A real Airflow in this process: its own home, its own migrated SQLite database, whole DAG runs in tenths of a second."""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trustme
import yaml
from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from airflow.sdk import DAG

HOME = Path(tempfile.mkdtemp(prefix="windage-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
(HOME / "dags").mkdir()
os.environ |= {  # before the first import of airflow, which reads them once
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(HOME / "plugins"),
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "vera:viewer,uma:user,ada:admin",
    "AIRFLOW__API_AUTH__JWT_SECRET": "of tests alone, and as long as the signature wants its secrets to be: 64 bytes",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.airflow)
            item.add_marker(pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`"))


@pytest.fixture(scope="session")
def airflow() -> None:
    """A migrated metadata database."""
    from airflow.configuration import AIRFLOW_HOME
    from airflow.utils.db import initdb

    assert str(HOME) == AIRFLOW_HOME, "airflow was imported before its home for tests was set"
    initdb()


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty storage with an empty database, which [windage] names."""
    place = tmp_path / "storage"
    monkeypatch.setenv("AIRFLOW__WINDAGE__STORAGE", str(place))
    monkeypatch.setenv("AIRFLOW__WINDAGE__DATABASE_URL", f"sqlite:///{place}/windage.db")
    return place


FIRST_DAY = date(2026, 3, 1)
DAYS = 10
CALM_DAY = date(2026, 3, 9)
DRIFTED_DAY = date(2026, 3, 10)


def write_day(log: Path, day: date, *, shift: float = 0.0, rows: int = 300) -> Path:
    """A day of predictions; ``shift`` moves the feature ``amount``."""
    random = np.random.default_rng(day.toordinal())
    start = datetime.combine(day, time(), tzinfo=UTC)
    scores = random.dirichlet((8.0, 3.0, 1.0), rows)
    starts = [start + timedelta(minutes=4 * row) for row in range(rows)]
    table = pa.table(
        {
            "amount": random.normal(shift, 1.0, rows),
            "length": random.gamma(2.0, 1.0, rows),
            "label": np.array(["a", "b", "c"])[scores.argmax(axis=1)],
            "p_a": scores[:, 0],
            "p_b": scores[:, 1],
            "p_c": scores[:, 2],
            "confidence": scores.max(axis=1),
            "who": [f"user-{row % 7}" for row in range(rows)],
            "start": pa.array(starts, pa.timestamp("us", tz="UTC")),
            "end": pa.array([each + timedelta(minutes=1) for each in starts], pa.timestamp("us", tz="UTC")),
        }
    )
    file = log / f"date={day}" / "part-0.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file)
    return file


@pytest.fixture
def log(storage: Path) -> Path:
    """Ten days of predictions, the last of which has drifted."""
    place = storage / "log"
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        write_day(place, day, shift=2.0 if day == DRIFTED_DAY else 0.0)
    return place


class Monitors:
    """Writes monitor files and makes their DAGs, with retries that do not wait."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name

    def text(self, **changes: object) -> str:
        document = {
            "monitor": self.name,
            "description": "A test's monitor",
            "start": str(FIRST_DAY),
            "log": {
                "location": "log/date={start:%Y-%m-%d}",
                "numeric": ["amount", "length"],
                "label": "label",
                "probabilities": ["p_a", "p_b", "p_c"],
                "confidence": "confidence",
                "user": "who",
                "bucket_start": "start",
                "bucket_end": "end",
            },
            "reference": {"trailing": "5d"},
            "policy": {"preset": "reference"},
            "labeling": {"limit": 12},
        }
        for key, value in changes.items():
            document[key] = {**document.get(key, {}), **value} if isinstance(value, dict) else value
        return yaml.safe_dump(document, sort_keys=False)

    def dag(self, **changes: object) -> DAG:
        from windage.airflow.dag import monitor_dags

        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{self.name}.yaml").write_text(self.text(**changes))
        return self.impatient(monitor_dags(self.folder)[self.name])

    @staticmethod
    def impatient(dag: DAG) -> DAG:
        for task in dag.tasks:
            settings = task.partial_kwargs if task.is_mapped else vars(task)
            settings.update(retry_delay=timedelta(0), retry_exponential_backoff=0)
        return dag


@pytest.fixture
def monitors(tmp_path: Path, request: pytest.FixtureRequest) -> Monitors:
    return Monitors(tmp_path / "monitors", re.sub(r"\W+", "_", request.node.name)[:90].strip("_"))


@dataclass
class Run:
    """A DAG run that has ended."""

    dag: DAG
    run_id: str
    state: str
    tasks: dict[str, str | None]

    def xcom(self, task: str) -> Any:
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        query = select(XComModel).where(
            XComModel.dag_id == self.dag.dag_id,
            XComModel.run_id == self.run_id,
            XComModel.task_id == task,
            XComModel.key == "return_value",
        )
        with create_session() as session:
            found = session.scalars(query).all()
            values = [XComModel.deserialize_value(each) for each in found]
        return values[0] if values else None


class Runner:
    """Runs whole DAGs as ``DAG.test`` does, but of any run type, interval and partition key, and again."""

    def __call__(
        self,
        dag: DAG,
        day: date | None = None,
        *,
        interval: tuple[datetime, datetime] | None = None,
        run_type: str = "scheduled",
        **about: Any,
    ) -> Run:
        from airflow.utils.state import DagRunState
        from airflow.utils.types import DagRunTriggeredByType

        from airflow import settings

        if day is not None:
            start = datetime.combine(day, time(), tzinfo=UTC)
            interval = (start, start + timedelta(days=1))
        scheduler_dag = self._registered(dag)
        session = settings.Session()
        run = scheduler_dag.create_dagrun(
            run_id=f"{run_type}__{uuid4()}",
            logical_date=interval[0] if interval else None,
            data_interval=interval,
            run_after=about.pop("run_after", interval[1] if interval else datetime.now(tz=UTC)),
            run_type=run_type,
            state=DagRunState.RUNNING,
            start_date=datetime.now(tz=UTC),
            triggered_by=DagRunTriggeredByType.TEST,
            session=session,
            **about,
        )
        return self._finished(dag, scheduler_dag, run, session)

    def again(self, run: Run, *, run_type: str | None = None) -> Run:
        """Clear a run and let it run again, as a person or a backfill that reprocesses does."""
        from airflow.models.dagrun import DagRun
        from airflow.utils.state import DagRunState
        from sqlalchemy import select

        from airflow import settings

        scheduler_dag = self._registered(run.dag)
        session = settings.Session()
        scheduler_dag.clear(run_id=run.run_id, session=session)
        session.commit()
        found = session.scalars(
            select(DagRun).where(DagRun.dag_id == run.dag.dag_id, DagRun.run_id == run.run_id)
        ).one()
        found.state = DagRunState.RUNNING
        found.start_date = datetime.now(tz=UTC)
        found.run_type = run_type or found.run_type
        session.commit()
        return self._finished(run.dag, scheduler_dag, found, session)

    @staticmethod
    def _registered(dag: DAG) -> Any:
        from airflow.models.dagbundle import DagBundleModel
        from airflow.models.serialized_dag import SerializedDagModel
        from airflow.serialization.definitions.dag import SerializedDAG
        from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
        from airflow.utils.session import create_session

        with create_session() as session:
            session.merge(DagBundleModel(name="testing"))
            session.flush()
            lazy = LazyDeserializedDAG(data=DagSerialization.to_dict(dag))
            SerializedDAG.bulk_write_to_db("testing", None, [lazy], session=session)
            SerializedDagModel.write_dag(lazy, bundle_name="testing", session=session)
        scheduler_dag = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
        scheduler_dag.on_failure_callback = dag.on_failure_callback
        return scheduler_dag

    @staticmethod
    def _finished(dag: DAG, scheduler_dag: Any, run: Any, session: Any) -> Run:
        from airflow.sdk.definitions.dag import _run_task
        from airflow.utils.state import DagRunState, TaskInstanceState

        run.dag = scheduler_dag
        idle = 0
        while run.state == DagRunState.RUNNING:
            session.expire_all()
            ready, _ = run.update_state(session=session)
            for task in ready:
                task.try_number += task.state != TaskInstanceState.UP_FOR_RESCHEDULE
                task.state = TaskInstanceState.SCHEDULED
            session.commit()
            waiting = [each for each in run.get_task_instances(session=session) if each.state == "scheduled"]
            idle = 0 if waiting else idle + 1  # a round may only pass a failure on, from task to task
            assert idle < 20, f"nothing can run any more: {run.get_task_instances(session=session)}"
            for task in waiting:
                _run_task(ti=task, task=dag.task_dict[task.task_id])
        session.expire_all()
        tasks = {
            each.task_id if each.map_index < 0 else f"{each.task_id}[{each.map_index}]": each.state
            for each in run.get_task_instances(session=session)
        }
        ended = Run(dag=dag, run_id=run.run_id, state=str(run.state), tasks=tasks)
        session.close()
        return ended


@pytest.fixture
def run(airflow: None) -> Runner:
    return Runner()


def read(body: bytes, headers: Mapping[str, str]) -> Any:
    """A request's body: of JSON its content, of a form its fields, of anything else the bytes."""
    kind = headers.get("Content-Type", "")
    if "json" in kind:
        return json.loads(body)
    if "form-urlencoded" in kind and body.isascii():
        return dict(parse_qsl(body.decode()))
    return body


class Receiver:
    """A real HTTP server that keeps what it was sent and answers as told, with 200 when nothing is told."""

    def __init__(self, *, secured_by: SSLContext | None = None) -> None:
        self.received: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.status = 200
        self.says: Callable[[str], Any] = lambda path: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.paths.append(self.path)
                outer.headers.append(dict(self.headers))
                outer.received.append(read(self.rfile.read(int(self.headers["Content-Length"])), self.headers))
                status, headers = outer.answers.pop(0) if outer.answers else (outer.status, {})
                said = json.dumps(outer.says(self.path)).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        if secured_by is not None:
            self.server.socket = secured_by.wrap_socket(self.server.socket, server_side=True)
            self.url = f"https://localhost:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The connection ``pager`` leads to it."""
    server = Receiver()
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", f"{server.url}/hook")
    yield server
    server.close()


@pytest.fixture
def secure_receiver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Receiver]:
    """A receiver by https, whose authority this process trusts."""
    authority = trustme.CA()
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    server = Receiver(secured_by=context)
    yield server
    server.close()


@pytest.fixture
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection ``pager`` leads to a port at which nobody listens."""
    with socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", f"http://user:hunter2@127.0.0.1:{port}/secret-path")


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EmailMessage]]:
    """What a real SMTP server was sent; the connection ``mail`` leads to it."""
    mails: list[EmailMessage] = []

    class Handler:
        async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
            mail = message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            mails.append(mail)
            return "250 taken"

    with socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "windage@example.org"}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", json.dumps(connection))
    yield mails
    controller.stop()
