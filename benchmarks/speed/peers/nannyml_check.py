"""NannyML's univariate drift, with its defaults, from two Parquet files; the current rows are one chunk."""

import sys
from pathlib import Path

import pandas as pd
from nannyml import UnivariateDriftCalculator

reference, current = (pd.read_parquet(Path(sys.argv[1]) / f"{name}.parquet") for name in ("reference", "current"))
features = [name for name in reference.columns if name.startswith("f")]
columns = [*features, "confidence", "predicted_label"]
calculator = UnivariateDriftCalculator(
    column_names=columns, treat_as_categorical=["predicted_label"], chunk_size=len(current)
)
calculator.fit(reference)
print(calculator.calculate(current).to_df().shape)
