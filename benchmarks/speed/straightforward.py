"""What one writes first: pandas frames, numpy quantile bins, scipy's two-sample test, a loop over columns."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    edges = np.unique(np.percentile(reference, np.linspace(0, 100, 11)))
    edges[0], edges[-1] = -np.inf, np.inf
    p = np.histogram(reference, edges)[0] / reference.size
    q = np.histogram(current, edges)[0] / current.size
    p, q = np.clip(p, 1e-8, None), np.clip(q, 1e-8, None)
    return float(np.sum((q - p) * np.log(q / p)))


def mean_entropy(frame: pd.DataFrame, columns: list[str]) -> float:
    probabilities = np.clip(frame[columns].to_numpy(), 1e-8, 1)
    return float(-(probabilities * np.log(probabilities)).sum(axis=1).mean())


folder = Path(sys.argv[1])
before, now = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "current"))
drifted = []
for feature in [name for name in before.columns if name.startswith("f")]:
    a, b = (frame[feature].to_numpy() for frame in (before, now))
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if psi(a, b) > 0.2 or ks_2samp(a, b).pvalue < 0.05:
        drifted.append(feature)
scores = [name for name in before.columns if name.startswith("p_")]
ratio = mean_entropy(now, scores) / mean_entropy(before, scores)
shares = [frame["predicted_label"].value_counts(normalize=True) for frame in (before, now)]
print(len(drifted), ratio, (shares[1] - shares[0]).abs().max())
