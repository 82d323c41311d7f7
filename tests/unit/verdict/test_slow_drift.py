"""What only a frozen baseline shows is told with whose it is and since when, as everything else is."""

import shutil
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from builders import FIRST_DAY, days, monitor, write_day
from windage.judging.job import WindowJob

USERS = [f"u{k:02}" for k in range(20)]
MOVED = USERS[:8]
BEGINS, LAST = 26, 74
REFERENCE = {
    "trailing": "28d",
    "baseline": {"start": f"{FIRST_DAY:%Y-%m-%d}", "end": f"{FIRST_DAY + timedelta(days=21):%Y-%m-%d}"},
}


def rows(day, *, columns=("x", "y")):
    """Eight of twenty users go off by a fiftieth of a standard deviation a day, until they are .8 away."""
    rng = np.random.default_rng(day)
    user = rng.choice(USERS, 1500)
    far = 0.02 * min(max(day - BEGINS, 0), 40)
    frame = pd.DataFrame({name: rng.normal(size=user.size) for name in columns})
    frame["x"] += far * np.isin(user, MOVED)
    return frame.assign(user=user, region=np.where(np.isin(user, MOVED), "north", "south"))


def judged(folder, **log):
    spec = monitor(
        folder,
        policy="calibrated",
        reference=REFERENCE,
        checks={"numeric_feature": {}},
        log={"numeric": ["x", "y"], **log},
    )
    return WindowJob(spec, storage=str(folder.parent / "storage")).judge(days(LAST, LAST + 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("slow") / "log"
    for day in range(LAST + 1):
        write_day(place, day, rows(day))
    return place


@pytest.mark.parametrize(
    "about", [{"user": "user", "segments": ["region"]}, {"user": "user"}, {"segments": ["region"]}]
)
def test_slow_drift_names_whose_it_is_and_since_when(folder, about):
    (alert,) = judged(folder, **about).alerts
    assert (alert.severity, alert.affected_features) == ("warning", ["x"])
    assert alert.details["against"]
    assert alert.details["gradual"]
    # Half of the way was done by the twentieth day of forty.
    assert timedelta(days=12) < alert.since - FIRST_DAY - timedelta(days=BEGINS) < timedelta(days=28)
    assert alert.attribution.keys() == {
        each for name in about.values() for each in ([name] if isinstance(name, str) else name)
    }
    if "user" in about:
        assert set(alert.affected_user_ids) == set(MOVED)
    if "segments" in about:
        assert [each.name for each in alert.attribution["region"].groups] == ["north"]


def test_a_column_that_the_trailing_days_lack_is_told_against_the_baseline_all_the_same(folder, tmp_path):
    shutil.copytree(folder.parent, tmp_path, dirs_exist_ok=True)
    place = tmp_path / "log"
    for day in range(LAST - 28, LAST):
        write_day(place, day, rows(day).drop(columns="x"))
    report = judged(place, user="user")
    slow = [each for each in report.alerts if each.details.get("against")]
    assert [each.affected_features for each in slow] == [["x"]]
    assert set(slow[0].affected_user_ids) == set(MOVED)
    assert "x" in report.pictures
