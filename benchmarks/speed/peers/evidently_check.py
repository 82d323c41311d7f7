"""Evidently's preset for data drift, with its defaults, from two Parquet files."""

import sys
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

reference, current = (pd.read_parquet(Path(sys.argv[1]) / f"{name}.parquet") for name in ("reference", "current"))
features = [name for name in reference.columns if name.startswith("f")]
definition = DataDefinition(numerical_columns=[*features, "confidence"], categorical_columns=["predicted_label"])
data = [Dataset.from_pandas(frame, data_definition=definition) for frame in (current, reference)]
print(len(Report([DataDriftPreset()]).run(*data).dict()["metrics"]))
