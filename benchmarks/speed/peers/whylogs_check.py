"""whylogs' profiles of two Parquet files and the drift scores between them."""

import sys
from pathlib import Path

import pandas as pd
import whylogs
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

reference, current = (
    whylogs.log(pd.read_parquet(Path(sys.argv[1]) / f"{name}.parquet")).view() for name in ("reference", "current")
)
print(len(calculate_drift_scores(target_view=current, reference_view=reference, with_thresholds=True)))
