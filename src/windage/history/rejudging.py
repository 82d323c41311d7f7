"""Windows judged beside a monitor's runs: those whose partitions changed, and stretches of history without reports."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from windage.errors import BrokenFile, CorruptDocument, listed
from windage.history.keeping import keep_window
from windage.judging.job import WindowJob
from windage.locks import alone_at
from windage.partitions.layout import aligned
from windage.partitions.plan import WindowPlan, data_intervals, judged_window
from windage.partitions.sources.source import partitions_of
from windage.profiles.window import Profiles, WindowProfile
from windage.reports.store import ReportReference, ReportStore
from windage.spec.model import MonitorSpec
from windage.store.database import Database
from windage.telemetry.sql import SnapshotRows
from windage.telemetry.store import TelemetryStore
from windage.vocabulary import (
    CheckResult,
    Document,
    DriftReport,
    Measurement,
    Outcome,
    PartitionRef,
    UtcDatetime,
    Window,
    utc_now,
)

log = logging.getLogger(__name__)

NOT_YET = "neither this window nor its reference has it, as with a column that the monitor's file came to name later"

Keep = Callable[[DriftReport, ReportReference], object]


class StaleWindow(Document):
    """A window, and the starts of its partitions that came late or were written again."""

    window: Window
    changed: tuple[UtcDatetime, ...]


def stale_windows(job: WindowJob, judged: Iterable[tuple[Window, Mapping[datetime, str]]]) -> list[StaleWindow]:
    """The windows that would be judged from other data now, the oldest first; each partition is looked up once.

    A window is not stale if a partition of its own is gone, or most of its reference: its report was true and cannot be made
    again. If less of its reference is gone, it is stale only if its own rows have changed. A window that the monitor would
    no longer judge, because its windows have another width now, is not stale either.
    """
    asked = [(window, inputs) for window, inputs in judged if judged_window(job.spec, window) == window]
    now = job.fingerprints({start for _, inputs in asked for start in inputs})
    found = []
    for window, inputs in asked:
        changed = sorted(start for start, before in inputs.items() if now[start] != before)
        gone = {start for start in changed if not now[start]}
        own = {start for start in inputs if window.start <= start < window.end}
        made_from = {start for start, before in inputs.items() if before} - own
        other = tuple(start for start in changed if start not in gone)
        if other and _can_be_made(gone & own, gone - own, made_from) and (not gone or own.intersection(other)):
            found.append(StaleWindow(window=window, changed=other))
    return sorted(found, key=lambda each: each.window.end)


def unjudged_windows(spec: MonitorSpec, period: Window, *, judged: Iterable[Window]) -> list[Window]:
    """The data intervals of the schedule that lie in a period, within the log and the past, and have no report."""
    known = set(judged)
    return [each for each in data_intervals(spec, period) if judged_window(spec, each) not in known]


def partitions_for(job: WindowJob, windows: Sequence[Window]) -> list[PartitionRef]:
    """Every partition that the windows are judged from, each looked up once."""
    spec = job.spec
    periods: dict[datetime, Window] = {}
    for window in windows:
        current = judged_window(spec, window)
        for stretch in (current, aligned(spec.reference.before(current), spec.log.every)):
            periods.update((period.start, period) for period in stretch.split(spec.log.every))
    return partitions_of(spec.log, [periods[start] for start in sorted(periods)]).present


def judge_each(windows: Iterable[Window], judge: Callable[[Window], object]) -> BrokenFile | None:
    """Judge windows one after the other. A window with a broken file does not keep the others from being judged; the error of
    the first such window is returned, for the caller to raise."""
    broken = None
    for each in windows:
        try:
            judge(each)
        except BrokenFile as error:
            log.error("%s is not judged: %s", each, error)  # noqa: TRY400 — the sentence says it all
            broken = broken or error
    return broken


def judge_again(
    job: WindowJob, window: Window, *, database: Database, reports: ReportStore, keep: Keep = lambda *_: None
) -> tuple[DriftReport, ReportReference] | None:
    """Judge a window by the partitions and labels that exist now; its report, telemetry and history are replaced.

    None if partitions of its own that its report was made from are gone, or most of the reference's: that report stays,
    because a new one would know less.

    Args:
        keep: keeps what else follows from the report, such as incidents. The history comes last: until it has the window, the
            window is found again as one to judge, so that what a killed process left undone is done then.
    """
    place = reports.directory(job.spec.monitor, judged_window(job.spec, window).end)
    with alone_at(f"{place}.judging"):  # of two at once, the history could keep the one and the report be the other's
        return _judge_alone(job, window, database=database, reports=reports, keep=keep)


def _judge_alone(
    job: WindowJob, window: Window, *, database: Database, reports: ReportStore, keep: Keep
) -> tuple[DriftReport, ReportReference] | None:
    plan = job.plan(window)
    before = _report_before(reports, plan)
    if before is not None and (lost := _lost(plan, before)):
        log.warning("the report of %s stays: partitions it was made from are gone, %s", window, listed(map(str, lost)))
        return None
    windows, at = job.windows(plan), utc_now()
    results = job.answers(plan, windows)
    if before is None or before.outcome is not Outcome.error:
        results = _of_then(results, windows)
    report = job.conclude(plan, results, windows, at=at)
    reference = reports.write(report)
    if report.telemetry_snapshot is not None:
        TelemetryStore(SnapshotRows(database)).append(report.telemetry_snapshot)
    keep(report, reference)
    keep_window(database, job, plan, results, report, location=reference.report_json)
    return report, reference


def _report_before(reports: ReportStore, plan: WindowPlan) -> DriftReport | None:
    """The window's report; None if it is torn, as on a store that does not replace files whole: a new one takes its place."""
    try:
        return reports.read_window(plan.monitor, plan.current)
    except CorruptDocument as error:
        log.warning("%s", error)
        return None


def _of_then(results: Sequence[CheckResult], windows: Profiles) -> list[CheckResult]:
    """The measurements of a window of the past. What neither it nor any day of its reference has is unknown and not an error:
    the monitor's file came to name it later."""
    reference, current = windows
    later = {
        fault: NOT_YET for part, fault in current.faults.items() if part in reference.faults and _lacks(reference, part)
    }

    def of_then(each: Measurement) -> Measurement:
        why = later.get(each.error or "")
        return each if why is None else each.model_copy(update={"error": None, "unknown": why})

    return [each.model_copy(update={"measurements": tuple(map(of_then, each.measurements))}) for each in results]


def _lacks(window: WindowProfile, part: str) -> bool:
    """Whether none of a window's days has a part that is named in ``faults``."""
    kind, _, name = part.partition(".")
    return name not in getattr(window, kind) if name else getattr(window, kind, None) is None


def _can_be_made(own: Collection[object], others: Collection[object], of: Collection[object]) -> bool:
    """Whether a report can be made again without these partitions: none of its ``own``, and of the reference's at most half."""
    return not own and 2 * len(others) <= len(of)


def _lost(plan: WindowPlan, before: DriftReport) -> list[Window]:
    """The partitions of a report that are gone, if they are so many that it cannot be made again; else none."""
    reference, current = before.reference_window, before.current_window
    gone = [each for each in plan.missing if each not in before.missing_partitions]
    own = [each for each in gone if current is None or _is_within(each, current)]
    others = [each for each in gone if reference is not None and _is_within(each, reference)]
    there = [each for each in plan.reference_partitions if reference is not None and _is_within(each.period, reference)]
    return [] if _can_be_made(own, others, [*others, *there]) else [*own, *others]


def _is_within(period: Window, window: Window) -> bool:
    return window.start <= period.start and period.end <= window.end
