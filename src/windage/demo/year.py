"""Judges the demonstration's whole year, day by day and without Airflow, to give its pages a history."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import as_file, files
from multiprocessing import get_context
from pathlib import Path

from rich.progress import Progress

from windage.cores import usable_cores
from windage.demo.home import LOG, MONITOR, database_of, shipped_dags
from windage.history.keeping import keep_window
from windage.history.store import HistoryStore
from windage.incidents.model import State
from windage.incidents.store import IncidentStore
from windage.incidents.verdicts import verdict_of
from windage.judging.job import WindowJob
from windage.labeling.queue import ActiveLabelingQueue
from windage.partitions.plan import WindowPlan
from windage.reports.store import ReportStore
from windage.spec import load_monitor
from windage.store.database import Database
from windage.telemetry.store import TelemetryStore
from windage.vocabulary import CheckResult, DriftReport, Window, aware_utc, utc_now

FIRST, LAST = datetime(2013, 1, 29, tzinfo=UTC), datetime(2013, 12, 31, tzinfo=UTC)
A_DAY = timedelta(days=1)
UNANSWERED = timedelta(days=21)
"""Requests of the last three weeks stay open for whoever tries the labelling page."""
ANSWERED_OF_TEN = 7
PEOPLE = ("ana", "ben")
MOST_ASKS = 100_000
CHUNK = 8

Judged = tuple[WindowPlan, DriftReport, list[CheckResult]]


def fill(home: Path, progress: Progress) -> None:
    """Judge every day that has four weeks before it, unless the history is complete already.

    Seven label requests in ten are answered with the log's true labels.
    """
    database = Database(database_of(home))
    days = [FIRST + k * A_DAY for k in range((LAST - FIRST).days + 1)]
    known = set(HistoryStore(database).ends(MONITOR, most=len(days)))
    if all(day + A_DAY in known for day in days):
        return
    before = [FIRST - (k + 1) * A_DAY for k in range(28)]
    reading = progress.add_task("Reading a year of partitions", total=len(before) + len(days))
    asking = progress.add_task("Queueing and answering label requests", total=len(days))
    judging = progress.add_task("Judging days", total=len(days))
    with ProcessPoolExecutor(usable_cores(), mp_context=get_context("spawn")) as pool:
        for _ in pool.map(partial(_profile, home), before + days, chunksize=CHUNK):
            progress.advance(reading)
        job, truth = job_at(home), _truth()
        queue = ActiveLabelingQueue(database_of(home), MOST_ASKS)
        for day in days:
            job.queue_trickle(job.plan(Window(start=day, end=day + A_DAY)), database_of(home))
            progress.advance(asking)
        _answer(queue, truth)
        for plan, report, results in pool.map(partial(_judge, home), days, chunksize=CHUNK):
            _keep(job, database, plan, report, results)
            progress.advance(judging)
    _decide(database)


def job_at(home: Path) -> WindowJob:
    spec = load_monitor(shipped_dags() / "monitors" / f"{MONITOR}.yaml")
    return WindowJob(spec, storage=str(home / "windage"), queue=database_of(home))


def _profile(home: Path, day: datetime) -> None:
    job = job_at(home)
    job.profiler.profile_all(job.partitions(Window(start=day, end=day + A_DAY)))


def _judge(home: Path, day: datetime) -> Judged:
    job = job_at(home)
    plan = job.plan(Window(start=day, end=day + A_DAY))
    windows = job.windows(plan)
    results = job.answers(plan, windows)
    return plan, job.conclude(plan, results, windows), results


def _keep(
    job: WindowJob, database: Database, plan: WindowPlan, report: DriftReport, results: list[CheckResult]
) -> None:
    """Store a verdict as the tasks of a run do, but notify nobody."""
    reference = ReportStore(str(Path(job.storage) / "reports")).write_json(report)
    keep_window(database, job, plan, results, report, location=reference.report_json)
    if report.telemetry_snapshot is not None:
        TelemetryStore(database_of(Path(job.storage).parent)).append(report.telemetry_snapshot)
    IncidentStore(database).claim(verdict_of(report, job.spec), at=utc_now())


def _truth() -> dict[tuple[str, datetime], str]:
    """The true labels by user and time."""
    import pyarrow.parquet as pq

    with as_file(files("windage.demo") / LOG) as path:
        rows = pq.read_table(path, columns=["user_id", "bucket_start_ts", "true_label"]).to_pylist()
    return {
        (str(row["user_id"]), aware_utc(row["bucket_start_ts"])): str(row["true_label"])
        for row in rows
        if row["true_label"] is not None
    }


def _answer(queue: ActiveLabelingQueue, truth: dict[tuple[str, datetime], str]) -> None:
    for number, asked in enumerate(queue.all_items):
        label = truth.get((asked.user_id, asked.bucket_start_ts))
        is_old = asked.bucket_start_ts < LAST - UNANSWERED
        if asked.status == "pending" and label is not None and is_old and number % 10 < ANSWERED_OF_TEN:
            queue.mark_done(asked.request_id, label=label, person=PEOPLE[number % len(PEOPLE)])


def _decide(database: Database) -> None:
    """Acknowledge the incidents open at the year's end, and add a silence: most of the last day has no weather."""
    store = IncidentStore(database)
    for incident in store.incidents(MONITOR):
        if incident.is_active and incident.state is State.open:
            store.decide(
                incident, "acknowledged", by=PEOPLE[0], note="The weather feed stopped; its provider has been asked."
            )
    store.silence(
        MONITOR,
        until=utc_now() + 3 * A_DAY,
        reason="A new weather station is being set up.",
        by=PEOPLE[1],
        feature="visib",
    )
