"""The second DAG of a monitor: labels come in, and the windows that they are about are judged again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Context, CronDataIntervalTimetable

from windage.airflow.assets import event_extra, report_asset
from windage.airflow.operators import MonitorOperator
from windage.airflow.telling import TellingOperator
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window

MOST_WINDOWS = 31
"""How many windows one run judges again; the newest first, and what is left with the next run."""


def labels_dag(monitor: MonitorSpec) -> DAG | None:
    """Take labels in and judge by them; None for a monitor of whose rows nobody can be asked."""
    labeling = monitor.labeling
    if not monitor.log.has("answers") or not (labeling.limit or labeling.trickle):
        return None
    with DAG(
        f"windage_labels_{monitor.monitor}",
        description=f"Labels of {monitor.monitor}: in, and the windows that they are about judged again.",
        schedule=CronDataIntervalTimetable(labeling.ingest, timezone="UTC"),
        start_date=monitor.start,
        catchup=False,
        max_active_runs=1,
        tags={"windage", *monitor.tags},
        default_args={"owner": monitor.owner, "retries": 2, "retry_delay": timedelta(minutes=1)},
    ) as dag:
        taken = IngestLabelsOperator(task_id="ingest_labels", monitor=monitor)
        windows = OutdatedWindowsOperator(task_id="find_windows", monitor=monitor)
        RejudgeOperator.partial(
            task_id="judge_again",
            monitor=monitor,
            outlets=[report_asset(monitor.monitor)],
            map_index_template="{{ task.window['start'][:16] }}",
        ).expand(window=windows.output)
        taken >> windows
    return dag


class IngestLabelsOperator(MonitorOperator):
    """Read the files of labels that the monitor's ``labeling.answers`` names, and let go what nobody came to."""

    def step(self, context: Context) -> dict[str, int]:  # noqa: ARG002 — the base class passes it
        from windage.files import is_absolute, join
        from windage.labeling.exchange import FORMATS, answers, record_new
        from windage.labeling.queue import ActiveLabelingQueue
        from windage.partitions.layout import files_at

        queue, place = ActiveLabelingQueue(self.places.queue), self.monitor.labeling.answers
        labelled = skipped = 0
        if place is not None:
            at = place if is_absolute(place) else join(self.places.storage, place)
            for file in files_at(at):
                if not file.location.endswith(FORMATS):
                    continue
                found = record_new(queue, answers(file.location))
                labelled, skipped = labelled + found.labelled, skipped + found.skipped
                if found.unknown:
                    self.log.warning("%d answers of %s are about no request", len(found.unknown), file.location)
        return {"labelled": labelled, "skipped": skipped, "expired": queue.expire()}


class OutdatedWindowsOperator(MonitorOperator):
    """Find the windows of whose rows labels came in since they were judged."""

    def step(self, context: Context) -> list[dict[str, Any]]:  # noqa: ARG002 — the base class passes it
        from windage.labeling.queue import ActiveLabelingQueue
        from windage.labeling.stale import outdated
        from windage.store.database import Database

        judged = Database(self.places.database).reports(self.monitor.monitor, limit=1000)
        if not judged:
            return []
        period = Window(start=min(each.window.start for each in judged), end=max(each.window.end for each in judged))
        asked = ActiveLabelingQueue(self.places.queue).of_period(self.monitor.monitor, period)
        return [each.model_dump(mode="json") for each in outdated(judged, asked)[-MOST_WINDOWS:]]


class RejudgeOperator(TellingOperator):
    """Judge a window again by its cached profiles and the labels that there are now; its report is replaced.

    Where partitions are gone that the report was made from, the report stays as it is: it knows more than a new one.
    """

    template_fields: Sequence[str] = ("window",)

    def __init__(self, *, window: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.window = window

    def step(self, context: Context) -> dict[str, Any] | None:
        from windage.airflow.delivery import deliver_due
        from windage.history.keeping import keep_window
        from windage.incidents.outbox import Outbox
        from windage.reports.store import ReportStore
        from windage.store.database import Database
        from windage.store.snapshots import TelemetryStore

        window, job = Window.model_validate(self.window), self.job()
        plan, reports = job.plan(window), ReportStore(self.places.reports)
        before = reports.read(self.monitor.monitor, window.end)
        lost = set(plan.missing) - set(before.missing_partitions if before else ())
        if before is not None and lost:
            self.log.warning("the report of %s stays: partitions are gone that it was made from, %s", window, lost)
            return None
        windows = job.windows(plan)
        results = job.answers(plan, windows)
        report, database = job.conclude(plan, results, windows), Database(self.places.database)
        reference = reports.write(report)
        keep_window(
            database, self.monitor, report, results, location=reference.report_json, decisions=job.decisions.read()
        )
        if report.telemetry_snapshot is not None:
            TelemetryStore(self.places.database).append(report.telemetry_snapshot)
        self.claim(context, report, database, reference=reference)
        deliver_due(Outbox(database), monitor=self.monitor.monitor)
        context["outlet_events"][report_asset(self.monitor.monitor)].extra = event_extra(reference, context)
        return reference.model_dump(mode="json")
