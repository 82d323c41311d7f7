"""The operators that act on a verdict. Each may fail or be repeated without changing the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from windage.airflow.assets import critical_asset, event_extra, report_asset
from windage.airflow.operators.step import CONSOLIDATE, MonitorOperator, handed_on
from windage.airflow.settings import reports_of
from windage.airflow.window import is_backfill
from windage.errors import CorruptDocument, DataError
from windage.files import read_bytes
from windage.reports.store import ReportReference, ReportStore
from windage.spec.model import MonitorSpec

if TYPE_CHECKING:
    from windage.vocabulary import DriftReport


class ActionOperator(MonitorOperator):
    """A step after the verdict."""

    @staticmethod
    def reference(context: Context) -> ReportReference:
        return ReportReference.model_validate(handed_on(context["ti"], CONSOLIDATE))

    def report(self, context: Context) -> DriftReport:
        from windage.reports.document import from_json

        location = self.reference(context).report_json
        content = read_bytes(location)
        if content is None:
            raise CorruptDocument(f"the report at {location} is gone. Clear the task consolidate to rebuild it.")
        return from_json(content, location=location)


class AskOperator(ActionOperator):
    """A step that queues rows for people to label; a repeated run queues no row twice."""

    def refuse_if_nobody_is_asked(self, context: Context, *, limit: int, key: str) -> None:
        if is_backfill(context) and not self.monitor.labeling.in_backfill:
            raise AirflowSkipException("Backfilled windows queue no rows. Set labeling.in_backfill to change this.")
        if self.monitor.log.bucket_start is None or limit == 0:
            raise AirflowSkipException(f"No rows can be queued: log.bucket_start is not set, or labeling.{key} is 0.")


class EnqueueLabelsOperator(AskOperator):
    """Queue the rows of a critical window that people should label."""

    def step(self, context: Context) -> int:
        self.refuse_if_nobody_is_asked(context, limit=self.monitor.labeling.limit, key="limit")
        return self.job().queue_rows(self.plan(context), self.report(context), self.places.queue)


class TrickleLabelsOperator(AskOperator):
    """Queue a few rows of a window that is not critical, drawn uniformly at random."""

    def step(self, context: Context) -> int:
        self.refuse_if_nobody_is_asked(context, limit=self.monitor.labeling.trickle, key="trickle")
        try:
            return self.job().queue_trickle(self.plan(context), self.places.queue)
        except DataError as error:  # the checks of that column report it already
            raise AirflowSkipException(f"No rows can be queued: {error}") from error


class AnnounceCriticalOperator(ActionOperator):
    """Emit the asset event that retraining is scheduled on, unless the window is backfilled and therefore not news."""

    def __init__(self, *, monitor: MonitorSpec, **kwargs: Any) -> None:
        self.asset = critical_asset(monitor.monitor)
        super().__init__(monitor=monitor, outlets=[self.asset], **kwargs)

    def step(self, context: Context) -> None:
        if is_backfill(context):
            raise AirflowSkipException("Backfilled windows trigger no retraining.")
        context["outlet_events"][self.asset].extra = event_extra(self.reference(context), context)


class WriteReportOperator(ActionOperator):
    """Write the report as Markdown and as a self-contained page, and store the window in the history."""

    def __init__(self, *, monitor: MonitorSpec, **kwargs: Any) -> None:
        self.asset = report_asset(monitor.monitor)
        super().__init__(monitor=monitor, outlets=[self.asset], **kwargs)

    def step(self, context: Context) -> dict[str, Any]:
        from windage.history.keeping import keep_window
        from windage.store.database import Database

        report = self.report(context)
        reference = ReportStore(reports_of(self.monitor)).write_views(report)
        keep_window(
            Database(self.places.database),
            self.job(),
            self.plan(context),
            self.results(context),
            report,
            location=reference.report_json,
            run_id=context["dag_run"].run_id,
        )
        context["outlet_events"][self.asset].extra = event_extra(reference, context)
        return reference.model_dump(mode="json")


class AppendTelemetryOperator(ActionOperator):
    """Store the window's telemetry, where a repeated run replaces its own, and set Airflow's metrics of the monitor unless
    the window is backfilled and therefore not its latest."""

    def step(self, context: Context) -> None:
        from windage.airflow import metrics
        from windage.telemetry.store import TelemetryStore

        report = self.report(context)
        if not is_backfill(context):
            metrics.send(report)
        snapshot = report.telemetry_snapshot
        if snapshot is None:
            raise AirflowSkipException("The report has no telemetry.")
        TelemetryStore(self.places.database).append(snapshot)
