import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from windage.labeling.queue import ActiveLabelingQueue


@pytest.fixture(params=["queue.json", "sqlite"])
def place(request) -> str:
    """A queue of 24 requests, least certain first."""
    place = request.getfixturevalue("sqlite_url") if request.param == "sqlite" else request.param
    start = datetime(2013, 3, 8, tzinfo=UTC)
    buckets = [
        {
            "user_id": ["ann", "bob"][hour % 2],
            "bucket_start_ts": start + timedelta(hours=hour),
            "bucket_end_ts": start + timedelta(hours=hour + 1),
            "confidence": hour / 24,
            "predicted_label": "late",
            "monitor": "flights",
        }
        for hour in range(24)
    ]
    ActiveLabelingQueue(place).enqueue_drift(buckets)
    return place


def listed(windage, place, *words) -> list[dict]:
    code, out, err = windage("queue", "list", "--queue", place, "--json", *words)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_what_waits_is_listed_least_certain_first(windage, place):
    found = listed(windage, place)
    assert len(found) == 20
    assert [each["confidence"] for each in found] == sorted(each["confidence"] for each in found)
    assert len(listed(windage, place, "--limit", "3")) == 3
    assert {each["user_id"] for each in listed(windage, place, "--user", "bob")} == {"bob"}
    assert len(listed(windage, place, "--status", "all")) == 24


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_table_fits_and_says_what_it_holds_back(windage, place, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    code, out, _ = windage("queue", "list", "--queue", place)
    assert code == 0
    assert max(map(len, out.splitlines())) <= int(width)
    assert out.splitlines()[-1] == ("20 requests shown, 24 waiting, 0 answered; daily limit (--status all shows all)")
    assert "labeled" not in out
    assert "pending" in windage("queue", "list", "--queue", place, "--status", "all")[1]


def test_requests_of_one_monitor_are_shown_exported_and_leased_alone(windage, place, tmp_path):
    of_other = listed(windage, place)[0] | {"monitor": "credit", "user_id": "eve"}
    ActiveLabelingQueue(place).enqueue_drift([of_other])
    assert [each["user_id"] for each in listed(windage, place, "--monitor", "credit")] == ["eve"]
    out = windage("queue", "list", "--queue", place, "--monitor", "flights", "--limit", "3")[1]
    assert out.splitlines()[-1] == "3 requests shown, 24 waiting, 0 answered"
    told = windage("queue", "export", "--queue", place, "--monitor", "credit", tmp_path / "out.csv")[1]
    assert told.startswith("1 request written")
    _, leased, _ = windage("queue", "lease", "--queue", place, "--as", "ann", "--monitor", "credit", "--json")
    assert [each["user_id"] for each in json.loads(leased)] == ["eve"]
    code, _, err = windage("queue", "list", "--queue", place, "--monitor", "credti")
    assert code == 2
    assert "no requests for monitor 'credti'. Did you mean 'credit'?" in err


def test_an_answer_is_recorded_by_the_beginning_of_its_id(windage, place):
    first, second, *_ = listed(windage, place)
    code, out, _ = windage("queue", "done", "--queue", place, first["request_id"][:8], "--label", "on_time")
    assert (code, out) == (0, f"✓ {first['request_id']} is labeled on_time\n")
    code, out, _ = windage("queue", "done", "--queue", place, second["request_id"], "--skip", "--json")
    assert (code, json.loads(out)["status"]) == (0, "skipped")
    by_id = {each["request_id"]: each for each in listed(windage, place, "--status", "all")}
    assert by_id[first["request_id"]]["label"] == "on_time"
    assert by_id[second["request_id"]]["status"] == "skipped"
    assert "22 waiting, 2 answered" in windage("queue", "list", "--queue", place, "--status", "all")[1]


@pytest.mark.parametrize("beginning", ["", "no-such-request"])
def test_an_unknown_request_is_not_answered(windage, place, beginning):
    code, out, err = windage("queue", "done", "--queue", place, beginning)
    assert (code, out) == (2, "")
    assert "unknown request" in err


def test_an_ambiguous_beginning_answers_nothing(windage, place):
    firsts = [each["request_id"][0] for each in listed(windage, place, "--status", "all")]
    shared = next(letter for letter in firsts if firsts.count(letter) > 1)
    code, _, err = windage("queue", "done", "--queue", place, shared)
    assert code == 2
    assert "Give more characters." in err


@pytest.mark.parametrize("place", ["queue.jsn", "sqlite:///{}/queue.db"])
def test_a_mistyped_place_is_no_empty_queue(windage, tmp_path, place):
    code, out, err = windage("queue", "list", "--queue", place.format(tmp_path))
    assert (code, out) == (2, "")
    assert "no queue found at" in err
    assert not list(tmp_path.iterdir())


def test_a_label_and_a_skip_exclude_each_other(windage):
    assert windage("queue", "done", "--queue", "q.json", "x", "--label", "l", "--skip")[0] == 2


def test_the_stats_of_a_queue_without_labels(windage, place):
    code, out, _ = windage("queue", "stats", "--queue", place)
    assert code == 0
    assert "24 pending" in out
    assert "No labels yet to measure accuracy with." in out
    Path("empty.json").write_text("[]")
    out = windage("queue", "stats", "--queue", "empty.json")[1]
    assert out == "No requests yet.\nNo labels yet to measure accuracy with.\n"


def test_the_stats_say_how_well_the_classifier_does(windage, sqlite_url):
    queue = ActiveLabelingQueue(sqlite_url, 1000)
    start = datetime(2013, 3, 8, tzinfo=UTC)
    queue.enqueue_drift(
        [
            {
                "user_id": f"u{k % 10}",
                "bucket_start_ts": start + timedelta(minutes=k),
                "bucket_end_ts": start + timedelta(minutes=k + 1),
                "predicted_label": "late",
                "monitor": "flights",
                "inclusion_probability": 1.0 if k < 20 else 0.1,
            }
            for k in range(40)
        ]
    )
    for k, one in enumerate(queue.all_items):
        queue.mark_done(one.request_id, "labeled", "on_time" if k < 20 else "late")
    code, out, _ = windage("queue", "stats", "--queue", sqlite_url, "--json", "--monitor", "flights")
    found = json.loads(out)
    assert (code, found["requests"]) == (0, {"labeled": 40})
    assert found["performance"]["accuracy"] == pytest.approx(200 / 220)
    low, high = found["performance"]["accuracy_interval"]
    assert 0.5 < low < 200 / 220 < high <= 1
    assert found["performance"]["confusion"]["late"]["late"] == pytest.approx(200 / 220)
    code, out, _ = windage("queue", "stats", "--queue", sqlite_url)
    assert "accuracy" in out
    assert "40 labels of 10 users" in " ".join(out.split())
    assert windage("queue", "stats", "--queue", sqlite_url, "--json", "--monitor", "x")[0] == 2


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_what_waits_goes_out_and_comes_back(windage, place, tmp_path, kind):
    path = tmp_path / f"rows.{kind}"
    assert windage("queue", "export", str(path), "--queue", place)[:2] == (0, f"24 requests written to {path}\n")
    if kind == "csv":
        first, *rows = path.read_text().splitlines()
        path.write_text("\n".join([first, *(f'{row}"late"' if row.endswith(",") else row for row in rows)]) + "\n")
        code, out, _ = windage("queue", "import", str(path), "--queue", place)
        assert (code, out) == (0, "24 labels and 0 skips recorded\n")
    tasks = tmp_path / "tasks.json"
    tasks.write_text('[{"data": {"request_id": "x"}, "annotations": [{"id": 1, "was_cancelled": true}]}]')
    code, _, error = windage("queue", "import", str(tasks), "--queue", place)
    assert code == 2
    assert "1 answer to requests that are not in the queue (x)" in " ".join(error.split())


def test_what_goes_out_is_in_the_order_of_a_lease(windage, place, tmp_path):
    """So that a file that comes back half answered is half of a selection by chance, and not its least certain rows."""
    windage("queue", "export", "rows.csv", "--queue", place)
    written = [line.split(",")[0].strip('"') for line in (tmp_path / "rows.csv").read_text().splitlines()[1:]]
    given = ActiveLabelingQueue(place, 100).lease("ann", limit=100)
    newest_first = sorted(given, key=lambda one: (one.created_at, one.request_id), reverse=True)
    assert written == [each.request_id for each in newest_first]


def test_labels_that_nobody_gave_before_are_named(windage, place, tmp_path):
    windage("queue", "export", "rows.csv", "--queue", place)
    text = (tmp_path / "rows.csv").read_text().splitlines()
    answered = [f'{text[1].removesuffix(",")},"banana"', *text[2:]]
    (tmp_path / "rows.csv").write_text("\n".join([text[0], *answered]) + "\n")
    code, out, _ = windage("queue", "import", "rows.csv", "--queue", place)
    assert (code, out) == (0, "1 label and 0 skips recorded; new in this queue: banana (1)\n")
    (tmp_path / "rows.csv").write_text("\n".join([text[0], f'{text[2].removesuffix(",")},"lat"']) + "\n")
    out = windage("queue", "import", "rows.csv", "--queue", place)[1]
    assert out == "1 label and 0 skips recorded; new in this queue: lat (1) Did you mean 'late'?\n"


def test_a_label_that_no_store_keeps_is_named_with_its_request(windage, place, tmp_path):
    bad, good, *_ = (each["request_id"] for each in listed(windage, place))
    choice = {"from_name": "label", "to_name": "row", "type": "choices"}
    tasks = [
        {
            "data": {"request_id": asked},
            "annotations": [{"id": 1, "result": [{**choice, "value": {"choices": [said]}}]}],
        }
        for asked, said in [(bad, "\ud800"), (good, "late"), ("x", "late")]
    ]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    code, out, err = windage("queue", "import", "tasks.json", "--queue", place, "--json")
    assert code == 2
    assert (json.loads(out)["labelled"], json.loads(out)["unusable"]) == (1, [bad])
    assert (
        f"1 of the labels cannot be recorded, for they hold a NUL character or half a surrogate pair (requests {bad})"
        in err
    )
    assert "1 answer to requests that are not in the queue (x)" in err


def test_the_rows_of_one_monitor_go_out_with_their_features(windage, place, write, tmp_path):
    start = datetime(2013, 3, 8, tzinfo=UTC)
    write(
        "log/date=2013-03-08/part.parquet", speed=[1.5] * 24, user=["ann", "bob"] * 12, predicted_label=["late"] * 24,
        at=[start + timedelta(hours=hour) for hour in range(24)],
    )  # fmt: skip
    (tmp_path / "flights.yaml").write_text(
        "monitor: flights\nstart: 2013-03-01\nreference: {trailing: 7d}\nlabeling: {hide_guess: true}\nlog:\n"
        "  location: log/date={start:%Y-%m-%d}\n  numeric: [speed]\n  label: predicted_label\n  user: user\n  bucket_start: at\n"
    )
    code, _, err = windage("queue", "export", "rows.json", "--queue", place, "--rows", "flights.yaml", "--storage", ".")
    assert (code, err) == (0, "")
    tasks = json.loads((tmp_path / "rows.json").read_text())
    assert {each["data"]["speed"] for each in tasks} == {1.5}
    assert not any("predictions" in each for each in tasks)
    code, _, err = windage("queue", "export", "r.json", "--queue", place, "--rows", "flights.yaml")
    assert (code, "monitor flights has no storage" in err) == (2, True)
    text = (tmp_path / "flights.yaml").read_text().replace("location: log", f"location: {tmp_path}/log")
    (tmp_path / "whole.yaml").write_text(text)
    code, _, err = windage("queue", "export", "r.json", "--queue", place, "--rows", "whole.yaml")
    assert (code, err) == (0, "")
    assert json.loads((tmp_path / "r.json").read_text()) == tasks
    ActiveLabelingQueue(place).enqueue_drift([{**listed(windage, place)[0], "monitor": "credit"}])
    code, _, err = windage("queue", "export", "r.csv", "--queue", place, "--rows", "flights.yaml", "--monitor", "credit",
                           "--storage", ".")  # fmt: skip
    assert code == 2
    assert "--rows gives the rows of flights, not of credit. Leave --monitor out." in err


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rows_of_before_a_change_of_the_log_go_out_with_what_they_have(windage, write, tmp_path, kind):
    start = datetime(2013, 3, 8, tzinfo=UTC)
    days = [{"speed": [1.5]}, {"speed": ["fast"], "weight": [2.0]}, None]
    asked = []
    for day, columns in enumerate(days):
        at = start + timedelta(days=day)
        if columns:
            write(f"log/date={at:%Y-%m-%d}/part.parquet", user=["ann"], predicted_label=["late"], at=[at], **columns)
        asked.append({"monitor": "flights", "user_id": "ann", "bucket_start_ts": at, "bucket_end_ts": at})
    ActiveLabelingQueue("q.json").enqueue(asked, reason="uniform")
    (tmp_path / "flights.yaml").write_text(
        "monitor: flights\nstart: 2013-03-01\nreference: {trailing: 7d}\nlog:\n  location: log/date={start:%Y-%m-%d}\n"
        "  numeric: [speed, weight]\n  label: predicted_label\n  user: user\n  bucket_start: at\n"
    )
    name = f"rows.{kind}"
    code, out, _ = windage("queue", "export", name, "--queue", "q.json", "--rows", "flights.yaml", "--storage", ".")
    assert (code, "the log no longer has 1 of their rows, which are without features" in " ".join(out.split())) == (
        0,
        True,
    )
    table = (pd.read_csv if kind == "csv" else pd.read_parquet)(tmp_path / name).sort_values("bucket_start_ts")
    assert table["speed"].fillna("").tolist() == ["1.5", "fast", ""]
    assert table["weight"].fillna(0).tolist() == [0, 2.0, 0]


def test_a_monitor_that_nobody_asked_about_is_no_empty_statistic(windage, place):
    code, _, err = windage("queue", "stats", "--queue", place, "--monitor", "flihgts")
    assert code == 2
    assert "no requests for monitor 'flihgts'. Did you mean 'flights'?" in err
