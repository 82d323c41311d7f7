"""Every Airflow task is a new process: what it imports is what it costs."""

import json
import subprocess
import sys

HEAVY = (
    "pandas", "scipy", "numpy.f2py", "pyarrow.dataset", "matplotlib", "sqlalchemy", "airflow", "jinja2",
    "rich", "alembic", "croniter", "fsspec",
)  # fmt: skip
OF_MONITORS = (
    "windage.spec.model",
    "windage.judging.job",
    "windage.partitions.cache",
    "yaml",
    "numpy.ma",
    "pyarrow.compute",
)
"""What only a monitor's window needs, or whose rows moved."""


def loaded(code, *arguments, heavy=HEAVY):
    """The heavy modules that are there after ``code`` has run in a process of its own."""
    ask = f"{code}\nimport sys, json\nprint(json.dumps([name for name in {heavy} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", ask, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_an_import_brings_nothing_heavy_and_builds_no_model():
    """What all of them together do not bring, none of them does. To build a model's validator costs a millisecond or two,
    and a task uses few of some eighty."""
    code = """
from pydantic import BaseModel
import windage, windage.judging.job, windage.judging.comparison, windage.spec.load, windage.checks as checks
import windage.drift, windage.verdict.consolidation, windage.files
def below(kind):
    return [one for each in kind.__subclasses__() for one in (each, *below(each))]
ours = [each for each in below(BaseModel) if each.__module__.startswith("windage.")]
built = [each.__qualname__ for each in (*ours, *checks.discovered().values()) if each.__pydantic_complete__]
assert len(ours) > 40 and not built, built
"""
    assert loaded(code) == []


def test_windage_itself_loads_only_what_must_come_before_numpy():
    code = "import windage, sys; print([m for m in sys.modules if m.startswith(('windage.', 'numpy', 'pyarrow'))])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "['windage.avx512']\n"


JUDGE = """
import sys
from windage.spec import load_monitor
from windage.judging.job import WindowJob
from windage.vocabulary import Window
from windage.reports.document import to_json
def judge(monitor, day):
    job = WindowJob(load_monitor(monitor), storage=sys.argv[1])
    report = job.judge(Window(start=f"2026-03-{day}", end=f"2026-03-{day + 1}"))
    assert bool(report.alerts) == (day == 30)
    assert report.feature_report.results[0].adjusted_p is not None
    to_json(report)
monitors = sys.argv[2:]
for day in (29, 30):
    for monitor in monitors:
        judge(monitor, day)
    if day == 29:
        assert "pyarrow.compute" not in sys.modules, "a calm day"
"""
COMPARE = """
import sys
from windage.judging.comparison import compare
from windage.partitions.guess import guessed_log
from windage.partitions.parquet import ParquetColumns
from windage.policy import ReferencePolicy
from windage.reports.document import to_json
from windage.spec.choice import checks_for
before, now = (ParquetColumns([file], where=file) for file in sys.argv[1:])
log, policy = guessed_log(before.schema), ReferencePolicy()
report = compare(before, now, log, checks=checks_for(log, policy), policy=policy)
assert report.alerts
to_json(report)
"""


def written(tmp_path, *, days):
    """A log whose last day has moved; the files of its first day and its last."""
    import pandas as pd
    import pyarrow as pa

    from builders import FIRST_DAY, Predictions, write_day

    for day in range(days):
        given = Predictions(200, seed=day, moved=day == days - 1)
        frame = given.frame.assign(label=given.labels, user=given.users, at=pd.Timestamp(FIRST_DAY))
        frame[["p", "q", "r"]] = given.probabilities
        write_day(tmp_path / "log", day, pa.Table.from_pandas(frame, preserve_index=False))
    files = sorted(map(str, (tmp_path / "log").rglob("*.parquet")))
    return files[0], files[-1]


def test_two_files_are_compared_without_what_monitors_need(tmp_path):
    assert loaded(COMPARE, *written(tmp_path, days=2), heavy=HEAVY + OF_MONITORS) == []


def test_a_window_is_judged_with_numpy_and_pyarrow_alone(tmp_path):
    """Cold, when partitions are read, and warm, when their profiles are; certified and exact."""
    written(tmp_path, days=30)
    files = []
    for name, resolution in (("certified", "16"), ("exact", "null")):
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(
            f"monitor: {name}\nstart: 2026-03-01\nreference: {{trailing: 28d}}\nresolution: {resolution}\n"
            "log: {location: 'log/date={start:%Y-%m-%d}', numeric: [age, amount], label: label, user: user,\n"
            "  probabilities: [p, q, r], confidence: p, bucket_start: at}\n"
        )
    for state in ("cold", "warm"):
        assert loaded(JUDGE, str(tmp_path), *map(str, files), heavy=(*HEAVY, "windage.airflow")) == [], state


def test_what_a_check_measured_is_written_without_pandas():
    code = """
from windage.history.measurement_document import to_bytes
from windage.vocabulary import CheckResult, Measurement
found = Measurement(subject="x", values={"effect": 0.1, "psi": None}, users=("u",), unknown="too few rows")
to_bytes(CheckResult(check="c", measurements=(found,)))
"""
    assert loaded(code) == []
