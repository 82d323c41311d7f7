"""Requests out and labels back, in each format; what is no answer is none."""

import csv
import json
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, event, update

from windage.errors import InvalidInput
from windage.labeling.exchange import Answer, answers, await_whole, export, record
from windage.labeling.queue import ActiveLabelingQueue
from windage.store.database import Database
from windage.store.schema import label_requests

START = datetime(2026, 3, 2, tzinfo=UTC)
ODD = 'walk, "run"\nor so'


@pytest.fixture
def queue(sqlite_url):
    made = ActiveLabelingQueue(sqlite_url, 100)
    made.enqueue_drift(
        [
            {
                "user_id": f"u{k}", "bucket_start_ts": START + timedelta(minutes=k), "monitor": "m",
                "bucket_end_ts": START + timedelta(minutes=k + 1), "predicted_label": ODD if k else None, "confidence": 0.5,
            }
            for k in range(4)
        ]
    )  # fmt: skip
    return made


def filled(path, labels):
    """The exported table with labels written in, as a person would."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row, label in zip(rows, labels, strict=True):
            row["label"] = label or ""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    else:
        table = pq.read_table(path)
        pq.write_table(
            table.set_column(table.column_names.index("label"), "label", pa.array(labels, pa.string())), path
        )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_out_and_back(queue, tmp_path, kind):
    path = tmp_path / f"rows.{kind}"
    export(queue.all_items, path)
    assert answers(path) == []
    filled(path, ["walk", None, ODD, "7"])
    for _ in range(2):  # the same file twice changes nothing
        assert record(queue, answers(path)) == (3, 0, (), ())
    assert [(one.status, one.label) for one in queue.all_items] == [
        ("labeled", "walk"), ("pending", None), ("labeled", ODD), ("labeled", "7"),
    ]  # fmt: skip


def annotated(tasks, *annotations):
    return [{**task, "annotations": made} for task, made in zip(tasks, annotations, strict=True)]


def chosen(label, *, at="2026-03-02T10:00:00Z", cancelled=False):
    result = (
        [{"from_name": "label", "to_name": "row", "type": "choices", "value": {"choices": [label]}}] if label else []
    )
    return {"id": 1, "result": result, "was_cancelled": cancelled, "updated_at": at}


def test_label_studio_out_and_back(queue, tmp_path):
    path = tmp_path / "tasks.json"
    export(queue.all_items, path)
    tasks = json.loads(path.read_text())
    assert "predictions" not in tasks[0]
    assert tasks[1]["predictions"][0]["result"][0]["value"] == {"choices": [ODD]}
    assert tasks[1]["predictions"][0]["score"] == 0.5
    assert tasks[1]["data"]["user_id"] == "u1"
    done = annotated(
        tasks,
        [chosen("run", at="2026-03-02T09:00:00Z"), chosen("walk")],
        [],
        [chosen(None, cancelled=True)],
        [chosen(None)],
    )
    path.write_text(json.dumps(done))
    assert record(queue, answers(path)) == (1, 1, (), ())
    assert [(one.status, one.label) for one in queue.all_items] == [
        ("labeled", "walk"), ("pending", None), ("skipped", None), ("pending", None),
    ]  # fmt: skip


def test_only_the_control_of_the_label_is_an_answer(queue, tmp_path):
    path = tmp_path / "tasks.json"
    export(queue.all_items[:2], path)
    quality = {"from_name": "quality", "to_name": "row", "type": "choices", "value": {"choices": ["blurry"]}}
    relation = {"type": "relation", "from_id": "a", "to_id": "b"}
    both, other = chosen("walk"), chosen(None)
    both["result"] = [relation, quality, *both["result"]]
    other["result"] = [quality]
    path.write_text(json.dumps(annotated(json.loads(path.read_text()), [both], [other])))
    assert answers(path) == [Answer(queue.all_items[0].request_id, "walk")]


@pytest.mark.parametrize(
    "odd",
    [
        {"data": 7},
        {"data": {"request_id": ["r"]}},
        {"annotations": 7},
        {"annotations": [7]},
        {"annotations": [{"id": 1}, {"id": "x"}]},
        {"annotations": [{"result": 7}]},
        {"annotations": [{"result": [7]}]},
        {"annotations": [{"result": [{"from_name": "label", "type": "choices"}]}]},
        {"annotations": [{"result": [{"from_name": "label", "type": "choices", "value": {"choices": [None]}}]}]},
    ],
    ids=str,
)
def test_an_odd_task_is_refused_and_named(tmp_path, odd):
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": {}}, {"data": {"request_id": "r"}, **odd}]))
    with pytest.raises(InvalidInput, match=r"tasks\.json is not a Label Studio export: 1\."):
        answers(tmp_path / "tasks.json")


def test_a_table_whose_labels_are_none_is_refused(tmp_path):
    pq.write_table(pa.table({"request_id": ["r"], "label": [["a", "b"]]}), tmp_path / "rows.parquet")
    with pytest.raises(InvalidInput, match="cannot be read"):
        answers(tmp_path / "rows.parquet")


def commits_of(act):
    commits = []

    @event.listens_for(Engine, "commit")
    def committed(connection):
        commits.append(connection)

    try:
        act()
    finally:
        event.remove(Engine, "commit", committed)
    return len(commits)


def test_the_answers_of_a_file_are_written_together(queue):
    asked = queue.all_items
    found = commits_of(lambda: record(queue, [Answer(each.request_id, "walk") for each in asked]))
    assert found == 2  # they are looked up, then written together


def test_answers_about_other_queues_are_named(queue):
    assert record(queue, [Answer("nobody", "x"), Answer("nothing", None)]) == (0, 0, ("nobody", "nothing"), ())


def test_many_answers_about_other_queues_are_looked_up_at_once(queue):
    assert commits_of(lambda: record(queue, [Answer(str(k), "x") for k in range(5000)])) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.xlsx", b"", r"rows.xlsx does not end in one of \.csv, \.parquet, \.json"),
        ("gone.csv", None, "no such file"),
        ("rows.csv", b"a,b\n1,2\n", "has no column, or several, named request_id, label"),
        ("rows.csv", b"request_id,label,label\n1,2,3\n", "has no column, or several, named label"),
        ("rows.parquet", b"no", "cannot be read"),
        ("tasks.json", b"[" * 100_000, "is not JSON"),
        ("tasks.json", b"{", "is not JSON"),
        ("tasks.json", b"{}", "is not a Label Studio export"),
        ("tasks.json", b"[1]", "is not a Label Studio export"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=said):
        answers(tmp_path / name)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@sum", "'@sum"),
        ("+cmd|' /C", "'+cmd|' /C"),
        ("-a", "'-a"),
        ("-1", "-1"),
        ("+4.5", "+4.5"),
        ("a=b", "a=b"),
    ],
)
def test_a_spreadsheet_runs_nothing_that_a_log_said(tmp_path, sqlite_url, written, shown):
    queue = ActiveLabelingQueue(sqlite_url, 100)
    asked = {"user_id": written, "bucket_start_ts": START, "bucket_end_ts": START, "predicted_label": written}
    queue.enqueue_drift([asked])
    export(queue.all_items, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["user_id"], row["predicted_label"]) == (shown, shown)
    export(queue.all_items, tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet")["user_id"].to_pylist() == [written]


def test_nothing_waits(tmp_path):
    for kind in ("csv", "parquet", "json"):
        export([], tmp_path / f"none.{kind}")
        assert answers(tmp_path / f"none.{kind}") == []


ROW = {"speed": 1.5, "origin": "=EWR"}


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_the_rows_features_go_out_too_and_the_guess_stays_where_it_is_hidden(queue, tmp_path, kind):
    first, *_ = requests = queue.all_items
    path = tmp_path / f"rows.{kind}"
    export(requests, path, features={first.request_id: ROW}, hides_guess=True)
    if kind == "json":
        task = json.loads(path.read_text())[0]
        assert "predictions" not in task
        row = task["data"]
        assert (row["speed"], row["origin"]) == (1.5, "=EWR")
    elif kind == "csv":
        with path.open(newline="", encoding="utf-8") as file:
            row = next(csv.DictReader(file))
        assert (row["speed"], row["origin"]) == ("1.5", "'=EWR")
    else:
        row = pq.read_table(path).to_pylist()[0]
        assert (row["speed"], row["origin"]) == (1.5, "=EWR")
    assert "request_id" in row
    assert not {"predicted_label", "confidence"} & row.keys()


def test_a_label_is_what_stands_between_the_spaces_around_it(queue, tmp_path):
    export(queue.all_items, tmp_path / "rows.csv")
    filled(tmp_path / "rows.csv", ["  late ", " ", None, "on time"])
    assert [each.label for each in answers(tmp_path / "rows.csv")] == ["late", "on time"]


def test_a_large_table_whose_cells_have_several_lines_comes_back(tmp_path, sqlite_url):
    queue = ActiveLabelingQueue(sqlite_url)
    asked = {"bucket_start_ts": START, "bucket_end_ts": START, "predicted_label": ODD}
    queue.enqueue_drift([{**asked, "user_id": f"line 1\n{k}{'y' * 1000}\r\nline 3"} for k in range(1500)])
    path = tmp_path / "rows.csv"
    export(queue.all_items, path)
    assert path.stat().st_size > 1 << 20
    filled(path, [ODD] * 1500)
    assert record(queue, answers(path)) == (1500, 0, (), ())
    assert {each.label for each in queue.all_items} == {ODD}


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_as_spreadsheets_write_it_comes_back(queue, tmp_path, mark, encoding):
    path = tmp_path / "rows.csv"
    export(queue.all_items, path)
    filled(path, ["walk", None, ODD, "7"])
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=mark).writerows(rows)
    assert [each.label for each in answers(path)] == ["walk", ODD, "7"]


@pytest.mark.parametrize("odd", ["nul\x00", "half \ud800"])
def test_a_label_that_no_store_keeps_is_named_and_keeps_no_other_waiting(queue, odd):
    first, second, third, _ = (each.request_id for each in queue.all_items)
    found = record(queue, [Answer(first, "walk"), Answer(second, odd), Answer(third, None)])
    assert found == (1, 1, (), (second,))
    assert (
        f"1 of the labels cannot be recorded, for they hold a NUL character or half a surrogate pair (requests {second})"
        in found.fault
    )
    assert [each.status for each in queue.all_items] == ["labeled", "pending", "skipped", "pending"]


def test_what_a_person_says_while_a_file_is_imported_stays(queue, sqlite_url):
    asked = queue.all_items[0].request_id
    database = Database(sqlite_url)
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as connection:
            imported = pool.submit(record, queue, [Answer(asked, "of the file")], corrects=False)
            assert not wait([imported], timeout=0.5).done  # it has read the queue, and waits to write
            said = {"status": "labeled", "label": "of the person", "done_at": START}
            connection.execute(update(label_requests).where(label_requests.c.request_id == asked).values(**said))
        imported.result()
    assert queue.all_items[0].label == "of the person"


def test_a_file_that_is_still_being_copied_is_waited_for(tmp_path, monkeypatch):
    """It is copied fifteen characters at a time, while the reader waits; no fifteen end with a line."""
    place, lines = tmp_path / "labels.csv", ["request_id,label", *(f"r{k},label {k}" for k in range(6))]
    text = "\n".join(lines)
    pieces = iter([text[at : at + 15] for at in range(0, len(text), 15)])

    def copy_on(_seconds=None):
        with place.open("a") as file:
            file.write(next(pieces, ""))

    copy_on()
    monkeypatch.setattr(time, "sleep", copy_on)
    await_whole(place)
    assert [each.label for each in answers(place)] == [f"label {k}" for k in range(6)]
