"""Late data is found by a DAG of its own, and exactly the windows that hold it are judged again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from airflow_runs import CALM_DAY, DRIFTED_DAY, write_day
from histories import window
from windage.airflow.dags.late_data import late_data_dag
from windage.airflow.operators.rejudging import MOST_WINDOWS, for_one_run
from windage.history.store import HistoryStore
from windage.spec.load import parse_monitor
from windage.store.database import Database

DAY = timedelta(days=1)


@pytest.fixture
def looked(run, monitors):
    """Runs the DAG that looks for late data."""

    def look(day: date):
        return run(monitors.impatient(late_data_dag(parse_monitor(monitors.text(), name="m.yaml"))), day)

    return look


def test_exactly_the_windows_with_late_data_are_judged_again(run, monitors, log, storage, looked):
    dag = monitors.dag()
    for day in (CALM_DAY - DAY, CALM_DAY, DRIFTED_DAY):
        assert run(dag, day).state == "success"
    history = HistoryStore(Database(f"sqlite:///{storage}/windage.db"))
    before = {each.window.start.date(): each for each in history.records(dag.dag_id)}
    quiet = looked(DRIFTED_DAY + DAY)
    assert quiet.xcom("find_windows") == []
    assert quiet.tasks["judge_again"] == "skipped"

    write_day(log, CALM_DAY, shift=2.0)
    ended = looked(DRIFTED_DAY + 2 * DAY)
    assert ended.state == "success"
    assert [each["start"][:10] for each in ended.xcom("find_windows")] == [str(CALM_DAY), str(DRIFTED_DAY)]
    after = {each.window.start.date(): each for each in history.records(dag.dag_id)}
    assert after[CALM_DAY].state == "critical"
    assert before[CALM_DAY].state != "critical"
    assert after[CALM_DAY - DAY] == before[CALM_DAY - DAY]
    assert after[CALM_DAY].run_id == before[CALM_DAY].run_id
    assert looked(DRIFTED_DAY + 3 * DAY).xcom("find_windows") == []


@pytest.mark.parametrize("n", [0, 1, MOST_WINDOWS // 2, MOST_WINDOWS - 1, MOST_WINDOWS])
def test_one_run_judges_all_windows_that_are_few(n):
    windows = list(map(window, range(n)))
    assert for_one_run(windows) == [each.model_dump(mode="json") for each in windows]


def test_windows_that_cannot_be_judged_keep_no_older_ones_waiting_for_ever():
    torn = [window(100 + day) for day in range(MOST_WINDOWS)]
    left = list(map(window, range(40)))
    newest = torn[-1].model_dump(mode="json")
    for _ in range(3):
        judged = for_one_run([*left, *torn])
        assert len(judged) == MOST_WINDOWS
        assert judged[-1] == newest
        left = [each for each in left if each.model_dump(mode="json") not in judged]
    assert left == []
