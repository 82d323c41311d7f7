"""Builders of small daily rows, and of a job on a daily log on disk."""

from datetime import timedelta

import numpy as np

from builders import FIRST_DAY, Predictions, days, monitor
from windage.judging.job import WindowJob

COLUMNS = {
    "numeric": ["age", "amount", "zeros"],
    "label": "label",
    "probabilities": ["p", "q", "r"],
    "confidence": "p",
    "user": "user",
    "bucket_start": "at",
}
FEATURES = COLUMNS["numeric"]
WINDOW = days(3, 4)


def rows(day, *, moved=False, n=300, shift=0.0):
    given = Predictions(n, seed=day, moved=moved)
    rng = np.random.default_rng(100 + day)
    frame = given.frame.assign(label=given.labels, user=given.users)
    frame["age"] += shift
    frame["zeros"] = np.where(rng.random(n) < 0.6, 0.0, rng.normal(size=n)) + 4 * moved
    frame[["p", "q", "r"]] = given.probabilities
    frame["at"] = [FIRST_DAY + timedelta(days=day, minutes=k) for k in range(n)]
    frame.loc[::9, "age"] = np.nan
    return frame


def job_on(folder, resolution=None, engine=None, **changes):
    columns = {**COLUMNS, **changes.pop("log", {})}
    spec = monitor(folder, resolution=resolution, log=columns, **changes)
    return WindowJob(spec, storage=str(folder.parent / "storage"), engine=engine)
