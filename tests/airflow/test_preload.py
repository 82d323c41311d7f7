"""What is imported once, before tasks are forked, they need not import again."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from airflow_runs import CALM_DAY, DAYS, FIRST_DAY, write_day

LOADED = """
import json, sys
from windage.airflow.preload import preload
preload()
print(json.dumps([name for name in ("scipy.special", "windage.airflow.dag", "windage.judging.job") if name in sys.modules]))
"""

JUDGED = """
import json, sys
from airflow.sdk.execution_time import task_runner
from windage.airflow.preload import load
load()
before = {name.partition(".")[0] for name in sys.modules}
from windage.history.rejudging import judge_again
from windage.incidents.store import IncidentStore
from windage.incidents.verdicts import verdict_of
from windage.airflow.dag import monitor_dags
from windage.judging.job import WindowJob
from windage.reports.store import ReportStore
from windage.spec import load_monitor
from windage.store.database import Database
from windage.vocabulary import Window
from datetime import UTC, datetime, timedelta
from pathlib import Path
file, storage, end = sys.argv[1:]
assert monitor_dags(Path(file).parent)
spec, database = load_monitor(file), Database(f"sqlite:///{storage}/windage.db")
end = datetime.fromisoformat(end).replace(tzinfo=UTC)
window = Window(start=end - timedelta(days=1), end=end)
report, _ = judge_again(WindowJob(spec, storage=storage), window, database=database, reports=ReportStore(storage))
IncidentStore(database).record(verdict_of(report, spec))
now = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted(now - before - sys.stdlib_module_names)))
"""

OF_THE_FIRST_MIGRATION = {"alembic", "mako", "markupsafe", "pygments"}


def said(program, *arguments):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("command", "n"), [(("scheduler",), 3), (("celery", "worker"), 3), (("dag-processor",), 3), (("api-server",), 0)]
)
def test_it_is_imported_where_tasks_are_forked_alone(command, n):
    assert len(said(LOADED, *command)) == n


def test_a_calm_window_is_judged_and_kept_without_other_packages(tmp_path, monitors):
    for number in range(DAYS):
        write_day(tmp_path / "log", FIRST_DAY + timedelta(days=number))
    (tmp_path / "monitors").mkdir()
    (tmp_path / "monitors" / "m.yaml").write_text(monitors.text())
    imported = said(JUDGED, str(tmp_path / "monitors" / "m.yaml"), str(tmp_path), str(CALM_DAY + timedelta(days=1)))
    assert {name for name in imported if not name.startswith("_")} <= OF_THE_FIRST_MIGRATION
