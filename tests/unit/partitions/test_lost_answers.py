"""A store that did what it was asked, and whose answer was lost on the way: the driver asks again."""

import http.client
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import s3fs

from windage.files import exists
from windage.locks import leased


@pytest.fixture
def lost(bucket, server, monkeypatch):
    """Loses the answer to the first PUT; what was lost is listed."""
    found = []

    class Between(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            behind = http.client.HTTPConnection(server.removeprefix("http://"))
            behind.request(self.command, self.path, body, dict(self.headers))
            answer = behind.getresponse()
            said = answer.read()
            behind.close()
            if self.command == "PUT" and not found:
                found.append(self.path)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    for method in ("GET", "PUT", "HEAD", "POST", "DELETE"):
        setattr(Between, f"do_{method}", Between.forward)
    between = ThreadingHTTPServer(("127.0.0.1", 0), Between)
    serving = Thread(target=between.serve_forever)
    serving.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{between.server_port}")
    s3fs.S3FileSystem.clear_instance_cache()
    yield found
    s3fs.S3FileSystem.clear_instance_cache()
    between.shutdown()
    between.server_close()
    serving.join()


def test_whoever_has_created_the_lease_holds_it(bucket, lost):
    began = time.monotonic()
    with leased(f"{bucket}/profile", patience=60.0):
        assert time.monotonic() - began < 30
        assert lost == ["/logs/profile.lease"]
    assert not exists(f"{bucket}/profile.lease")
