"""Which days are a weekend is the log's word."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from builders import FIRST_DAY, days, monitor, write_day
from windage.judging.job import WindowJob
from windage.profiles.window import WEEKDAY, WEEKEND
from windage.vocabulary import Outcome

N_DAYS = 36
SUNDAY = FIRST_DAY.weekday()


def written(folder, *, weekend, moved=0.0, first=0):
    """Days on which ``x`` is lower on two days of the week, counted from ``first``; on the last it has moved."""
    for number in range(N_DAYS):
        rng = np.random.default_rng(number)
        is_quiet = (SUNDAY + first + number) % 7 in weekend
        shift = (-0.8 if is_quiet else 0.0) + (moved if number == N_DAYS - 1 else 0.0)
        write_day(folder, first + number, {"x": rng.normal(shift, 1.0, 500)})
    return folder


def judged(folder, last, storage, **log):
    spec = monitor(folder, policy="calibrated", reference={"trailing": "28d"}, start=FIRST_DAY, log=log)
    return WindowJob(spec, storage=str(storage)).judge(days(last, last + 1))


@pytest.mark.parametrize("moved", [0.0, 0.5])
def test_days_of_another_weekend_are_judged_as_those_of_saturday_and_sunday(tmp_path, moved):
    usual = judged(written(tmp_path / "a", weekend=(5, 6), first=1, moved=moved), N_DAYS, tmp_path / "kept")
    earlier = written(tmp_path / "b", weekend=(4, 5), moved=moved)
    known = judged(earlier, N_DAYS - 1, tmp_path / "kept-b", weekend=["fri", "sat"])
    assert known.feature_report.results == usual.feature_report.results
    assert known.outcomes["numeric_feature"] == usual.outcomes["numeric_feature"]
    assert [each.trigger for each in known.alerts] == ["feature_ks"] * (moved > 0)
    (told,), (without,) = (
        each.feature_report.results for each in (known, judged(earlier, N_DAYS - 1, tmp_path / "kept-c"))
    )
    assert without.detectable_sd > 1.1 * told.detectable_sd


@pytest.mark.parametrize(("weekend", "seasons"), [(["sun"], [WEEKEND, WEEKDAY]), ([], [WEEKDAY, WEEKDAY])])
def test_every_day_knows_its_season(tmp_path, weekend, seasons):
    for number in range(2):
        write_day(tmp_path, number, {"x": [1.0]})
    job = WindowJob(monitor(tmp_path, log={"weekend": weekend}), storage=str(tmp_path))
    assert [job.windows(job.plan(days(day, day + 1)))[1].season for day in (0, 1)] == seasons


def test_a_weekend_without_rows_is_one(tmp_path):
    write_day(tmp_path, 4, {"x": [1.0]})
    job = WindowJob(monitor(tmp_path, log={"weekend": ["fri"]}), storage=str(tmp_path))
    assert job.windows(job.plan(days(5, 6)))[1].season == WEEKEND
    assert job.judge(days(5, 6)).outcome is Outcome.unknown


def test_a_day_that_no_week_has(tmp_path):
    with pytest.raises(ValidationError, match="weekend"):
        monitor(tmp_path, log={"weekend": ["friday"]})


def test_a_day_of_hours_knows_its_season(tmp_path):
    log = {"location": f"{tmp_path}/{{start:%Y-%m-%dT%H}}", "every": "12h", "weekend": ["mon"]}
    for hour in (0, 12):
        place = tmp_path / f"2026-03-02T{hour:02}"
        place.mkdir()
        pq.write_table(pa.table({"x": [1.0]}), place / "part.parquet")
    job = WindowJob(monitor(tmp_path, log=log), storage=str(tmp_path))
    _, monday = job.windows(job.plan(days(1, 2)))
    assert (monday.rows, monday.season) == (2, WEEKEND)
