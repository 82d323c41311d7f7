"""Judge one window whose profiles are cached; or only load them, ask one check about one batch of features, or conclude.

python benchmarks/speed/judge_cached.py FOLDER judge|decode|batch|conclude
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from windage.judging.job import WindowJob
from windage.spec import load_monitor
from windage.vocabulary import Window

folder = Path(sys.argv[1])
job = WindowJob(load_monitor(folder / "bench.yaml"), storage=str(folder))
start = datetime(2026, 3, 30, tzinfo=UTC)
interval = Window(start=start, end=start + timedelta(days=1))
if sys.argv[2] == "decode":
    loaded = [job.profiler.cache.get(each) for each in job.plan(interval).partitions]
    if None in loaded:
        raise SystemExit("a profile is not in the cache")
elif sys.argv[2] == "batch":
    answer = job.measure("numeric_feature", job.plan(interval), batch=0)
    if answer.error is not None:
        raise SystemExit(answer.error)
elif sys.argv[2] == "conclude":
    job.conclude(job.plan(interval), [])
else:
    report = job.judge(interval)
    if report.alerts:
        raise SystemExit(f"quiet days alerted: {report.summary}")
