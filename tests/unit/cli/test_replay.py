"""History under another policy, from the command line."""

import json
import os
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
  trailing: 20d
"""
PERIOD = ("--from", "2013-03-21", "--to", "2013-03-31", "--storage", ".")
LAST_DAYS = ("--from", "2013-03-27", "--to", "2013-03-31", "--storage", ".")


@pytest.fixture(scope="module")
def month(tmp_path_factory, write_log) -> Path:
    """A month of a log; on the 28th the speed has moved, and on the 30th far."""
    folder = tmp_path_factory.mktemp("month")
    for day in range(1, 31):
        moved = {28: 0.5, 30: 2.0}.get(day, 0.0)
        write_log(folder / f"log/date=2013-03-{day:02}/part.parquet", seed=day, moved=moved)
    return folder


@pytest.fixture
def alone(tmp_path) -> str:
    """The monitor without its log."""
    (tmp_path / "flights.yaml").write_text(MONITOR)
    return "flights.yaml"


@pytest.fixture
def monitor(alone, month, tmp_path) -> str:
    shutil.copytree(month, tmp_path, dirs_exist_ok=True)
    return alone


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kept") / "profiled"


@pytest.fixture
def profiled(windage, request, kept, tmp_path) -> str:
    """The monitor, whose windows have been replayed once, so that each day has its profile."""
    if not kept.exists():
        replayed(windage, request.getfixturevalue("monitor"), "--profile")
        shutil.copytree(tmp_path, kept)
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    return "flights.yaml"


def replayed(windage, monitor, *options, period=PERIOD):
    code, out, err = windage("replay", monitor, *period, "--json", *options)
    assert err == ""
    return code, json.loads(out)


def test_without_profiles_it_says_how_to_make_them(windage, monitor):
    code, out, err = windage("replay", monitor, *PERIOD)
    assert (code, out) == (2, "")
    assert "30 partitions have no profile yet (first: 2013-03-01 – 2013-03-02)" in err.replace("\n", " ")
    assert "--profile" in err


def test_the_same_policy_changes_nothing_and_no_row_is_read_again(windage, profiled, tmp_path):
    for path in tmp_path.glob("log/*/*.parquet"):
        known = path.stat()
        path.write_bytes(bytes(known.st_size))
        os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    code, told = replayed(windage, profiled)
    assert (code, told["windows"], told["broken"]) == (0, 10, [])
    assert told["present"] == told["changed"]
    assert told["present"]["critical"] == ["2013-03-30"]
    assert told["present"]["alerting"] == ["2013-03-28", "2013-03-30"]
    assert told["newly_alerting"] == told["newly_silent"] == []


def test_without_a_change_it_says_so(windage, profiled):
    out = windage("replay", profiled, *LAST_DAYS)[1]
    assert out.splitlines()[-1] == "Both policies are the present one. Give --set or --policy to change it."
    out = windage("replay", profiled, *LAST_DAYS, "--set", "min_rows=51")[1]
    assert out.splitlines()[-1] == "Both policies agree on every window."


def test_it_agrees_with_judging_each_day(windage, profiled):
    _, told = replayed(windage, profiled, period=LAST_DAYS)
    for day, code in (("27", 0), ("28", 0), ("30", 1)):
        assert windage("run", profiled, "--window", f"2013-03-{day}", "--storage", ".")[0] == code
        assert (f"2013-03-{day}" in told["present"]["critical"]) is (code == 1)


def test_a_torn_day_takes_no_part_and_is_named(windage, profiled, tmp_path):
    for day in (5, 28):
        file = tmp_path / f"log/date=2013-03-{day:02}/part.parquet"
        file.write_bytes(file.read_bytes()[:500])
    code, told = replayed(windage, profiled, "--profile")
    assert (code, told["windows"]) == (0, 9)
    assert told["present"]["alerting"] == ["2013-03-30"]
    assert told["broken"] == ["2013-03-05", "2013-03-28"]
    _, out, _ = windage("replay", profiled, *LAST_DAYS, "--profile")
    assert "left out because their files are broken: 2013-03-28." in " ".join(out.split())


def test_a_wider_gate_silences_what_was_within_it(windage, profiled):
    wider = ("--set", "limits.feature_ks.warning=0.3")
    _, told = replayed(windage, profiled, *wider, period=LAST_DAYS)
    assert told["newly_silent"] == ["2013-03-28"]
    code, out, _ = windage("replay", profiled, *LAST_DAYS, *wider)
    assert code == 0
    assert "newly silent: 2013-03-28" in out
    assert "critical windows" in out
    _, told = replayed(windage, profiled, "--policy", "reference", period=LAST_DAYS)
    assert "2013-03-28" in told["changed"]["alerting"]


@pytest.mark.slow
def test_a_budget_finds_the_scale_that_keeps_it(windage, profiled):
    code, told = replayed(windage, profiled, "--max-critical-per-quarter", "1")
    assert (code, told["critical_scale"]) == (0, 1.0)
    code, told = replayed(windage, profiled, "--max-critical-per-quarter", "0")
    assert code == 0
    scale = told["critical_scale"]
    assert told["changed"]["critical"] == []
    _, kept = replayed(windage, profiled, "--set", f"critical_scale={scale}")
    assert kept["changed"]["critical"] == []
    assert kept["no_longer_critical"] == ["2013-03-30"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--set", "imput_level=0.1"),
            "policy calibrated: imput_level: unknown key. Did you mean 'input_level'? Correct --set.",
        ),
        (("--set", "limits.feature_ks.critcal=0.3"), "policy calibrated: limits.feature_ks.critcal"),
        (
            ("--set", "limits.feature_ks.warning=.nan"),
            "limits.feature_ks.warning: must be a finite number; got nan. Correct --set.",
        ),
        (
            ("--set", "limits.feature_ks.warning=nan"),
            "limits.feature_ks.warning: must be a finite number; got 'nan'. Correct --set.",
        ),
        (("--set", "limits.row_volume.warning"), "Write KEY=VALUE"),
        (
            ("--set", "limits.feature_ks.warning=[1"),
            "--set 'limits.feature_ks.warning=[1' has a value that is not valid YAML: expected ',' or ']'",
        ),
        (("--set", "input_level=2013-02-30"), "is not valid YAML: day is out of range for month."),
        (("--set", "input_level=\x00"), "is not valid YAML: "),
        (("--set", "input_level.x=1"), "--set 'input_level.x=1': input_level has no keys of its own."),
        (("--policy", "calibrate"), "Did you mean 'calibrated'?"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(windage, alone, options, said):
    code, out, err = windage("replay", alone, *PERIOD, *options)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("2019-01-01", "2019-01-05", "no window in 2019-01-01 – 2019-01-05 has both current and reference partitions"),
        ("2013-03-31", "2013-03-21", "no days between --from 2013-03-31 and --to 2013-03-21 after the log's start"),
        ("0001-01-01", "2013-02-01", "no days between --from 0001-01-01 and --to 2013-02-01 after the log's start"),
        ("2013-03-21", "9999-12-31", "--to 9999-12-31 is in the future. Give a past day."),
    ],
)
def test_a_period_without_a_log_is_told(windage, alone, begin, end, said):
    code, _, err = windage("replay", alone, "--from", begin, "--to", end, "--storage", ".")
    assert code == 2
    assert said in " ".join(err.split())


def test_a_budget_is_no_less_than_nothing(windage, alone):
    code, _, err = windage("replay", alone, *PERIOD, "--max-critical-per-quarter", "-1")
    assert (code, "must be a whole number, at least 0; got '-1'" in err) == (2, True)


@pytest.mark.parametrize(
    ("about", "period", "windows"),
    [
        ("current: 7d\n", LAST_DAYS, 4),
        ('schedule: "0 0 * * 1,4"\ncurrent: 7d\n', PERIOD, 2),
        ('schedule: "0 12 * * *"\n', LAST_DAYS, 3),
    ],
)
def test_the_windows_are_those_that_the_schedule_judges(windage, profiled, tmp_path, about, period, windows):
    (tmp_path / "flights.yaml").write_text(MONITOR + about)
    _, told = replayed(windage, profiled, period=period)
    assert told["windows"] == windows


@pytest.mark.slow
def test_what_only_a_frozen_baseline_shows_is_told_too(windage, log, tmp_path):
    for day in range(1, 31):
        log(f"log/date=2013-03-{day:02}/part.parquet", seed=day, moved=0.04 * max(day - 10, 0))
    (tmp_path / "flights.yaml").write_text(MONITOR.replace("trailing: 20d", "trailing: 10d"))
    _, alone = replayed(windage, "flights.yaml", "--profile")
    named = "trailing: 10d\n  baseline: {start: 2013-03-01, end: 2013-03-11}"
    (tmp_path / "flights.yaml").write_text(MONITOR.replace("trailing: 20d", named))
    _, beside = replayed(windage, "flights.yaml", "--profile")
    reports = [
        json.loads(windage("run", "flights.yaml", "--window", f"2013-03-{day}", "--storage", ".", "--json")[1])
        for day in range(21, 31)
    ]
    alerting = [each["current_window"]["start"][:10] for each in reports if each["alerts"]]
    assert beside["present"]["alerting"] == alerting
    assert {*alone["present"]["alerting"]} < {*alerting}
