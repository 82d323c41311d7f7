"""Every Airflow task is a new process: what it imports is what it costs."""

import json
import subprocess
import sys

import pytest

HEAVY = ("pandas", "scipy", "pyarrow.dataset", "matplotlib", "sqlalchemy", "airflow", "jinja2", "rich", "alembic")


def loaded(code, *arguments):
    """The heavy modules that are there after ``code`` has run in a process of its own."""
    ask = f"{code}\nimport sys, json\nprint(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", ask, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "module",
    ["windage", "windage.job", "windage.spec", "windage.checks", "windage.drift", "windage.verdict", "windage.files"],
)
def test_an_import_brings_nothing_heavy(module):
    assert loaded(f"import {module}; import windage.checks as c; c.discovered()") == []


def test_windage_itself_loads_nothing_of_its_own_and_not_even_numpy():
    code = "import windage, sys; assert not [m for m in sys.modules if m.startswith(('windage.', 'numpy', 'pyarrow'))]"
    assert loaded(code) == []


JUDGE = """
import sys
from windage.spec import load_monitor
from windage.job import WindowJob
from windage.vocabulary import Window
from windage.reports.document import to_json
job = WindowJob(load_monitor(sys.argv[1]), storage=sys.argv[2])
report = job.judge(Window(start="2026-03-04", end="2026-03-05"))
assert report.alerts
to_json(report)
"""


@pytest.mark.parametrize("resolution", [16, None])
def test_a_window_is_judged_with_numpy_and_pyarrow_alone(tmp_path, resolution):
    """Cold, when partitions are read, and warm, when their profiles are."""
    import pandas as pd
    import pyarrow as pa

    from builders import FIRST_DAY, Predictions, write_day

    for day in range(4):
        given = Predictions(200, moved=day == 3)
        frame = given.frame.assign(label=given.labels, user=given.users, at=pd.Timestamp(FIRST_DAY))
        frame[["p", "q", "r"]] = given.probabilities
        write_day(tmp_path / "log", day, pa.Table.from_pandas(frame, preserve_index=False))
    (tmp_path / "m.yaml").write_text(
        "monitor: m\nstart: 2026-03-01\nreference: {trailing: 3d}\n"
        f"resolution: {'null' if resolution is None else resolution}\n"
        "log: {location: 'log/date={start:%Y-%m-%d}', numeric: [age, amount], label: label, user: user,\n"
        "  probabilities: [p, q, r], confidence: p, bucket_start: at}\n"
    )
    for _ in ("cold", "warm"):
        assert loaded(JUDGE, str(tmp_path / "m.yaml"), str(tmp_path)) == []


def test_what_a_check_measured_is_written_without_pandas():
    code = """
from windage.history.measured import to_bytes
from windage.vocabulary import CheckResult, Measurement
found = Measurement(subject="x", values={"effect": 0.1, "psi": None}, users=("u",), unknown="too few rows")
to_bytes(CheckResult(check="c", measurements=(found,)))
"""
    assert loaded(code) == []
