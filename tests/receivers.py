"""Real receivers of messages: HTTP and HTTPS servers that record requests, a port without a listener, a mail server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, create_server, socket
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl

import pytest
import trustme
from aiosmtpd.controller import Controller


def read(body: bytes, headers: Mapping[str, str]) -> Any:
    """The body of a request: parsed JSON, the fields of a form, or else the bytes."""
    kind = headers.get("Content-Type", "")
    if "json" in kind:
        return json.loads(body)
    if "form-urlencoded" in kind and body.isascii():
        return dict(parse_qsl(body.decode()))
    return body


class Receiver:
    """A real HTTP server that records requests and answers from ``answers``, and then with ``status``."""

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
    """A receiver that the connection ``pager`` points to."""
    server = Receiver()
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", f"{server.url}/hook")
    yield server
    server.close()


@pytest.fixture
def secure_receiver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Receiver]:
    """An HTTPS receiver with a certificate that this process trusts."""
    authority = trustme.CA()
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    server = Receiver(secured_by=context)
    yield server
    server.close()


@pytest.fixture
def distrusted_receiver(tmp_path: Path) -> Iterator[Receiver]:
    """An HTTPS receiver with a certificate of an unknown authority."""
    context = SSLContext(PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = Receiver(secured_by=context)
    yield server
    server.close()


@pytest.fixture
def dripping(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Requests to a receiver that sends an endless header byte by byte; the connection ``drip`` points to it."""
    yield from _dripping(monkeypatch, b"HTTP/1.1 200 OK\r\nX-Long: ")


@pytest.fixture
def wordy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """As ``dripping``, but the receiver answers 200 at once, and the body is endless."""
    yield from _dripping(monkeypatch, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")


def _dripping(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> Iterator[list[bytes]]:
    requests: list[bytes] = []
    over = Event()
    listening = create_server(("127.0.0.1", 0))
    threads = []

    def answer(line: socket) -> None:
        with line, suppress(OSError):
            requests.append(line.recv(65536))
            line.sendall(beginning)
            while not over.wait(0.1):
                line.sendall(b"a")

    def accept() -> None:
        with suppress(OSError):
            while True:
                threads.append(Thread(target=answer, args=(listening.accept()[0],)))
                threads[-1].start()

    accepting = Thread(target=accept)
    accepting.start()
    monkeypatch.setenv("AIRFLOW_CONN_DRIP", f"http://127.0.0.1:{listening.getsockname()[1]}")
    yield requests
    over.set()
    listening.shutdown(SHUT_RDWR)
    listening.close()
    for each in (accepting, *threads):
        each.join()


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of a server that accepts every connection and never answers."""
    with create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def mute_store(mute: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """S3 at a server that accepts every connection and never answers."""
    from s3fs import S3FileSystem

    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{mute}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }.items():
        monkeypatch.setenv(name, value)
    S3FileSystem.clear_instance_cache()
    yield
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection ``pager`` points to a port without a listener."""
    with socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    monkeypatch.setenv("AIRFLOW_CONN_PAGER", f"http://user:hunter2@127.0.0.1:{port}/secret-path")


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EmailMessage]]:
    """The mails received by a real SMTP server, which refuses addresses that begin with ``gone``; the connection ``mail``
    points to it."""
    mails: list[EmailMessage] = []

    class Handler:
        async def handle_RCPT(self, server: object, session: object, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
            if address.startswith("gone"):
                return "550 no such user"
            envelope.rcpt_tos.append(address)
            return "250 known"

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
