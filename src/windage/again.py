"""Windows judged again: those whose partitions are no longer what they were judged from, and how it is done."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from windage.history.keeping import keep_window
from windage.job import WindowJob
from windage.reports.store import ReportReference, ReportStore
from windage.store.database import Database
from windage.store.snapshots import TelemetryStore
from windage.vocabulary import Document, DriftReport, UtcDatetime, Window

log = logging.getLogger(__name__)


class StaleWindow(Document):
    """A window and the beginnings of those of its partitions that came late or were written again."""

    window: Window
    changed: tuple[UtcDatetime, ...]


def stale_windows(job: WindowJob, judged: Iterable[tuple[Window, Mapping[datetime, str]]]) -> list[StaleWindow]:
    """The windows that would be judged from other data now, the oldest first; each partition is looked at once.

    A partition that is gone makes nothing stale: what its window's report says was true, and cannot be said again.
    """
    now: dict[datetime, str] = {}
    found = []
    for window, inputs in judged:
        for start in inputs.keys() - now.keys():
            now[start] = job.fingerprint(start)
        changed = sorted(start for start, before in inputs.items() if now[start] not in ("", before))
        if changed:
            found.append(StaleWindow(window=window, changed=tuple(changed)))
    return sorted(found, key=lambda each: each.window.end)


def judge_again(
    job: WindowJob, window: Window, *, database: Database, reports: ReportStore
) -> tuple[DriftReport, ReportReference] | None:
    """Judge a window by the partitions and labels that there are now; its report, telemetry and history are replaced.

    None where partitions are gone that its report was made from: that report stays, for it knows more than a new one.
    """
    plan = job.plan(window)
    before = reports.read(job.spec.monitor, window.end)
    lost = set(plan.missing) - set(before.missing_partitions if before else ())
    if before is not None and lost:
        log.warning("the report of %s stays: partitions are gone that it was made from, %s", window, lost)
        return None
    windows = job.windows(plan)
    results = job.answers(plan, windows)
    report = job.conclude(plan, results, windows)
    reference = reports.write(report)
    keep_window(
        database,
        job.spec,
        report,
        results,
        location=reference.report_json,
        decisions=job.decisions.read(),
        plan=plan,
    )
    if report.telemetry_snapshot is not None:
        TelemetryStore(database.location).append(report.telemetry_snapshot)
    return report, reference
