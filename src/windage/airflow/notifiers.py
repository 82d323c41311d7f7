"""Notifiers for the callbacks of any DAG: about drift, and about a monitor that failed."""

from __future__ import annotations

import copy
import logging
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier, Context
from pydantic import TypeAdapter

from windage.airflow.channels.time_limit import TimeIsUp, result_within
from windage.airflow.failures import why_it_failed
from windage.airflow.links import message_links
from windage.airflow.operators.step import BEFORE_THE_VERDICT, CONSOLIDATE
from windage.airflow.sending import tell
from windage.airflow.settings import reports_of, storage_location, storage_of
from windage.airflow.window import is_backfill, run_window
from windage.errors import InvalidInput, WindageError
from windage.files import join, read_bytes
from windage.incidents.messages.about_drift import window_message
from windage.incidents.messages.about_monitors import Failure, broken_message
from windage.incidents.messages.composing import Source
from windage.masking import without_secrets
from windage.message import Link, Message
from windage.spec.channel import Channel
from windage.spec.channel_kinds import AnyChannel
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window, aware_utc

if TYPE_CHECKING:
    from windage.vocabulary import DriftReport

log = logging.getLogger(__name__)

SECONDS_TO_LOOK_UP = 6.0
"""How long a message about a failed run waits for the storage: the driver of an object store that accepts connections and
never answers asks for minutes, and Airflow stops the callback before."""

Channels = Sequence[Channel | Mapping[str, Any]]


class SafeNotifier(BaseNotifier):
    """A notifier that is silent in a backfill, unless told otherwise, and may be called repeatedly in one process.

    Airflow renders a notifier's templates into the notifier itself, and fails if the context holds a serialized DAG; here
    each call renders a copy, and without such a DAG's template environment.
    """

    def __init__(self, channels: Channels, *, in_backfill: bool = False) -> None:
        super().__init__()
        self.channels: tuple[Channel, ...] = TypeAdapter(tuple[AnyChannel, ...]).validate_python(tuple(channels))
        self.in_backfill = in_backfill

    def get_template_env(self, dag: Any = None) -> Any:
        return super().get_template_env(dag=dag if hasattr(dag, "get_template_env") else None)

    def __call__(self, *args: Any) -> None:
        if len(args) == 1:
            args = (context := dict(args[0]),)
            if is_backfill(context) and not self.in_backfill:  # type: ignore[arg-type]  # a notifier is given a plain mapping
                self.log.info("no message sent: this run is a backfill")
                return
        BaseNotifier.__call__(copy.copy(self), *args)

    def notify(self, context: Context) -> None:
        message = self.message(context)
        if not self.channels:
            self.log.error("no on_call channel to send this to:\n%s", message.text)
        tell(message, self.channels)

    @abstractmethod
    def message(self, context: Context) -> Message:
        """The message about this run."""


class DriftNotifier(SafeNotifier):
    """Send in ten lines what moved, by how much, for whom, since when, and where the report is.

    Args:
        channels: whom to notify, as under ``on_call`` in a monitor's file.
        report: location of a ``drift_report.json``; may be a template.
        monitor: instead of ``report``, the monitor whose newest report to send; may be a template.
        storage: where that monitor keeps its reports, if not at ``[windage] storage``.

    Without ``report`` and ``monitor``, it sends the report of the run in which it is called.
    """

    template_fields: Sequence[str] = ("report", "monitor")

    def __init__(
        self, channels: Channels, *, report: str | None = None, monitor: str | None = None, storage: str | None = None
    ) -> None:
        super().__init__(channels)
        self.report = report
        self.monitor = monitor
        self.storage = storage

    def message(self, context: Context) -> Message:
        from windage.reports.document import from_json

        location = self._location(context)
        content = read_bytes(location)
        if content is None:
            raise InvalidInput(f"no report found at {location}, so no message was sent. Rerun its window.")
        page = location.removesuffix(".json") + ".html"
        report = from_json(content, location=location)
        links = _links(context, monitor=report.monitor, window=report.current_window)
        return window_message(Source(location=location, page=page, links=links), report)

    def _location(self, context: Context) -> str:
        if self.report:
            return self.report
        if self.monitor:
            from windage.reports.store import ReportStore

            store = ReportStore(join(self.storage or storage_location(), "reports"))
            newest = store.latest(self.monitor)
            if newest is not None:
                return store.reference(newest).report_json
        elif (reference := context["ti"].xcom_pull(task_ids=CONSOLIDATE)) is not None:
            return str(reference["report_json"])
        raise InvalidInput(
            "there is no report to send. Give DriftNotifier report=, the location of a drift_report.json, or "
            "monitor=, the name of a monitor that has judged a window."
        )


