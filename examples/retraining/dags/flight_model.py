"""The classifier of flight delays: its features, how it is fitted, and how a new one compares with the one at work."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from windage.airflow.settings import places
from windage.labeling.queue import ActiveLabelingQueue
from windage.partitions.sources.source import find_partitions
from windage.spec import load_monitor
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window

NUMERIC = (
    "dep_hour", "distance", "airport_load", "dep_delay", "recent_dep_delay",
    "temp", "dewp", "wind_speed", "precip", "visib", "pressure",
)  # fmt: skip
CATEGORICAL = ("origin", "user_id")
CLASSES = ("late", "on_time", "very_late")
FOLDS = 5


def load(file: Path) -> MonitorSpec:
    return load_monitor(file)


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """The model's columns; categories as numbers that are the same in every frame."""
    table = rows[list(NUMERIC)].astype("float64")
    for name in CATEGORICAL:
        table[name] = pd.util.hash_array(rows[name].astype(str).to_numpy(dtype=object)) % 1009
    return table


def fit(rows: pd.DataFrame, labels: Any, weights: Any = None) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    few = len(rows) < 1000
    model = HistGradientBoostingClassifier(
        max_iter=60 if few else 150, learning_rate=0.08, min_samples_leaf=4 if few else 20, random_state=2013
    )
    return model.fit(features(rows), labels, sample_weight=weights)


def labelled_rows(monitor: MonitorSpec, start: str, end: str) -> pd.DataFrame:
    """The rows of a window that people labelled, with ``label`` and ``inclusion_probability``.

    A row that shares its user and time with another is left out: nobody knows which of them was meant.
    """
    period = Window.model_validate({"start": start, "end": end})
    asked = ActiveLabelingQueue(places(monitor).queue).of_period(monitor.monitor, period)
    said = pd.DataFrame(
        [
            {
                "user_id": each.user_id,
                "bucket_start_ts": each.bucket_start_ts,
                "label": each.label,
                "inclusion_probability": each.inclusion_probability,
            }
            for each in asked
            if each.status == "labeled" and each.label in CLASSES
        ],
        columns=["user_id", "bucket_start_ts", "label", "inclusion_probability"],
    )
    found = find_partitions(monitor.log.at(places(monitor).storage), period).present
    rows = pd.concat([pd.read_parquet(file) for each in found for file in each.files], ignore_index=True)
    key = ["user_id", "bucket_start_ts"]
    rows = rows.assign(user_id=rows["user_id"].astype(str)).drop_duplicates(key, keep=False)
    said["bucket_start_ts"] = pd.to_datetime(said["bucket_start_ts"], utc=True).astype(rows["bucket_start_ts"].dtype)
    return rows.merge(said, on=key)


def fit_and_compare(monitor: MonitorSpec, start: str, end: str) -> dict[str, Any]:
    """Fit on the labelled rows of a window, keep the classifier, and say how it compares with the one at work.

    The new one is tried on rows of users that it did not see (five folds), each row weighted by how many it stands for.
    """
    from sklearn.metrics import accuracy_score, f1_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    rows = labelled_rows(monitor, start, end)
    weights = 1 / rows["inclusion_probability"].fillna(1.0).to_numpy()
    folds = GroupKFold(min(FOLDS, rows["user_id"].nunique()))
    model = fit(rows, rows["label"], weights)
    new = cross_val_predict(
        model, features(rows), rows["label"], groups=rows["user_id"], cv=folds, params={"sample_weight": weights}
    )
    old = np.array(["on_time", "late", "very_late"])[
        rows[["p_on_time", "p_late", "p_very_late"]].to_numpy().argmax(axis=1)
    ]
    told: dict[str, Any] = {"window_start": start, "window_end": end, "labels": len(rows)}
    for name, guessed in (("at_work", old), ("retrained", new)):
        told[name] = {
            "accuracy": float(accuracy_score(rows["label"], guessed, sample_weight=weights)),
            "macro_f1": float(f1_score(rows["label"], guessed, average="macro", sample_weight=weights)),
        }
    folder = Path(places(monitor).storage) / "models" / monitor.monitor / end[:10]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pickle").write_bytes(pickle.dumps(model))
    (folder / "comparison.json").write_text(json.dumps(told, indent=2))
    return {**told, "model": str(folder / "model.pickle")}
