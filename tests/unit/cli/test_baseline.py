"""Baselines and excluded days, from the command line to the verdict."""

import json
import shutil
from pathlib import Path

import pytest

MONITOR = """\
monitor: flights
start: 2013-03-01
log:
  location: log/date={start:%Y-%m-%d}
  numeric: [speed, weight]
  label: predicted_label
reference:
  trailing: 14d
"""
EARLY = ("--from", "2013-03-01", "--to", "2013-03-11", "--storage", ".")


@pytest.fixture(scope="module")
def days(tmp_path_factory, write_log) -> Path:
    """A log whose speed moves by a tenth of a standard deviation every two days from the 11th on."""
    folder = tmp_path_factory.mktemp("days")
    for day in range(1, 37):
        month, of_month = (3, day) if day <= 31 else (4, day - 31)
        place = folder / f"log/date=2013-{month:02}-{of_month:02}/part.parquet"
        write_log(place, seed=day, moved=0.05 * max(day - 10, 0))
    return folder


@pytest.fixture
def monitor(days, tmp_path) -> str:
    shutil.copytree(days, tmp_path, dirs_exist_ok=True)
    (tmp_path / "flights.yaml").write_text(MONITOR)
    return "flights.yaml"


def judged(windage, monitor, day="2013-04-05"):
    code, out, err = windage("run", monitor, "--window", day, "--storage", ".", "--json")
    assert err == ""
    return code, json.loads(out)


def slow(report):
    return [each for each in report["alerts"] if each["details"].get("against")]


def test_a_promoted_baseline_shows_slow_drift(windage, monitor):
    _, before = judged(windage, monitor)
    assert slow(before) == []
    code, out, _ = windage("baseline", "promote", monitor, *EARLY, "--reason", "validated with the first labels")
    assert (code, "is now baseline 1 of flights" in out) == (0, True)
    _, after = judged(windage, monitor)
    drifted = {name for each in after["alerts"] for name in each["affected_features"]}
    assert "speed" in drifted
    for each in slow(after):
        assert each["severity"] == "warning"
        assert each["details"]["against"] == "2013-03-01 – 2013-03-11"
    assert len([each for each in after["alerts"] if each["affected_features"] == ["speed"]]) == 1


def test_a_baseline_of_the_file_is_used_until_one_is_promoted(windage, monitor, tmp_path):
    named = "  baseline: {start: 2013-03-01, end: 2013-03-11}\n"
    (tmp_path / "flights.yaml").write_text(MONITOR + named)
    _, report = judged(windage, monitor)
    assert any(each["affected_features"] == ["speed"] for each in report["alerts"])
    late = ("--from", "2013-03-22", "--to", "2013-04-05", "--storage", ".")
    windage("baseline", "promote", monitor, *late, "--reason", "the new ordinary")
    _, report = judged(windage, monitor)
    assert slow(report) == []


def test_a_change_that_was_meant_is_ordinary_once_its_days_are_promoted(windage, monitor, log, tmp_path):
    (tmp_path / monitor).write_text(MONITOR.replace("14d", "28d"))
    for day in range(1, 28):
        moved = 3.0 * (day >= 18) + 2.0 * (day == 26)
        log(f"log/date=2013-03-{day:02}/part.parquet", seed=day, moved=moved)
    meant = ("--from", "2013-03-18", "--to", "2013-03-22", "--storage", ".", "--reason", "another unit")
    assert judged(windage, monitor, "2013-03-22")[0] == 1
    windage("baseline", "promote", monitor, *meant)
    code, report = judged(windage, monitor, "2013-03-22")
    assert (code, report["alerts"], report["reference_window"]["start"][:10]) == (0, [], "2013-03-18")
    for day in ("2013-03-26", "2013-03-18"):  # what comes on top of it is news, and so is it on its own first day
        assert judged(windage, monitor, day)[0] == 1


def test_a_baseline_says_nothing_of_the_time_before_it(windage, monitor):
    windage("baseline", "promote", monitor, *EARLY, "--reason", "validated")
    assert slow(judged(windage, monitor, "2013-03-09")[1]) == []


def test_decisions_are_kept_in_order_with_their_reasons(windage, monitor):
    windage("baseline", "promote", monitor, *EARLY, "--reason", "first")
    windage(
        "baseline",
        "promote",
        monitor,
        "--from",
        "2013-03-12",
        "--to",
        "2013-03-20",
        "--storage",
        ".",
        "--reason",
        "second",
    )
    windage(
        "baseline",
        "exclude",
        monitor,
        "--from",
        "2013-03-15",
        "--to",
        "2013-03-16",
        "--storage",
        ".",
        "--reason",
        "outage",
    )
    code, out, _ = windage("baseline", "list", monitor, "--storage", ".", "--json")
    told = json.loads(out)
    assert code == 0
    assert [(each["version"], each["reason"]) for each in told["promotions"]] == [(1, "first"), (2, "second")]
    assert told["promotions"][0]["content"] != told["promotions"][1]["content"]
    assert [each["reason"] for each in told["exclusions"]] == ["outage"]
    assert "outage" in windage("baseline", "list", monitor, "--storage", ".")[1]


