"""A partition with a column of each kind, with nulls, ties, NaN, invalid probabilities, users and times."""

import numpy as np
import pyarrow as pa

from windage.spec.log import Log

LOG = Log(
    location="x/{start:%Y}",
    numeric=("x", "few", "whole"),
    categorical=("origin",),
    label="label",
    probabilities=("p", "q"),
    confidence="p",
    user="user",
    bucket_start="at",
)


def table(seed, rows):
    rng = np.random.default_rng(seed)
    p = rng.random(rows)
    return pa.table(
        {
            "x": pa.array(
                np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows)), mask=rng.random(rows) < 0.05
            ),
            "few": rng.integers(0, 9, rows).astype(float),
            "whole": rng.integers(-5, 5, rows),
            "origin": rng.choice(["EWR", "JFK", "LGA"], rows),
            "label": pa.array(rng.choice(["a", "b"], rows), mask=rng.random(rows) < 0.02),
            "p": p,
            "q": np.where(rng.random(rows) < 0.01, 0.5, 1 - p),
            "user": [f"u{k}" for k in rng.integers(0, 40, rows)],
            "at": pa.array(rng.integers(0, 86_400, rows) * 1_000_000, pa.timestamp("us", "UTC")),
        }
    )
