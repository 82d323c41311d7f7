"""A judged window, written to everything that outlives its run: history, report index, versions of policy and baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from windage.history.record import record_of
from windage.history.store import HistoryStore
from windage.partitions.baselines import Decisions
from windage.partitions.plan import WindowPlan
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
    plan: WindowPlan,
    run_id: str | None = None,
) -> None:
    """Put a window into the index of reports and the history of its monitor, with the policy and the baselines that it
    was judged by; a window that is judged again takes its own place.

    Args:
        location: where the report's JSON lies.
        plan: what the window was judged from.
    """
    Versions(database).record(
        spec.monitor,
        policy=spec.policy.model_dump_json(),
        baselines={each.version: each.model_dump_json() for each in decisions.promotions},
        at=utc_now(),
    )
    record = record_of(report, results, run_id=run_id).model_copy(update={"inputs": inputs_of(plan)})
    HistoryStore(database).keep(record, results, spec)
    database.record_report(report, location=location)  # last: what is in the index is whole


def inputs_of(plan: WindowPlan) -> dict[datetime, str]:
    """The fingerprints of a plan's partitions by their beginnings; of one that is missing, nothing."""
    missing = dict.fromkeys((each.start for each in plan.missing), "")
    return {**missing, **{each.period.start: each.fingerprint for each in plan.partitions}}
