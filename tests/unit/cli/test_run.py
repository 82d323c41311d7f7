import re
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windage.labeling.queue import ActiveLabelingQueue
from windage.vocabulary import DriftReport

MONITOR = """\
monitor: flights
description: Late or not
start: 2013-03-01
log:
  location: log/date={start:%Y-%m-%d}
  numeric: [speed, weight]
  label: predicted_label
reference:
  trailing: 3d
policy: reference
"""
CALIBRATED = (
    MONITOR.replace("3d", "20d")
    .replace("  label:", "  units: {speed: m/s}\n  label:")
    .replace("policy: reference", "policy: calibrated")
)


@pytest.fixture
def monitor(log, tmp_path) -> str:
    """Ten days of a log; on the tenth the speed has moved."""
    for day in range(1, 11):
        log(f"log/date=2013-03-{day:02}/part.parquet", seed=day, moved=2.0 if day == 10 else 0.0)
    (tmp_path / "flights.yaml").write_text(MONITOR)
    return "flights.yaml"


def test_a_quiet_day_is_judged_and_its_report_stored(windage, monitor, tmp_path):
    code, out, err = windage("run", monitor, "--window", "2013-03-08", "--storage", ".")
    said = out.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert (code, err) == (0, "")
    assert out.startswith("NO DRIFT")
    assert "reference  2013-03-05 – 2013-03-08 UTC (3 days)  1 200 rows" in said
    assert "current    2013-03-08 – 2013-03-09 UTC (1 day)  400 rows" in said
    assert "report  ./reports/flights/2013-03-09T00-00Z/drift_report.html" in out
    folder = tmp_path / "reports" / "flights" / "2013-03-09T00-00Z"
    assert DriftReport.model_validate_json((folder / "drift_report.json").read_text()).monitor == "flights"


def test_a_window_that_is_not_over_is_said_to_be_judged_too_early(windage, log, monitor):
    log("log/date=2113-03-08/part.parquet", seed=1)
    told = "not over   more rows may come until 2113-03-09 00:00 UTC"
    assert told in windage("run", monitor, "--window", "2113-03-08", "--storage", ".")[1]
    assert "not over" not in windage("run", monitor, "--window", "2013-03-08", "--storage", ".")[1]


def test_a_check_without_limits_is_not_said_to_be_within_them(windage, monitor, tmp_path):
    (tmp_path / "flights.yaml").write_text(f"{MONITOR}checks: {{defaults: , missingness: }}\n")
    out = windage("run", monitor, "--window", "2013-03-08", "--storage", ".")[1]
    assert re.search(r"missingness +measured, but the policy reference has no limit for it", out)


def test_a_drifted_day_is_critical_and_json_is_its_report(windage, monitor):
    code, out, err = windage("run", monitor, "--window", "2013-03-10", "--storage", ".", "--json")
    report = DriftReport.model_validate_json(out)
    assert (code, err) == (1, "")
    assert report.feature_report.flagged_features == ["speed"]


@pytest.fixture
def calibrated(log, tmp_path) -> str:
    """Twenty-two weekdays and weekends; on the last the speed has moved or is missing."""
    for day in range(1, 23):
        log(f"log/date=2013-03-{day:02}/part.parquet", seed=day, moved=1.5 if day == 22 else 0.0)
    (tmp_path / "flights.yaml").write_text(CALIBRATED)
    return "flights.yaml"


def test_a_quiet_day_beside_ordinary_days(windage, calibrated):
    code, out, _ = windage("run", calibrated, "--window", "2013-03-21", "--storage", ".")
    assert (code, out.splitlines()[0]) == (0, "NO DRIFT  Nothing moved beyond its limit.")
    assert "adj. p" in out
    assert re.search(r"missingness +nothing beyond its limit; a change of 5.0 points would", out)


def test_what_the_log_cannot_be_asked_is_said(windage, calibrated):
    out = windage("run", calibrated, "--window", "2013-03-21", "--storage", ".")[1]
    assert "The log names no user, so segment was not run." in out


