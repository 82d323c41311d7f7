"""Windage's whole check of two files, at the resolution given (``exact`` keeps every value) or the one that fits them."""

import sys
from pathlib import Path

from windage.judging.comparison import compare, resolution_for
from windage.partitions.guess import guessed_log
from windage.partitions.parquet import ParquetColumns
from windage.policy import ReferencePolicy
from windage.spec.choice import checks_for

folder = Path(sys.argv[1])
before, now = (ParquetColumns([str(folder / f"{name}.parquet")], where=name) for name in ("reference", "current"))
match sys.argv[2:]:
    case ["exact"]:
        resolution = None
    case [points]:
        resolution = int(points)
    case _:
        resolution = resolution_for(before, now)
log = guessed_log(before.schema)
policy = ReferencePolicy()
report = compare(before, now, log, checks=checks_for(log, policy), policy=policy, resolution=resolution)
print(len(report.alerts), report.any_critical)
