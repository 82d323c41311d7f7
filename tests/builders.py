"""Builders for many tests: windows of predictions, samples that are hard to summarise, and logs on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from windage.partitions.frames import FrameRows, profile_frame
from windage.profiles.window import WindowProfile
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window

FEATURES = ("age", "amount")
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)


class Predictions:
    """One window of predictions: a frame, labels, probabilities, and 20 users in rotation."""

    def __init__(self, rows: int = 200, *, seed: int = 1, moved: bool = False) -> None:
        rng = np.random.default_rng(seed)
        step = 3.0 if moved else 0.0
        self.frame = pd.DataFrame(
            {"age": rng.normal(size=rows) + step, "amount": rng.exponential(size=rows) * (1 + step)}
        )
        cycle = ["Mixed/Unknown", "a", "Mixed/Unknown", "b"] if moved else ["a", "b", "a", "b"]
        self.labels = rng.permutation(np.resize(np.array(cycle, dtype=object), rows))
        sure = np.where(rng.random(rows) < 0.5, 0.99, 0.98)[:, None] if not moved else np.full((rows, 1), 0.4)
        self.probabilities = np.hstack([sure, (1 - sure) / 2, (1 - sure) / 2])
        self.users = np.array([f"u{row % 20}" for row in range(rows)], dtype=object)

    def take(self, rows: Any) -> Predictions:
        """The given rows, in the given order."""
        taken = object.__new__(Predictions)
        taken.frame = self.frame.iloc[rows].reset_index(drop=True)
        taken.labels, taken.probabilities, taken.users = (
            each[rows] for each in (self.labels, self.probabilities, self.users)
        )
        return taken

    @property
    def profile(self) -> WindowProfile:
        return profile_frame(
            self.frame, numeric=self.frame.columns, labels=self.labels, probabilities=self.probabilities
        )

    @property
    def rows(self) -> FrameRows:
        return FrameRows(self.frame, self.labels, self.probabilities)


SHAPES = ("normal", "few values", "one value", "offset", "denormal", "ties at borders", "zeros", "huge")


def sample(rng: np.random.Generator, shape: str, n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """``n`` finite values of a distribution that is hard to summarise."""
    if shape == "normal":
        return rng.normal(size=n)
    if shape == "few values":
        return rng.integers(0, rng.integers(2, 40), n).astype(float)
    if shape == "one value":
        return np.where(rng.random(n) < 0.999, 1.0, rng.normal(size=n))
    if shape == "offset":
        return 1e12 + rng.normal(size=n) * 1e-3
    if shape == "denormal":
        return rng.integers(0, 50, n) * 5e-324
    if shape == "ties at borders":
        ordered = np.sort(rng.normal(size=n))
        ordered[n // 3 : n // 2] = ordered[n // 3]
        ordered[3 * n // 4 :] = ordered[-1]
        return ordered
    if shape == "zeros":
        return np.where(rng.random(n) < 0.6, 0.0, rng.exponential(size=n))
    return rng.choice([-1.7e308, -1.0, 1.0, 1.7e308], n) * rng.random(n)


def write_day(folder: Path, day: int, columns: Any, *, name: str = "part-0.parquet", **options: Any) -> Path:
    """Write one day of a log to ``folder/date=2026-03-…/name``; ``day`` counts from 0."""
    place = folder / f"date={FIRST_DAY + timedelta(days=day):%Y-%m-%d}"
    place.mkdir(parents=True, exist_ok=True)
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, place / name, **options)
    return place / name


def days(first: int, last: int) -> Window:
    """The window from day ``first`` to day ``last``, exclusive."""
    return Window(start=FIRST_DAY + timedelta(days=first), end=FIRST_DAY + timedelta(days=last))


def monitor(folder: Path, **changes: Any) -> MonitorSpec:
    """A monitor of a daily log in ``folder``; ``changes`` replace its keys, those under ``log`` one by one."""
    log = {
        "location": f"{folder}/date={{start:%Y-%m-%d}}",
        "numeric": ["x"],
        **changes.pop("log", {}),
    }
    document = {
        "monitor": "m",
        "start": FIRST_DAY,
        "reference": {"trailing": "3d"},
        "policy": "reference",
        "log": log,
        **changes,
    }
    return MonitorSpec.model_validate(document)