def test_a_drifted_day_beside_ordinary_days(windage, calibrated, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    code, out, _ = windage("run", calibrated, "--window", "2013-03-22", "--storage", ".")
    assert (code, out.splitlines()[0]) == (1, "CRITICAL  speed moved.")
    assert re.search(r"▲ +speed .* \de-\d+ .* → ", out)
    assert re.search(r"✓ +weight ", out)
    assert re.search(
        r"▲ +numeric_feature +speed moved up by 1\.\d+ sd \(median -?0\.\d+ → 1\.\d+ m/s\): at least \d", out
    )


def test_what_another_check_tells_is_not_called_within_its_limit(windage, calibrated, tmp_path):
    file = tmp_path / "log/date=2013-03-22/part.parquet"
    table = pq.read_table(file)
    speed = table["speed"].to_numpy().copy()
    speed[::3] = 400.0
    place = table.schema.get_field_index("speed")
    pq.write_table(table.set_column(place, "speed", pa.array(speed)), file)
    _, out, _ = windage("run", calibrated, "--window", "2013-03-22", "--storage", ".")
    assert "✓ numeric_feature speed beyond its limit, reported as values never seen before" in " ".join(out.split())
    _, told, _ = windage("run", calibrated, "--window", "2013-03-22", "--storage", ".", "--json")
    outcome = DriftReport.model_validate_json(told).outcomes["numeric_feature"]
    assert (outcome.explained, outcome.detectable.keys()) == ({"speed": "value_range"}, {"weight"})


def test_a_column_gone_missing_stands_with_the_features_and_with_its_check(windage, calibrated, tmp_path):
    file = tmp_path / "log/date=2013-03-22/part.parquet"
    table = pq.read_table(file)
    place = table.schema.get_field_index("speed")
    pq.write_table(table.set_column(place, "speed", pa.nulls(table.num_rows, pa.float64())), file)
    code, out, _ = windage("run", calibrated, "--window", "2013-03-22", "--storage", ".")
    said = out.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert (code, out.splitlines()[0]) == (1, "CRITICAL  speed lost values.")
    assert re.search(r"▲ +speed +missing values", said)
    assert re.search(r"▲ +missingness +speed is missing in 100 % of rows, 0 % before", said)


def test_too_few_days_to_calibrate_is_unknown_and_no_pass(windage, monitor, tmp_path):
    (tmp_path / monitor).write_text(MONITOR.replace("policy: reference", "policy: calibrated"))
    code, out, _ = windage("run", monitor, "--window", "2013-03-08", "--storage", ".")
    assert code == 2
    assert out.startswith("UNKNOWN")
    said = " ".join(out.split())
    assert (
        "Not judged: uncalibrated, as the reference has too few days like this to know how ordinary days vary." in said
    )
    assert said.count("too few days") == 2  # in the headline, and once of all checks, the number of rows among them


def test_a_day_without_a_partition_is_unknown(windage, monitor):
    code, out, _ = windage("run", monitor, "--window", "2013-03-12", "--storage", ".")
    assert code == 2
    assert out.startswith("UNKNOWN")
    assert "missing    2013-03-11 – 2013-03-13" in out


def test_a_window_of_which_a_part_is_missing_is_not_quiet(windage, monitor):
    code, out, _ = windage("run", monitor, "--window", "2013-03-08/2013-03-10", "--storage", ".")
    assert (code, "missing" in out) == (0, False)
    code, out, _ = windage("run", monitor, "--window", "2013-03-09/2013-03-12", "--storage", ".")
    assert code in (1, 2)
    assert "missing    2013-03-11 – 2013-03-12" in out


def test_a_moment_begins_one_partition(windage, monitor):
    assert (
        "current    2013-03-07 – 2013-03-08"
        in windage("run", monitor, "--window", "2013-03-07T00:00", "--storage", ".")[1]
    )


@pytest.mark.parametrize("window", ["yesterday", "2013-02-30", "2013-03-08/", "9999-12-31", "0001-01-01"])
def test_what_is_no_window_is_said(windage, monitor, window):
    code, out, err = windage("run", monitor, "--window", window, "--storage", ".")
    assert (code, out) == (2, "")
    assert f"--window '{window}' is not a valid window." in err


def test_a_window_that_ends_before_it_starts_is_said(windage, monitor):
    code, _, err = windage("run", monitor, "--window", "2013-03-08/2013-03-07", "--storage", ".")
    assert code == 2
    assert err == "windage: --window '2013-03-08/2013-03-07' does not end after it starts. Give the earlier first.\n"


@pytest.mark.parametrize(
    ("window", "fitting"),
    [
        ("2013-03-08T06:00", "2013-03-08/2013-03-09 or 2013-03-09/2013-03-10"),
        ("2013-03-07T12:00/2013-03-09", "2013-03-07/2013-03-09"),
        ("2013-03-08/2013-03-08T06:00", "2013-03-08/2013-03-09"),
    ],
)
def test_a_window_that_cuts_through_partitions_is_refused_with_the_nearest_that_do_not(
    windage, monitor, window, fitting
):
    code, out, err = windage("run", monitor, "--window", window, "--storage", ".")
    assert (code, out) == (2, "")
    assert f"--window '{window}' does not align with the log's partitions of 1d each. Give {fitting}.\n" in err


def test_a_report_of_another_window_is_not_replaced(windage, monitor, tmp_path):
    assert windage("run", monitor, "--window", "2013-03-08", "--storage", ".")[0] == 0
    kept = (tmp_path / "reports/flights/2013-03-09T00-00Z/drift_report.json").read_bytes()
    code, out, err = windage("run", monitor, "--window", "2013-03-07/2013-03-09", "--storage", ".")
    assert (code, out.splitlines()[0], err) == (0, "NO DRIFT  Nothing moved beyond its limit.", "")
    assert "2013-03-09T00-00Z_from_2013-03-07T00-00Z/drift_report.json" in out
    assert (tmp_path / "reports/flights/2013-03-09T00-00Z/drift_report.json").read_bytes() == kept
    assert windage("run", monitor, "--window", "2013-03-08", "--storage", ".")[0] == 0


def test_labels_of_the_monitors_queue_take_part_and_are_not_lost(windage, monitor, tmp_path):
    start = datetime(2013, 3, 8, tzinfo=UTC)
    asked = [
        {
            "monitor": "flights",
            "user_id": f"u{k}",
            "bucket_start_ts": start,
            "bucket_end_ts": start,
            "predicted_label": "on_time",
            "inclusion_probability": 0.5,
        }
        for k in range(30)
    ]
    queue = ActiveLabelingQueue(str(tmp_path / "queue.json"))
    queue.enqueue_drift(asked)
    for one in queue.all_items:
        queue.mark_done(one.request_id, "labeled", "on_time")
    judged = ("run", monitor, "--window", "2013-03-08", "--storage", ".", "--json")
    with_queue = MONITOR.replace("label: predicted_label", "label: predicted_label\n  user: user\n  bucket_start: at")
    (tmp_path / "flights.yaml").write_text(with_queue + "labeling: {queue: queue.json}\n")
    report = DriftReport.model_validate_json(windage(*judged)[1])
    assert report.realised_performance.rows == 30
    (tmp_path / "flights.yaml").write_text(MONITOR)
    code, _, err = windage(*judged)
    assert code == 2
    assert "used people's labels, and this run has none" in err


@pytest.mark.parametrize(("day", "headline"), [("08", "NO DRIFT"), ("10", "CRITICAL")])
def test_a_verdict_that_cannot_be_kept_is_told_all_the_same(windage, monitor, tmp_path, day, headline):
    (tmp_path / f"reports/flights/2013-03-{int(day) + 1:02}T00-00Z/drift_report.md").mkdir(parents=True)
    code, out, err = windage("run", monitor, "--window", f"2013-03-{day}", "--storage", ".")
    assert code == 2
    assert out.startswith(headline)
    assert out.endswith("exit code 2\n")
    assert "drift_report.md could not be written" in err


def test_without_a_storage_nothing_is_written(windage, monitor, tmp_path):
    code, _, err = windage("run", monitor, "--window", "2013-03-08")
    assert code == 2
    assert "has no storage" in err
    assert not (tmp_path / "reports").exists()
    with (tmp_path / monitor).open("a") as file:
        file.write(f"storage: {tmp_path}\n")
    assert windage("run", monitor, "--window", "2013-03-08")[0] == 0


def test_a_storage_at_home_is_not_a_folder_of_that_name(windage, monitor, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "log").rename(tmp_path / "home" / "log")
    assert windage("run", monitor, "--window", "2013-03-08", "--storage", "~")[0] == 0
    assert (tmp_path / "home" / "reports").is_dir()


def test_what_is_no_monitor_is_named_as_it_was_given(windage, monitor):
    code, out, err = windage("run", "log/date=2013-03-08/part.parquet", "--window", "2013-03-08")
    assert (code, out) == (2, "")
    assert err.startswith("windage: log/date=2013-03-08/part.parquet cannot be read: not UTF-8.")


def test_a_storage_that_nothing_can_open_is_said(windage, monitor):
    code, out, err = windage("run", monitor, "--window", "2013-03-08", "--storage", "foo://x")
    assert (code, out) == (2, "")
    assert err == (
        "windage: foo://… cannot be opened: Protocol not known: foo. Give a path, or a URL that fsspec supports.\n"
    )


def test_every_fault_of_the_monitor_is_a_line(windage, tmp_path):
    (tmp_path / "bad.yaml").write_text(MONITOR.replace("3d", "3x").replace("label:", "lable:"))
    code, out, err = windage("run", "bad.yaml", "--window", "2013-03-08", "--storage", ".")
    assert (code, out) == (2, "")
    assert err.splitlines()[0].startswith("windage: bad.yaml:7 log.lable: unknown key.")
    assert len(err.splitlines()) == 2


def test_a_log_that_is_nowhere_is_said_with_the_place_that_was_looked_at(windage, monitor):
    code, out, err = windage("run", monitor, "--window", "2012-03-08", "--storage", ".")
    assert (code, out) == (2, "")
    assert "no partitions found for 2012-03-08 – 2012-03-09" in err
    assert "looked first in ./log/date=2012-03-08. Correct log.location" in " ".join(err.split())


def test_what_is_in_the_place_of_a_log_without_partitions_is_said(windage, monitor, tmp_path):
    (tmp_path / "log/date=2013-05-08/hour=00").mkdir(parents=True)
    code, out, err = windage("run", monitor, "--window", "2013-05-08", "--storage", ".")
    assert (code, out) == (2, "")
    assert "its reference 2013-05-05 – 2013-05-08; ./log/date=2013-05-08 has no Parquet file" in " ".join(err.split())
    assert "only folders (hour=00), which are not searched. Add /* to log.location" in " ".join(err.split())
