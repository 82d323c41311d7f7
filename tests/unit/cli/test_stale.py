"""`windage stale` lists what late data makes stale, and judges exactly that again."""

import json
import os
import shutil

import pyarrow as pa
import pytest
import yaml

from builders import days, write_day
from daily_log import COLUMNS, job_on, rows
from windage.history.rejudging import judge_again
from windage.history.store import HistoryStore
from windage.incidents.store import IncidentStore
from windage.reports.store import ReportStore
from windage.store.database import Database


@pytest.fixture
def stale(tmp_path, windage, sqlite_url):
    """Runs the command on a monitor of which day 4 came late."""
    folder = tmp_path / "log"
    for day in (0, 1, 2, 3, 5, 6):
        write_day(folder, day, pa.Table.from_pandas(rows(day), preserve_index=False))
    job, store = job_on(folder, None), sqlite_url
    for day in range(3, 7):
        judge_again(
            job, days(day, day + 1), database=Database(store), reports=ReportStore(tmp_path / "storage/reports")
        )
    write_day(folder, 4, pa.Table.from_pandas(rows(4), preserve_index=False))
    document = {
        "monitor": "m", "start": "2026-03-01", "resolution": None, "policy": "reference",
        "reference": {"trailing": "3d"}, "log": {"location": f"{folder}/date={{start:%Y-%m-%d}}", **COLUMNS},
    }  # fmt: skip
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(document))

    def run(*more):
        return windage(
            "stale", str(tmp_path / "m.yaml"), "--store", store, "--storage", str(tmp_path / "storage"), *more
        )

    return run, Database(store)


def test_it_says_which_windows_and_why(stale):
    run, _ = stale
    code, out, _ = run()
    assert code == 0
    assert out.count("changed: 2026-03-05") == 3
    assert "3 stale windows; add --run to judge them again." in out
    found = json.loads(run("--json")[1])
    assert [each["window"]["start"] for each in found["stale"]] == [f"2026-03-0{day}T00:00:00Z" for day in (5, 6, 7)]


def test_it_judges_exactly_those_again(stale, tmp_path):
    run, database = stale
    assert "3 stale windows; all judged again." in run("--run")[1]
    assert "No stale windows." in run()[1]
    assert len(HistoryStore(database).records("m")) == 4
    assert IncidentStore(database).monitors() == ["m"]
    (last,) = (tmp_path / "log" / "date=2026-03-07").iterdir()
    os.utime(last, (0, 0))
    assert "1 stale window; add --run to judge it again." in run()[1]
    assert "1 stale window; judged again." in run("--run")[1]


def test_a_window_that_is_refused_is_not_counted_as_judged_again(stale, tmp_path):
    run, _ = stale
    (last,) = (tmp_path / "log" / "date=2026-03-07").iterdir()
    os.utime(last, (0, 0))
    shutil.rmtree(tmp_path / "log" / "date=2026-03-06")
    (tmp_path / "m.yaml").write_text((tmp_path / "m.yaml").read_text().replace("trailing: 3d", "trailing: 1d"))
    assert "2 stale windows; 1 judged again, the others keep their reports" in run("--run")[1]
    assert json.loads(run("--run", "--json")[1])["judged_again"] == 0


def test_a_window_whose_own_file_is_torn_keeps_no_other_from_being_judged_again(stale, tmp_path):
    run, _ = stale
    (torn,) = (tmp_path / "log" / "date=2026-03-06").iterdir()
    torn.write_bytes(torn.read_bytes()[:2000])
    code, out, err = run("--run")
    assert (code, "3 stale windows; 2 judged again" in out) == (2, True)
    assert f"could not be read from {torn}" in err
    assert [line.partition(" ")[0] for line in run()[1].splitlines()] == ["2026-03-06", "1"]


def test_a_longer_reference_than_the_log_has_leaves_no_window_stale_for_ever(stale, tmp_path):
    run, _ = stale
    shutil.rmtree(tmp_path / "log" / "date=2026-03-01")
    (tmp_path / "m.yaml").write_text((tmp_path / "m.yaml").read_text().replace("trailing: 3d", "trailing: 5d"))
    assert "3 stale windows; all judged again." in run("--run")[1]
    assert "No stale windows." in run()[1]


def test_a_store_that_never_judged_the_monitor_is_no_quiet_one(stale, windage, tmp_path):
    run, _ = stale
    code, out, err = run("--store", f"sqlite:///{tmp_path}/new/x.db")
    assert (code, out) == (2, "")
    assert f"the store sqlite:///{tmp_path}/new/x.db contains no results for monitor m. Give the store" in err
    assert not (tmp_path / "new").exists()
    (tmp_path / "m.yaml").write_text((tmp_path / "m.yaml").read_text().replace("monitor: m", "monitor: other"))
    code, _, err = run()
    assert (code, "contains no results for monitor other. Give the store" in err) == (2, True)
