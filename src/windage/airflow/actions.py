"""What follows from a verdict, one operator each. Each may fail, or be repeated, without touching the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from windage.airflow.assets import critical_asset, event_extra, report_asset
from windage.airflow.links import ReportLink
from windage.airflow.notifiers import DriftNotifier
from windage.airflow.operators import CONSOLIDATE, MonitorOperator
from windage.airflow.window import is_backfill
from windage.errors import CorruptDocument, DeliveryFailed, StoreUnavailable
from windage.files import read_bytes
from windage.reports.store import ReportReference, ReportStore
from windage.spec.model import MonitorSpec

if TYPE_CHECKING:
    from windage.vocabulary import DriftReport

Callback = Callable[[Context], Any]


class ActionOperator(MonitorOperator):
    """A step after the verdict."""

    @staticmethod
    def reference(context: Context) -> ReportReference:
        return ReportReference.model_validate(context["ti"].xcom_pull(task_ids=CONSOLIDATE))

    def report(self, context: Context) -> DriftReport:
        from windage.reports.document import from_json

        location = self.reference(context).report_json
        content = read_bytes(location)
        if content is None:
            raise CorruptDocument(f"the report at {location} is gone. Clear the task consolidate to make it again.")
        return from_json(content, location=location)


class EnqueueLabelsOperator(ActionOperator):
    """Queue the rows of a critical window that people should label; a repeated run queues none of them twice."""

    def step(self, context: Context) -> int:
        labeling = self.monitor.labeling
        if is_backfill(context) and not labeling.in_backfill:
            raise AirflowSkipException("a backfilled window queues nothing; labeling.in_backfill would change that")
        if self.monitor.log.bucket_start is None or labeling.limit == 0:
            raise AirflowSkipException("nothing can be asked: log.bucket_start is not named, or labeling.limit is 0")
        return self.job().queue_rows(self.plan(context), self.report(context), self.places.queue)


class CallOnCallOperator(ActionOperator):
    """Tell the people on call what is news: an incident that opens or gets worse, not every window that it lasts.

    Every channel and callback is tried before one that failed fails the task. It is not retried as a task, which would
    tell those again who have heard; delivery itself tries several times, and what stays undelivered fails the run, so
    that the failure callback tells it once more. Where the store cannot say what was told before, people are told.
    """

    def __init__(self, *, callbacks: Sequence[Callback] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.callbacks = callbacks

    def step(self, context: Context) -> None:
        if is_backfill(context):
            raise AirflowSkipException("a backfilled window pages nobody")
        reference = self.reference(context)
        if not self._is_news(context):
            raise AirflowSkipException(
                "nothing here is news: every critical finding belongs to an incident that was told, or is silenced"
            )
        notifier = DriftNotifier(self.monitor.on_call, report=reference.report_json)
        told = {**context, "windage_report": reference.model_dump(mode="json")}
        callbacks: list[Callback] = [notifier, *self.callbacks]
        failures = [failure for each in callbacks if (failure := self._failure(each, told))]
        if failures:
            raise DeliveryFailed(" ".join(failures))

    def _is_news(self, context: Context) -> bool:
        """Whether it is this window's run that has to tell that an incident opens, worsens or is left alone."""
        from windage.incidents.store import IncidentStore
        from windage.incidents.verdicts import verdict_of
        from windage.store.database import Database
        from windage.vocabulary import utc_now

        try:
            verdict = verdict_of(self.report(context))
            return bool(IncidentStore(Database(self.places.database)).claim(verdict, at=utc_now()))
        except StoreUnavailable:
            self.log.exception("what was told before is not known, so this window counts as news")
            return True

    def _failure(self, callback: Callback, context: Any) -> str | None:
        try:
            callback(context)
        except Exception as error:  # a callback of anyone's, and the next one must be called whatever it raises
            self.log.exception("an on-call callback failed")
            return str(error) if isinstance(error, DeliveryFailed) else f"{type(error).__name__} in {callback!r}."
        return None


class AnnounceCriticalOperator(ActionOperator):
    """Raise the asset event that retraining subscribes to; not for a backfilled window, which is no news."""

    def __init__(self, *, monitor: MonitorSpec, **kwargs: Any) -> None:
        self.asset = critical_asset(monitor.monitor)
        super().__init__(monitor=monitor, outlets=[self.asset], **kwargs)

    def step(self, context: Context) -> None:
        if is_backfill(context):
            raise AirflowSkipException("a backfilled window retrains nothing")
        context["outlet_events"][self.asset].extra = event_extra(self.reference(context), context)


class WriteReportOperator(ActionOperator):
    """Write the report for people, Markdown and a self-contained page, and put it into the index."""

    operator_extra_links = (ReportLink(),)

    def __init__(self, *, monitor: MonitorSpec, **kwargs: Any) -> None:
        self.asset = report_asset(monitor.monitor)
        super().__init__(monitor=monitor, outlets=[self.asset], **kwargs)

    def step(self, context: Context) -> dict[str, Any]:
        from windage.incidents.store import IncidentStore
        from windage.incidents.verdicts import verdict_of
        from windage.store.database import Database

        report = self.report(context)
        reference = ReportStore(self.places.reports).write_views(report)
        database = Database(self.places.database)
        IncidentStore(database).record(verdict_of(report, is_backfill=is_backfill(context)))
        database.record_report(report, location=reference.report_json)
        context["outlet_events"][self.asset].extra = event_extra(reference, context)
        return reference.model_dump(mode="json")


class AppendTelemetryOperator(ActionOperator):
    """Keep the window's aggregates; a repeated run replaces its own."""

    def step(self, context: Context) -> None:
        from windage.store.snapshots import TelemetryStore

        snapshot = self.report(context).telemetry_snapshot
        if snapshot is None:
            raise AirflowSkipException("the report holds no telemetry")
        TelemetryStore(self.places.database).append(snapshot)
