import json
import subprocess
import sys

import pytest

from windage.errors import CorruptDocument, StoreUnavailable
from windage.labeling.queue import ActiveLabelingQueue


@pytest.mark.parametrize("content", ["", "{", "[{}]", '{"requests": []}', "[1]", '[{"request_id": "x"}]', "\xff"])
def test_a_file_that_is_no_queue_is_named_and_left_as_it_is(tmp_path, bucket, content):
    file = tmp_path / "queue.json"
    file.write_text(content, encoding="latin-1")
    queue = ActiveLabelingQueue(file)
    for act in (queue.get_pending, lambda: queue.enqueue_drift([bucket()]), lambda: queue.mark_done("x")):
        with pytest.raises(CorruptDocument, match=r"queue\.json is not a queue of label requests"):
            act()
    assert file.read_text(encoding="latin-1") == content


def test_the_file_is_a_list_that_a_person_can_read_and_edit(tmp_path, bucket):
    file = tmp_path / "below" / "queue.json"
    queue = ActiveLabelingQueue(str(file))
    queue.enqueue_drift([bucket(user="é"), bucket(1)])
    written = json.loads(file.read_text(encoding="utf-8"))
    assert [one["user_id"] for one in written] == ["é", "ada"]
    assert written[0]["bucket_start_ts"] == "2026-03-01T00:00:00Z"
    file.write_text(json.dumps([{**written[0], "of_a_later_version": 1}]), encoding="utf-8")
    assert [one.user_id for one in queue.get_pending()] == ["é"]


def test_a_request_of_an_older_version_is_still_read(tmp_path):
    file = tmp_path / "queue.json"
    old = {
        "request_id": "1",
        "user_id": "ada",
        "bucket_start_ts": "2026-03-01T00:00:00",
        "bucket_end_ts": "2026-03-01T00:01:00",
        "reason": "drift",
        "confidence": None,
        "predicted_label": None,
        "created_at": "2026-03-01T00:00:00+00:00",
        "status": "pending",
    }
    file.write_text(json.dumps([old]))
    assert ActiveLabelingQueue(file).get_pending()[0].monitor is None


def test_a_repeated_run_does_not_touch_the_file(tmp_path, bucket):
    file = tmp_path / "queue.json"
    queue = ActiveLabelingQueue(f"file://{file}")
    queue.enqueue_drift([bucket()])
    before = file.stat()
    queue.enqueue_drift([bucket()])
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


def test_a_folder_that_cannot_be_written_is_a_store_that_does_not_answer(tmp_path, bucket):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="could not be locked"):
        ActiveLabelingQueue(tmp_path / "file" / "queue.json").enqueue_drift([bucket()])


def test_a_json_queue_needs_neither_pandas_nor_sqlalchemy(tmp_path, bucket):
    program = f"""
import sys
from windage.labeling.queue import ActiveLabelingQueue
queue = ActiveLabelingQueue({str(tmp_path / "queue.json")!r})
queue.enqueue_drift([{{"user_id": "ada", "bucket_start_ts": "2026-03-01", "bucket_end_ts": "2026-03-02"}}])
queue.mark_done(queue.get_pending()[0].request_id)
sys.exit(", ".join({{"pandas", "numpy", "sqlalchemy", "alembic", "scipy", "pyarrow", "fsspec"}} & set(sys.modules)) or None)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stderr.strip(), done.returncode) == ("", 0)
