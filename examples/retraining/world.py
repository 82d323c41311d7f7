"""A log in which a feed changes its unit: what the model at work makes of it, and what was true."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from flight_model import features, fit

CHANGED = "2013-03-11"
LABELS = np.array(["on_time", "late", "very_late"])
REJECT_BELOW = 0.55


def flights() -> pd.DataFrame:
    rows = pd.read_parquet(Path(str(files("windage.demo"))) / "flights_2013.parquet")
    return rows[rows["true_label"].notna() & (rows["flight_date"].astype(str) < "2013-03-26")].reset_index(drop=True)


def with_seconds_for_minutes(rows: pd.DataFrame) -> pd.DataFrame:
    """From the day of the change on delays come in seconds, and the model of January and February still expects minutes."""
    days = rows["flight_date"].astype(str)
    model = fit(rows[days < "2013-03-01"], rows.loc[days < "2013-03-01", "true_label"].astype(str))
    changed = (days >= CHANGED).to_numpy()
    rows = rows.assign(
        dep_delay=rows["dep_delay"].astype("float64"), predicted_label=rows["predicted_label"].astype(str)
    )
    rows.loc[changed, ["dep_delay", "recent_dep_delay"]] *= 60
    order = [list(model.classes_).index(label) for label in LABELS]
    scores = model.predict_proba(features(rows[changed]))[:, order]
    rows.loc[changed, ["p_on_time", "p_late", "p_very_late"]] = scores
    rows.loc[changed, "confidence"] = scores.max(axis=1)
    rows.loc[changed, "predicted_label"] = np.where(
        scores.max(axis=1) < REJECT_BELOW, "Mixed/Unknown", LABELS[scores.argmax(axis=1)]
    )
    return rows


def write(rows: pd.DataFrame, folder: Path) -> None:
    """One partition a day, without what nobody knows when a flight leaves."""
    for day, of_day in rows.drop(columns="true_label").groupby(rows["flight_date"].astype(str)):
        (folder / f"date={day}").mkdir(parents=True, exist_ok=True)
        of_day.to_parquet(folder / f"date={day}" / "part-0.parquet", index=False)