class MonitorBrokenNotifier(SafeNotifier):
    """Report that a monitor itself failed, because its silence would look like health.

    Args:
        name: the monitor.
        monitor: its specification; None if its file cannot be used.
    """

    def __init__(self, channels: Channels, *, name: str, monitor: MonitorSpec | None = None) -> None:
        super().__init__(channels, in_backfill=monitor is not None and monitor.paging.in_backfill)
        self.name = name
        self.monitor = monitor

    def message(self, context: Context) -> Message:
        failed = getattr(context.get("ti"), "task_id", None)
        window, report, error = None, None, ""
        about: dict[str, str | None] = {}
        if self.monitor is not None:
            window = self._window(context, self.monitor)
            report, error = self._from_storage(context, self.monitor, window, failed)
            about = {"monitor": self.name, "runbook": self.monitor.paging.runbook}
        return broken_message(
            Source(report=report, links=_links(context, **about)),
            Failure(
                run_id=str(context.get("run_id")),
                task=failed,
                reason=str(context.get("reason", "")),
                error=error,
                cleared=getattr(context.get("dag_run"), "clear_number", 0) or 0,
            ),
            monitor=self.name,
            window=window,
        )

    def _from_storage(
        self, context: Context, monitor: MonitorSpec, window: Window | None, failed: str | None
    ) -> tuple[DriftReport | None, str]:
        """The report that this run wrote before something after it failed, and the failed task's last error."""

        def read() -> tuple[DriftReport | None, str]:
            why = why_it_failed(monitor, run_id=str(context.get("run_id")), task_id=failed) if failed else ""
            return None if failed in BEFORE_THE_VERDICT else self._verdict(context, monitor, window), why

        try:
            return result_within(SECONDS_TO_LOOK_UP, read)
        except TimeIsUp:
            place = without_secrets(storage_of(monitor))
            return None, f"unknown, because {place} did not answer within {SECONDS_TO_LOOK_UP:g} seconds."

    def _window(self, context: Context, monitor: MonitorSpec) -> Window | None:
        try:
            return run_window(context, monitor)
        except (WindageError, KeyError) as error:  # a run without a window is one of the things that break
            self.log.warning("the run's window is unknown: %s", error)
            return None

    def _verdict(self, context: Context, monitor: MonitorSpec, window: Window | None) -> DriftReport | None:
        if window is None:
            return None
        from windage.partitions.plan import judged_window
        from windage.reports.store import ReportStore

        try:
            judged = judged_window(monitor, window)
            report = ReportStore(reports_of(monitor)).read_window(monitor.monitor, judged)
        except WindageError as error:
            self.log.warning("could not look up the report: %s", error)
            return None
        began = context["dag_run"].start_date
        is_of_this_run = report and report.generated_at and began and report.generated_at >= aware_utc(began)
        return report if is_of_this_run else None


def _links(context: Context, **about: Any) -> tuple[Link, ...]:
    run = context.get("dag_run")  # for a run that Airflow itself stopped, the context has only the DAG and the run id
    dag_id = getattr(run, "dag_id", None) or getattr(context.get("dag"), "dag_id", None)
    return message_links(dag_id=dag_id, run_id=getattr(run, "run_id", None) or context.get("run_id"), **about)
