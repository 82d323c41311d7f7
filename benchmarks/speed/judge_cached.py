"""Judge one window whose profiles are cached; with ``decode`` only load them.

python benchmarks/speed/judge_cached.py FOLDER judge|decode
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from windage.job import WindowJob
from windage.spec import load_monitor
from windage.vocabulary import Window

folder = Path(sys.argv[1])
job = WindowJob(load_monitor(folder / "bench.yaml"), storage=str(folder))
start = datetime(2026, 3, 30, tzinfo=UTC)
interval = Window(start=start, end=start + timedelta(days=1))
if sys.argv[2] == "decode":
    loaded = [job.cache.get(each) for each in job.plan(interval).partitions]
    if None in loaded:
        raise SystemExit("a profile is not in the cache")
else:
    report = job.judge(interval)
    if report.alerts:
        raise SystemExit(f"quiet days alerted: {report.summary}")
