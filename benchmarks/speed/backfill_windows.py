"""Judge windows of the days that days.py wrote.

python benchmarks/speed/backfill_windows.py FOLDER backfill|increment|reread|nothing WINDOWS
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from windage.judging.job import WindowJob
from windage.spec import load_monitor
from windage.vocabulary import Window

folder, what, windows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
spec = load_monitor(folder / "bench.yaml")


def judge(number: int, storage: Path) -> None:
    start = spec.start + timedelta(days=28 + number)
    log = spec.log.model_copy(update={"location": f"{folder}/{spec.log.location}"})
    job = WindowJob(spec.model_copy(update={"log": log}), storage=str(storage))
    job.judge(Window(start=start, end=start + timedelta(days=1)))


if what == "backfill":
    for number in range(windows):
        judge(number, folder / "kept")
elif what == "increment":
    judge(windows, folder / "kept")
elif what == "reread":
    for number in range(windows):
        with tempfile.TemporaryDirectory() as empty:
            judge(number, Path(empty))
