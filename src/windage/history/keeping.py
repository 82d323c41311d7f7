"""A judged window, put into everything that outlives its run."""

from __future__ import annotations

from collections.abc import Sequence

from windage.history.record import record_of
from windage.history.store import HistoryStore
from windage.partitions.baselines import Decisions
from windage.spec.model import MonitorSpec
from windage.store.database import Database
from windage.store.versions import Versions
from windage.vocabulary import CheckResult, DriftReport, utc_now


def keep_window(
    database: Database,
    spec: MonitorSpec,
    report: DriftReport,
    results: Sequence[CheckResult],
    *,
    location: str,
    decisions: Decisions,
    run_id: str | None = None,
) -> None:
    """Put a window into the index of reports and the history of its monitor, with the policy and the baselines that it
    was judged by; a window that is judged again takes its own place.

    Args:
        location: where the report's JSON lies.
    """
    database.record_report(report, location=location)
    Versions(database).record(
        spec.monitor,
        policy=spec.policy.model_dump_json(),
        baselines={each.version: each.model_dump_json() for each in decisions.promotions},
        at=utc_now(),
    )
    HistoryStore(database).keep(record_of(report, results, run_id=run_id), results, spec)
