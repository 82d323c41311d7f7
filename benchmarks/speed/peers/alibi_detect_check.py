"""alibi-detect's Kolmogorov–Smirnov detector, with its defaults, from two Parquet files."""

import sys
from pathlib import Path

import pandas as pd
from alibi_detect.cd import KSDrift

features = None
frames = []
for name in ("reference", "current"):
    frame = pd.read_parquet(Path(sys.argv[1]) / f"{name}.parquet")
    features = [column for column in frame.columns if column.startswith("f")] + ["confidence"]
    frames.append(frame[features].fillna(0.0).to_numpy())  # it takes no missing values
print(KSDrift(frames[0]).predict(frames[1])["data"]["is_drift"])
