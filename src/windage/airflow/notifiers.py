"""Notifiers for the callbacks of any DAG: what drifted, and that a monitor broke."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier, Context
from pydantic import TypeAdapter

from windage.airflow.delivery import deliver
from windage.airflow.messages import Message, broken_message, drift_message
from windage.airflow.operators import BEFORE_THE_VERDICT, CONSOLIDATE
from windage.airflow.settings import places, storage_location
from windage.airflow.window import is_backfill, run_window
from windage.errors import InvalidInput, WindageError
from windage.files import join, read_bytes
from windage.spec.model import Channel, MonitorSpec
from windage.vocabulary import Window, aware_utc

if TYPE_CHECKING:
    from windage.vocabulary import DriftReport

Channels = Sequence[Channel | Mapping[str, Any]]


class SafeNotifier(BaseNotifier):
    """A notifier that says nothing during a backfill and may be called any number of times in one process.

    Airflow renders a notifier's templates into the notifier itself, and fails where the context holds a serialized
    DAG; here each call renders a copy, with what the context offers.
    """

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.channels: tuple[Channel, ...] = TypeAdapter(tuple[Channel, ...]).validate_python(tuple(channels))

    def get_template_env(self, dag: Any = None) -> Any:
        return super().get_template_env(dag=dag if hasattr(dag, "get_template_env") else None)

    def __call__(self, *args: Any) -> None:
        if len(args) == 1:
            args = (context := dict(args[0]),)
            if is_backfill(context):  # type: ignore[arg-type]  # a notifier is given a plain mapping
                self.log.info("nobody is told: this run is a backfill")
                return
        BaseNotifier.__call__(copy.copy(self), *args)

    def notify(self, context: Context) -> None:
        message = self.message(context)
        if not self.channels:
            self.log.error("there is nobody on call to tell:\n%s", message.text)
        deliver(message, self.channels)

    @abstractmethod
    def message(self, context: Context) -> Message:
        """What is said of this run."""


class DriftNotifier(SafeNotifier):
    """Say in ten lines what moved, by how much, for whom, since when, and where the report is.

    Args:
        channels: whom to tell, as under ``on_call`` in a monitor's file.
        report: location of a ``drift_report.json``; may be a template.
        monitor: instead of ``report``, the monitor whose newest report to tell; may be a template.
        storage: where that monitor keeps its reports, if not at ``[windage] storage``.

    With neither ``report`` nor ``monitor`` it tells the report of the run in which it is called.
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
            raise InvalidInput(f"there is no report at {location}, so nobody was told. Repeat the run of its window.")
        page = location.removesuffix(".json") + ".html"
        return drift_message(from_json(content, location=location), location=page)

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
            "there is no report to tell of. Give DriftNotifier report=, the location of a drift_report.json, or "
            "monitor=, the name of a monitor that has judged a window."
        )


class MonitorBrokenNotifier(SafeNotifier):
    """Say that a monitor itself failed, for then its silence is not health.

    Args:
        name: the monitor.
        monitor: what its file says; None where the file itself is what is broken.
    """

    def __init__(self, channels: Channels, *, name: str, monitor: MonitorSpec | None = None) -> None:
        super().__init__(channels)
        self.name = name
        self.monitor = monitor

    def message(self, context: Context) -> Message:
        failed = getattr(context.get("ti"), "task_id", None)
        window = self._window(context)
        return broken_message(
            monitor=self.name,
            window=window,
            run_id=str(context.get("run_id")),
            task=failed,
            reason=str(context.get("reason", "")),
            report=None if failed in BEFORE_THE_VERDICT else self._verdict(context, window),
        )

    def _window(self, context: Context) -> Window | None:
        try:
            return None if self.monitor is None else run_window(context, self.monitor)
        except (WindageError, KeyError) as error:  # a run without a window is one of the things that break
            self.log.warning("the run's window is not known: %s", error)
            return None

    def _verdict(self, context: Context, window: Window | None) -> DriftReport | None:
        """The report that this run wrote before something after it failed."""
        if self.monitor is None or window is None:
            return None
        from windage.partitions.layout import aligned
        from windage.reports.store import ReportStore

        try:
            end = aligned(window, self.monitor.log.every).end
            report = ReportStore(places(self.monitor).reports).read(self.monitor.monitor, end)
        except WindageError as error:
            self.log.warning("the report could not be looked up: %s", error)
            return None
        began = context["dag_run"].start_date
        is_of_this_run = report and report.generated_at and began and report.generated_at >= aware_utc(began)
        return report if is_of_this_run else None
