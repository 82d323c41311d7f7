"""On the demonstration's real flights: the accuracy estimated from a few labels beside that of all rows."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

from windage.labeling.performance import realised_performance
from windage.labeling.request import LabelRequest
from windage.selection import Candidates, select, strategies

MONTHS = [f"2013-{month:02}" for month in range(1, 13)]
A_DAY = 8


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    with as_file(files("windage.demo") / "flights_2013.parquet") as path:
        rows = pd.read_parquet(path)
    rows = rows[rows["true_label"].notna()]
    texts = {name: rows[name].astype(str) for name in ("user_id", "predicted_label", "true_label")}
    return rows.assign(day=rows["flight_date"].astype(str), **texts)


def asked_about(rows: pd.DataFrame, strategy: str, seed: int) -> list[LabelRequest]:
    """Eight rows of each day, of which people label seven in ten."""
    random, found = np.random.default_rng(seed), []
    for day, of_day in rows.groupby("day"):
        candidates = Candidates(
            confidence=of_day["confidence"].to_numpy(),
            probabilities=of_day[["p_on_time", "p_late", "p_very_late"]].to_numpy(),
            users=of_day["user_id"].to_numpy(dtype=object),
            starts=of_day["bucket_start_ts"].astype(np.int64).to_numpy() // 1_000_000,
            drift_weight=np.ones(len(of_day)),
        )
        chosen = select(
            candidates,
            strategies()[strategy],
            limit=A_DAY,
            uniform_share=0.5 if strategy != "uniform" else None,
            seed=(seed, hash_of(day)),
        )
        at = datetime.fromisoformat(str(day)).replace(tzinfo=UTC)
        for row, probability in zip(chosen.rows.tolist(), chosen.probability.tolist(), strict=True):
            said = of_day.iloc[row]
            is_answered = random.random() < 0.7
            found.append(
                LabelRequest(
                    request_id=f"{day} {row}", user_id=said["user_id"], bucket_start_ts=at, bucket_end_ts=at,
                    reason="uniform", created_at=at, status="labeled" if is_answered else "expired",
                    label=said["true_label"] if is_answered else None, predicted_label=said["predicted_label"],
                    inclusion_probability=probability,
                )
            )  # fmt: skip
    return found


def hash_of(day: object) -> int:
    return int(str(day).replace("-", ""))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["uniform", "lowest_confidence"])
def test_the_interval_holds_the_accuracy_of_all_rows(flights, strategy):
    held, errors = [], []
    for seed, month in enumerate(MONTHS * 3):
        rows = flights[flights["day"].str.startswith(month)]
        truth = float((rows["predicted_label"] == rows["true_label"]).mean())
        found = realised_performance(asked_about(rows, strategy, seed))
        low, high = found.accuracy_interval
        held.append(low <= truth <= high)
        errors.append(found.accuracy - truth)
    assert np.mean(held) >= 0.92
    assert abs(np.mean(errors)) < 0.012  # where the least sure alone would say 20 points less
