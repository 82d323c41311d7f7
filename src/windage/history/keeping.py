"""A judged window, written to everything that outlives its run: history, report index, versions of policy and baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from windage.history.record import record_of
from windage.history.store import HistoryStore
from windage.history.versions import Versions
from windage.judging.job import WindowJob
from windage.partitions.plan import WindowPlan
from windage.reports.index import record_report
from windage.store.database import Database
from windage.vocabulary import CheckResult, DriftReport, utc_now


def keep_window(
    database: Database,
    job: WindowJob,
    plan: WindowPlan,
    results: Sequence[CheckResult],
    report: DriftReport,
    *,
    location: str,
    run_id: str | None = None,
) -> None:
    """Put a window into the index of reports and the history of its monitor, both or neither, with the policy and the
    baselines that it was judged by. A window that is judged again replaces itself.

    Args:
        location: where the report's JSON lies.
    """
    spec = job.spec_as_written
    Versions(database).record(
        spec.monitor,
        policy=spec.policy.model_dump_json(),
        baselines={each.version: each.model_dump_json() for each in job.decisions.read().promotions},
        at=utc_now(),
    )
    record = record_of(report, results, run_id=run_id).model_copy(update={"inputs": inputs_of(plan)})
    indexed = partial(record_report, report=report, location=location)
    HistoryStore(database).keep(record, results, spec, beside=indexed)


def inputs_of(plan: WindowPlan) -> dict[datetime, str]:
    """The fingerprint of each of the plan's partitions by its start; empty for a missing one."""
    missing = dict.fromkeys((each.start for each in plan.missing), "")
    return {**missing, **{each.period.start: each.fingerprint for each in plan.partitions}}
