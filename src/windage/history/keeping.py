"""A judged window, written to everything that outlives its run: history, report index, versions of policy and baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from windage.history.record import record_of
from windage.history.store import HistoryStore
from windage.history.versions import Versions
from windage.partitions.baselines import Decisions
from windage.partitions.plan import WindowPlan
from windage.reports.index import record_report
from windage.spec.model import MonitorSpec
from windage.store.database import Database
from windage.vocabulary import CheckResult, DriftReport, utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWindow:
    """A window's report, and what it was made from: measurements, partitions and people's decisions."""

    report: DriftReport
    results: Sequence[CheckResult]
    plan: WindowPlan
    decisions: Decisions


def keep_window(
    database: Database, spec: MonitorSpec, judged: JudgedWindow, *, location: str, run_id: str | None = None
) -> None:
    """Put a window into the index of reports and the history of its monitor, both or neither, with the policy and the
    baselines that it was judged by. A window that is judged again replaces itself.

    Args:
        spec: the monitor as its file describes it; a relative log location stays relative.
        location: where the report's JSON lies.
    """
    Versions(database).record(
        spec.monitor,
        policy=spec.policy.model_dump_json(),
        baselines={each.version: each.model_dump_json() for each in judged.decisions.promotions},
        at=utc_now(),
    )
    record = record_of(judged.report, judged.results, run_id=run_id).model_copy(
        update={"inputs": inputs_of(judged.plan)}
    )
    indexed = partial(record_report, report=judged.report, location=location)
    HistoryStore(database).keep(record, judged.results, spec, beside=indexed)


def inputs_of(plan: WindowPlan) -> dict[datetime, str]:
    """The fingerprint of each of the plan's partitions by its start; empty for a missing one."""
    missing = dict.fromkeys((each.start for each in plan.missing), "")
    return {**missing, **{each.period.start: each.fingerprint for each in plan.partitions}}
