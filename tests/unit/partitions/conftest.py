"""Emulated object stores on this machine."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Thread

import pytest

AZURITE = Path(__file__).parents[3] / ".cache/azurite"
"""Where ``make test-azure`` installs it, with the Node.js that it needs."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # this import takes half a second

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return _bucket_on(server, monkeypatch)


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """A bucket, and a list of words: its server refuses every question that has one of them."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    application, words = DomainDispatcherApplication(create_backend_app), list[str]()

    def answer(environ: dict[str, str], start: Callable[..., object]) -> Iterable[bytes]:
        if any(word in environ["QUERY_STRING"] for word in words):
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
        return application(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield _bucket_on(f"http://127.0.0.1:{server.port}", monkeypatch), words
    server.shutdown()


def _bucket_on(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    import s3fs

    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    filesystem = s3fs.S3FileSystem()
    if filesystem.exists("logs"):
        filesystem.rm("logs", recursive=True)
    filesystem.mkdir("logs")
    return "s3://logs"


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    from gcp_storage_emulator.server import create_server

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket="logs")
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def google_bucket(google: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A folder of the server's bucket that no other test writes to."""
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # the emulator does not report a bucket's type
    import gcsfs
    from fsspec.config import conf

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", google)
    monkeypatch.setitem(conf, "gs", {"token": "anon"})
    gcsfs.GCSFileSystem.clear_instance_cache()
    return f"gs://logs/{tmp_path.name}"


@pytest.fixture(scope="module")
def azure() -> Iterator[str]:
    """The connection string of an Azurite."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [AZURITE / "bin/node", AZURITE / "node_modules/.bin/azurite-blob", "--silent", "--inMemoryPersistence"]
    command += ["--skipApiVersionCheck", "--blobPort", str(port)]
    account = {"AZURITE_ACCOUNTS": "tests:dGVzdHM="}
    with subprocess.Popen(command, env={**os.environ, **account}, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert any("successfully listens" in line for line in server.stdout)
            yield f"AccountName=tests;AccountKey=dGVzdHM=;BlobEndpoint=http://127.0.0.1:{port}/tests"
        finally:
            server.terminate()


@pytest.fixture
def azure_bucket(azure: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A folder of the server's container that no other test writes to."""
    import adlfs

    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azure)
    adlfs.AzureBlobFileSystem.clear_instance_cache()
    filesystem = adlfs.AzureBlobFileSystem()
    if not filesystem.exists("logs"):
        filesystem.mkdir("logs")
    return f"az://logs/{tmp_path.name}"


STORES = ("bucket", "google_bucket", pytest.param("azure_bucket", marks=pytest.mark.azure))


@pytest.fixture(params=STORES, ids=["S3", "GCS", "Azure"])
def store(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))
