"""PagerDuty events: an incident is triggered, acknowledged and resolved under one key."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from windage.airflow.channels.connections import ANSWER_SECONDS, connection, provider, refused, silent
from windage.errors import DeliveryFailed
from windage.message import Message
from windage.spec.channel import Channel

_ACTIONS = {"acknowledged": "acknowledge", "resolved": "resolve"}
_LONGEST_SUMMARY = 1024


class PagerDuty(Channel):
    """Trigger, acknowledge and resolve an incident by Events API v2."""

    tracks: ClassVar[bool] = True

    kind: Literal["pagerduty"]
    connection: Annotated[
        str,
        Field(description="Airflow connection of type pagerduty_events; its host, if set, is the region's address."),
    ] = "pagerduty_events_default"

    def send(self, message: Message) -> None:
        with provider("pagerduty"):
            import pagerduty
            from airflow.providers.pagerduty.hooks.pagerduty_events import PagerdutyEventsHook, prepare_event_data
        found = connection(self.connection)
        key = PagerdutyEventsHook(pagerduty_events_conn_id=self.connection).integration_key
        try:
            client = pagerduty.EventsApiV2Client(key, base_url=found.host or None)  # the hook supports only one region
        except pagerduty.UrlError:
            raise DeliveryFailed(
                f"The host in connection {self.connection!r} is not an https URL. Correct it, or leave it empty.",
                is_final=True,
            ) from None
        client.timeout, client.max_network_attempts = round(ANSWER_SECONDS), 0
        client.retry, client.max_http_attempts = {429: 1}, -1  # otherwise it waits inside the task, for a 429 forever
        event = prepare_event_data(
            summary=message.subject[:_LONGEST_SUMMARY],
            severity=message.severity,
            source=f"windage/{message.monitor}",
            component=message.monitor,
            custom_details={"text": message.text, **message.facts},
            action=_ACTIONS.get(message.event, "trigger"),
            dedup_key=message.incident,
            links=[{"href": each.url, "text": each.name} for each in message.links],
        )
        try:
            client.send_event(**event)
        except (pagerduty.Error, OSError) as error:
            answer = getattr(error, "response", None)
            if answer is None:
                raise silent(self.connection, error) from None
            raise refused(self.connection, answer.status_code, retry_after=answer.headers.get("Retry-After")) from None
