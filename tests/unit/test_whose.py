"""Whose drift, from rows read again: one user's change is localised to that user, and everybody's is global."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from builders import write_day
from windage.job import WindowJob
from windage.spec import load_monitor
from windage.vocabulary import Window

DAYS, ROWS, USERS = 21, 1000, 20
MONITOR = """\
monitor: m
start: 2026-03-01
reference: {trailing: 20d}
log:
  location: log/date={start:%Y-%m-%d}
  numeric: [age]
  label: label
  user: user
  segments: [region]
"""


@pytest.fixture
def judged(tmp_path):
    """The report of the last day, whose rows were changed."""

    def judge(change):
        for day in range(DAYS):
            rng = np.random.default_rng(day)
            users = np.arange(ROWS) % USERS
            age = rng.normal(users / 10, 1, ROWS)
            label = rng.choice(["yes", "no"], ROWS)
            if day == DAYS - 1:
                age, users = change(age, users)
            table = {
                "age": age,
                "label": label,
                "user": [f"u{each:02d}" for each in users],
                "region": ["north" if each < 8 else "south" for each in users],
            }
            write_day(tmp_path / "log", day, pa.table(table))
        (tmp_path / "m.yaml").write_text(MONITOR)
        job = WindowJob(load_monitor(tmp_path / "m.yaml"), storage=str(tmp_path))
        start = datetime(2026, 3, DAYS, tzinfo=UTC)
        report = job.judge(Window(start=start, end=start.replace(day=DAYS + 1)))
        return next(each for each in report.alerts if each.affected_features == ["age"])

    return judge


def test_some_users_alone_are_localised_and_named(judged):
    alert = judged(lambda age, users: (age + 2.0 * (users < 8), users))
    assert set(alert.affected_user_ids) <= {f"u{k:02d}" for k in range(8)}
    assert len(alert.affected_user_ids) >= 6  # named until they explain 80 %
    told = alert.attribution["user"]
    assert told.scope == "localised"
    assert told.remainder < 0.3
    assert sum(each.behaviour for each in told.groups) == pytest.approx(1, abs=0.15)
    assert [each.name for each in alert.attribution["region"].groups] == ["north"]


def test_a_change_of_all_is_global(judged):
    alert = judged(lambda age, users: (age + 1.0, users))
    assert alert.attribution["user"].scope == "global"
    assert alert.attribution["region"].scope == "global"


def test_more_rows_of_an_unchanged_user_are_mix(judged):
    def change(age, users):
        """Half of all rows are the last user's, who is as ever."""
        moved = np.where(np.arange(ROWS) % 2 == 0, USERS - 1, users)
        return age + (moved - users) / 10, moved

    alert = judged(change)
    share = {each.name: each for each in alert.attribution["user"].groups}
    assert all(abs(each.behaviour) < 0.3 for each in share.values())
