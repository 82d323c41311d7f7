"""Emulated object stores on this machine."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest


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


@pytest.fixture(params=["bucket", "google_bucket"], ids=["S3", "GCS"])
def store(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))
