"""Writes sample_report.json from the demo's flights: the snow storm of 8 March 2013 against the weeks before it.

Run by hand: .venv/bin/python tests/unit/reports/make_sample_report.py
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

import windage.demo
from windage.monitor import run_drift_check
from windage.policy import ReferencePolicy
from windage.reports.document import to_json
from windage.vocabulary import CheckOutcome, DriftReport, Window

FEATURES = ["dep_delay", "recent_dep_delay", "temp", "dewp", "wind_speed", "precip", "visib", "pressure", "distance"]
PROBABILITIES = ["p_on_time", "p_late", "p_very_late"]
DAY = timedelta(days=1)
STORM = datetime(2013, 3, 8, tzinfo=UTC)
WEEKS = Window(start=STORM - 28 * DAY, end=STORM)


def sample_report() -> DriftReport:
    flights = pd.read_parquet(Path(windage.demo.__file__).with_name("flights_2013.parquet"))
    day = pd.to_datetime(flights["flight_date"], utc=True)
    before = flights[(day >= WEEKS.start) & (day < WEEKS.end)]
    now = flights[day == STORM]
    report = run_drift_check(
        before[FEATURES],
        now[FEATURES],
        before["predicted_label"].astype(str).to_numpy(),
        now["predicted_label"].astype(str).to_numpy(),
        ref_probs=before[PROBABILITIES].to_numpy(),
        cur_probs=now[PROBABILITIES].to_numpy(),
        cur_confidences=now["confidence"].to_numpy(),
        user_ids=now["user_id"].astype(str).to_numpy(),
        policy=ReferencePolicy(min_rows=120),
    )
    return with_a_monitors_facts(report)


def with_a_monitors_facts(report: DriftReport) -> DriftReport:
    """Add what only a DAG knows, and one example of each kind of doubt, so that the page shows them."""
    assert report.feature_report is not None
    assert report.telemetry_snapshot is not None
    results = [
        each.model_copy(update={"bounds": {"ks_statistic": (each.ks_statistic - 0.0004, each.ks_statistic + 0.0004)}})
        if each.ks_statistic is not None and each.feature in {"dep_delay", "temp"}
        else each
        for each in report.feature_report.results
    ]
    written = STORM + DAY + timedelta(hours=1, minutes=12, seconds=40)
    at = {"timestamp": written}
    broken = CheckOutcome(outcome="error", reason="ValueError: the correlation of a constant is not defined")
    return report.model_copy(
        update={
            "alerts": [each.model_copy(update=at) for each in report.alerts],
            "feature_report": report.feature_report.model_copy(update={"results": results, **at}),
            "telemetry_snapshot": report.telemetry_snapshot.model_copy(update=at),
            "monitor": "flights",
            "current_window": Window(start=STORM, end=STORM + DAY),
            "reference_window": WEEKS,
            "missing_partitions": [Window(start=STORM - 27 * DAY, end=STORM - 26 * DAY)],
            "outcomes": {**report.outcomes, "correlation": broken},
            "generated_at": written,
        }
    )


if __name__ == "__main__":
    Path(__file__).with_name("sample_report.json").write_bytes(to_json(sample_report()))
