"""The operators that store a window's incidents and notify people: each message is stored first, then sent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from windage.airflow.channels.callback import Callback, CallbackChannel, called_with, named
from windage.airflow.links import message_links
from windage.airflow.operators.actions import ActionOperator
from windage.airflow.sending import Call, deliver_due, deliver_unkept
from windage.airflow.window import is_backfill
from windage.errors import DeliveryFailed
from windage.incidents.delivery import Delivery
from windage.incidents.from_verdicts import UNKNOWN
from windage.incidents.messages.about_drift import incident_message, window_message
from windage.incidents.messages.composing import Source
from windage.incidents.model import FindingsBySubject, Told, WindowVerdict
from windage.incidents.news import news_alone
from windage.incidents.routing import deliveries
from windage.message import Message
from windage.spec.channel import Channel
from windage.vocabulary import utc_now

if TYPE_CHECKING:
    from windage.incidents.store import Route
    from windage.reports.store import ReportReference
    from windage.store.database import Database
    from windage.vocabulary import DriftReport

CALL_ON_CALL = "call_on_call"


class IncidentOperator(ActionOperator):
    """A step that stores how its window changes the monitor's incidents, and the messages about that."""

    def __init__(self, *, callbacks: Sequence[Callback] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.callbacks = callbacks

    def claim(
        self,
        context: Context,
        report: DriftReport,
        reference: ReportReference,
        database: Database,
        *,
        told_unkept: Sequence[Told] = (),
    ) -> list[Told]:
        """Claim this window's news for this run, store it together with the messages about it, and return it."""
        from windage.incidents.store import IncidentStore

        at, verdict = utc_now(), self.verdict(report)
        route = self.route(report, verdict, self.source(context, reference), at=at)
        return IncidentStore(database).claim(verdict, at=at, route=route, told_unkept=told_unkept)

    def route(self, report: DriftReport, verdict: WindowVerdict, source: Source, *, at: datetime) -> Route:
        """A function that turns news of this window into messages for the channels that want them."""
        seen = FindingsBySubject((*verdict.findings, UNKNOWN))

        def apart(told: Sequence[Told]) -> Message:
            found = seen.about(told[0].subjects)[0]
            return incident_message(source, told[0], report, found.headline, found.features)

        def messages(news: Sequence[Told]) -> list[Delivery]:
            together = partial(window_message, source, report)
            return deliveries(news, self.channels, together=together, apart=apart, at=at)

        return messages

    @property
    def channels(self) -> list[Channel]:
        return [*self.monitor.on_call, *(CallbackChannel(name=name) for name in named(self.callbacks))]

    def verdict(self, report: DriftReport) -> WindowVerdict:
        from windage.incidents.verdicts import verdict_of

        return verdict_of(report, self.monitor)

    def source(self, context: Context, reference: ReportReference) -> Source:
        run = context["dag_run"]
        links = message_links(
            dag_id=run.dag_id,
            run_id=run.run_id,
            monitor=reference.monitor,
            window=reference.window,
            runbook=self.monitor.paging.runbook,
        )
        return Source(location=reference.report_json, page=reference.report_html, links=links)

    def calls(self, context: Context, reference: ReportReference) -> dict[str, Call]:
        """The callbacks, each bound to this run's context and ``windage_report``."""
        told = {**context, "windage_report": reference.model_dump(mode="json")}
        return called_with(told, named(self.callbacks))

    def pages(self, context: Context) -> bool:
        return self.monitor.paging.in_backfill or not is_backfill(context)


class CallOnCallOperator(IncidentOperator):
    """Notify the people on call of news: an incident that opens or gets worse, not every window that it lasts.

    Messages are stored before they are sent, so that each is sent once even if the run is retried, repeated or killed. A
    receiver that does not accept its message fails only this task; the message is retried with the task, and for a day by
    the DAG windage_deliveries. If the store cannot be used, people are notified all the same.
    """

    def step(self, context: Context) -> list[dict[str, Any]] | None:
        """Notify people; returns the news that was sent without the store, for the step that stores the incidents."""
        from windage.incidents.outbox import Outbox
        from windage.store.database import Database

        if not self.pages(context):
            raise AirflowSkipException("Backfilled windows do not page. Set paging.in_backfill to change this.")
        report, reference = self.report(context), self.reference(context)
        source, calls = self.source(context, reference), self.calls(context, reference)
        try:
            database = Database(self.places.database)
            news = self.claim(context, report, reference, database)
        except Exception:  # whatever is wrong with the store, people must be told
            self.log.exception("earlier messages are unknown, so this window counts as news")
            return self._tell_unkept(report, source, calls)
        sent = deliver_due(
            Outbox(database), monitor=self.monitor.monitor, urgent=report.current_window, callbacks=calls
        )
        if sent.failures:
            raise DeliveryFailed(" ".join(sent.failures))
        window = report.current_window
        if window and Outbox(database).is_sending(self.monitor.monitor, window, at=utc_now()):
            raise DeliveryFailed(
                "Another process holds a message about this window and is sending it, or was killed. This task retries later."
            )
        if not sent.messages:
            self._say_why_nobody(report, source, news)
        return None

    def _tell_unkept(self, report: DriftReport, source: Source, calls: Mapping[str, Call]) -> list[dict[str, Any]]:
        """Send the news without the store, under the keys that a later claim will give it; returns the news."""
        verdict = self.verdict(report)
        news = news_alone(verdict)
        route = self.route(report, verdict, source, at=utc_now())
        deliver_unkept(route(news), callbacks=calls)
        if not self.channels:
            self._say_why_nobody(report, source, news)
        return [each.model_dump(mode="json") for each in news]

    def _say_why_nobody(self, report: DriftReport, source: Source, news: Sequence[Told]) -> None:
        if not any(each.severity == "critical" for each in news):
            raise AirflowSkipException(
                "Nothing new: every critical finding is silenced or belongs to an incident already reported."
            )
        if not self.channels:
            self.log.error("no on_call channel to send this to:\n%s", window_message(source, report).text)


class UpdateIncidentsOperator(IncidentOperator):
    """Store how this window changes the monitor's incidents, and notify people of what could wait and what has ended."""

    def step(self, context: Context) -> None:
        from windage.incidents.outbox import Outbox
        from windage.incidents.store import IncidentStore
        from windage.store.database import Database

        report, database = self.report(context), Database(self.places.database)
        if not self.pages(context):
            IncidentStore(database).record(self.verdict(report))
            return
        reference = self.reference(context)
        told = [Told.model_validate(each) for each in context["ti"].xcom_pull(task_ids=CALL_ON_CALL) or []]
        self.claim(context, report, reference, database, told_unkept=told)
        deliver_due(Outbox(database), monitor=self.monitor.monitor, callbacks=self.calls(context, reference))
