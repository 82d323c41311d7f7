"""Judge windows in this process, leaving what Airflow's tasks leave.

python benchmarks/airflow/plain.py MONITOR STORAGE DATABASE FIRST LAST
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from windage.history.rejudging import judge_again, partitions_for, unjudged_windows
from windage.incidents.store import IncidentStore
from windage.incidents.verdicts import verdict_of
from windage.judging.job import WindowJob
from windage.partitions.plan import data_interval
from windage.reports.store import ReportStore
from windage.spec import load_monitor
from windage.store.database import Database
from windage.vocabulary import aware_utc

spec = load_monitor(Path(sys.argv[1]))
job, database, reports = (
    WindowJob(spec, storage=sys.argv[2]),
    Database(sys.argv[3]),
    ReportStore(f"{sys.argv[2]}/reports"),
)
first, last = (aware_utc(datetime.fromisoformat(day)) for day in sys.argv[4:])
windows = unjudged_windows(spec, data_interval(first, last + timedelta(days=1)), judged=())
job.profiler.profile_all(partitions_for(job, windows))
incidents = IncidentStore(database)
for window in windows:
    made = judge_again(job, window, database=database, reports=reports)
    if made is None:
        raise SystemExit(f"{window} was not judged")
    incidents.record(verdict_of(made[0], spec))
