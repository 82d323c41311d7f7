"""Requests go out to a real Label Studio, people answer there, and their labels come back."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from windage.labeling.exchange import answers, export, record
from windage.labeling.queue import ActiveLabelingQueue

PROGRAM = Path(__file__).parents[2] / ".cache" / "label-studio" / "bin" / "label-studio"
PATIENCE = 180
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 — of a server that lives as long as this test
GUIDE = Path(__file__).parents[2] / "docs" / "labelling.md"
(CONFIG,) = re.findall(r"```xml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
"""The configuration that the guide tells people to give Label Studio."""

pytestmark = pytest.mark.label_studio


class LabelStudio:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
        with urlopen(Request(self.url + path, content, headers), timeout=30) as answer:  # noqa: S310
            return json.load(answer)


@pytest.fixture(scope="module")
def label_studio(tmp_path_factory) -> Iterator[LabelStudio]:
    assert PROGRAM.exists(), "Label Studio is not installed: run make .cache/label-studio/.installed"
    home = tmp_path_factory.mktemp("label-studio")
    with socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "LABEL_STUDIO_BASE_DATA_DIR": str(home),
        "LABEL_STUDIO_USERNAME": "ann@example.org",
        "LABEL_STUDIO_PASSWORD": "never-leaves-loopback",
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "False",
        "LATEST_VERSION_CHECK": "0",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    command = [PROGRAM, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    server = LabelStudio(port)
    try:
        _wait(server, process, home / "server.log")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait(server: LabelStudio, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.ask("/api/projects")
        except (URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"Label Studio did not start:\n{log.read_text()[-2000:]}")


def test_requests_go_out_with_the_guess_and_come_back_with_the_answer(label_studio, tmp_path):
    queue = ActiveLabelingQueue(tmp_path / "queue.json")
    start = datetime(2026, 3, 1, tzinfo=UTC)
    queue.enqueue_drift(
        [
            {
                "user_id": "ada",
                "bucket_start_ts": start + timedelta(minutes=k),
                "bucket_end_ts": start + timedelta(minutes=k + 1),
                "monitor": "flights",
                "predicted_label": "late",
                "confidence": 0.6,
            }
            for k in range(3)
        ]
    )
    rows = {each.request_id: {"dep_delay": 42.0, "distance": 733} for each in queue.all_items}
    export(queue.all_items, tmp_path / "tasks.json", features=rows)
    project = label_studio.ask("/api/projects", {"title": "flights", "label_config": CONFIG})["id"]
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    taken = label_studio.ask(f"/api/projects/{project}/import?return_task_ids=true", tasks)
    assert (taken["task_count"], taken["prediction_count"]) == (3, 3)
    first, second, _third = taken["task_ids"]
    guessed = label_studio.ask(f"/api/tasks/{first}")["predictions"][0]
    assert guessed["result"][0]["value"] == {"choices": ["late"]}
    assert guessed["score"] == 0.6

    said = {"from_name": "label", "to_name": "row", "type": "choices", "value": {"choices": ["on_time"]}}
    label_studio.ask(f"/api/tasks/{first}/annotations", {"result": [said]})
    label_studio.ask(f"/api/tasks/{second}/annotations", {"result": [], "was_cancelled": True})
    back = label_studio.ask(f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")
    (tmp_path / "back.json").write_text(json.dumps(back))

    found = record(queue, answers(tmp_path / "back.json"))
    assert (found.labelled, found.skipped, found.unknown) == (1, 1, ())
    answered = {each.request_id: (each.status, each.label) for each in queue.all_items}
    by_task = {each["id"]: each["data"]["request_id"] for each in back}
    assert answered[by_task[first]] == ("labeled", "on_time")
    assert answered[by_task[second]] == ("skipped", None)
    assert sorted(status for status, _ in answered.values()) == ["labeled", "pending", "skipped"]