def test_a_baseline_tells_what_it_lacks_and_when_it_has_too_few_days_left(windage, monitor, tmp_path):
    shutil.rmtree(tmp_path / "log/date=2013-03-05")
    code, out, _ = windage("baseline", "promote", monitor, *EARLY, "--reason", "calm")
    assert (code, "calm (without 2013-03-05 – 2013-03-06: missing or excluded)" in " ".join(out.split())) == (0, True)
    for day in (2, 3, 4, 6, 7, 8):
        shutil.rmtree(tmp_path / f"log/date=2013-03-{day:02}")
    _, report = judged(windage, monitor)
    assert any("has data of fewer than 4 days, so slow drift could not be judged" in each for each in report["unread"])


def test_a_promotion_is_taken_back(windage, monitor):
    windage("baseline", "promote", monitor, *EARLY, "--reason", "calm")
    code, out, _ = windage("baseline", "withdraw", monitor, *EARLY, "--reason", "the wrong days")
    assert (code, "2013-03-01 – 2013-03-11 is withdrawn for flights: the wrong days" in out) == (0, True)
    assert slow(judged(windage, monitor)[1]) == []
    shown = windage("baseline", "list", monitor, "--storage", ".")[1].splitlines()
    assert [line.split()[0] for line in shown] == ["baseline", "withdrawn"]
    assert shown[0].endswith("calm (withdrawn)")


def test_an_excluded_day_is_in_no_reference_and_not_missing(windage, monitor):
    _, before = judged(windage, monitor)
    windage(
        "baseline",
        "exclude",
        monitor,
        "--from",
        "2013-03-30",
        "--to",
        "2013-03-31",
        "--storage",
        ".",
        "--reason",
        "outage",
    )
    _, after = judged(windage, monitor)
    assert before["reference_rows"] - after["reference_rows"] == before["current_rows"]
    assert after["missing_partitions"] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((*EARLY, "--reason", " "), "a promotion needs a reason; got none. Give --reason."),
        (("--from", "2019-03-01", "--to", "2019-03-11", "--storage", ".", "--reason", "why"), "no partitions"),
        (("--from", "2013-03-11", "--to", "2013-03-01", "--storage", ".", "--reason", "why"), "is not a valid window"),
        (("--from", "2013-03-11", "--to", "2013-03-11", "--storage", ".", "--reason", "why"), "the day after its last"),
        (
            ("--from", "2013-04-03", "--to", "2013-04-20", "--storage", ".", "--reason", "why"),
            "2013-04-03 – 2013-04-20 has data of 3 days, and a baseline needs at least 4 that are not excluded.",
        ),
    ],
)
def test_a_promotion_without_reason_or_data_is_refused(windage, monitor, options, said):
    code, out, err = windage("baseline", "promote", monitor, *options)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_a_baseline_that_cuts_through_a_partition_is_refused_as_a_window_is(windage, monitor):
    cut = ("--from", "2013-03-01T07:00", "--to", "2013-03-11", "--storage", ".", "--reason", "why")
    code, out, err = windage("baseline", "promote", monitor, *cut)
    assert (code, out) == (2, "")
    assert (
        "--from 2013-03-01T07:00 --to 2013-03-11 does not align with the log's partitions of 1d each. "
        "Give 2013-03-01/2013-03-11."
    ) in " ".join(err.split())
    last = ("--from", "9999-12-31", "--to", "9999-12-31T12:00", "--storage", ".", "--reason", "why")
    for action in ("promote", "exclude"):
        assert "is not a valid window" in " ".join(windage("baseline", action, monitor, *last)[2].split())


def test_a_reason_sends_nothing_to_the_terminal_but_words(windage, monitor):
    for action in ("promote", "exclude"):
        _, out, _ = windage("baseline", action, monitor, *EARLY, "--reason", "a \x1b[31mred\x1b[0m reason")
        assert "\x1b" not in out
    _, out, _ = windage("baseline", "list", monitor, "--storage", ".")
    assert out.count("a \ufffd[31mred\ufffd[0m reason\n") == 2


def test_a_torn_document_is_told(windage, monitor, tmp_path):
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines/flights.json").write_text("{")
    code, _, err = windage("baseline", "list", monitor, "--storage", ".")
    assert code == 2
    assert err == (
        "windage: ./baselines/flights.json is not a valid baselines file (1 errors). Restore or delete it.\n"
    )
