"""deepchecks' feature drift, on all rows, from two Parquet files."""

import sys
from pathlib import Path

import pandas as pd
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import FeatureDrift

reference, current = (pd.read_parquet(Path(sys.argv[1]) / f"{name}.parquet") for name in ("reference", "current"))
features = [name for name in reference.columns if name.startswith("f")] + ["confidence", "predicted_label"]
data = [Dataset(frame[features], cat_features=["predicted_label"]) for frame in (reference, current)]
print(len(FeatureDrift(n_samples=10**9, n_top_columns=10**9).run(*data).value))
